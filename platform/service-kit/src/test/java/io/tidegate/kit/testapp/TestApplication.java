package io.tidegate.kit.testapp;

import io.tidegate.events.Event;
import io.tidegate.events.EventStore;
import io.tidegate.events.EventTypes;
import io.tidegate.events.PostgresEventStore;
import io.tidegate.kit.TidegateKit;
import io.tidegate.kit.database.ServiceSchema;
import io.tidegate.kit.feed.EventFeedController;
import io.tidegate.kit.openapi.ApiGroup;
import io.tidegate.kit.security.BearerChains;
import io.tidegate.kit.security.Caller;
import io.tidegate.kit.security.CallerAuthenticator;
import io.tidegate.kit.security.PublicPath;
import io.tidegate.testing.SqlCounter;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import javax.sql.DataSource;
import org.springdoc.core.models.GroupedOpenApi;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.core.annotation.Order;
import org.springframework.http.HttpMethod;
import org.springframework.security.authentication.UsernamePasswordAuthenticationToken;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;
import tools.jackson.databind.json.JsonMapper;

@Configuration(proxyBeanMethods = false)
@Import({TidegateKit.class, TestController.class, TestApplication.Events.class})
public class TestApplication {
  public static final String ADMIN_TOKEN = "admin-token";
  public static final String USER_TOKEN = "user-token";
  public static final String SERVICE_TOKEN = "shown-between-services-0123456789abcdef";
  public static final String RECIPIENT_TOKEN = "recipient-token";

  /** An event. */
  public record ThingHappened(String name, int number) implements Event {}

  /** Another one. */
  public record OtherHappened(String name) implements Event {}

  @Bean
  static SqlCounter sqlCounter() {
    return new SqlCounter();
  }

  @Bean
  ServiceSchema schema() {
    return new ServiceSchema("kit_test");
  }

  @Bean
  EventStore testEvents(DataSource dataSource, ServiceSchema schema) {
    EventTypes types =
        EventTypes.builder().add(ThingHappened.class).add(OtherHappened.class).build();
    return new PostgresEventStore(schema.name(), dataSource, types, List.of());
  }

  @RestController
  @RequestMapping("/api/1.0/test/events")
  static final class Events extends EventFeedController {
    Events(EventStore events, JsonMapper json) {
      super(events, json);
    }
  }

  /** Tokens that a test may take back. */
  public static final class Tokens implements CallerAuthenticator {
    private final Map<String, Caller> callers = new ConcurrentHashMap<>();

    Tokens() {
      issue(ADMIN_TOKEN, new Caller(new UUID(0, 1), "admin", Set.of(), true, false));
      issue(USER_TOKEN, new Caller(new UUID(0, 2), "ada", Set.of(), false, false));
    }

    public void issue(String token, Caller caller) {
      callers.put(token, caller);
    }

    public void revoke(String token) {
      callers.remove(token);
    }

    @Override
    public Optional<Caller> authenticate(String token) {
      return Optional.ofNullable(callers.get(token));
    }
  }

  @Bean
  Tokens tokens() {
    return new Tokens();
  }

  @Bean
  PublicPath openPath() {
    return new PublicPath(HttpMethod.GET, "/api/1.0/test/open/*");
  }

  @Bean
  @Order(1)
  SecurityFilterChain recipients(HttpSecurity http, BearerChains chains) {
    return chains.build(
        http,
        token ->
            token.equals(RECIPIENT_TOKEN)
                ? Optional.of(
                    UsernamePasswordAuthenticationToken.authenticated("recipient", "", List.of()))
                : Optional.empty(),
        requests -> requests.anyRequest().authenticated(),
        "/delta-sharing/**");
  }

  @Bean
  GroupedOpenApi testApi() {
    return ApiGroup.of("test", "Test", "What the kit's tests call", "io.tidegate.kit.testapp");
  }
}
