/** Who calls, and what callers may be allowed to do. */
@NullMarked
package io.tidegate.kit.security;

import org.jspecify.annotations.NullMarked;
