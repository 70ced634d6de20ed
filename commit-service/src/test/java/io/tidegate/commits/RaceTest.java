package io.tidegate.commits;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.commits.CommitEvent.CommitRatified;
import io.tidegate.commits.Writer.Staged;
import io.tidegate.events.EventStore;
import io.tidegate.events.RecordedEvent;
import io.tidegate.testing.HttpTester.Answer;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/** Many writers on one table, with answers that get lost, and a history that must hold. */
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
    writeAll(random -> table, Set.of(200, 409), told);
    requireHistory(server, table, told);
  }

  /**
   * The same at two processes whose statements are cancelled, whose connections are cut at any
   * moment, and whose reads of files fail: whoever hears 503, or 500 with the type of an unknown
   * outcome, asks again.
   */
  @Test
  void whatIsAbortedIsInOnceOrNotAtAll() throws Exception {
    try (CommitServer here = CommitServer.start(Map.of());
        CommitServer there = here.replica();
        Aborter aborter = new Aborter(here.database)) {
      Writer table = Writer.created(here);
      Writer replica = table.at(there);
      Random faults = new Random(17);
      here.store.failWhen(call -> faults.nextInt(20) == 0);
      there.store.failWhen(call -> faults.nextInt(20) == 0);
      ConcurrentLinkedQueue<Told> told = new ConcurrentLinkedQueue<>();
      writeAll(
          random -> {
            if (random.nextInt(3) == 0) {
              aborter.abortOne();
            }
            return random.nextBoolean() ? table : replica;
          },
          Set.of(200, 409, 500, 503),
          told);
      assertThat(aborter.aborted()).as("connections cut, statements cancelled").isPositive();
      here.store.failWhen(null);
      there.store.failWhen(null);
      requireHistory(here, table, told);
    }
  }

  /**
   * Lets all writers write all they have, each one until it was told that it is in.
   *
   * @param where where to send the next request to
   * @param allowed the statuses that an answer may have
   */
  private static void writeAll(
      Function<Random, Writer> where, Set<Integer> allowed, ConcurrentLinkedQueue<Told> told)
      throws Exception {
    try (ExecutorService writers = Executors.newFixedThreadPool(WRITERS)) {
      List<Future<?>> running = new ArrayList<>();
      for (int i = 0; i < WRITERS; i++) {
        int writer = i;
        running.add(writers.submit(() -> write(where, writer, allowed, told)));
      }
      for (Future<?> each : running) {
        each.get();
      }
    }
  }

  private static void write(
      Function<Random, Writer> where,
      int writer,
      Set<Integer> allowed,
      ConcurrentLinkedQueue<Told> told) {
    Random random = new Random(writer);
    for (int number = 0; number < COMMITS; number++) {
      String transaction = "w" + writer + "-" + number;
      long version = 0;
      int status = 409;
      while (status != 200) {
        if (status == 409) {
          version = latest(where, random, allowed) + 1;
        }
        Writer table = where.apply(random);
        Staged staged = table.stage(version, transaction);
        status = allowed(table.commit(staged), allowed);
        if (status == 200 && random.nextInt(3) == 0) {
          // As if the answer had been lost: the same once more, perhaps under another name.
          Staged again = random.nextBoolean() ? staged : table.stage(version, transaction);
          do {
            status = allowed(where.apply(random).commit(again), allowed);
          } while (status >= 500);
          assertThat(status).as("what is in stays in").isEqualTo(200);
        }
      }
      told.add(new Told(transaction, version));
    }
  }

  private static long latest(Function<Random, Writer> where, Random random, Set<Integer> allowed) {
    Answer answer;
    do {
      answer = where.apply(random).loadAnswer();
    } while (allowed(answer, allowed) != 200);
    return Writer.JSON.readTree(answer.body()).get("latest-table-version").asLong();
  }

  private static int allowed(Answer answer, Set<Integer> allowed) {
    assertThat(answer.status()).as(answer.body()).isIn(allowed);
    if (answer.status() == 500) {
      Writer.error(answer, 500, "CommitStateUnknownException");
    }
    return answer.status();
  }

  private static void requireHistory(
      CommitServer server, Writer table, ConcurrentLinkedQueue<Told> told) throws IOException {
    List<RecordedEvent> history = history(server, table);
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

  /** Runs things at the same moment, and gives what each has answered. */
  private static List<Answer> atOnce(List<Callable<Answer>> things) throws Exception {
    CyclicBarrier start = new CyclicBarrier(things.size());
    List<Answer> answers = new ArrayList<>();
    try (ExecutorService threads = Executors.newFixedThreadPool(things.size())) {
      List<Future<Answer>> running = new ArrayList<>();
      for (Callable<Answer> thing : things) {
        running.add(
            threads.submit(() -> {
              start.await();
              return thing.call();
            }));
      }
      for (Future<Answer> each : running) {
        answers.add(each.get());
      }
    }
    return answers;
  }

  private static List<RecordedEvent> history(CommitServer server, Writer table) {
    return server
        .context
        .getBean("commitEvents", EventStore.class)
        .readStream(CommitEvent.commits(table.id), 0, 1000);
  }

  @Test
  void aDropAndCommitsThatMeetLeaveNoCommitAfterTheEnd() throws Exception {
    for (int round = 0; round < 8; round++) {
      Writer table = Writer.created(server);
      List<Callable<Answer>> things = new ArrayList<>();
      for (int writer = 0; writer < 3; writer++) {
        Staged staged = table.stage(1, "w" + writer);
        things.add(() -> table.commit(staged));
      }
      things.add(() -> table.http.delete(table.path()));
      List<Answer> answers = atOnce(things);
      assertThat(answers.removeLast().status()).isEqualTo(204);
      assertThat(answers)
          .allSatisfy(answer -> assertThat(answer.status()).as(answer.body()).isIn(200, 404, 409));
      // Who was told that it is in, is in; the answer to one that came before the drop may be 404.
      long won = answers.stream().filter(answer -> answer.status() == 200).count();
      assertThat(won).isLessThanOrEqualTo(1);
      assertThat(history(server, table)).hasSizeBetween((int) (1 + won), 2);
      assertThat(table.commit(table.stage(2, "late")).status()).isEqualTo(404);
    }
  }

  @Test
  void aRenameAndCommitsThatMeetLoseNothing() throws Exception {
    for (int round = 0; round < 8; round++) {
      Writer table = Writer.created(server);
      Writer renamed = table.named(Writer.unique());
      Staged staged = table.stage(1, "renamed");
      List<Answer> answers =
          atOnce(
              List.of(
                  () -> table.commit(staged),
                  () ->
                      table.http.post(
                          table.path() + "/rename",
                          Writer.json(Map.of("new-name", renamed.name)))));
      assertThat(answers.get(1).status()).isEqualTo(204);
      assertThat(answers.get(0).status()).isIn(200, 404);
      // Whatever it heard, the client asks again under the name that it finds.
      Answer again = renamed.commit(staged);
      assertThat(again.status()).as(again.body()).isEqualTo(200);
      assertThat(history(server, table)).hasSize(2);
    }
  }

  @Test
  void oneOfManyTablesGetsAName() throws Exception {
    String name = Writer.unique();
    List<Callable<Answer>> things = new ArrayList<>();
    List<Writer> tables = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      Writer table = Writer.staged(server, "admin", name);
      table.writeFirst(table.properties());
      tables.add(table);
      things.add(() -> table.create(table.creation()));
    }
    List<Integer> statuses = atOnce(things).stream().map(Answer::status).sorted().toList();
    assertThat(statuses).containsExactly(200, 409, 409, 409);
    String winner = tables.getFirst().load().at("/metadata/table-uuid").asString();
    for (Writer table : tables) {
      assertThat(history(server, table)).hasSize(table.id.toString().equals(winner) ? 1 : 0);
    }
  }

  @Test
  void twoProcessesAreOneArbiter() throws Exception {
    Writer here = Writer.created(server);
    try (CommitServer replica = server.replica()) {
      Writer there = here.at(replica);
      for (int version = 1; version <= 5; version++) {
        Staged one = here.stage(version, "here-" + version);
        Staged other = here.stage(version, "there-" + version);
        List<Answer> answers = atOnce(List.of(() -> here.commit(one), () -> there.commit(other)));
        assertThat(answers.stream().map(Answer::status).sorted().toList())
            .containsExactly(200, 409);
        Staged winner = answers.getFirst().status() == 200 ? one : other;
        assertThat(((CommitRatified) history(server, here).get(version).event()).fileName())
            .isEqualTo(winner.fileName());
        // Each process answers for what the other has ratified.
        assertThat(here.commit(winner).status()).isEqualTo(200);
        assertThat(there.commit(winner).status()).isEqualTo(200);
      }
    }
    assertThat(history(server, here)).hasSize(6);
  }
}
