package io.tidegate.kit.security;

import io.tidegate.kit.TidegateProperties;
import java.net.InetAddress;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.InitializingBean;
import org.springframework.boot.web.server.autoconfigure.ServerProperties;
import org.springframework.stereotype.Component;

/** Refuses, at the start, settings that cannot work, and warns of those that are not safe. */
@Component
final class SettingsCheck implements InitializingBean {
  private static final Logger LOG = LoggerFactory.getLogger(SettingsCheck.class);
  private static final int SHORTEST_TOKEN = 32;

  private final TidegateProperties properties;
  private final ServerProperties server;

  SettingsCheck(TidegateProperties properties, ServerProperties server) {
    this.properties = properties;
    this.server = server;
  }

  @Override
  public void afterPropertiesSet() {
    String token = properties.serviceToken();
    if (token == null && (properties.catalogUrl() != null || properties.commitUrl() != null)) {
      throw new IllegalStateException(
          "tidegate.service-token is not set: the services in other processes would refuse this"
              + " one");
    }
    if (token != null && token.length() < SHORTEST_TOKEN) {
      LOG.warn(
          "tidegate.service-token has fewer than {} characters: whoever guesses it may do"
              + " everything",
          SHORTEST_TOKEN);
    }
    InetAddress address = server.getAddress();
    if ((address == null || !address.isLoopbackAddress()) && !encrypted()) {
      LOG.warn(
          "Tokens come in without TLS, on {}. Put TLS before this server and name it in"
              + " tidegate.public-url, or set server.address=127.0.0.1",
          address == null ? "every address" : address.getHostAddress());
    }
  }

  private boolean encrypted() {
    @Nullable String scheme =
        properties.publicUrl() == null ? null : properties.publicUrl().getScheme();
    return server.getSsl() != null || "https".equalsIgnoreCase(scheme);
  }
}
