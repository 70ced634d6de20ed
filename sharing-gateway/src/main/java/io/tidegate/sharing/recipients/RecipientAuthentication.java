package io.tidegate.sharing.recipients;

import java.util.List;
import org.springframework.security.authentication.AbstractAuthenticationToken;

/** An authenticated recipient; holds no token. */
final class RecipientAuthentication extends AbstractAuthenticationToken {
  private static final long serialVersionUID = 1L;

  private final transient RecipientCaller recipient;

  RecipientAuthentication(RecipientCaller recipient) {
    super(List.of());
    this.recipient = recipient;
    setAuthenticated(true);
  }

  @Override
  public Object getPrincipal() {
    return recipient;
  }

  @Override
  public Object getCredentials() {
    return "";
  }
}
