package io.tidegate.sharing.protocol;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * Settings of the protocol, under {@code tidegate.sharing.}.
 *
 * @param urlLifetime how long a data file's URL works
 * @param snapshotCache about how much memory the file indexes of tables may take together
 */
@ConfigurationProperties("tidegate.sharing")
record SharingLimits(
    @DefaultValue("1h") Duration urlLifetime, @DefaultValue("64MB") DataSize snapshotCache) {
  SharingLimits {
    if (urlLifetime.isNegative() || urlLifetime.isZero()) {
      throw new IllegalArgumentException("tidegate.sharing.url-lifetime must be positive");
    }
  }
}
