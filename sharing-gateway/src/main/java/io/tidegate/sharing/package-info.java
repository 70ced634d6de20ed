/** Who outside may read: shares, recipients, tokens, the Delta Sharing protocol. */
@NullMarked
package io.tidegate.sharing;

import org.jspecify.annotations.NullMarked;
