package io.tidegate.kit.security;

import io.tidegate.kit.errors.ApiException;
import io.tidegate.kit.errors.ErrorCode;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ObjectProvider;

/** Tells whose a bearer token is: the services' own, or that of a principal. */
final class TokenAuthentication {
  private static final Caller SERVICE =
      new Caller(new UUID(0, 0), "service", Set.of(), false, true);

  private final byte @Nullable [] serviceToken;
  private final ObjectProvider<CallerAuthenticator> callers;

  TokenAuthentication(@Nullable String serviceToken, ObjectProvider<CallerAuthenticator> callers) {
    this.serviceToken = serviceToken == null ? null : bytes(serviceToken);
    this.callers = callers;
  }

  Optional<Caller> authenticate(String token) {
    // In constant time: how long a refusal takes says nothing about the token.
    if (serviceToken != null && MessageDigest.isEqual(serviceToken, bytes(token))) {
      return Optional.of(SERVICE);
    }
    CallerAuthenticator authenticator = callers.getIfAvailable();
    if (authenticator == null) {
      throw new ApiException(ErrorCode.UNAVAILABLE, "Nothing here can tell whose the token is");
    }
    return authenticator.authenticate(token);
  }

  private static byte[] bytes(String token) {
    return token.getBytes(StandardCharsets.UTF_8);
  }
}
