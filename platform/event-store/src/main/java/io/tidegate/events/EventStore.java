package io.tidegate.events;

import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;

/** The events of one service, in that service's PostgreSQL schema. */
public interface EventStore {

  /**
   * Appends to one or more streams, all or nothing, and applies every registered synchronous
   * projection, within the caller's transaction.
   *
   * @param appends at most one per stream; rows are locked in the order of the stream ids, so that
   *     appenders do not deadlock
   * @param metadata who causes the events
   * @return the recorded events, in the order given
   * @throws WrongVersionException if a stream is not at its expected version; the transaction is
   *     then good only for a rollback
   * @throws IllegalStateException if there is no transaction
   */
  List<RecordedEvent> append(List<StreamAppend> appends, EventMetadata metadata);

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
   * Reads the feed: every event of every stream, none skipped and none twice, those of one stream
   * in their order. An event appears once every transaction that began before its own has ended.
   *
   * @param after where the last page ended
   * @param limit how many events to look at, at most
   * @throws IllegalArgumentException if the cursor is not one that this feed handed out
   */
  FeedPage readFeed(FeedCursor after, FeedFilter filter, int limit);

  /**
   * Waits until something may have been appended since this call began, or the time is over.
   * Spurious returns are allowed: read the feed again.
   *
   * @return whether something woke it before the time was over
   */
  boolean awaitAppend(Duration atMost) throws InterruptedException;
}
