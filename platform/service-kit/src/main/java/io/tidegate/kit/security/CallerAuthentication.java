package io.tidegate.kit.security;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.springframework.security.authentication.AbstractAuthenticationToken;
import org.springframework.security.core.GrantedAuthority;
import org.springframework.security.core.authority.SimpleGrantedAuthority;

/** An authenticated {@link Caller}; does not show its token. */
public final class CallerAuthentication extends AbstractAuthenticationToken {
  private static final long serialVersionUID = 1L;

  static final String SERVICE = "SERVICE";
  static final String ADMIN = "ADMIN";

  private final transient Caller caller;
  private final transient Supplier<Optional<Caller>> again;

  /**
   * @param caller whose token was shown
   * @param again tells whose it is now
   */
  CallerAuthentication(Caller caller, Supplier<Optional<Caller>> again) {
    super(authorities(caller));
    this.caller = caller;
    this.again = again;
    setAuthenticated(true);
  }

  private static List<GrantedAuthority> authorities(Caller caller) {
    List<GrantedAuthority> authorities = new ArrayList<>();
    if (caller.service()) {
      authorities.add(new SimpleGrantedAuthority(SERVICE));
    }
    if (caller.admin()) {
      authorities.add(new SimpleGrantedAuthority(ADMIN));
    }
    return authorities;
  }

  public Caller caller() {
    return caller;
  }

  /**
   * Whoever the token belongs to now, for work that goes on for long; empty if it was revoked.
   *
   * @throws io.tidegate.kit.errors.ApiException UNAVAILABLE if that cannot be told now
   */
  public Optional<Caller> now() {
    return again.get();
  }

  @Override
  public Object getPrincipal() {
    return caller;
  }

  @Override
  public Object getCredentials() {
    return "";
  }

  @Override
  public String getName() {
    return caller.name();
  }
}
