package io.tidegate.kit.feed;

import io.tidegate.kit.database.ServiceSchema;
import io.tidegate.kit.web.RequestId;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Follows another service's feed; declared as a bean. Each event is handled in one transaction with
 * the place reached in the feed, so it takes effect exactly once, also across restarts. Of several
 * replicas of the service one at a time moves on, by an advisory lock; all of them see how far it
 * has come.
 */
public final class FeedSubscriber implements SmartLifecycle {
  private static final Logger LOG = LoggerFactory.getLogger(FeedSubscriber.class);
  private static final int BATCH = 200;

  /** How long to wait in one read; bounds how old an idle follower's knowledge gets. */
  private static final Duration WAIT = Duration.ofSeconds(1);

  private static final Duration FIRST_PAUSE = Duration.ofMillis(200);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(2);
  private static final Duration STOP_PATIENCE = Duration.ofSeconds(3);

  private final String name;
  private final EventFeed feed;
  private final Set<String> types;
  private final FeedEventHandler handler;
  private final String schema;
  private final JdbcClient jdbc;
  private final TransactionTemplate transactions;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition progressed = lock.newCondition();
  private final AtomicInteger waiters = new AtomicInteger();
  private volatile @Nullable Instant caughtUpAt;
  private volatile @Nullable Thread worker;
  private volatile boolean running;

  /**
   * @param name stable, unique among the service's subscribers: the place is stored under it
   * @param feed the feed to follow
   * @param types only events of these types; empty: all
   * @param schema the following service's own schema, where the place is stored
   * @param transactions over the same data source as {@code jdbc}
   * @param handler what to do with an event
   */
  public FeedSubscriber(
      String name,
      EventFeed feed,
      Set<String> types,
      ServiceSchema schema,
      JdbcClient jdbc,
      PlatformTransactionManager transactions,
      FeedEventHandler handler) {
    this.name = name;
    this.feed = feed;
    this.types = Set.copyOf(types);
    this.handler = handler;
    this.schema = schema.name();
    this.jdbc = jdbc;
    this.transactions = new TransactionTemplate(transactions);
  }

  public String name() {
    return name;
  }

  /**
   * When this process last knew that everything then in the feed had been handled; empty if it has
   * not known that since it started.
   */
  public Optional<Instant> caughtUpAt() {
    return Optional.ofNullable(caughtUpAt);
  }

  /** How old what this service knows may be: the time since {@link #caughtUpAt}. */
  public Duration behind() {
    Instant at = caughtUpAt;
    return at == null ? Duration.ofSeconds(Long.MAX_VALUE) : Duration.between(at, Instant.now());
  }

  @Override
  public void start() {
    running = true;
    worker = Thread.ofVirtual().name("feed-" + name).start(this::follow);
  }

  private void follow() {
    Duration pause = FIRST_PAUSE;
    while (running) {
      try {
        step();
        pause = FIRST_PAUSE;
      } catch (RuntimeException e) {
        if (!running) {
          return;
        }
        LOG.warn("Following the feed as {} failed, and is tried again: {}", name, e.toString());
        sleep(pause);
        pause =
            pause.multipliedBy(2).compareTo(LONGEST_PAUSE) > 0
                ? LONGEST_PAUSE
                : pause.multipliedBy(2);
      }
    }
  }

  private void step() {
    Instant asked = Instant.now();
    String after = position();
    Duration wait = waiters.get() > 0 ? Duration.ZERO : WAIT;
    FeedEventPage page = feed.read(after, types, Set.of(), BATCH, wait);
    if (!page.events().isEmpty() || !page.nextCursor().equals(after)) {
      take(after, page);
    }
    if (!page.hasMore()) {
      caughtUpAt = asked;
      signal();
    }
  }

  private void take(String after, FeedEventPage page) {
    RequestId.run(
        "feed-" + name + "-" + UUID.randomUUID(),
        () ->
            transactions.executeWithoutResult(status -> {
              if (!positionLocked().equals(after)) {
                return;
              }
              page.events().forEach(handler::handle);
              store(page.nextCursor());
            }));
  }

  private String position() {
    return jdbc.sql("SELECT cursor FROM " + schema + ".feed_positions WHERE name = ?")
        .param(name)
        .query(String.class)
        .optional()
        .orElse(EventFeed.START);
  }

  private String positionLocked() {
    jdbc.sql("SELECT pg_advisory_xact_lock(hashtextextended(?, 0))")
        .param(schema + "/" + name)
        .query(row -> {});
    return position();
  }

  private void store(String cursor) {
    jdbc.sql(
            "INSERT INTO "
                + schema
                + ".feed_positions (name, cursor, updated_at) VALUES (?, ?, now())"
                + " ON CONFLICT (name) DO UPDATE SET cursor = excluded.cursor, updated_at = now()")
        .params(name, cursor)
        .update();
  }

  /**
   * Waits until what was in the feed at the time of the call has been handled.
   *
   * @return whether it has, within the time
   */
  public boolean awaitCaughtUp(Duration atMost) throws InterruptedException {
    Instant since = Instant.now();
    long left = atMost.toNanos();
    waiters.incrementAndGet();
    lock.lock();
    try {
      while (true) {
        Instant at = caughtUpAt;
        if (at != null && !at.isBefore(since)) {
          return true;
        }
        if (left <= 0) {
          return false;
        }
        left = progressed.awaitNanos(left);
      }
    } finally {
      lock.unlock();
      waiters.decrementAndGet();
    }
  }

  private void signal() {
    lock.lock();
    try {
      progressed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private static void sleep(Duration duration) {
    try {
      TimeUnit.NANOSECONDS.sleep(duration.toNanos());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void stop() {
    running = false;
    Thread thread = worker;
    if (thread != null) {
      thread.interrupt();
      try {
        if (!thread.join(STOP_PATIENCE)) {
          LOG.warn("The follower {} of a feed still runs", name);
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  @Override
  public boolean isRunning() {
    return running;
  }
}
