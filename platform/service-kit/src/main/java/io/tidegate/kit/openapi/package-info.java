/** The services' API documents. */
@NullMarked
package io.tidegate.kit.openapi;

import org.jspecify.annotations.NullMarked;
