package io.tidegate.events;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Follows a feed, this service's or another's: hands over each entry in one transaction with the
 * place reached, so that it takes effect exactly once, also across restarts. Of several replicas
 * with the same name one at a time moves on; each of them knows how far behind the feed they are.
 *
 * <p>An entry that cannot be handled is never skipped: it is tried again, ever more slowly, and
 * {@link #failure()} tells why.
 *
 * @param <E> what the feed consists of
 */
public final class FeedFollower<E> implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(FeedFollower.class);
  private static final int BATCH = 500;

  /** How long one read waits; bounds how old an idle follower's knowledge gets. */
  private static final Duration WAIT = Duration.ofSeconds(1);

  private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);
  private static final Duration END = Duration.ofSeconds(3);

  /** Where the entries come from. */
  @FunctionalInterface
  public interface Source<E> {
    /**
     * Reads a page; may wait where there is nothing yet.
     *
     * @param after where the last page ended
     * @param limit how many entries at most
     * @param atMost how long to wait at most
     */
    Page<E> read(FeedCursor after, int limit, Duration atMost) throws InterruptedException;
  }

  /**
   * A page of a feed.
   *
   * @param next where to go on
   * @param mayHaveMore whether the page was cut by its limit
   */
  public record Page<E>(List<E> entries, FeedCursor next, boolean mayHaveMore) {
    public Page {
      entries = List.copyOf(entries);
    }
  }

  private final String name;
  private final String positions;
  private final String lockName;
  private final JdbcTemplate jdbc;
  private final TransactionTemplate transactions;
  private final Source<E> source;
  private final Consumer<E> handler;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition caughtUp = lock.newCondition();
  private final AtomicInteger waiters = new AtomicInteger();
  private volatile @Nullable Instant caughtUpAt;
  private volatile @Nullable String failure;
  private volatile @Nullable Thread worker;

  /**
   * Makes a follower; {@link #start} sets it going.
   *
   * @param name stable, unique among the followers of this schema: the place is kept under it
   * @param schema the following service's schema, which has the event store's tables
   * @param dataSource where that schema is
   * @param transactions on {@code dataSource}; the handler runs in one of them per page
   * @param source the feed
   * @param handler called with each entry, in feed order; what it throws undoes the page
   */
  public FeedFollower(
      String name,
      String schema,
      DataSource dataSource,
      PlatformTransactionManager transactions,
      Source<E> source,
      Consumer<E> handler) {
    this.name = name;
    this.positions = SchemaName.checked(schema) + ".feed_positions";
    this.lockName = "tidegate follower " + schema + "/" + name;
    this.jdbc = new JdbcTemplate(dataSource);
    this.transactions = new TransactionTemplate(transactions);
    this.source = source;
    this.handler = handler;
  }

  /**
   * A follower that keeps a projection up to date behind the feed of its own service, instead of in
   * the appending transaction.
   *
   * @param projection must not be among those that the store updates in the appending transaction
   */
  public static FeedFollower<RecordedEvent> of(PostgresEventStore store, Projection projection) {
    return new FeedFollower<>(
        positionName(projection),
        store.schema(),
        store.dataSource(),
        new JdbcTransactionManager(store.dataSource()),
        (after, limit, atMost) -> {
          FeedPage page = store.readFeed(after, FeedFilter.ALL, limit, atMost);
          return new Page<>(page.events(), page.next(), page.mayHaveMore());
        },
        event -> projection.apply(event, store.liveTarget()));
  }

  /** The name under which the place of a following projection is kept. */
  static String positionName(Projection projection) {
    return "projection/" + projection.name();
  }

  /** Begins to follow, in a thread of its own. */
  public synchronized void start() {
    if (worker != null) {
      throw new IllegalStateException("The follower " + name + " was started before");
    }
    // Not a virtual thread: interrupting one closes the socket that it reads from.
    worker = Thread.ofPlatform().daemon().name("follow-" + name).start(this::follow);
  }

  /**
   * When everything that was then in the feed is known to have been handled; empty if that has not
   * been so since this follower was started.
   */
  public Optional<Instant> caughtUpAt() {
    return Optional.ofNullable(caughtUpAt);
  }

  /**
   * How old the follower's knowledge is: the time since {@link #caughtUpAt}, at least 292 years if
   * that is empty. At rest it goes up to about a second.
   */
  public Duration behind() {
    Instant at = caughtUpAt;
    return at == null ? Duration.ofNanos(Long.MAX_VALUE) : Duration.between(at, Instant.now());
  }

  /** What the last attempt failed with, empty if it did not fail. */
  public Optional<String> failure() {
    return Optional.ofNullable(failure);
  }

  /**
   * Waits until all that was in the feed when this was called has been handled.
   *
   * @return whether it has been, within the time
   */
  public boolean awaitCaughtUp(Duration atMost) throws InterruptedException {
    Instant since = Instant.now();
    long remaining = atMost.toNanos();
    waiters.incrementAndGet();
    lock.lockInterruptibly();
    try {
      Instant at = caughtUpAt;
      while (at == null || at.isBefore(since)) {
        if (remaining <= 0) {
          return false;
        }
        remaining = caughtUp.awaitNanos(remaining);
        at = caughtUpAt;
      }
      return true;
    } finally {
      lock.unlock();
      waiters.decrementAndGet();
    }
  }

  private void follow() {
    Duration pause = FIRST_PAUSE;
    try {
      while (!Thread.currentThread().isInterrupted()) {
        try {
          if (step()) {
            pause = FIRST_PAUSE;
            continue;
          }
        } catch (RuntimeException | Error e) {
          // An Error, too, would end the thread, and with it the following, without a word.
          if (Thread.currentThread().isInterrupted()) {
            return;
          }
          String message = String.valueOf(e.getMessage());
          if (message.equals(failure)) {
            // The trace is in the log already; a neighbour that is away for an hour fills no disk.
            LOG.warn("Follower {} failed again: {}; next try in {}", name, message, pause);
          } else {
            LOG.warn("Follower {} failed and will try again in {}", name, pause, e);
          }
          failure = message;
        }
        Thread.sleep(pause);
        pause =
            pause.compareTo(LONGEST_PAUSE.dividedBy(2)) > 0 ? LONGEST_PAUSE : pause.multipliedBy(2);
      }
    } catch (InterruptedException e) {
      LOG.trace("Follower {} ends", name, e);
    }
  }

  /** Handles a page; false if another replica is at it. */
  private boolean step() throws InterruptedException {
    Instant asked = Instant.now();
    FeedCursor after = position();
    Page<E> page = source.read(after, BATCH, waiters.get() > 0 ? Duration.ZERO : WAIT);
    boolean handled =
        page.next().equals(after)
            || Boolean.TRUE.equals(transactions.execute(status -> handle(after, page)));
    failure = null;
    if (handled && !page.mayHaveMore()) {
      lock.lockInterruptibly();
      try {
        caughtUpAt = asked;
        caughtUp.signalAll();
      } finally {
        lock.unlock();
      }
    }
    return handled;
  }

  private boolean handle(FeedCursor after, Page<E> page) {
    Boolean alone =
        jdbc.queryForObject(
            "SELECT pg_try_advisory_xact_lock(hashtextextended(?, 0))", Boolean.class, lockName);
    if (!Boolean.TRUE.equals(alone) || !position().equals(after)) {
      return false;
    }
    page.entries().forEach(handler);
    jdbc.update(
        """
        INSERT INTO %s AS p (name, cursor) VALUES (?, ?)
        ON CONFLICT (name) DO UPDATE SET cursor = excluded.cursor, updated_at = now()\
        """
            .formatted(positions),
        name,
        page.next().value());
    return true;
  }

  private FeedCursor position() {
    return jdbc
        .query(
            "SELECT cursor FROM %s WHERE name = ?".formatted(positions),
            (row, number) -> new FeedCursor(row.getString("cursor")),
            name)
        .stream()
        .findFirst()
        .orElse(FeedCursor.START);
  }

  /** Stops following; a page that is being handled is finished or undone. */
  @Override
  public void close() {
    Thread running = worker;
    if (running == null) {
      return;
    }
    running.interrupt();
    try {
      if (!running.join(END)) {
        LOG.warn("Follower {} is still busy", name);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
