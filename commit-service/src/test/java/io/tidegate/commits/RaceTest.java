package io.tidegate.commits;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.commits.CommitEvent.CommitRatified;
import io.tidegate.commits.Writer.Staged;
import io.tidegate.events.EventStore;
import io.tidegate.events.RecordedEvent;
import io.tidegate.testing.HttpTester.Answer;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** Eight writers on one table, with answers that get lost, and a history that must hold. */
class RaceTest {
  private static final int WRITERS = 8;
  private static final int COMMITS = 6;

  private final CommitServer server = CommitServer.shared();

  /** What a writer was told: its transaction became a version. */
  private record Told(String transaction, long version) {}

  @Test
  void everyVersionHasOneWinnerAndEveryWriterIsToldTheTruth() throws Exception {
    Writer table = Writer.created(server);
    ConcurrentLinkedQueue<Told> told = new ConcurrentLinkedQueue<>();
    try (ExecutorService writers = Executors.newFixedThreadPool(WRITERS)) {
      List<Future<?>> running = new ArrayList<>();
      for (int i = 0; i < WRITERS; i++) {
        int writer = i;
        running.add(writers.submit(() -> write(table, writer, told)));
      }
      for (Future<?> each : running) {
        each.get();
      }
    }
    EventStore events = server.context.getBean("commitEvents", EventStore.class);
    List<RecordedEvent> history = events.readStream(CommitEvent.commits(table.id), 0, 1000);
    assertThat(history).hasSize(1 + WRITERS * COMMITS);
    Map<String, Long> ratified = new HashMap<>();
    long timestamp = 0;
    for (int version = 0; version < history.size(); version++) {
      assertThat(history.get(version).version()).isEqualTo(version);
      CommitRatified commit = (CommitRatified) history.get(version).event();
      assertThat(commit.version()).isEqualTo(version);
      assertThat(commit.timestamp()).isGreaterThan(timestamp);
      timestamp = commit.timestamp();
      assertThat(ratified.put(String.valueOf(commit.txnId()), commit.version())).isNull();
    }
    assertThat(told).hasSize(WRITERS * COMMITS);
    for (Told each : told) {
      assertThat(ratified).containsEntry(each.transaction(), each.version());
    }
    CommitServer.await("published", () -> table.load().get("commits").isEmpty());
    for (int version = 1; version < history.size(); version++) {
      CommitRatified commit = (CommitRatified) history.get(version).event();
      assertThat(Files.readString(table.published(version)))
          .isEqualTo(
              Files.readString(
                  table.folder.resolve("_delta_log/_staged_commits/" + commit.fileName())));
    }
  }

  private static void write(Writer table, int writer, ConcurrentLinkedQueue<Told> told) {
    Random random = new Random(writer);
    for (int number = 0; number < COMMITS; number++) {
      String transaction = "w" + writer + "-" + number;
      long version = 0;
      boolean done = false;
      while (!done) {
        version = table.load().get("latest-table-version").asLong() + 1;
        Staged staged = table.stage(version, transaction);
        Answer answer = table.commit(staged);
        if (answer.status() == 200 && random.nextInt(3) == 0) {
          // As if the answer had been lost: the same once more, perhaps under another name.
          answer = table.commit(random.nextBoolean() ? staged : table.stage(version, transaction));
          assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        }
        assertThat(answer.status()).as(answer.body()).isIn(200, 409);
        done = answer.status() == 200;
      }
      told.add(new Told(transaction, version));
    }
  }

  @Test
  void oneCommitSentManyTimesAtOnceIsOneVersion() throws Exception {
    Writer table = Writer.created(server);
    Staged staged = table.stage(1, "many");
    Set<Integer> statuses = new HashSet<>();
    try (ExecutorService senders = Executors.newFixedThreadPool(WRITERS)) {
      List<Future<Answer>> answers = new ArrayList<>();
      for (int i = 0; i < WRITERS; i++) {
        answers.add(senders.submit(() -> table.commit(staged)));
      }
      for (Future<Answer> answer : answers) {
        statuses.add(answer.get().status());
      }
    }
    assertThat(statuses).containsExactly(200);
    assertThat(table.load().get("latest-table-version").asLong()).isEqualTo(1);
  }

  @Test
  void aTableCreatedManyTimesAtOnceIsOneTable() throws Exception {
    Writer table = Writer.staged(server, "admin");
    table.writeFirst(table.properties());
    try (ExecutorService senders = Executors.newFixedThreadPool(4)) {
      List<Future<Answer>> answers = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        answers.add(senders.submit(() -> table.create(table.creation())));
      }
      for (Future<Answer> answer : answers) {
        assertThat(answer.get().status()).as(answer.get().body()).isEqualTo(200);
      }
    }
    assertThat(table.load().get("latest-table-version").asLong()).isZero();
  }
}
