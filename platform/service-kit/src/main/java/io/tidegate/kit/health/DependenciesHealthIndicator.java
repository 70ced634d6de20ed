package io.tidegate.kit.health;

import io.tidegate.kit.feed.FeedSubscriber;
import io.tidegate.kit.web.ServiceClient;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.stereotype.Component;

/**
 * The services that this one asks, and the feeds that it follows. One that does not answer makes
 * this service {@code DEGRADED}, which still counts as ready: what it owns, it goes on serving.
 */
@Component("dependencies")
final class DependenciesHealthIndicator implements HealthIndicator {
  private static final String DEGRADED = "DEGRADED";
  private static final Duration LATE = Duration.ofSeconds(10);
  private static final Duration PATIENCE = Duration.ofMillis(700);

  private final List<ServiceClient> services;
  private final List<FeedSubscriber> followers;

  DependenciesHealthIndicator(
      ObjectProvider<ServiceClient> services, ObjectProvider<FeedSubscriber> followers) {
    this.services = services.orderedStream().toList();
    this.followers = followers.orderedStream().toList();
  }

  @Override
  public Health health() {
    Map<String, Object> details = new LinkedHashMap<>();
    boolean degraded = false;
    Map<ServiceClient, CompletableFuture<String>> states = new LinkedHashMap<>();
    for (ServiceClient service : services) {
      states.put(service, state(service));
    }
    for (Map.Entry<ServiceClient, CompletableFuture<String>> asked : states.entrySet()) {
      String state = asked.getValue().join();
      degraded |= !state.equals("UP");
      details.put(asked.getKey().service(), state);
    }
    for (FeedSubscriber follower : followers) {
      degraded |= follower.behind().compareTo(LATE) > 0;
      Map<String, Object> feed = new LinkedHashMap<>();
      feed.put("caught_up_at", follower.caughtUpAt().map(Instant::toString).orElse("not yet"));
      follower.failure().ifPresent(failure -> feed.put("failing", true));
      details.put("feed " + follower.name(), feed);
    }
    return (degraded ? Health.status(DEGRADED) : Health.up()).withDetails(details).build();
  }

  // All at once, and not for long: whoever probes this service waits for none that hangs.
  private static CompletableFuture<String> state(ServiceClient service) {
    CompletableFuture<String> state = new CompletableFuture<>();
    Thread.ofVirtual()
        .start(() -> {
          try {
            service.rest().get().uri("/actuator/health/liveness").retrieve().toBodilessEntity();
            state.complete("UP");
          } catch (RuntimeException e) {
            state.complete("DOWN");
          }
        });
    return state.completeOnTimeout("DOWN", PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
  }
}
