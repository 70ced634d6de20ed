package io.tidegate.kit.feed;

import java.time.Duration;
import java.util.Set;

/** A service's events, read by this service itself or from another process. */
public interface EventFeed {
  /** The cursor before the first event. */
  String START = "";

  /**
   * Reads the events after a place in the feed; every one is handed out, and those of one stream in
   * their order.
   *
   * @param after where the last page ended; {@link #START} for everything
   * @param types only events of these types; empty: all
   * @param securables only events about these full names or ids; empty: all
   * @param limit how many events at most, from 1
   * @param wait how long to wait for an event if there is none; zero: not at all. A wait may end
   *     early with an empty page.
   * @throws io.tidegate.kit.errors.ApiException INVALID_ARGUMENT for a cursor or a type that is not
   *     one of this feed, UNAVAILABLE if the feed's service does not answer
   */
  FeedEventPage read(
      String after, Set<String> types, Set<String> securables, int limit, Duration wait);
}
