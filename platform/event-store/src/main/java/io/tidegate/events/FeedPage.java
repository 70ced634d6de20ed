package io.tidegate.events;

import java.util.List;

/**
 * A page of the feed.
 *
 * @param events the events, in feed order
 * @param next where to go on reading: after the last event looked at, whether the filter kept it or
 *     not; the same cursor again as long as there is nothing new
 * @param mayHaveMore whether the page was cut by its limit
 */
public record FeedPage(List<RecordedEvent> events, FeedCursor next, boolean mayHaveMore) {
  public FeedPage {
    events = List.copyOf(events);
  }
}
