package io.tidegate.kit.health;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.tidegate.events.EventStore;
import io.tidegate.kit.feed.FeedSubscriber;
import java.util.Map;
import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.stereotype.Component;

/** How late feeds and their followers are, in seconds. */
@Component
final class FollowerMetrics implements MeterBinder {
  private final ObjectProvider<FeedSubscriber> followers;
  private final ListableBeanFactory beans;

  FollowerMetrics(ObjectProvider<FeedSubscriber> followers, ListableBeanFactory beans) {
    this.followers = followers;
    this.beans = beans;
  }

  @Override
  public void bindTo(MeterRegistry registry) {
    for (FeedSubscriber follower : followers) {
      Gauge.builder("tidegate.feed.behind", follower, f -> seconds(f.behind()))
          .description("How old what a follower of a feed knows may be")
          .baseUnit("seconds")
          .tag("follower", follower.name())
          .register(registry);
    }
    for (Map.Entry<String, EventStore> store : beans.getBeansOfType(EventStore.class).entrySet()) {
      Gauge.builder("tidegate.feed.lag", store.getValue(), events -> seconds(events.feedLag()))
          .description("How long the oldest committed event has waited to appear in the feed")
          .baseUnit("seconds")
          .tag("store", store.getKey())
          .register(registry);
    }
  }

  private static double seconds(java.time.Duration duration) {
    return duration.toSeconds() + duration.toNanosPart() / 1e9;
  }
}
