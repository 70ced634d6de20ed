/** What the tests of several modules share. */
@NullMarked
package io.tidegate.testing;

import org.jspecify.annotations.NullMarked;
