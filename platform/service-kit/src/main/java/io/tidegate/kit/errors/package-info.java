/** One catalogue of errors, rendered in the dialect of each API. */
@NullMarked
package io.tidegate.kit.errors;

import org.jspecify.annotations.NullMarked;
