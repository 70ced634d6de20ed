/** What happened to a table: staging, ratified commits, publishing. */
@NullMarked
package io.tidegate.commits;

import org.jspecify.annotations.NullMarked;
