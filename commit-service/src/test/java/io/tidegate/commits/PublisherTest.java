package io.tidegate.commits;

import static io.tidegate.commits.Writer.message;
import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.commits.FaultyStore.Moment;
import io.tidegate.commits.Writer.Staged;
import io.tidegate.testing.HttpTester.Answer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.springframework.jdbc.core.simple.JdbcClient;

/** Publishing, with faults at every step, kills, and files that somebody else has put there. */
class PublisherTest {
  private static CommitServer server;

  @BeforeAll
  static void start() {
    server = CommitServer.start(Map.of("tidegate.commits.dropped-files-kept", "0s"));
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  private void requirePublished(Writer table, List<Staged> commits) throws IOException {
    CommitServer.await("published", () -> table.load().get("commits").isEmpty());
    for (Staged commit : commits) {
      assertThat(Files.readAllBytes(table.published(commit.version())))
          .isEqualTo(Files.readAllBytes(table.stagedFile(commit)));
    }
  }

  @Test
  void aFaultAtAnyStepIsMadeGoodInOrder() throws IOException {
    for (Moment moment : Moment.values()) {
      Writer table = Writer.created(server);
      AtomicInteger faults = new AtomicInteger();
      server.store.failWhen(call ->
          call.moment() == moment
              && isOf(call.object(), table, 2)
              && Thread.currentThread().getName().startsWith("commit-worker")
              && faults.incrementAndGet() <= 2);
      List<Staged> commits = new ArrayList<>();
      for (int version = 1; version <= 4; version++) {
        Staged staged = table.stage(version, "v" + version);
        commits.add(staged);
        Answer answer = table.commit(staged);
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
      }
      // A copy that was made before its fault is not made again.
      int wanted = moment == Moment.AFTER_WRITE ? 1 : 2;
      CommitServer.await("faults at " + moment, () -> faults.get() >= wanted);
      requirePublished(table, commits);
      server.store.failWhen(null);
    }
  }

  /** Whether an object is a table's commit, staged or published. */
  private static boolean isOf(URI object, Writer table, long version) {
    String name = object.getPath().substring(object.getPath().lastIndexOf('/') + 1);
    return object.getPath().contains(table.id.toString())
        && name.startsWith(String.format(Locale.ROOT, "%020d.", version));
  }

  @Test
  void manyUnpublishedCommitsAreNoReasonToRefuse() throws IOException {
    Writer table = Writer.created(server);
    server.store.failWhen(call -> call.moment() == Moment.BEFORE_WRITE);
    List<Staged> commits = new ArrayList<>();
    for (int version = 1; version <= 60; version++) {
      Staged staged = table.stage(version, "m" + version);
      commits.add(staged);
      assertThat(table.commit(staged).status()).isEqualTo(200);
    }
    assertThat(table.load().get("commits")).hasSize(60);
    assertThat(table.load().at("/commits/0/version").asLong()).isEqualTo(60);
    assertThat(Files.exists(table.published(1))).isFalse();
    server.store.failWhen(null);
    requirePublished(table, commits);
  }

  @Test
  void workThatDiedWithItsProcessIsTakenUpWhenItsLeaseEnds() throws IOException {
    Writer table = Writer.created(server);
    server.store.failWhen(call -> call.moment() == Moment.BEFORE_WRITE);
    Staged staged = table.stage(1, "killed");
    assertThat(table.commit(staged).status()).isEqualTo(200);
    JdbcClient jdbc = server.context.getBean(JdbcClient.class);
    // As a process leaves it that was killed with the work in hand, a lease ago.
    jdbc.sql("UPDATE commits.work SET attempts = 1, due_at = now() WHERE table_id = ?")
        .param(table.id)
        .update();
    server.store.failWhen(null);
    requirePublished(table, List.of(staged));
    CommitServer.await(
        "no work left",
        () ->
            jdbc.sql("SELECT count(*) FROM commits.work WHERE table_id = ? AND kind = 'PUBLISH'")
                    .param(table.id)
                    .query(Long.class)
                    .single()
                == 0);
  }

  @Test
  void workInHandWhenTheServiceStopsIsTakenUpAtOnce() throws Exception {
    Writer table = Writer.created(server);
    CountDownLatch reached = new CountDownLatch(1);
    server.store.failWhen(call -> {
      if (call.moment() != Moment.BEFORE_WRITE || !isOf(call.object(), table, 1)) {
        return false;
      }
      reached.countDown();
      try {
        new CountDownLatch(1).await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      return true;
    });
    Staged staged = table.stage(1, "in hand");
    assertThat(table.commit(staged).status()).isEqualTo(200);
    reached.await();
    CommitWorker worker = server.context.getBean(CommitWorker.class);
    worker.stop();
    server.store.failWhen(null);
    worker.start();
    // Long before its lease ends.
    requirePublished(table, List.of(staged));
  }

  @Test
  void aSecondProcessPublishesWhatTheFirstLeft() throws IOException {
    Writer table = Writer.created(server);
    CommitWorker worker = server.context.getBean(CommitWorker.class);
    worker.stop();
    try {
      Staged staged = table.stage(1, "left");
      assertThat(table.commit(staged).status()).isEqualTo(200);
      assertThat(table.load().get("commits")).hasSize(1);
      try (CommitServer replica = server.replica()) {
        assertThat(replica.context.isRunning()).isTrue();
        requirePublished(table, List.of(staged));
      }
    } finally {
      worker.start();
    }
  }

  @Test
  void aClientThatPublishesIsBelievedWhenItIsTrue() throws IOException {
    Writer table = Writer.created(server);
    server.store.failWhen(
        call -> call.moment() == Moment.BEFORE_WRITE && !Files.exists(Path.of(call.object())));
    Staged one = table.stage(1, "c1");
    assertThat(table.commit(one).status()).isEqualTo(200);
    // Not true yet.
    assertThat(backfilled(table, 1).status()).isEqualTo(200);
    assertThat(table.load().get("commits")).hasSize(1);
    JdbcClient jdbc = server.context.getBean(JdbcClient.class);
    // The publisher has failed for long, and would not look again soon.
    CommitServer.await(
        "the failure is told",
        () ->
            jdbc.sql(
                        "UPDATE commits.work SET due_at = now() + interval '1 hour'"
                            + " WHERE table_id = ? AND kind = 'PUBLISH' AND failure IS NOT NULL")
                    .param(table.id)
                    .update()
                == 1);
    Files.copy(table.stagedFile(one), table.published(1));
    assertThat(backfilled(table, 1).status()).isEqualTo(200);
    CommitServer.await("believed", () -> table.load().get("commits").isEmpty());
    assertThat(message(backfilled(table, 9), 400, "InvalidParameterValueException"))
        .contains("latest-published-version");
    // With a commit, as Spark sends it.
    Staged two = table.stage(2, "c2");
    Answer answer =
        table.commit(
            two, Map.of("action", "set-latest-backfilled-version", "latest-published-version", 1));
    assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    server.store.failWhen(null);
    requirePublished(table, List.of(one, two));
  }

  private static Answer backfilled(Writer table, long version) {
    return table.update(
        List.of(table.uuid()),
        List.of(
            Map.of(
                "action", "set-latest-backfilled-version", "latest-published-version", version)));
  }

  @Test
  void aForeignFileInTheLogIsNeverTakenForTheRatifiedOne() throws IOException {
    Writer table = Writer.created(server);
    Files.writeString(table.published(1), "{\"commitInfo\":{}}\n");
    assertThat(table.commit(table.stage(1, "mine")).status()).isEqualTo(200);
    JdbcClient jdbc = server.context.getBean(JdbcClient.class);
    CommitServer.await(
        "the failure is told",
        () ->
            jdbc.sql("SELECT failure FROM commits.work WHERE table_id = ? AND kind = 'PUBLISH'")
                .param(table.id)
                .query((row, number) -> String.valueOf(row.getString(1)))
                .optional()
                .orElse("")
                .contains("another file in its place"));
    assertThat(table.load().get("commits")).hasSize(1);
    Files.delete(table.published(1));
    CommitServer.await("published", () -> table.load().get("commits").isEmpty());
  }

  @Test
  void aStagedFileThatWasChangedAfterItWasRatifiedNeverGetsIntoTheLog() throws IOException {
    Writer table = Writer.created(server);
    Staged other = table.stage(1, "other");
    server.store.failWhen(call ->
        call.moment() == Moment.BEFORE_WRITE && call.object().equals(table.published(1).toUri()));
    Staged staged = table.stage(1, "mine");
    assertThat(table.commit(staged).status()).isEqualTo(200);
    byte[] ratified = Files.readAllBytes(table.stagedFile(staged));
    Files.write(table.stagedFile(staged), Files.readAllBytes(table.stagedFile(other)));
    server.store.failWhen(null);
    JdbcClient jdbc = server.context.getBean(JdbcClient.class);
    CommitServer.await(
        "the failure is told",
        () ->
            jdbc.sql("SELECT failure FROM commits.work WHERE table_id = ? AND kind = 'PUBLISH'")
                .param(table.id)
                .query((row, number) -> String.valueOf(row.getString(1)))
                .optional()
                .orElse("")
                .contains("changed since"));
    assertThat(Files.exists(table.published(1))).isFalse();
    Files.write(table.stagedFile(staged), ratified);
    requirePublished(table, List.of(staged));
  }

  @Test
  void aStagedFileThatIsChangedWhileItIsPublishedNeverGetsIntoTheLog() throws IOException {
    Writer table = Writer.created(server);
    Staged other = table.stage(1, "other");
    Staged staged = table.stage(1, "mine");
    byte[] ratified = Files.readAllBytes(table.stagedFile(staged));
    AtomicInteger changes = new AtomicInteger();
    server.store.failWhen(call -> {
      if (call.moment() == Moment.BEFORE_WRITE
          && call.object().equals(table.published(1).toUri())) {
        copy(table.stagedFile(other), table.stagedFile(staged));
        changes.incrementAndGet();
      }
      return false;
    });
    assertThat(table.commit(staged).status()).isEqualTo(200);
    CommitServer.await("tried twice", () -> changes.get() >= 2);
    server.store.failWhen(null);
    assertThat(table.published(1)).doesNotExist();
    Files.write(table.stagedFile(staged), ratified);
    requirePublished(table, List.of(staged));
  }

  private static void copy(Path from, Path to) {
    try {
      Files.copy(from, to, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void aTableThatCannotBePublishedHoldsUpNoOtherAndIsSeen() throws IOException {
    Writer poisoned = Writer.created(server);
    Writer healthy = Writer.created(server);
    Files.writeString(poisoned.published(1), "{\"commitInfo\":{}}\n");
    assertThat(poisoned.commit(poisoned.stage(1, "stuck")).status()).isEqualTo(200);
    JdbcClient jdbc = server.context.getBean(JdbcClient.class);
    // For an hour already, with many tries.
    CommitServer.await(
        "the failure is told",
        () ->
            jdbc.sql(
                        "UPDATE commits.work SET since = now() - interval '1 hour'"
                            + " WHERE table_id = ? AND kind = 'PUBLISH' AND failure IS NOT NULL")
                    .param(poisoned.id)
                    .update()
                == 1);
    List<Staged> commits = new ArrayList<>();
    for (int version = 1; version <= 5; version++) {
      Staged staged = healthy.stage(version, "h" + version);
      commits.add(staged);
      assertThat(healthy.commit(staged).status()).isEqualTo(200);
    }
    requirePublished(healthy, commits);
    WorkQueue.Backlog backlog = server.context.getBean(WorkQueue.class).backlog();
    assertThat(backlog.failing()).isPositive();
    assertThat(backlog.oldestSeconds()).isGreaterThanOrEqualTo(3600);
    // Readers and writers go on.
    assertThat(poisoned.commit(poisoned.stage(2, "goes on")).status()).isEqualTo(200);
    assertThat(poisoned.load().get("commits")).hasSize(2);
    Files.delete(poisoned.published(1));
    CommitServer.await("published", () -> poisoned.load().get("commits").isEmpty());
  }

  @Test
  void theFilesOfADroppedTableGoAndNothingElse() throws IOException {
    Writer table = Writer.created(server);
    Writer neighbour = Writer.created(server);
    table.append(1, "x");
    assertThat(table.http.delete(table.path()).status()).isEqualTo(204);
    CommitServer.await("removed", () -> !Files.exists(table.published(0)));
    assertThat(Files.exists(neighbour.published(0))).isTrue();
  }

  @Test
  void aStagingTableThatNothingBecomesOfExpires() throws IOException {
    Writer staged = Writer.staged(server, "admin");
    staged.writeFirst(staged.properties());
    JdbcClient jdbc = server.context.getBean(JdbcClient.class);
    jdbc.sql("UPDATE commits.staging_tables SET expires_at = now() WHERE id = ?")
        .param(staged.id)
        .update();
    message(staged.create(staged.creation()), 404, "NoSuchTableException");
    jdbc.sql("UPDATE commits.work SET due_at = now() WHERE table_id = ? AND kind = 'EXPIRE'")
        .param(staged.id)
        .update();
    CommitServer.await("removed", () -> !Files.exists(staged.published(0)));
  }
}
