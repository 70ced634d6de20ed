package io.tidegate.kit.feed;

import io.tidegate.events.EventStore;
import io.tidegate.events.FeedCursor;
import io.tidegate.events.FeedFilter;
import io.tidegate.events.FeedPage;
import io.tidegate.events.RecordedEvent;
import io.tidegate.kit.errors.ApiException;
import io.tidegate.kit.errors.ErrorCode;
import java.time.Duration;
import java.util.Set;

/** The feed of an event store in this process. */
public final class LocalEventFeed implements EventFeed {
  private final EventStore store;

  public LocalEventFeed(EventStore store) {
    this.store = store;
  }

  @Override
  public FeedEventPage read(
      String after, Set<String> types, Set<String> securables, int limit, Duration wait) {
    FeedFilter filter = new FeedFilter(types, securables);
    long deadline = System.nanoTime() + wait.toNanos();
    String cursor = after;
    while (true) {
      FeedPage page = page(cursor, filter, limit);
      cursor = page.next().value();
      Duration left = Duration.ofNanos(deadline - System.nanoTime());
      if (!page.events().isEmpty() || page.mayHaveMore() || !left.isPositive() || !await(left)) {
        return new FeedEventPage(
            page.events().stream().map(LocalEventFeed::shown).toList(), cursor, page.mayHaveMore());
      }
    }
  }

  private FeedPage page(String after, FeedFilter filter, int limit) {
    try {
      return store.readFeed(new FeedCursor(after), filter, limit);
    } catch (IllegalArgumentException e) {
      throw new ApiException(
          ErrorCode.INVALID_ARGUMENT, "after is not a cursor of this feed: leave it out to start");
    }
  }

  /** Whether it is worth looking again. */
  private boolean await(Duration atMost) {
    try {
      return store.awaitAppend(atMost);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private static FeedEvent shown(RecordedEvent event) {
    return new FeedEvent(
        event.id(),
        event.type(),
        event.stream().toString(),
        event.version(),
        event.cursor().value(),
        event.securable(),
        event.data(),
        event.metadata().principal(),
        event.metadata().requestId(),
        event.recordedAt());
  }
}
