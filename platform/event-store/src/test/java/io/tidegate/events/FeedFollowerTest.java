package io.tidegate.events;

import static io.tidegate.events.StoreFixture.deposit;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidegate.events.StoreFixture.Deposited;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.jdbc.support.JdbcTransactionManager;

class FeedFollowerTest {
  private static final Duration LIMIT = Duration.ofSeconds(20);
  private StoreFixture fixture;

  @BeforeEach
  void start() {
    fixture = StoreFixture.create();
    // No key: handling an event twice shows.
    fixture.jdbc.sql("CREATE TABLE handled (amount bigint NOT NULL)").update();
  }

  @AfterEach
  void stop() {
    fixture.close();
  }

  private FeedFollower<RecordedEvent> follower(Consumer<RecordedEvent> handler) {
    return new FeedFollower<>(
        "audit",
        StoreFixture.SCHEMA,
        fixture.dataSource,
        new JdbcTransactionManager(fixture.dataSource),
        (after, limit, atMost) -> {
          FeedPage page = fixture.store.readFeed(after, FeedFilter.ALL, 3, atMost);
          return new FeedFollower.Page<>(page.events(), page.next(), page.mayHaveMore());
        },
        handler);
  }

  private void record(RecordedEvent event) {
    if (event.event() instanceof Deposited deposited) {
      fixture.jdbc.sql("INSERT INTO handled VALUES (?)").param(deposited.amount()).update();
    }
  }

  private List<Long> handled() {
    return fixture
        .jdbc
        .sql("SELECT amount FROM handled ORDER BY amount")
        .query((row, number) -> row.getLong("amount"))
        .list();
  }

  private List<Long> append(int from, int to) {
    List<Long> amounts = new ArrayList<>();
    for (long amount = from; amount < to; amount++) {
      fixture.append(deposit("a" + amount % 3, ExpectedVersion.any(), amount));
      amounts.add(amount);
    }
    return amounts;
  }

  @Test
  void twoReplicasHandleEachEventOnceAndBothKnow() throws Exception {
    try (FeedFollower<RecordedEvent> one = follower(this::record);
        FeedFollower<RecordedEvent> two = follower(this::record)) {
      assertThat(one.caughtUpAt()).isEmpty();
      assertThat(one.behind()).isGreaterThan(Duration.ofDays(1000));
      one.start();
      two.start();
      List<Long> amounts = append(0, 40);

      assertThat(one.awaitCaughtUp(LIMIT)).isTrue();
      assertThat(two.awaitCaughtUp(LIMIT)).isTrue();
      assertThat(handled()).isEqualTo(amounts);
      assertThat(two.behind()).isLessThan(LIMIT);
    }
  }

  @Test
  void goesOnWhereItStopped() throws Exception {
    try (FeedFollower<RecordedEvent> first = follower(this::record)) {
      first.start();
      append(0, 5);
      assertThat(first.awaitCaughtUp(LIMIT)).isTrue();
    }
    append(5, 10);
    try (FeedFollower<RecordedEvent> second = follower(this::record)) {
      second.start();
      assertThat(second.awaitCaughtUp(LIMIT)).isTrue();
    }
    assertThat(handled()).containsExactly(0L, 1L, 2L, 3L, 4L, 5L, 6L, 7L, 8L, 9L);
  }

  @Test
  void anotherReplicaGoesOnWhenTheOneAtWorkDies() throws Exception {
    List<Long> amounts = append(0, 12);
    CountDownLatch atWork = new CountDownLatch(1);
    CountDownLatch killed = new CountDownLatch(1);
    AtomicInteger backend = new AtomicInteger();
    try (FeedFollower<RecordedEvent> dying =
            follower(event -> {
              record(event);
              if (backend.get() == 0) {
                backend.set(
                    fixture.jdbc.sql("SELECT pg_backend_pid()").query(Integer.class).single());
                atWork.countDown();
                StoreFixture.await(killed);
              }
            });
        FeedFollower<RecordedEvent> other = follower(this::record)) {
      dying.start();
      StoreFixture.await(atWork);
      other.start();
      assertThat(other.awaitCaughtUp(Duration.ofMillis(300))).isFalse();
      assertThat(handled()).isEmpty();
      fixture
          .jdbc
          .sql("SELECT pg_terminate_backend(?)")
          .param(backend.get())
          .query(Boolean.class)
          .single();

      // The other one takes over while the first still believes that it is at work.
      assertThat(other.awaitCaughtUp(LIMIT)).isTrue();
      assertThat(handled()).isEqualTo(amounts);
      killed.countDown();
      assertThat(dying.awaitCaughtUp(LIMIT)).isTrue();
      assertThat(handled()).isEqualTo(amounts);
    }
  }

  @Test
  void isNotCaughtUpBeforeAnyReplicaHasHandledWhatWasRead() throws Exception {
    CountDownLatch mayHandle = new CountDownLatch(1);
    append(0, 2);
    Consumer<RecordedEvent> slowly =
        event -> {
          StoreFixture.await(mayHandle);
          record(event);
        };
    try (FeedFollower<RecordedEvent> one = follower(slowly);
        FeedFollower<RecordedEvent> two = follower(slowly)) {
      one.start();
      two.start();
      assertThat(one.awaitCaughtUp(Duration.ofMillis(300))).isFalse();
      assertThat(two.awaitCaughtUp(Duration.ofMillis(300))).isFalse();
      assertThat(one.caughtUpAt()).isEmpty();
      assertThat(two.caughtUpAt()).isEmpty();
      mayHandle.countDown();
      assertThat(two.awaitCaughtUp(LIMIT)).isTrue();
      assertThat(handled()).containsExactly(0L, 1L);
    }
  }

  @Test
  void isNotCaughtUpWithWhatCameWhileItHandledAPage() throws Exception {
    List<CountDownLatch> begun = List.of(new CountDownLatch(1), new CountDownLatch(1));
    List<CountDownLatch> mayEnd = List.of(new CountDownLatch(1), new CountDownLatch(1));
    append(0, 1);
    try (FeedFollower<RecordedEvent> follower =
        follower(event -> {
          int number = event.data().get("amount").intValue();
          begun.get(number).countDown();
          StoreFixture.await(mayEnd.get(number));
          record(event);
        })) {
      follower.start();
      StoreFixture.await(begun.get(0));
      append(1, 2);
      CompletableFuture<Boolean> caughtUp = new CompletableFuture<>();
      Thread waiting =
          Thread.ofPlatform()
              .start(() -> {
                try {
                  caughtUp.complete(follower.awaitCaughtUp(LIMIT));
                } catch (Throwable e) {
                  caughtUp.completeExceptionally(e);
                }
              });
      StoreFixture.await(() -> waiting.getState() == Thread.State.TIMED_WAITING);
      mayEnd.get(0).countDown();
      StoreFixture.await(begun.get(1));
      assertThatThrownBy(() -> caughtUp.get(300, TimeUnit.MILLISECONDS))
          .isInstanceOf(TimeoutException.class);
      mayEnd.get(1).countDown();

      assertThat(caughtUp.get()).isTrue();
      assertThat(handled()).containsExactly(0L, 1L);
    }
  }

  @Test
  void neverSkipsWhatFails() throws Exception {
    AtomicBoolean broken = new AtomicBoolean(true);
    try (FeedFollower<RecordedEvent> follower =
        follower(event -> {
          record(event);
          if (event.version() == 1 && broken.get()) {
            // What nobody foresees, too.
            throw new LinkageError("Cannot handle this yet");
          }
        })) {
      follower.start();
      append(0, 6);
      StoreFixture.await(() -> follower.failure().isPresent());
      assertThat(follower.failure()).hasValue("Cannot handle this yet");
      assertThat(follower.awaitCaughtUp(Duration.ofMillis(50))).isFalse();
      broken.set(false);

      assertThat(follower.awaitCaughtUp(LIMIT)).isTrue();
      assertThat(follower.failure()).isEmpty();
      assertThat(handled()).containsExactly(0L, 1L, 2L, 3L, 4L, 5L);
    }
  }
}
