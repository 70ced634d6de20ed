package io.tidegate.events;

import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;

/** The events of one service, in that service's PostgreSQL schema. */
public interface EventStore extends AutoCloseable {

  /**
   * Appends to one or more streams, all or nothing, and applies every registered synchronous
   * projection, within the caller's transaction. Where the database moved to another cluster under
   * the running store, one append fails as transient and is to be tried again.
   *
   * @param appends at most one per stream; rows are locked in the order of the stream ids, so that
   *     appenders do not deadlock
   * @param metadata who causes the events
   * @return the recorded events, in the order given, exactly as they will be read
   * @throws WrongVersionException if a stream is not at its expected version. After this and every
   *     other failure of an append the transaction is good only for a rollback, and a commit of it
   *     is refused
   * @throws IllegalArgumentException if two appends name the same stream, or a text holds the
   *     character U+0000, which PostgreSQL cannot store
   * @throws IllegalStateException if there is no transaction on the store's data source, or it is
   *     not READ COMMITTED
   */
  List<RecordedEvent> append(List<StreamAppend> appends, EventMetadata metadata);

  /** The names of the types that events of this store can have. */
  Set<String> types();

  /**
   * Reads a stream in order.
   *
   * @param fromVersion the first version wanted
   * @param limit how many events at most
   */
  List<RecordedEvent> readStream(StreamId stream, long fromVersion, int limit);

  /** The version of the stream's last event, empty if the stream has none. */
  OptionalLong streamVersion(StreamId stream);

  /**
   * Reads the feed: every event of every stream, none skipped and none twice. An event that was
   * appended after another one had been committed comes after it, so those of one stream come in
   * their order. An event appears once every transaction that began before its own has ended.
   *
   * @param after where the last page ended
   * @param limit how many events at most, from 1
   * @throws IllegalArgumentException if the cursor is not one that this feed handed out
   */
  FeedPage readFeed(FeedCursor after, FeedFilter filter, int limit);

  /**
   * As {@link #readFeed(FeedCursor, FeedFilter, int)}, but where nothing that passes the filter is
   * there yet, waits for it. An empty page after the time is over still has a {@code next} that
   * goes beyond what was filtered out.
   *
   * @param atMost how long to wait
   */
  FeedPage readFeed(FeedCursor after, FeedFilter filter, int limit, Duration atMost)
      throws InterruptedException;

  /**
   * How long the oldest committed event has been waiting to appear in the feed; zero if all have
   * appeared. It grows while any transaction of the database cluster that began before stays open,
   * even one in another database: watch it, and set {@code idle_in_transaction_session_timeout}.
   */
  Duration feedLag();

  /** Stops what runs in the background; waiting readers return at once. */
  @Override
  void close();
}
