package io.tidegate.commits;

import static io.tidegate.commits.Writer.PATH;
import static io.tidegate.commits.Writer.SCHEMA;
import static io.tidegate.commits.Writer.START;
import static io.tidegate.commits.Writer.addCommit;
import static io.tidegate.commits.Writer.error;
import static io.tidegate.commits.Writer.json;
import static io.tidegate.commits.Writer.message;
import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.testing.HttpTester.Answer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever is wrong with a request is told by name, in the Delta dialect, and changes nothing. */
class BadRequestTest {
  private static final String INVALID = "InvalidParameterValueException";
  private static final String BAD = "BadRequestException";

  private final CommitServer server = CommitServer.shared();

  @Test
  void config() {
    message(server.admin().get(PATH + "/config?protocol-versions=1.0"), 400, INVALID);
    message(server.admin().get(PATH + "/config?catalog=main"), 400, INVALID);
    assertThat(
            message(
                server.admin().get(PATH + "/config?catalog=main&protocol-versions=2.0"),
                400,
                INVALID))
        .contains("1.0");
    message(server.admin().get(PATH + "/config?catalog=main&protocol-versions=one"), 400, INVALID);
    message(
        server.admin().get(PATH + "/config?catalog=none&protocol-versions=1.0"),
        404,
        "NoSuchCatalogException");
  }

  @Test
  void unknownNames() {
    message(
        server.admin().get(PATH + "/catalogs/none/schemas/sales/tables/t"),
        404,
        "NoSuchCatalogException");
    message(
        server.admin().get(PATH + "/catalogs/main/schemas/none/tables/t"),
        404,
        "NoSuchSchemaException");
    message(server.admin().get(SCHEMA + "/tables/none"), 404, "NoSuchTableException");
    message(
        server.admin().get(PATH + "/staging-tables/" + UUID.randomUUID() + "/credentials"),
        404,
        "NoSuchTableException");
    message(server.admin().get(PATH + "/staging-tables/x/credentials"), 400, INVALID);
    message(server.admin().get(PATH + "/nothing"), 404, "NotFoundException");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{",
        "[]",
        "{\"name\":1}",
        "{\"name\":null}",
        "{}",
        "{\"name\":\"\"}",
        "{\"name\":\"a/../b\"}",
        "{\"name\":\"a.b\"}",
        "{\"name\":\"a%41b\"}",
        "{\"name\":\"a#b\"}",
        "{\"name\":\"a;b\"}",
        "null"
      })
  void stagingTables(String body) {
    Answer answer = server.admin().post(SCHEMA + "/staging-tables", body);
    error(answer, 400, body.equals("{") || body.equals("null") ? BAD : INVALID);
  }

  @Test
  void aNameThatIsTaken() {
    Writer table = Writer.created(server);
    message(
        server.admin().post(SCHEMA + "/staging-tables", json(Map.of("name", table.name))),
        409,
        "AlreadyExistsException");
    // Staged before the name was taken.
    Writer late = Writer.staged(server, "admin");
    late.writeFirst(late.properties());
    server.admin().post(table.path() + "/rename", json(Map.of("new-name", late.name)));
    message(late.create(late.creation()), 409, "AlreadyExistsException");
    server
        .admin()
        .post(SCHEMA + "/tables/" + late.name + "/rename", json(Map.of("new-name", table.name)));
    assertThat(late.create(late.creation()).status()).isEqualTo(200);
  }

  @Test
  void creation() {
    Writer staged = Writer.staged(server, "admin");
    assertThat(message(staged.create(staged.creation()), 400, INVALID))
        .contains("00000000000000000000.json");
    staged.writeFirst(staged.properties());
    refused(staged, "location", staged.location + "/../x", 404, "NoSuchTableException", "location");
    refused(staged, "location", "file:///etc", 404, "NoSuchTableException", "location");
    refused(staged, "table-type", "VIEW", 400, INVALID, "table-type");
    refused(staged, "name", "other", 400, INVALID, "was given for");
    refused(staged, "last-commit-timestamp-ms", START + 1, 400, INVALID, "last-commit-timestamp");
    refused(staged, "properties", Map.of("a", "b"), 400, INVALID, "properties sets a");
    refused(staged, "partition-columns", List.of("id"), 400, INVALID, "partition-columns");
    refused(staged, "comment", "x", 400, INVALID, "comment");
    refused(staged, "columns", Map.of("type", "struct"), 400, INVALID, "columns");
    refused(staged, "columns", "x", 400, INVALID, "columns");
    refused(
        staged,
        "protocol",
        Map.of(
            "min-reader-version",
            3,
            "min-writer-version",
            7,
            "writer-features",
            List.of("identityColumns")),
        400,
        INVALID,
        "protocol is");
    Map<String, Object> nothing = new HashMap<>(Writer.protocol());
    nothing.put("reader-features", java.util.Collections.singletonList(null));
    refused(staged, "protocol", nothing, 400, INVALID, "protocol.reader-features[] is required");
    for (String field :
        List.of("name", "location", "protocol", "properties", "table-type", "columns")) {
      Map<String, Object> request = staged.creation();
      request.remove(field);
      assertThat(message(staged.create(request), 400, INVALID)).contains(field + " is required");
    }
    Map<String, String> properties = staged.properties();
    properties.remove("delta.enableDeletionVectors");
    staged.writeFirst(properties);
    assertThat(message(staged.create(staged.creation()), 400, INVALID))
        .contains("delta.enableDeletionVectors");
    staged.writeFirst(staged.properties());
    assertThat(staged.create(staged.creation()).status()).isEqualTo(200);
  }

  private static void refused(
      Writer staged, String field, Object value, int status, String type, String message) {
    Map<String, Object> request = staged.creation();
    request.put(field, value);
    assertThat(message(staged.create(request), status, type)).contains(message);
  }

  @Test
  void updates() {
    Writer table = Writer.created(server);
    Map<String, Object> commit = table.stage(1, "unused").commit();
    refused(table, List.of(), List.of(addCommit(commit)), "assert-table-uuid is required");
    refused(table, List.of(table.uuid()), List.of(), "updates is empty");
    refused(
        table,
        List.of(table.uuid(), table.uuid()),
        List.of(addCommit(commit)),
        "assert-table-uuid more than once");
    refused(
        table, List.of(table.uuid()), List.of(addCommit(commit), addCommit(commit)), "add-commit");
    refused(
        table,
        List.of(table.uuid(), Map.of("type", "assert-magic")),
        List.of(addCommit(commit)),
        "assert-magic");
    refused(table, List.of(table.uuid()), List.of(Map.of("action", "explode")), "explode");
    refused(table, List.of(table.uuid()), List.of(Map.of("no", "action")), "updates[0]");
    refused(
        table,
        List.of(Map.of("type", "assert-table-uuid", "uuid", "x")),
        List.of(addCommit(commit)),
        "assert-table-uuid.uuid is not a UUID");
    refused(
        table,
        List.of(table.uuid()),
        List.of(Map.of("action", "set-properties", "updates", Map.of("a", "b"))),
        "set-properties changes what the log records");
    refused(
        table,
        List.of(table.uuid()),
        List.of(
            Map.of("action", "set-table-comment", "comment", "x"),
            Map.of("action", "remove-properties", "removals", List.of("a"))),
        "add-commit is missing");
    refused(
        table, List.of(table.uuid()), List.of(Map.of("action", "set-table-comment")), "comment");
    message(
        table.update(
            List.of(Map.of("type", "assert-table-uuid", "uuid", UUID.randomUUID().toString())),
            List.of(addCommit(commit))),
        409,
        "UpdateRequirementConflictException");
    for (String field : commit.keySet()) {
      Map<String, Object> without = new HashMap<>(commit);
      without.remove(field);
      refused(table, List.of(table.uuid()), List.of(addCommit(without)), field);
      Map<String, Object> wrong = new HashMap<>(commit);
      wrong.put(field, Map.of());
      refused(table, List.of(table.uuid()), List.of(addCommit(wrong)), field);
      if (!field.equals("file-name")) {
        Map<String, Object> zero = new HashMap<>(commit);
        zero.put(field, 0);
        refused(table, List.of(table.uuid()), List.of(addCommit(zero)), field);
      }
    }
    Map<String, Object> micros = new HashMap<>(commit);
    micros.put("file-modification-timestamp", START * 1000);
    refused(
        table,
        List.of(table.uuid()),
        List.of(addCommit(micros)),
        "file-modification-timestamp is 1700000000000000");
    message(table.http.post(table.path(), "{\"requirements\":"), 400, BAD);
    message(table.http.post(table.path(), " ".repeat(17 << 20) + "{}"), 413, BAD);
    assertThat(table.load().get("latest-table-version").asLong()).isZero();
  }

  private static void refused(Writer table, List<?> requirements, List<?> updates, String message) {
    assertThat(message(table.update(requirements, updates), 400, INVALID)).contains(message);
  }

  @Test
  void metrics() {
    Writer table = Writer.created(server);
    metrics(table, Map.of("table-id", UUID.randomUUID()), "table-id");
    metrics(table, Map.of(), "table-id");
    metrics(
        table,
        Map.of(
            "table-id", table.id, "report", Map.of("commit-report", Map.of("num-files-added", -1))),
        "num-files-added");
    metrics(table, histogram(table, List.of(0, 5), List.of(1), List.of(1, 2)), "file-counts");
    metrics(table, histogram(table, List.of(1, 5), List.of(1, 1), List.of(1, 2)), "begin with 0");
    metrics(table, histogram(table, List.of(0, 0), List.of(1, 1), List.of(1, 2)), "ascend");
    metrics(table, histogram(table, List.of(0, 5), List.of(1, -1), List.of(1, 2)), "file-counts");
    List<Integer> many = IntStream.range(0, 1001).boxed().toList();
    metrics(table, histogram(table, many, many, many), "more than 1000");
    Answer good =
        table.http.post(
            table.path() + "/metrics",
            json(histogram(table, List.of(0, 5), List.of(1, 1), List.of(1, 2))));
    assertThat(good.status()).as(good.body()).isEqualTo(204);
  }

  private static Map<String, ?> histogram(
      Writer table, List<Integer> boundaries, List<Integer> counts, List<Integer> bytes) {
    return Map.of(
        "table-id",
        table.id,
        "report",
        Map.of(
            "commit-report",
            Map.of(
                "file-size-histogram",
                Map.of(
                    "sorted-bin-boundaries",
                    boundaries,
                    "file-counts",
                    counts,
                    "total-bytes",
                    bytes))));
  }

  private static void metrics(Writer table, Map<String, ?> request, String message) {
    assertThat(message(table.http.post(table.path() + "/metrics", json(request)), 400, INVALID))
        .contains(message);
  }
}
