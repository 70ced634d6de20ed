package io.tidegate.kit.feed;

/** What a service does with an event of another one. */
@FunctionalInterface
public interface FeedEventHandler {

  /**
   * Takes in one event, within the transaction that also records the place in the feed: each event
   * takes effect exactly once. An exception rolls that back, and the event comes again later.
   */
  void handle(FeedEvent event);
}
