/** The Delta Sharing protocol under {@code /delta-sharing}. */
@NullMarked
package io.tidegate.sharing.protocol;

import org.jspecify.annotations.NullMarked;
