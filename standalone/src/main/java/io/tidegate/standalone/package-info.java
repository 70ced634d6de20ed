/** All three services in one JVM, with an embedded PostgreSQL. */
@NullMarked
package io.tidegate.standalone;

import org.jspecify.annotations.NullMarked;
