/** The event feed over HTTP, and following another service's feed. */
@NullMarked
package io.tidegate.kit.feed;

import org.jspecify.annotations.NullMarked;
