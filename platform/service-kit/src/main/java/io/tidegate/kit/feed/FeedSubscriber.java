package io.tidegate.kit.feed;

import io.tidegate.events.FeedCursor;
import io.tidegate.events.FeedFollower;
import io.tidegate.kit.database.ServiceSchema;
import io.tidegate.kit.errors.ApiException;
import io.tidegate.kit.errors.ErrorCode;
import io.tidegate.kit.web.RequestId;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.transaction.PlatformTransactionManager;

/**
 * Follows another service's feed; declared as a bean, it starts and stops with the service. Each
 * event is handled in one transaction with the place reached in the feed, so it takes effect
 * exactly once, also across restarts. Of several replicas of the service one at a time moves on;
 * all of them know how far behind they are.
 */
public final class FeedSubscriber implements SmartLifecycle {
  private static final Logger LOG = LoggerFactory.getLogger(FeedSubscriber.class);

  /** How soon a service that does not answer is asked again. */
  private static final Duration PAUSE = Duration.ofSeconds(1);

  private final String name;
  private final EventFeed feed;
  private final Set<String> types;
  private final ServiceSchema schema;
  private final DataSource dataSource;
  private final PlatformTransactionManager transactions;
  private final FeedEventHandler handler;
  private volatile @Nullable FeedFollower<FeedEvent> follower;
  private volatile boolean unavailable;

  /**
   * @param name stable, unique among the service's subscribers: the place is stored under it
   * @param feed the feed to follow
   * @param types only events of these types; empty: all
   * @param schema the following service's own schema, where the place is stored
   * @param dataSource where that schema is
   * @param transactions over {@code dataSource}
   * @param handler what to do with an event
   */
  public FeedSubscriber(
      String name,
      EventFeed feed,
      Set<String> types,
      ServiceSchema schema,
      DataSource dataSource,
      PlatformTransactionManager transactions,
      FeedEventHandler handler) {
    this.name = name;
    this.feed = feed;
    this.types = Set.copyOf(types);
    this.schema = schema;
    this.dataSource = dataSource;
    this.transactions = transactions;
    this.handler = handler;
  }

  public String name() {
    return name;
  }

  /**
   * When this process last knew that everything then in the feed had been handled; empty if it has
   * not known that since it started.
   */
  public Optional<Instant> caughtUpAt() {
    FeedFollower<FeedEvent> current = follower;
    return current == null ? Optional.empty() : current.caughtUpAt();
  }

  /**
   * How old what this service knows may be: the time since {@link #caughtUpAt}, centuries if that
   * is empty. At rest it goes up to about a second.
   */
  public Duration behind() {
    FeedFollower<FeedEvent> current = follower;
    return current == null ? Duration.ofNanos(Long.MAX_VALUE) : current.behind();
  }

  /** What handling the feed fails with, again and again; empty if it does not. */
  public Optional<String> failure() {
    FeedFollower<FeedEvent> current = follower;
    return current == null ? Optional.empty() : current.failure();
  }

  /**
   * Waits until what was in the feed at the time of the call has been handled.
   *
   * @return whether it has, within the time
   */
  public boolean awaitCaughtUp(Duration atMost) throws InterruptedException {
    FeedFollower<FeedEvent> current = follower;
    return current != null && current.awaitCaughtUp(atMost);
  }

  private FeedFollower.Page<FeedEvent> read(FeedCursor after, int limit, Duration atMost)
      throws InterruptedException {
    try {
      FeedEventPage page = feed.read(after.value(), types, Set.of(), limit, atMost);
      unavailable = false;
      return new FeedFollower.Page<>(
          page.events(), new FeedCursor(page.nextCursor()), page.hasMore());
    } catch (ApiException e) {
      if (e.code() != ErrorCode.UNAVAILABLE) {
        throw e;
      }
      // Said once: health and metrics show it for as long as it lasts.
      if (!unavailable) {
        LOG.warn("The feed that {} follows cannot be read: {}", name, e.getMessage());
        unavailable = true;
      }
      Thread.sleep(PAUSE);
      return new FeedFollower.Page<>(List.of(), after, true);
    }
  }

  private void handle(FeedEvent event) {
    RequestId.run("feed-" + name + "-" + UUID.randomUUID(), () -> handler.handle(event));
  }

  @Override
  public synchronized void start() {
    FeedFollower<FeedEvent> started =
        new FeedFollower<>(name, schema.name(), dataSource, transactions, this::read, this::handle);
    started.start();
    follower = started;
  }

  @Override
  public synchronized void stop() {
    FeedFollower<FeedEvent> current = follower;
    if (current != null) {
      current.close();
      follower = null;
    }
  }

  @Override
  public boolean isRunning() {
    return follower != null;
  }
}
