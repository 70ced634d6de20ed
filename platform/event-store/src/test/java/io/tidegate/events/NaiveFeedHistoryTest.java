package io.tidegate.events;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.UUID;

/** A reader that remembers the highest sequence number loses what commits late. */
class NaiveFeedHistoryTest extends FeedHistoryContract {

  @Override
  Reader reader() {
    return new Reader() {
      private long last;

      @Override
      public List<Seen> poll() {
        return fixture
            .jdbc
            .sql(
                """
                SELECT id, category || '/' || stream_id AS stream, version, position
                  FROM ledger.events WHERE position > ? ORDER BY position LIMIT 7\
                """)
            .param(last)
            .query((row, number) -> {
              last = row.getLong("position");
              return new Seen(
                  row.getObject("id", UUID.class), row.getString("stream"), row.getLong("version"));
            })
            .list();
      }
    };
  }

  @Override
  boolean finished(List<Seen> seen) {
    UUID last =
        fixture
            .jdbc
            .sql("SELECT id FROM ledger.events ORDER BY position DESC LIMIT 1")
            .query(UUID.class)
            .single();
    return seen.stream().anyMatch(event -> event.id().equals(last));
  }

  @Override
  void judge(Verdict verdict) {
    assertThat(verdict.skipped()).isNotEmpty();
  }
}
