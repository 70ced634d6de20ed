/** Append, read, follow, project and rebuild events on PostgreSQL. */
@NullMarked
package io.tidegate.events;

import org.jspecify.annotations.NullMarked;
