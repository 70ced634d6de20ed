/** One port over the places where tables live: read, list, put-if-absent. */
@NullMarked
package io.tidegate.objects;

import org.jspecify.annotations.NullMarked;
