package io.tidegate.events;

/**
 * A place in the feed: opaque to whoever is handed one, comparable by the store alone. {@link
 * #START} lies before the first event.
 *
 * @param value base64url text, empty for the start
 */
public record FeedCursor(String value) {
  public static final FeedCursor START = new FeedCursor("");
}
