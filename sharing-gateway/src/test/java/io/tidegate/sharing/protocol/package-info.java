@NullMarked
package io.tidegate.sharing.protocol;

import org.jspecify.annotations.NullMarked;
