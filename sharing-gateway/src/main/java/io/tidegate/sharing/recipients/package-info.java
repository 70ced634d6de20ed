/** Recipients, their tokens and activation links: the administration API and authentication. */
@NullMarked
package io.tidegate.sharing.recipients;

import org.jspecify.annotations.NullMarked;
