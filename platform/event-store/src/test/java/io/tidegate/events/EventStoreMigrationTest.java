package io.tidegate.events;

import static io.tidegate.events.StoreFixture.ALICE;
import static io.tidegate.events.StoreFixture.deposit;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidegate.testing.TestDatabase;
import java.util.List;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.postgresql.ds.PGSimpleDataSource;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

class EventStoreMigrationTest {

  @Test
  void aRoleThatOwnsNothingButItsSchemaCanDoEverything() throws Exception {
    TestDatabase database = TestDatabase.create();
    JdbcClient superuser = JdbcClient.create(StoreFixture.dataSource(database));
    String role = "only_" + ProcessHandle.current().pid();
    superuser.sql("CREATE ROLE " + role + " LOGIN PASSWORD 'plain'").update();
    superuser.sql("CREATE SCHEMA ledger AUTHORIZATION " + role).update();
    PGSimpleDataSource own = new PGSimpleDataSource();
    own.setUrl(database.jdbcUrl());
    own.setUser(role);
    own.setPassword("plain");

    EventStoreMigration.migrate(own, "ledger");
    EventStoreMigration.migrate(own, "ledger");
    BalanceProjection projection = new BalanceProjection("balances");
    BalanceProjection.createTables(JdbcClient.create(own));
    try (PostgresEventStore store =
        new PostgresEventStore("ledger", own, StoreFixture.TYPES, List.of(projection))) {
      new TransactionTemplate(new JdbcTransactionManager(own))
          .execute(
              status -> store.append(List.of(deposit("a", ExpectedVersion.noStream(), 1)), ALICE));

      assertThat(store.readFeed(FeedCursor.START, FeedFilter.ALL, 10).events()).hasSize(1);
      assertThat(
              new ProjectionRebuilder(store)
                  .rebuild(projection, ProjectionRebuilder.Switch.IF_EQUAL)
                  .switched())
          .isTrue();
    }
  }

  @Test
  void twoSchemasOfOneDatabaseKnowNothingOfEachOther() {
    DataSource database = StoreFixture.dataSource(TestDatabase.create());
    // A service's own table was there first.
    JdbcClient.create(database).sql("CREATE SCHEMA catalog CREATE TABLE own (id int)").update();
    EventStoreMigration.migrate(database, "catalog");
    EventStoreMigration.migrate(database, "commits");
    TransactionTemplate transactions =
        new TransactionTemplate(new JdbcTransactionManager(database));
    try (PostgresEventStore catalog =
            new PostgresEventStore("catalog", database, StoreFixture.TYPES, List.of());
        PostgresEventStore commits =
            new PostgresEventStore("commits", database, StoreFixture.TYPES, List.of())) {
      List<StreamAppend> append = List.of(deposit("a", ExpectedVersion.noStream(), 1));
      transactions.executeWithoutResult(status -> {
        catalog.append(append, ALICE);
        commits.append(append, ALICE);
      });

      FeedPage page = catalog.readFeed(FeedCursor.START, FeedFilter.ALL, 10);
      assertThat(page.events()).hasSize(1);
      assertThat(commits.readFeed(FeedCursor.START, FeedFilter.ALL, 10).events()).hasSize(1);
      assertThatThrownBy(() -> commits.readFeed(page.next(), FeedFilter.ALL, 10))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void aSchemaNameIsPlain() {
    DataSource nowhere = new PGSimpleDataSource();
    for (String name : List.of("a;b", "", "Upper", "a b", "\"q\"")) {
      assertThatThrownBy(() -> EventStoreMigration.migrate(nowhere, name))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }
}
