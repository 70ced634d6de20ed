package io.tidegate.events;

import static io.tidegate.events.StoreFixture.ALICE;
import static io.tidegate.events.StoreFixture.account;
import static io.tidegate.events.StoreFixture.deposit;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidegate.events.StoreFixture.Withdrawn;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class FeedTest {
  private StoreFixture fixture;

  @BeforeEach
  void start() {
    fixture = StoreFixture.create();
  }

  @AfterEach
  void stop() {
    fixture.close();
  }

  /** A writing transaction that stays open until it is told to append and to end. */
  private final class Older {
    private final CountDownLatch began = new CountDownLatch(1);
    private final CountDownLatch mayEnd = new CountDownLatch(1);
    private final CompletableFuture<List<RecordedEvent>> result;
    private volatile long transactionId;

    Older(List<StreamAppend> lateAppends) {
      result =
          fixture.elsewhere(() -> {
            transactionId = currentTransaction();
            began.countDown();
            StoreFixture.await(mayEnd);
            return fixture.store.append(lateAppends, ALICE);
          });
      StoreFixture.await(began);
    }

    List<RecordedEvent> end() {
      mayEnd.countDown();
      return result.join();
    }
  }

  private long currentTransaction() {
    return fixture.jdbc.sql("SELECT pg_current_xact_id()::text::bigint").query(Long.class).single();
  }

  @Test
  void aStreamStaysInOrderThoughTheLaterAppendersTransactionBeganFirst() {
    Older older = new Older(List.of(deposit("order", ExpectedVersion.exactly(0), 2)));
    fixture.inTransaction(() -> {
      assertThat(currentTransaction()).isGreaterThan(older.transactionId);
      return fixture.store.append(List.of(deposit("order", ExpectedVersion.noStream(), 1)), ALICE);
    });
    older.end();

    assertThat(fixture.feed(FeedFilter.ALL, 1))
        .extracting(RecordedEvent::version)
        .containsExactly(0L, 1L);
  }

  @Test
  void whatWasAppendedAfterACommitComesAfterItOnOtherStreamsToo() {
    Older older = new Older(List.of(deposit("effect", ExpectedVersion.any(), 2)));
    fixture.append(deposit("cause", ExpectedVersion.any(), 1));
    older.end();

    assertThat(fixture.feed(FeedFilter.ALL, 10))
        .extracting(event -> event.stream().id())
        .containsExactly("cause", "effect");
  }

  @Test
  void nothingIsSkippedOfATransactionThatAppendsBeforeAndAfterAnother() {
    CountDownLatch first = new CountDownLatch(1);
    CountDownLatch second = new CountDownLatch(1);
    CompletableFuture<List<RecordedEvent>> around =
        fixture.elsewhere(() -> {
          List<RecordedEvent> before =
              fixture.store.append(List.of(deposit("around", ExpectedVersion.any(), 1)), ALICE);
          first.countDown();
          StoreFixture.await(second);
          List<RecordedEvent> after =
              fixture.store.append(List.of(deposit("around", ExpectedVersion.any(), 3)), ALICE);
          return List.of(before.getFirst(), after.getFirst());
        });
    StoreFixture.await(first);
    fixture.inTransaction(() -> {
      List<RecordedEvent> between =
          fixture.store.append(List.of(deposit("between", ExpectedVersion.any(), 2)), ALICE);
      second.countDown();
      around.join();
      return between;
    });

    // By the order in which positions were handed out, a page that ends with the second of these
    // three events would leave the third behind.
    for (int pageSize = 1; pageSize <= 3; pageSize++) {
      assertThat(fixture.feed(FeedFilter.ALL, pageSize))
          .extracting(event -> event.data().get("amount").longValue())
          .containsExactly(1L, 3L, 2L);
    }
  }

  @Test
  void showsNothingBeyondAnOlderTransactionAndSaysHowLong() {
    assertThat(fixture.store.feedLag()).isZero();
    Older older = new Older(List.of());
    fixture.append(deposit("held", ExpectedVersion.any(), 1));

    assertThat(fixture.feed(FeedFilter.ALL, 10)).isEmpty();
    assertThat(fixture.store.feedLag()).isPositive();
    older.end();

    assertThat(fixture.feed(FeedFilter.ALL, 10)).hasSize(1);
    assertThat(fixture.store.feedLag()).isZero();
  }

  @Test
  void aWaitingReaderGetsWhatWasHeldAsSoonAsItAppears() throws Exception {
    Older older = new Older(List.of());
    fixture.append(deposit("held", ExpectedVersion.any(), 1));
    CompletableFuture<FeedPage> page = new CompletableFuture<>();
    Thread reader =
        Thread.ofPlatform()
            .start(() -> {
              try {
                page.complete(
                    fixture.store.readFeed(
                        FeedCursor.START, FeedFilter.ALL, 10, Duration.ofSeconds(30)));
              } catch (Throwable e) {
                page.completeExceptionally(e);
              }
            });
    // It has looked in vain.
    StoreFixture.await(() ->
        Arrays.stream(reader.getStackTrace())
            .anyMatch(frame ->
                frame.getClassName().equals(WakeUp.class.getName())
                    && frame.getMethodName().equals("await")));
    long began = System.nanoTime();
    older.end();

    assertThat(page.get().events()).hasSize(1);
    assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(4));
  }

  static CompletableFuture<FeedPage> waitingReader(EventStore store, FeedFilter filter) {
    CompletableFuture<FeedPage> page = new CompletableFuture<>();
    Thread.ofVirtual()
        .start(() -> {
          try {
            page.complete(store.readFeed(FeedCursor.START, filter, 10, Duration.ofSeconds(30)));
          } catch (Throwable e) {
            page.completeExceptionally(e);
          }
        });
    return page;
  }

  @Test
  void movesOnPastWhatIsFilteredOut() throws Exception {
    for (int i = 0; i < 5; i++) {
      fixture.append(deposit("other", ExpectedVersion.any(), i));
    }
    FeedFilter filter = new FeedFilter(Set.of("Withdrawn"), Set.of());
    FeedPage page = fixture.store.readFeed(FeedCursor.START, filter, 2);

    assertThat(page.events()).isEmpty();
    assertThat(page.mayHaveMore()).isFalse();
    assertThat(fixture.store.readFeed(page.next(), FeedFilter.ALL, 10).events()).isEmpty();
    FeedPage again = fixture.store.readFeed(page.next(), filter, 2, Duration.ofMillis(1));
    assertThat(again.next()).isEqualTo(page.next());

    fixture.append(
        StreamAppend.of(
            account("other"), ExpectedVersion.any(), new Withdrawn("other", 1, null), "other"));
    assertThat(fixture.store.readFeed(page.next(), filter, 2).events()).hasSize(1);
  }

  @Test
  void knowsItsOwnCursors() {
    fixture.append(deposit("cursor", ExpectedVersion.any(), 1));
    FeedPage page = fixture.store.readFeed(FeedCursor.START, FeedFilter.ALL, 1);
    FeedPlace place = FeedPlace.of(page.next(), StoreFixture.SCHEMA);

    for (FeedCursor foreign :
        List.of(
            new FeedCursor("x"),
            new FeedCursor("nonsense that is not base64"),
            new FeedCursor(page.next().value() + "AA"),
            place.cursor("another_schema"),
            new FeedPlace(place.epoch(), place.txid() + 1_000, 0).cursor(StoreFixture.SCHEMA),
            new FeedPlace(place.epoch() + 1, 1, 1).cursor(StoreFixture.SCHEMA))) {
      assertThatThrownBy(() -> fixture.store.readFeed(foreign, FeedFilter.ALL, 1))
          .as(foreign.value())
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("cursor");
    }
  }
}
