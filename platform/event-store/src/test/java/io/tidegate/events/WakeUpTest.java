package io.tidegate.events;

import static io.tidegate.events.StoreFixture.deposit;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A reader left to itself looks again after five seconds: to return within less it was woken. */
class WakeUpTest {
  private static final Duration WOKEN = Duration.ofMillis(4_500);
  private StoreFixture fixture;

  @BeforeEach
  void start() {
    fixture = StoreFixture.create();
  }

  @AfterEach
  void stop() {
    fixture.close();
  }

  /** The store as another process has it. */
  private PostgresEventStore anotherProcess() {
    return new PostgresEventStore(
        StoreFixture.SCHEMA, fixture.dataSource, StoreFixture.TYPES, List.of(), fixture.database);
  }

  @Test
  void aSignalBetweenLookingAndWaitingIsNotLost() throws Exception {
    WakeUp wakeUp = new WakeUp();
    long seen = wakeUp.seen();
    wakeUp.signal();

    assertThat(wakeUp.await(seen, Duration.ZERO)).isTrue();
    assertThat(wakeUp.await(wakeUp.seen(), Duration.ofMillis(1))).isFalse();
  }

  @Test
  void everyAppendWakesTheReaderOfTheSameProcess() throws Exception {
    everyAppendWakes(fixture.store, 150);
  }

  @Test
  void everyAppendWakesTheReaderOfAnotherProcess() throws Exception {
    try (PostgresEventStore other = anotherProcess()) {
      everyAppendWakes(other, 50);
    }
  }

  // The reader waits for the next event while the writer waits for the reader: a lost wake-up
  // shows as a round that takes five seconds.
  private void everyAppendWakes(EventStore reader, int rounds) throws Exception {
    FeedCursor cursor = FeedCursor.START;
    for (int round = 0; round < rounds; round++) {
      FeedCursor from = cursor;
      CompletableFuture<FeedPage> page = waiting(reader, from);
      fixture.append(deposit("round", ExpectedVersion.any(), round));
      long began = System.nanoTime();
      cursor = page.get().next();
      assertThat(page.get().events()).hasSize(1);
      assertThat(Duration.ofNanos(System.nanoTime() - began))
          .as("round %d", round)
          .isLessThan(WOKEN);
    }
  }

  private static CompletableFuture<FeedPage> waiting(EventStore reader, FeedCursor from) {
    CompletableFuture<FeedPage> page = new CompletableFuture<>();
    Thread.ofVirtual()
        .start(() -> {
          try {
            page.complete(reader.readFeed(from, FeedFilter.ALL, 10, Duration.ofSeconds(30)));
          } catch (Throwable e) {
            page.completeExceptionally(e);
          }
        });
    return page;
  }

  @Test
  void listensAgainWhenItsConnectionWasLost() throws Exception {
    try (PostgresEventStore other = anotherProcess()) {
      StoreFixture.await(() -> listeners().size() == 2);
      List<Integer> before = listeners();
      fixture
          .jdbc
          .sql("SELECT pg_terminate_backend(pid) FROM unnest(?::int[]) AS pid")
          .param(before.toArray(Integer[]::new))
          .query(Boolean.class)
          .list();
      StoreFixture.await(
          () -> listeners().size() == 2 && listeners().stream().noneMatch(before::contains));

      everyAppendWakes(other, 3);
    }
  }

  private List<Integer> listeners() {
    return fixture
        .jdbc
        .sql(
            """
            SELECT pid FROM pg_stat_activity
             WHERE datname = current_database() AND query LIKE 'LISTEN%'\
            """)
        .query((row, number) -> row.getInt("pid"))
        .list();
  }

  @Test
  void aReaderWithAFilterSleepsOnUntilItsOwnEventComes() throws Exception {
    CompletableFuture<FeedPage> page =
        FeedTest.waitingReader(fixture.store, new FeedFilter(Set.of(), Set.of("mine")));
    fixture.append(deposit("other", ExpectedVersion.any(), 1));
    fixture.append(deposit("mine", ExpectedVersion.any(), 2));

    assertThat(page.get().events()).extracting(RecordedEvent::securable).containsExactly("mine");
  }

  @Test
  void closingLetsWaitingReadersGo() throws Exception {
    CompletableFuture<FeedPage> page = FeedTest.waitingReader(fixture.store, FeedFilter.ALL);
    StoreFixture.await(() -> listeners().size() == 1);
    long began = System.nanoTime();
    fixture.store.close();

    assertThat(page.get().events()).isEmpty();
    assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(WOKEN);
  }
}
