package io.tidegate.events;

import static io.tidegate.events.StoreFixture.ALICE;
import static io.tidegate.events.StoreFixture.account;
import static io.tidegate.events.StoreFixture.deposit;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class ConcurrencyTest {
  private static final int WRITERS = 12;
  private static StoreFixture fixture;

  @BeforeAll
  static void start() {
    fixture = StoreFixture.create();
  }

  @AfterAll
  static void stop() {
    fixture.close();
  }

  @Test
  void oneStreamHasExactlyOneWinnerPerVersion() throws Exception {
    Map<Long, AtomicInteger> winners = new ConcurrentHashMap<>();
    for (int version = 0; version < 15; version++) {
      ExpectedVersion expected =
          version == 0 ? ExpectedVersion.noStream() : ExpectedVersion.exactly(version - 1);
      CountDownLatch together = new CountDownLatch(1);
      AtomicInteger losers = new AtomicInteger();
      List<CompletableFuture<Void>> race = new ArrayList<>();
      for (int writer = 0; writer < WRITERS; writer++) {
        long amount = writer;
        race.add(
            fixture
                .elsewhere(() -> {
                  StoreFixture.await(together);
                  return fixture.store.append(List.of(deposit("race", expected, amount)), ALICE);
                })
                .handle((events, failure) -> {
                  if (failure == null) {
                    winners
                        .computeIfAbsent(events.getFirst().version(), key -> new AtomicInteger())
                        .incrementAndGet();
                  } else {
                    assertThat(failure).isInstanceOf(WrongVersionException.class);
                    losers.incrementAndGet();
                  }
                  return null;
                }));
      }
      together.countDown();
      for (CompletableFuture<Void> one : race) {
        one.get();
      }
      assertThat(losers.get()).isEqualTo(WRITERS - 1);
      assertThat(fixture.store.streamVersion(account("race"))).hasValue(version);
    }
    assertThat(winners).hasSize(15).allSatisfy((version, won) -> assertThat(won).hasValue(1));
    assertThat(fixture.store.readStream(account("race"), 0, 100)).hasSize(15);
  }

  @Test
  void appendersToManyStreamsInAnyOrderDoNotDeadlock() throws Exception {
    List<CompletableFuture<Void>> writers = new ArrayList<>();
    AtomicInteger appended = new AtomicInteger();
    for (int writer = 0; writer < WRITERS; writer++) {
      Random random = new Random(99 + writer);
      CompletableFuture<Void> ended = new CompletableFuture<>();
      writers.add(ended);
      Thread.ofVirtual()
          .start(() -> {
            try {
              for (int i = 0; i < 20; i++) {
                List<StreamAppend> appends = new ArrayList<>();
                for (int stream : random.ints(0, 6).distinct().limit(4).toArray()) {
                  appends.add(deposit("knot" + stream, ExpectedVersion.any(), 1));
                }
                fixture.append(appends.toArray(StreamAppend[]::new));
                appended.addAndGet(4);
              }
              ended.complete(null);
            } catch (Throwable e) {
              ended.completeExceptionally(e);
            }
          });
    }
    for (CompletableFuture<Void> writer : writers) {
      writer.get();
    }
    int there = 0;
    for (int stream = 0; stream < 6; stream++) {
      there += fixture.store.readStream(account("knot" + stream), 0, 10_000).size();
    }
    assertThat(there).isEqualTo(appended.get()).isEqualTo(WRITERS * 20 * 4);
  }
}
