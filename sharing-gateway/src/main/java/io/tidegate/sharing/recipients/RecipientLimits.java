package io.tidegate.sharing.recipients;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Settings of recipients, under {@code tidegate.sharing.}.
 *
 * @param activationLifetime how long an activation link can be opened
 */
@ConfigurationProperties("tidegate.sharing")
record RecipientLimits(@DefaultValue("7d") Duration activationLifetime) {
  RecipientLimits {
    if (activationLifetime.isNegative() || activationLifetime.isZero()) {
      throw new IllegalArgumentException("tidegate.sharing.activation-lifetime must be positive");
    }
  }
}
