package io.tidegate.kit.security;

import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpMethod;

/**
 * A path that is open to anybody, without a token; declared as a bean.
 *
 * @param method the one method that is open; null: every method
 * @param pattern a path pattern, for instance {@code
 *     /api/2.1/unity-catalog/public/data_sharing_activation/*}
 */
public record PublicPath(@Nullable HttpMethod method, String pattern) {}
