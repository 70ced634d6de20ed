package io.tidegate.kit.security;

import java.util.Optional;

/** Tells who a bearer token belongs to. The catalog service owns the tokens. */
public interface CallerAuthenticator {

  /**
   * @param token the bearer token as the client sent it
   * @return empty if the token is unknown, expired or revoked
   * @throws io.tidegate.kit.errors.ApiException UNAVAILABLE if that cannot be told now
   */
  Optional<Caller> authenticate(String token);
}
