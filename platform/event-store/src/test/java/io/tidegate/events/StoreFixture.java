package io.tidegate.events;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.tidegate.testing.TestDatabase;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.postgresql.ds.PGSimpleDataSource;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/** A store on a database, and what tests do with it. */
final class StoreFixture implements AutoCloseable {
  static final String SCHEMA = "ledger";
  static final EventMetadata ALICE = new EventMetadata("alice", "request-1");

  /** Money came in. */
  record Deposited(String account, long amount) implements Event {}

  /** Money went out. */
  record Withdrawn(String account, long amount, @Nullable String reason) implements Event {}

  static final EventTypes TYPES =
      EventTypes.builder().add(Deposited.class).add(Withdrawn.class).build();

  final DataSource database;
  final HikariDataSource dataSource;
  final PostgresEventStore store;
  final TransactionTemplate transactions;
  final JdbcClient jdbc;

  StoreFixture(DataSource database, EventTypes types, Projection... projections) {
    this.database = database;
    HikariConfig pool = new HikariConfig();
    pool.setDataSource(database);
    pool.setMaximumPoolSize(32);
    pool.setMinimumIdle(1);
    dataSource = new HikariDataSource(pool);
    EventStoreMigration.migrate(dataSource, SCHEMA);
    store = new PostgresEventStore(SCHEMA, dataSource, types, List.of(projections), database);
    transactions = new TransactionTemplate(new JdbcTransactionManager(dataSource));
    jdbc = JdbcClient.create(dataSource);
  }

  static StoreFixture create(Projection... projections) {
    return new StoreFixture(dataSource(TestDatabase.create()), TYPES, projections);
  }

  static DataSource dataSource(TestDatabase database) {
    PGSimpleDataSource dataSource = new PGSimpleDataSource();
    dataSource.setUrl(database.jdbcUrl());
    dataSource.setUser(database.username());
    dataSource.setPassword(database.password());
    return dataSource;
  }

  static StreamId account(String name) {
    return new StreamId("account", name);
  }

  static StreamAppend deposit(String account, ExpectedVersion expected, long... amounts) {
    List<NewEvent> events = new ArrayList<>();
    for (long amount : amounts) {
      events.add(new NewEvent(new Deposited(account, amount), account));
    }
    return new StreamAppend(account(account), expected, events);
  }

  <T> T inTransaction(Supplier<T> work) {
    return transactions.execute(status -> work.get());
  }

  List<RecordedEvent> append(StreamAppend... appends) {
    return inTransaction(() -> store.append(List.of(appends), ALICE));
  }

  /** Runs something in a transaction of its own, in a thread of its own. */
  <T> CompletableFuture<T> elsewhere(Supplier<T> work) {
    CompletableFuture<T> result = new CompletableFuture<>();
    Thread.ofVirtual()
        .start(() -> {
          try {
            result.complete(inTransaction(work));
          } catch (Throwable e) {
            result.completeExceptionally(e);
          }
        });
    return result;
  }

  /** A transaction that has appended, and stays open until it may end. */
  record OpenAppend(CompletableFuture<List<RecordedEvent>> events, CountDownLatch mayEnd) {
    /** Lets it commit, and waits for that. */
    List<RecordedEvent> end() {
      mayEnd.countDown();
      return events.join();
    }
  }

  /** Appends in a transaction that stays open; returns once it has appended. */
  OpenAppend appendAndStayOpen(StreamAppend append) {
    CountDownLatch appended = new CountDownLatch(1);
    CountDownLatch mayEnd = new CountDownLatch(1);
    CompletableFuture<List<RecordedEvent>> events =
        elsewhere(() -> {
          List<RecordedEvent> recorded = store.append(List.of(append), ALICE);
          appended.countDown();
          await(mayEnd);
          return recorded;
        });
    await(appended);
    return new OpenAppend(events, mayEnd);
  }

  /** Waits for something that another thread does, or fails. */
  static void await(CountDownLatch latch) {
    try {
      if (!latch.await(20, TimeUnit.SECONDS)) {
        throw new AssertionError("Waited in vain");
      }
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /** Waits until a condition holds, or fails. */
  static void await(BooleanSupplier condition) {
    long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > deadline) {
        throw new AssertionError("Waited in vain");
      }
      LockSupport.parkNanos(Duration.ofMillis(2).toNanos());
    }
  }

  /** Reads the whole feed in pages of a size. */
  List<RecordedEvent> feed(FeedFilter filter, int pageSize) {
    List<RecordedEvent> events = new ArrayList<>();
    FeedPage page = store.readFeed(FeedCursor.START, filter, pageSize);
    events.addAll(page.events());
    while (page.mayHaveMore()) {
      page = store.readFeed(page.next(), filter, pageSize);
      events.addAll(page.events());
    }
    return events;
  }

  @Override
  public void close() {
    store.close();
    dataSource.close();
  }
}
