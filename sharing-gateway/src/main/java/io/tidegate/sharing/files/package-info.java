/** Data files behind signed URLs that expire. */
@NullMarked
package io.tidegate.sharing.files;

import org.jspecify.annotations.NullMarked;
