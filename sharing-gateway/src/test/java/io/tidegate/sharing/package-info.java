@NullMarked
package io.tidegate.sharing;

import org.jspecify.annotations.NullMarked;
