package io.tidegate.events;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;

/** The store's own feed loses nothing. */
class GatedFeedHistoryTest extends FeedHistoryContract {

  @Override
  Reader reader() {
    return new Reader() {
      private FeedCursor cursor = FeedCursor.START;

      @Override
      public List<Seen> poll() {
        List<Seen> seen = new ArrayList<>();
        FeedPage page = fixture.store.readFeed(cursor, FeedFilter.ALL, 7);
        cursor = page.next();
        for (RecordedEvent event : page.events()) {
          seen.add(new Seen(event.id(), event.stream().toString(), event.version()));
        }
        return seen;
      }
    };
  }

  @Override
  boolean finished(List<Seen> seen) {
    return seen.size() >= committed().size();
  }

  @Override
  void judge(Verdict verdict) {
    assertThat(verdict.skipped()).isEmpty();
    assertThat(verdict.twice()).isEmpty();
    assertThat(verdict.outOfOrder()).isEmpty();
    assertThat(verdict.tooLate()).isEmpty();
  }
}
