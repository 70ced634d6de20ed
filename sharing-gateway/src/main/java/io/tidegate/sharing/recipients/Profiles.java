package io.tidegate.sharing.recipients;

import io.tidegate.sharing.naming.PublicUrl;
import io.tidegate.sharing.recipients.RecipientsApi.Profile;
import jakarta.servlet.http.HttpServletRequest;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Makes profile files and activation links. */
@Component
class Profiles {
  private static final int VERSION = 1;

  private final PublicUrl publicUrl;

  Profiles(PublicUrl publicUrl) {
    this.publicUrl = publicUrl;
  }

  Profile profile(Secret token, @Nullable Instant expiresAt, HttpServletRequest http) {
    return new Profile(
        VERSION,
        publicUrl.of(http) + "/delta-sharing",
        token.text(),
        expiresAt == null ? null : expiresAt.toString());
  }

  String activationUrl(Secret link, HttpServletRequest http) {
    return publicUrl.of(http)
        + ActivationController.PATH
        + ActivationController.OPEN.replace("{link}", link.text());
  }
}
