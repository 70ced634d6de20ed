package io.tidegate.commits;

import static io.tidegate.commits.Writer.START;
import static io.tidegate.commits.Writer.addCommit;
import static io.tidegate.commits.Writer.json;
import static io.tidegate.commits.Writer.message;
import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.commits.Writer.Staged;
import io.tidegate.testing.CountingObjectStore.Calls;
import io.tidegate.testing.HttpTester.Answer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A commit that breaks a rule of the protocol is no version, and the next good one is. Each rule by
 * itself is tested where it is: CommitRulesTest.
 */
class WriterRulesTest {
  private static final String INVALID = "InvalidParameterValueException";
  private static final long MINUTE = 60_000;

  private final CommitServer server = CommitServer.shared();

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '`',
      value = {
        "{\"add\":{\"path\":\"file:///etc/passwd\",\"partitionValues\":{},\"size\":1,"
            + "\"modificationTime\":1,\"dataChange\":true}};add.path file:///etc/passwd leads out",
        "{\"add\":{\"path\":\"a\",\"partitionValues\":{\"x\":\"1\"},\"size\":1,"
            + "\"modificationTime\":1,\"dataChange\":true}};add.partitionValues names [x]",
        "{\"add\":{\"path\":\"a\",\"partitionValues\":{},\"size\":-1,"
            + "\"modificationTime\":1,\"dataChange\":true}};add.size is -1",
        "{\"remove\":{\"path\":\"..%2Fx\",\"dataChange\":true}};remove.path ..%2Fx leads out",
        "{\"sidecar\":{\"path\":\"a\",\"sizeInBytes\":1,\"modificationTime\":1}};sidecar is an action",
        "{\"protocol\":{\"minReaderVersion\":3,\"minWriterVersion\":7,\"readerFeatures\":[\"teleport\"],"
            + "\"writerFeatures\":[\"teleport\"]}};protocol.readerFeatures names teleport"
      })
  void aBreachIsRefusedAndTheNextCommitIsNot(String line, String told) {
    Writer table = Writer.created(server);
    assertThat(message(table.commit(table.stage(1, "bad", line)), 400, INVALID)).contains(told);
    table.append(1, "good-" + table.id);
  }

  @Test
  void versionZeroIsHeldAgainstTheRulesToo() {
    Writer table = Writer.staged(server, "admin");
    table.write(
        "_delta_log/00000000000000000000.json",
        Writer.info(START, "create-" + table.id, "CREATE TABLE"),
        Writer.protocolLine(),
        table
            .metadata(table.properties(), null)
            .replace("\\\"name\\\":\\\"tags\\\"", "\\\"name\\\":\\\"ID\\\""));
    assertThat(message(table.create(table.creation()), 400, INVALID))
        .contains("metaData.schemaString has ID twice");
    table.write(
        "_delta_log/00000000000000000000.json",
        Writer.info(START, "create-" + table.id, "CREATE TABLE"),
        Writer.protocolLine(),
        table
            .metadata(table.properties(), null)
            .replaceFirst("\\\\\"nullable\\\\\":true", "\\\\\"nullable\\\\\":false"));
    assertThat(message(table.create(table.creation()), 400, INVALID))
        .contains("protocol.writerFeatures must name invariants, for column id is NOT NULL");
  }

  @Test
  void aTimeFarAheadIsRefusedAndOneThatHonestClocksShowIsNot() {
    Writer table = Writer.created(server);
    long now = System.currentTimeMillis();
    for (long time : new long[] {253_402_300_799_999L, now + 20 * MINUTE}) {
      assertThat(message(table.commit(table.stageAt(1, time, "far")), 400, INVALID))
          .contains(
              "commitInfo.inCommitTimestamp",
              Long.toString(time),
              "PT10M",
              "tidegate.commits.clock-skew");
    }
    long ahead = now + 5 * MINUTE;
    Answer taken = table.commit(table.stageAt(1, ahead, "ahead-" + table.id));
    assertThat(taken.status()).as(taken.body()).isEqualTo(200);
    // Whoever follows must be later, as the protocol asks of them, and is.
    Answer next = table.commit(table.stageAt(2, ahead + 1, "next-" + table.id));
    assertThat(next.status()).as(next.body()).isEqualTo(200);
  }

  @Test
  void theMomentAfterTheLastCommitIsTakenWhateverTheClockSays() {
    Map<String, String> strict = Map.of("tidegate.commits.clock-skew", "-1d");
    try (CommitServer behind = CommitServer.start(strict)) {
      // To this server the tables' time is a day ahead: as if its clock had been set back.
      Writer staged = Writer.staged(behind, "admin");
      long now = System.currentTimeMillis();
      long first = now - 25 * 60 * MINUTE;
      staged.write(
          "_delta_log/00000000000000000000.json",
          Writer.info(first, "create-" + staged.id, "CREATE TABLE"),
          Writer.protocolLine(),
          staged.metadata(staged.properties(), null));
      Map<String, Object> creation = staged.creation();
      creation.put("last-commit-timestamp-ms", first);
      Answer created = staged.create(creation);
      assertThat(created.status()).as(created.body()).isEqualTo(200);
      message(staged.commit(staged.stageAt(1, now, "now")), 400, INVALID);
      behind
          .context
          .getBean(org.springframework.jdbc.core.simple.JdbcClient.class)
          .sql("UPDATE commits.tables SET commit_timestamp = :now WHERE id = :id")
          .param("now", now)
          .param("id", staged.id)
          .update();
      message(staged.commit(staged.stageAt(1, now + 2, "later")), 400, INVALID);
      Answer next = staged.commit(staged.stageAt(1, now + 1, "next-" + staged.id));
      assertThat(next.status()).as(next.body()).isEqualTo(200);
    }
  }

  @Test
  void versionZeroOfTheFutureIsRefused() {
    Writer table = Writer.staged(server, "admin");
    table.write(
        "_delta_log/00000000000000000000.json",
        Writer.info(253_402_300_799_999L, "create-" + table.id, "CREATE TABLE"),
        Writer.protocolLine(),
        table.metadata(table.properties(), null));
    Map<String, Object> creation = table.creation();
    creation.put("last-commit-timestamp-ms", 253_402_300_799_999L);
    assertThat(message(table.create(creation), 400, INVALID))
        .contains("commitInfo.inCommitTimestamp", "clock-skew");
  }

  @Test
  void partitionColumnsDoNotChangeOverFilesThatStay() {
    Writer table = Writer.created(server);
    table.append(1, "one-" + table.id);
    table.append(2, "two-" + table.id);
    String partitioned =
        table
            .metadata(table.properties(), null)
            .replace("\"partitionColumns\":[]", "\"partitionColumns\":[\"id\"]");
    List<String> lines = new ArrayList<>();
    lines.add(Writer.info(START + 3, "change-" + table.id, "REPLACE TABLE"));
    lines.add(partitioned);
    lines.add(removal("part-one-" + table.id + ".parquet"));
    Staged half = table.stageLines(3, START + 3, lines);
    assertThat(message(table.commit(half), 400, INVALID))
        .contains(
            "metaData.partitionColumns changes from [] to [id]",
            "part-two-" + table.id + ".parquet stays");
    lines.add(removal("part-two-" + table.id + ".parquet"));
    Answer whole = table.commit(table.stageLines(3, START + 3, lines));
    assertThat(whole.status()).as(whole.body()).isEqualTo(200);
    assertThat(table.load().at("/metadata/partition-columns")).hasSize(1);
  }

  private static String removal(String path) {
    return json(Map.of("remove", Map.of("path", path, "dataChange", true)));
  }

  @Test
  void onlySuchAChangeLooksAtTheFiles() {
    Writer table = Writer.created(server);
    table.append(1, "one-" + table.id);
    CommitWorker worker = server.context.getBean(CommitWorker.class);
    CommitServer.await("published", () -> table.load().get("commits").isEmpty());
    worker.stop();
    try {
      Map<String, String> properties = new HashMap<>(table.properties());
      properties.put("owner", "me");
      Staged changed = table.stage(2, "two-" + table.id, table.metadata(properties, null));
      server.calls.takeCalls();
      Answer answer = table.update(List.of(table.uuid()), List.of(addCommit(changed.commit())));
      assertThat(answer.status()).as(answer.body()).isEqualTo(200);
      assertThat(server.calls.takeCalls()).isEqualTo(new Calls(0, 1, 0, 0, 0));
    } finally {
      worker.start();
    }
  }
}
