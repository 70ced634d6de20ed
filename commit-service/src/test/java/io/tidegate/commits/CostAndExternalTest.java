package io.tidegate.commits;

import static io.tidegate.commits.Writer.JSON;
import static io.tidegate.commits.Writer.SCHEMA;
import static io.tidegate.commits.Writer.addCommit;
import static io.tidegate.commits.Writer.json;
import static io.tidegate.commits.Writer.message;
import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.commits.Writer.Staged;
import io.tidegate.ports.TableAccess;
import io.tidegate.testing.CountingObjectStore.Calls;
import io.tidegate.testing.HttpTester;
import io.tidegate.testing.HttpTester.Answer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionSynchronizationManager;
import tools.jackson.databind.JsonNode;

/** What a load and a commit cost; and tables whose log alone counts. */
class CostAndExternalTest {
  private final CommitServer server = CommitServer.shared();

  @Test
  void aLoadIsOneStatementHoweverManyCommitsThereAre() {
    Writer table = Writer.created(server);
    for (int version = 1; version <= 3; version++) {
      table.append(version, "l" + version);
      HttpTester counted = table.http.with("X-Request-Id", "load-" + table.id + "-" + version);
      assertThat(counted.get(table.path()).status()).isEqualTo(200);
      assertThat(server.sql.of("load-" + table.id + "-" + version)).hasSize(1);
    }
  }

  @Test
  void aCommitIsAFewStatements() {
    Writer table = Writer.created(server);
    table.append(1, "warm");
    Staged staged = table.stage(2, "counted");
    HttpTester counted = table.http.with("X-Request-Id", "commit-" + table.id);
    Answer answer =
        counted.post(
            table.path(),
            json(
                Map.of(
                    "requirements",
                    List.of(table.uuid()),
                    "updates",
                    List.of(addCommit(staged.commit())))));
    assertThat(answer.status()).isEqualTo(200);
    // Two reads of the state around it; the gate, three of the append, three of the projection and
    // the work in the transaction.
    assertThat(server.sql.of("commit-" + table.id)).hasSizeLessThanOrEqualTo(10);
  }

  @Test
  void aCommitIsReadOnceToRatifyItAndOnceToPublishIt() {
    Writer table = Writer.created(server);
    Staged staged = table.stage(1, "read");
    CommitWorker worker = server.context.getBean(CommitWorker.class);
    // Of other tests' tables nothing is to be published any more.
    JdbcClient jdbc = server.context.getBean(JdbcClient.class);
    CommitServer.await(
        "all published",
        () ->
            jdbc.sql("SELECT count(*) FROM commits.work WHERE kind = 'PUBLISH'")
                    .query(Long.class)
                    .single()
                == 0);
    worker.stop();
    try {
      server.calls.takeCalls();
      assertThat(table.commit(staged).status()).isEqualTo(200);
      assertThat(server.calls.takeCalls()).isEqualTo(new Calls(0, 1, 0, 0, 0));
      // The same request again is known by its file's name.
      assertThat(table.commit(staged).status()).isEqualTo(200);
      assertThat(table.load().get("commits")).hasSize(1);
      assertThat(server.calls.takeCalls()).isEqualTo(new Calls(0, 0, 0, 0, 0));
    } finally {
      worker.start();
    }
    CommitServer.await("published", () -> table.load().get("commits").isEmpty());
    assertThat(server.calls.takeCalls()).isEqualTo(new Calls(0, 1, 0, 1, 0));
  }

  @Test
  void noFileIsTouchedWhileATransactionIsOpen() {
    List<Boolean> open = new CopyOnWriteArrayList<>();
    server.store.failWhen(call -> {
      open.add(TransactionSynchronizationManager.isActualTransactionActive());
      return false;
    });
    Writer table = Writer.created(server);
    table.append(1, "open");
    CommitServer.await("published", () -> table.load().get("commits").isEmpty());
    server.store.failWhen(null);
    // Version 0 and version 1 are read, and version 1 is published.
    assertThat(open).hasSizeGreaterThanOrEqualTo(5).containsOnly(false);
  }

  private TableAccess external(String format) throws IOException {
    String name = Writer.unique();
    Path folder = server.root.resolve("external").resolve(name);
    Files.createDirectories(folder.resolve("_delta_log"));
    for (int version = 0; version < 2; version++) {
      String actions =
          version == 0
              ? """
              {"protocol":{"minReaderVersion":1,"minWriterVersion":2}}
              {"metaData":{"id":"x","format":{"provider":"parquet","options":{}},\
              "schemaString":"{\\"type\\":\\"struct\\",\\"fields\\":[]}","partitionColumns":[],\
              "configuration":{"a":"b"}}}
              """
              : Writer.add("part.parquet") + "\n";
      Files.writeString(
          folder.resolve("_delta_log/0000000000000000000" + version + ".json"), actions);
    }
    return server.catalog.external(name, java.net.URI.create("file://" + folder), format);
  }

  @Test
  void anExternalTableIsLoadedFromItsLog() throws IOException {
    TableAccess table = external("DELTA");
    Answer answer = server.admin().get(SCHEMA + "/tables/" + table.name());
    assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    JsonNode loaded = JSON.readTree(answer.body());
    assertThat(loaded.get("latest-table-version")).isNull();
    assertThat(loaded.at("/metadata/last-commit-version").asLong()).isEqualTo(1);
    assertThat(loaded.at("/metadata/table-type").asString()).isEqualTo("EXTERNAL");
    assertThat(loaded.at("/metadata/properties/a").asString()).isEqualTo("b");
    assertThat(loaded.get("commits")).isNull();
    Answer update =
        server
            .admin()
            .post(
                SCHEMA + "/tables/" + table.name(),
                json(
                    Map.of(
                        "requirements",
                        List.of(Map.of("type", "assert-table-uuid", "uuid", table.id().toString())),
                        "updates",
                        List.of(
                            Map.of(
                                "action",
                                "set-latest-backfilled-version",
                                "latest-published-version",
                                1)))));
    assertThat(message(update, 400, "InvalidParameterValueException")).contains("EXTERNAL");
  }

  @Test
  void anExternalTableIsCreatedOverItsLog() throws IOException {
    TableAccess existing = external("DELTA");
    String name = Writer.unique();
    Answer answer =
        server
            .admin()
            .post(
                SCHEMA + "/tables",
                json(
                    Map.of(
                        "name",
                        name,
                        "table-type",
                        "EXTERNAL",
                        "location",
                        existing.location().toString())));
    assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    assertThat(JSON.readTree(answer.body()).at("/metadata/last-commit-version").asLong())
        .isEqualTo(1);
    Answer nothing =
        server
            .admin()
            .post(
                SCHEMA + "/tables",
                json(
                    Map.of(
                        "name",
                        Writer.unique(),
                        "table-type",
                        "EXTERNAL",
                        "location",
                        existing.location() + "/nothing")));
    message(nothing, 400, "UnsupportedTableFormatException");
    Answer outside =
        server
            .admin()
            .post(
                SCHEMA + "/tables",
                json(
                    Map.of(
                        "name",
                        Writer.unique(),
                        "table-type",
                        "EXTERNAL",
                        "location",
                        "file:///etc")));
    assertThat(message(outside, 400, "InvalidParameterValueException")).contains("outside");
  }

  @Test
  void aTableOfAnotherFormatIsLeftToTheCatalog() throws IOException {
    TableAccess table = external("CSV");
    message(
        server.admin().get(SCHEMA + "/tables/" + table.name()),
        400,
        "UnsupportedTableFormatException");
  }
}
