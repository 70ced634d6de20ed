package io.tidegate.kit.feed;

import io.tidegate.events.EventStore;
import io.tidegate.events.FeedCursor;
import io.tidegate.events.FeedFilter;
import io.tidegate.events.FeedPage;
import io.tidegate.events.RecordedEvent;
import io.tidegate.kit.errors.ApiException;
import io.tidegate.kit.errors.ErrorCode;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** The feed of an event store in this process. */
public final class LocalEventFeed implements EventFeed {
  private final EventStore store;

  public LocalEventFeed(EventStore store) {
    this.store = store;
  }

  @Override
  public FeedEventPage read(
      String after, Set<String> types, Set<String> securables, int limit, Duration wait) {
    for (String type : types) {
      if (!store.types().contains(type)) {
        // A reader who waits for what never comes had better be told.
        throw new ApiException(
            ErrorCode.INVALID_ARGUMENT,
            "types has a name that no event of this feed has; they are "
                + store.types().stream().sorted().collect(Collectors.joining(", ")));
      }
    }
    FeedFilter filter = new FeedFilter(types, securables);
    try {
      FeedPage page = store.readFeed(new FeedCursor(after), filter, limit, wait);
      return new FeedEventPage(
          page.events().stream().map(LocalEventFeed::shown).toList(),
          page.next().value(),
          page.mayHaveMore());
    } catch (IllegalArgumentException e) {
      throw new ApiException(
          ErrorCode.INVALID_ARGUMENT, "after is not a cursor of this feed: leave it out to start");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return new FeedEventPage(List.of(), after, false);
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
