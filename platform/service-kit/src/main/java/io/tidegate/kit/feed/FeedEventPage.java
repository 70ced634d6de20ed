package io.tidegate.kit.feed;

import java.util.List;

/**
 * A page of a feed.
 *
 * @param events in feed order
 * @param nextCursor where to go on reading, also if the page is empty
 * @param hasMore whether there may be more at once; if not, waiting is worth it
 */
public record FeedEventPage(List<FeedEvent> events, String nextCursor, boolean hasMore) {
  public FeedEventPage {
    events = List.copyOf(events);
  }
}
