@NullMarked
package io.tidegate.commits;

import org.jspecify.annotations.NullMarked;
