/** What kind of client sends a request. */
@NullMarked
package io.tidegate.kit.client;

import org.jspecify.annotations.NullMarked;
