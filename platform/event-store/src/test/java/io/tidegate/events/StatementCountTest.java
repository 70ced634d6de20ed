package io.tidegate.events;

import static io.tidegate.events.StoreFixture.ALICE;
import static io.tidegate.events.StoreFixture.deposit;
import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.testing.SqlCounter;
import io.tidegate.testing.TestDatabase;
import java.util.ArrayList;
import java.util.List;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.slf4j.MDC;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/** How many statements an append and a look at the feed cost. */
class StatementCountTest {
  private final SqlCounter counter = new SqlCounter();

  // Without what other threads do meanwhile.
  private List<String> statements(String name, Runnable work) {
    try (MDC.MDCCloseable ignored = MDC.putCloseable("request_id", name)) {
      work.run();
    }
    // Once per connection that listens, the store looks which cluster it is on.
    return counter.of(name).stream()
        .filter(sql -> !sql.startsWith("SELECT cluster"))
        .filter(sql -> !sql.equals("SELECT " + EventSql.CLUSTER))
        .toList();
  }

  @Test
  void anAppendTakesThreeStatementsHoweverMuchItAppends() {
    DataSource database = StoreFixture.dataSource(TestDatabase.create());
    EventStoreMigration.migrate(database, StoreFixture.SCHEMA);
    DataSource counted = counter.around(database);
    TransactionTemplate transactions = new TransactionTemplate(new JdbcTransactionManager(counted));
    try (PostgresEventStore store =
        new PostgresEventStore(
            StoreFixture.SCHEMA, counted, StoreFixture.TYPES, List.of(), database)) {
      StreamAppend one = deposit("one", ExpectedVersion.any(), 1);
      transactions.execute(status -> store.append(List.of(one), ALICE));
      List<StreamAppend> many = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        many.add(deposit("many" + i, ExpectedVersion.noStream(), 1, 2, 3));
      }

      assertThat(
              statements(
                  "one", () -> transactions.execute(status -> store.append(List.of(one), ALICE))))
          .hasSize(3);
      assertThat(
              statements("many", () -> transactions.execute(status -> store.append(many, ALICE))))
          .hasSize(3);

      FeedPage all = store.readFeed(FeedCursor.START, FeedFilter.ALL, 100);
      assertThat(all.events()).hasSize(62);
      assertThat(
              statements("a look in vain", () -> store.readFeed(all.next(), FeedFilter.ALL, 100)))
          .hasSize(1);
    }
  }
}
