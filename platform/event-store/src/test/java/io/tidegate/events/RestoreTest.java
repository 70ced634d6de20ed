package io.tidegate.events;

import static io.tidegate.events.StoreFixture.ALICE;
import static io.tidegate.events.StoreFixture.SCHEMA;
import static io.tidegate.events.StoreFixture.account;
import static io.tidegate.events.StoreFixture.deposit;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidegate.testing.TestDatabase;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.LongStream;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.postgresql.PGConnection;
import org.springframework.dao.TransientDataAccessException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.AbstractDataSource;
import org.springframework.jdbc.datasource.DelegatingDataSource;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * A dump restored into another cluster, whose transaction ids are far lower: what was hidden there
 * from a feed that knows transaction ids alone.
 */
class RestoreTest {
  private static final List<String> TABLES =
      List.of("streams", "feed_epochs", "events", "feed_positions");

  private static EmbeddedPostgres anotherCluster;
  private static int databases;

  @BeforeAll
  static void startAnotherCluster() throws Exception {
    anotherCluster = EmbeddedPostgres.builder().setPGStartupWait(Duration.ofMinutes(1)).start();
  }

  @AfterAll
  static void stopIt() throws Exception {
    anotherCluster.close();
  }

  private static DataSource newDatabase() {
    String name = "restored_" + ++databases;
    JdbcClient.create(anotherCluster.getPostgresDatabase()).sql("CREATE DATABASE " + name).update();
    return anotherCluster.getDatabase("postgres", name);
  }

  private static long transactionId(DataSource database) {
    return JdbcClient.create(database)
        .sql("SELECT pg_current_xact_id()::text::bigint")
        .query(Long.class)
        .single();
  }

  // Each call of the function is a transaction with an id of its own.
  private static void moveTransactionIdsBeyond(DataSource database, long least) {
    while (transactionId(database) < least) {
      JdbcClient.create(database)
          .sql(
              """
              DO $$ BEGIN
                FOR i IN 1..2000 LOOP
                  PERFORM pg_current_xact_id();
                  COMMIT;
                END LOOP;
              END $$\
              """)
          .update();
    }
  }

  private static void copy(DataSource from, DataSource into) throws Exception {
    try (Connection source = from.getConnection();
        Connection target = into.getConnection();
        Statement statement = target.createStatement()) {
      for (String table : TABLES) {
        ByteArrayOutputStream content = new ByteArrayOutputStream();
        String columns =
            JdbcClient.create(from)
                .sql(
                    """
                    SELECT string_agg(attname, ', ' ORDER BY attnum) FROM pg_attribute
                     WHERE attrelid = ?::regclass AND attnum > 0 AND NOT attisdropped\
                    """)
                .param(SCHEMA + "." + table)
                .query(String.class)
                .single();
        String relation = "%s.%s (%s)".formatted(SCHEMA, table, columns);
        source
            .unwrap(PGConnection.class)
            .getCopyAPI()
            .copyOut("COPY " + relation + " TO STDOUT", content);
        statement.execute("TRUNCATE %s.%s".formatted(SCHEMA, table));
        target
            .unwrap(PGConnection.class)
            .getCopyAPI()
            .copyIn(
                "COPY " + relation + " FROM STDIN",
                new ByteArrayInputStream(content.toByteArray()));
      }
    }
  }

  private static List<Long> amounts(List<RecordedEvent> events) {
    return events.stream().map(event -> event.data().get("amount").longValue()).toList();
  }

  /** A data source that can be pointed at another database while it is used. */
  private static final class Repointed extends DelegatingDataSource {
    Repointed(DataSource target) {
      super(target);
    }
  }

  /** For a store that hears of nothing, a lost connection included. */
  private static final class Unreachable extends AbstractDataSource {
    @Override
    public Connection getConnection() throws SQLException {
      throw new SQLException("Nobody there");
    }

    @Override
    public Connection getConnection(String username, String password) throws SQLException {
      return getConnection();
    }
  }

  @Test
  void theFeedStaysReadableAndOldCursorsStayGood() throws Exception {
    DataSource old = StoreFixture.dataSource(TestDatabase.create());
    moveTransactionIdsBeyond(old, 5_000);
    FeedCursor middle;
    FeedCursor lost;
    DataSource restored = newDatabase();
    EventStoreMigration.migrate(restored, SCHEMA);
    try (StoreFixture fixture = new StoreFixture(old, StoreFixture.TYPES)) {
      for (long amount = 1; amount <= 10; amount++) {
        fixture.append(deposit("a", ExpectedVersion.any(), amount));
      }
      middle = fixture.store.readFeed(FeedCursor.START, FeedFilter.ALL, 5).next();
      copy(old, restored);
      // What comes after the dump is lost by the restore; somebody has read it, though.
      fixture.append(deposit("a", ExpectedVersion.any(), 11));
      lost = fixture.store.readFeed(FeedCursor.START, FeedFilter.ALL, 100).next();
    }
    // The premise: in the new cluster every one of these transaction ids lies in the future.
    assertThat(transactionId(restored)).isLessThan(5_000);

    try (StoreFixture fixture = new StoreFixture(restored, StoreFixture.TYPES)) {
      assertThat(amounts(fixture.feed(FeedFilter.ALL, 3)))
          .isEqualTo(LongStream.rangeClosed(1, 10).boxed().toList());
      fixture.append(deposit("a", ExpectedVersion.exactly(9), 100));
      fixture.append(deposit("b", ExpectedVersion.noStream(), 101));

      assertThat(amounts(fixture.store.readFeed(middle, FeedFilter.ALL, 100).events()))
          .containsExactly(6L, 7L, 8L, 9L, 10L, 100L, 101L);
      assertThat(amounts(fixture.store.readFeed(lost, FeedFilter.ALL, 100).events()))
          .containsExactly(100L, 101L);
      assertThat(fixture.store.feedLag()).isZero();
    }
  }

  @Test
  void aStoreThatIsSwitchedToTheRestoredClusterWhileItRunsNotices() throws Exception {
    DataSource old = StoreFixture.dataSource(TestDatabase.create());
    moveTransactionIdsBeyond(old, 5_000);
    DataSource restored = newDatabase();
    EventStoreMigration.migrate(restored, SCHEMA);
    EventStoreMigration.migrate(old, SCHEMA);
    Repointed database = new Repointed(old);
    TransactionTemplate transactions =
        new TransactionTemplate(new JdbcTransactionManager(database));
    try (PostgresEventStore store =
        new PostgresEventStore(
            SCHEMA, database, StoreFixture.TYPES, List.of(), new Unreachable())) {
      List<StreamAppend> append = List.of(deposit("a", ExpectedVersion.any(), 1));
      transactions.execute(status -> store.append(append, ALICE));
      copy(old, restored);
      database.setTargetDataSource(restored);

      // Noticed by the append itself, which has to be tried again.
      assertThatThrownBy(() -> transactions.execute(status -> store.append(append, ALICE)))
          .isInstanceOf(TransientDataAccessException.class);
      transactions.execute(status -> store.append(append, ALICE));

      assertThat(store.readFeed(FeedCursor.START, FeedFilter.ALL, 10).events())
          .extracting(RecordedEvent::version)
          .containsExactly(0L, 1L);
      assertThat(store.streamVersion(account("a"))).hasValue(1);
    }
  }

  @Test
  void anEpochBeginsOnceAndNotBeforeTheAppendsOfTheLastOneHaveEnded() throws Exception {
    try (StoreFixture fixture =
        new StoreFixture(StoreFixture.dataSource(TestDatabase.create()), StoreFixture.TYPES)) {
      fixture.append(deposit("a", ExpectedVersion.any(), 1));
      StoreFixture.OpenAppend open =
          fixture.appendAndStayOpen(deposit("a", ExpectedVersion.any(), 2));
      // As if the last epoch were another cluster's.
      fixture.jdbc.sql("UPDATE ledger.feed_epochs SET cluster = 'elsewhere'").update();
      List<CompletableFuture<List<Long>>> replicas = new ArrayList<>();
      for (int replica = 0; replica < 2; replica++) {
        CompletableFuture<List<Long>> read = new CompletableFuture<>();
        replicas.add(read);
        Thread.ofVirtual()
            .start(() -> {
              try (PostgresEventStore store =
                  new PostgresEventStore(SCHEMA, fixture.database, StoreFixture.TYPES, List.of())) {
                read.complete(
                    amounts(store.readFeed(FeedCursor.START, FeedFilter.ALL, 10).events()));
              } catch (Throwable e) {
                read.completeExceptionally(e);
              }
            });
      }
      // Both wait for the open transaction; without that they would read past its event.
      StoreFixture.await(() ->
          fixture
                  .jdbc
                  .sql(
                      """
                      SELECT count(DISTINCT pid) FROM pg_locks
                       WHERE locktype = 'advisory' AND NOT granted
                         AND database = (SELECT oid FROM pg_database
                                          WHERE datname = current_database())\
                      """)
                  .query(Long.class)
                  .single()
              >= 2);
      open.end();

      for (CompletableFuture<List<Long>> read : replicas) {
        assertThat(read.get()).containsExactly(1L, 2L);
      }
      fixture.append(deposit("b", ExpectedVersion.any(), 3));
      assertThat(amounts(fixture.feed(FeedFilter.ALL, 1))).containsExactly(1L, 2L, 3L);
      assertThat(
              fixture
                  .jdbc
                  .sql("SELECT epoch FROM ledger.events ORDER BY position")
                  .query(Integer.class)
                  .list())
          .containsExactly(0, 0, 1);
      assertThat(
              fixture
                  .jdbc
                  .sql("SELECT max(epoch) FROM ledger.feed_epochs")
                  .query(Integer.class)
                  .single())
          .isEqualTo(1);
    }
  }
}
