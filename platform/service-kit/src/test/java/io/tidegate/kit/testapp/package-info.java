/** A tiny service on the kit, for the kit's own tests. */
@NullMarked
package io.tidegate.kit.testapp;

import org.jspecify.annotations.NullMarked;
