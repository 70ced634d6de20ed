/** Shares, the tables in them, and who they are granted to: the administration API. */
@NullMarked
package io.tidegate.sharing.shares;

import org.jspecify.annotations.NullMarked;
