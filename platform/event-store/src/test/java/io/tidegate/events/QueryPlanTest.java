package io.tidegate.events;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What is asked all the time costs steps into an index, not walks through the events. */
class QueryPlanTest {
  private static final EventSql SQL = new EventSql(StoreFixture.SCHEMA);
  private static StoreFixture fixture;

  @BeforeAll
  static void start() {
    fixture = StoreFixture.create();
    // The transaction ids of a long past, in front of those of today.
    fixture
        .jdbc
        .sql(
            """
            INSERT INTO ledger.feed_epochs (epoch, cluster) VALUES (0, 'before')\
            """)
        .update();
    fixture
        .jdbc
        .sql(
            """
            INSERT INTO ledger.events (epoch, txid, category, stream_id, version, id, type,
                                       schema_version, data, principal, request_id, securable)
            SELECT 0, i::text::xid8, 'account', 's' || i % 500, i / 500, gen_random_uuid(),
                   CASE WHEN i % 100 = 0 THEN 'Withdrawn' ELSE 'Deposited' END, 1,
                   '{"account": "a", "amount": 1}', 'alice', 'request', 's' || i % 20
              FROM generate_series(1, 40000) i\
            """)
        .update();
    fixture.append(StoreFixture.deposit("today", ExpectedVersion.any(), 1));
    fixture.jdbc.sql("ANALYZE ledger.events").update();
  }

  @AfterAll
  static void stop() {
    fixture.close();
  }

  /** How many pages of 8 KB the statement looks at. */
  private static long pagesRead(String sql, Object... parameters) {
    List<String> plan =
        fixture
            .jdbc
            .sql("EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, SUMMARY OFF) " + sql)
            .params(List.of(parameters))
            .query((row, number) -> row.getString(1))
            .list();
    String buffers =
        plan.stream().filter(line -> line.strip().startsWith("Buffers:")).findFirst().orElse("");
    long pages = 0;
    for (String word : buffers.split("[ ,]+")) {
      if (word.startsWith("hit=") || word.startsWith("read=")) {
        pages += Long.parseLong(word.substring(word.indexOf('=') + 1));
      }
    }
    assertThat(pages).as(String.join("\n", plan)).isPositive();
    return pages;
  }

  @Test
  void theTestCountsPages() {
    assertThat(pagesRead("SELECT count(data) FROM ledger.events")).isGreaterThan(500);
  }

  @Test
  void theHorizonAndTheLagAreFoundAtOnce() {
    assertThat(pagesRead(SQL.horizon())).isLessThan(30);
    assertThat(pagesRead(SQL.feedLag())).isLessThan(30);
  }

  @Test
  void aPageIsReadFromWhereItBegins() {
    String[] types = {"Withdrawn", "Deposited"};
    String[] rare = {"Withdrawn"};
    String[] securables = {"s1", "s2"};
    assertThat(pagesRead(SQL.feed(), 0, "30000", 0L, 1, "1", 1L, 10)).isLessThan(40);
    assertThat(pagesRead(SQL.feedByType(), types, 0, "30000", 0L, 1, "1", 1L, 10, 10))
        .isLessThan(150);
    assertThat(pagesRead(SQL.feedByType(), rare, 0, "30000", 0L, 1, "1", 1L, 10, 10))
        .isLessThan(150);
    assertThat(
            pagesRead(
                SQL.feedBySecurable(),
                securables,
                types,
                types,
                0,
                "30000",
                0L,
                1,
                "1",
                1L,
                10,
                10))
        .isLessThan(150);
    assertThat(pagesRead(SQL.readStream(), "account", "s1", 20L, 10)).isLessThan(40);
  }
}
