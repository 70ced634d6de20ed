package io.tidegate.kit;

import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.flyway.autoconfigure.FlywayAutoConfiguration;
import org.springframework.boot.security.autoconfigure.UserDetailsServiceAutoConfiguration;
import org.springframework.context.annotation.ComponentScan;
import org.springframework.context.annotation.Configuration;

/**
 * What every service imports: error rendering, bearer authentication, request ids, body limits,
 * JSON settings, migrations of the service's schema, the event feed, health and API documents.
 *
 * <p>A service brings a {@code CallerAuthenticator}, a {@link
 * io.tidegate.kit.database.ServiceSchema} and its {@code EventStore} as beans.
 */
@Configuration(proxyBeanMethods = false)
@EnableAutoConfiguration(
    exclude = {FlywayAutoConfiguration.class, UserDetailsServiceAutoConfiguration.class})
@EnableConfigurationProperties(TidegateProperties.class)
@ComponentScan({
  "io.tidegate.kit.database",
  "io.tidegate.kit.errors",
  "io.tidegate.kit.feed",
  "io.tidegate.kit.health",
  "io.tidegate.kit.openapi",
  "io.tidegate.kit.security",
  "io.tidegate.kit.web"
})
public class TidegateKit {}
