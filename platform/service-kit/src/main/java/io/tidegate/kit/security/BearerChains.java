package io.tidegate.kit.security;

import io.tidegate.kit.errors.ApiException;
import io.tidegate.kit.errors.ErrorWriter;
import java.util.Optional;
import java.util.function.Function;
import org.springframework.security.authentication.AuthenticationManager;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.config.annotation.web.configurers.AbstractHttpConfigurer;
import org.springframework.security.config.http.SessionCreationPolicy;
import org.springframework.security.core.Authentication;
import org.springframework.security.oauth2.server.resource.InvalidBearerTokenException;
import org.springframework.security.oauth2.server.resource.authentication.BearerTokenAuthenticationToken;
import org.springframework.security.web.AuthenticationEntryPoint;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.security.web.access.AccessDeniedHandler;
import org.springframework.stereotype.Component;

/**
 * Builds filter chains that take a bearer token from the {@code Authorization} header alone, keep
 * no session, and answer in the API's own dialect.
 */
@Component
public final class BearerChains {
  /** No token of ours comes near it; a longer one need not be hashed or sent to the catalog. */
  private static final int LONGEST = 1024;

  private final ErrorWriter errors;

  BearerChains(ErrorWriter errors) {
    this.errors = errors;
  }

  /**
   * A chain for some paths; the caller gives it an {@code @Order} before the kit's own.
   *
   * @param http a fresh builder, injected into the bean method
   * @param authenticate tells whose token it is; empty if nobody's. May throw {@link ApiException},
   *     which is answered as it is.
   * @param authorize which requests need what
   * @param patterns the paths, for instance {@code /delta-sharing/**}
   */
  public SecurityFilterChain build(
      HttpSecurity http,
      Function<String, Optional<? extends Authentication>> authenticate,
      Authorization authorize,
      String... patterns) {
    if (patterns.length > 0) {
      http.securityMatcher(patterns);
    }
    AuthenticationManager manager =
        authentication -> {
          if (authentication instanceof BearerTokenAuthenticationToken bearer
              && bearer.getToken().length() <= LONGEST) {
            Optional<? extends Authentication> found = authenticate.apply(bearer.getToken());
            if (found.isPresent()) {
              return found.get();
            }
          }
          throw new InvalidBearerTokenException("The token is unknown, expired or revoked");
        };
    AuthenticationEntryPoint entryPoint = errors::unauthenticated;
    AccessDeniedHandler denied = errors::denied;
    return http.csrf(AbstractHttpConfigurer::disable)
        .formLogin(AbstractHttpConfigurer::disable)
        .httpBasic(AbstractHttpConfigurer::disable)
        .logout(AbstractHttpConfigurer::disable)
        .requestCache(AbstractHttpConfigurer::disable)
        .sessionManagement(
            sessions -> sessions.sessionCreationPolicy(SessionCreationPolicy.STATELESS))
        .authorizeHttpRequests(authorize::configure)
        .oauth2ResourceServer(server ->
            server
                .authenticationManagerResolver(request -> manager)
                .authenticationEntryPoint(entryPoint)
                .accessDeniedHandler(denied))
        .exceptionHandling(
            handling -> handling.authenticationEntryPoint(entryPoint).accessDeniedHandler(denied))
        .build();
  }

  /** Which requests need what. */
  @FunctionalInterface
  public interface Authorization {
    void configure(
        org.springframework.security.config.annotation.web.configurers
                        .AuthorizeHttpRequestsConfigurer<
                    HttpSecurity>
                .AuthorizationManagerRequestMatcherRegistry
            requests);
  }
}
