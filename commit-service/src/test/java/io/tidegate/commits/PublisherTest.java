package io.tidegate.commits;

import static io.tidegate.commits.Writer.message;
import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.commits.FaultyStore.Moment;
import io.tidegate.commits.Writer.Staged;
import io.tidegate.testing.HttpTester.Answer;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
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
              && call.object().equals(table.published(2).toUri())
              && faults.incrementAndGet() <= 2);
      List<Staged> commits = new ArrayList<>();
      for (int version = 1; version <= 4; version++) {
        Staged staged = table.stage(version, "v" + version);
        commits.add(staged);
        Answer answer = table.commit(staged);
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
      }
      // A copy that was made before its fault is not made again.
      int wanted = moment == Moment.AFTER_COPY ? 1 : 2;
      CommitServer.await("faults at " + moment, () -> faults.get() >= wanted);
      requirePublished(table, commits);
      server.store.failWhen(null);
    }
  }

  @Test
  void manyUnpublishedCommitsAreNoReasonToRefuse() throws IOException {
    Writer table = Writer.created(server);
    server.store.failWhen(call -> call.moment() == Moment.BEFORE_COPY);
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
    server.store.failWhen(call -> call.moment() == Moment.BEFORE_COPY);
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
    server.store.failWhen(call -> call.moment() == Moment.BEFORE_COPY);
    Staged one = table.stage(1, "c1");
    assertThat(table.commit(one).status()).isEqualTo(200);
    // Not true yet.
    assertThat(backfilled(table, 1).status()).isEqualTo(200);
    assertThat(table.load().get("commits")).hasSize(1);
    Files.copy(table.stagedFile(one), table.published(1));
    assertThat(backfilled(table, 1).status()).isEqualTo(200);
    assertThat(table.load().get("commits")).isEmpty();
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
        call.moment() == Moment.BEFORE_COPY && call.object().equals(table.published(1).toUri()));
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
