package io.tidegate.catalog;

import static io.tidegate.catalog.CatalogServer.JSON;
import static io.tidegate.catalog.CatalogServer.UC;
import static io.tidegate.catalog.CatalogServer.json;
import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.testing.HttpTester;
import io.tidegate.testing.HttpTester.Answer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** External tables that clients describe, and leave to the catalog to make. */
class CreateFromColumnsTest {
  private final CatalogServer server = CatalogServer.running();
  private final HttpTester admin = server.admin;

  private static Map<String, Object> column(String name, String typeName, String typeJson) {
    Map<String, Object> column = new LinkedHashMap<>();
    column.put("name", name);
    column.put("type_name", typeName);
    if (!typeJson.isEmpty()) {
      column.put("type_json", typeJson);
    }
    return column;
  }

  private String request(String catalog, String name, List<?> columns, Map<String, ?> more) {
    Map<String, Object> request = new LinkedHashMap<>();
    request.put("name", name);
    request.put("catalog_name", catalog);
    request.put("schema_name", "s");
    request.put("table_type", "EXTERNAL");
    request.put("data_source_format", "DELTA");
    request.put("storage_location", server.lake.resolve(catalog + "-" + name).toUri().toString());
    request.put("columns", columns);
    request.putAll(more);
    return JSON.writeValueAsString(request);
  }

  private List<JsonNode> log(String folder) throws IOException {
    List<JsonNode> actions = new ArrayList<>();
    Path commit = server.lake.resolve(folder).resolve("_delta_log/00000000000000000000.json");
    for (String line : Files.readAllLines(commit)) {
      actions.add(JSON.readTree(line));
    }
    return actions;
  }

  @Test
  void versionZeroIsWrittenWithTheColumnsAndTheSameRequestAgainFindsTheTable() throws IOException {
    server.schema("made", "s");
    Map<String, Object> id = column("id", "LONG", "");
    id.put("nullable", false);
    id.put("comment", "a key");
    Map<String, Object> day =
        column(
            "day",
            "DATE",
            "{\"name\":\"day\",\"type\":\"date\",\"nullable\":true,\"metadata\":{\"note\":\"x\"}}");
    day.put("partition_index", 0);
    Map<String, Object> price = column("price", "DECIMAL", "");
    price.put("type_precision", 12);
    price.put("type_scale", 2);
    String request =
        request(
            "made",
            "t",
            List.of(
                id,
                day,
                price,
                column(
                    "tags",
                    "ARRAY",
                    "{\"type\":\"array\",\"elementType\":\"string\",\"containsNull\":true}")),
            Map.of("comment", "made here", "properties", Map.of("team", "a")));
    Answer made = admin.post(UC + "/tables", request);
    assertThat(made.status()).as(made.body()).isEqualTo(200);
    JsonNode table = json(made);
    assertThat(table.path("delta_version").asLong(-1)).isZero();
    assertThat(table.path("comment").asString()).isEqualTo("made here");
    assertThat(table.path("properties").path("team").asString()).isEqualTo("a");
    assertThat(table.path("columns").valueStream().map(c -> c.path("type_text").asString()))
        .containsExactly("bigint", "date", "decimal(12,2)", "array<string>");
    assertThat(table.path("columns").get(1).path("partition_index").asInt(-1)).isZero();
    List<JsonNode> log = log("made-t");
    assertThat(log.get(0).path("commitInfo").path("operation").asString())
        .isEqualTo("CREATE TABLE");
    // Of NOT NULL the old writer version 2 knows.
    assertThat(log.get(1).path("protocol"))
        .isEqualTo(JSON.readTree("{\"minReaderVersion\":1,\"minWriterVersion\":2}"));
    JsonNode schema = JSON.readTree(log.get(2).path("metaData").path("schemaString").asString());
    assertThat(schema.at("/fields/0"))
        .isEqualTo(
            JSON.readTree(
                "{\"name\":\"id\",\"type\":\"long\",\"nullable\":false,"
                    + "\"metadata\":{\"comment\":\"a key\"}}"));
    assertThat(schema.at("/fields/1/metadata/note").asString()).isEqualTo("x");

    // The answer was lost: the log is there, whether or not the table was registered.
    assertThat(json(admin.post(UC + "/tables", request)).path("error_code").asString())
        .isEqualTo("TABLE_ALREADY_EXISTS");
    admin.delete(UC + "/tables/made.s.t");
    assertThat(admin.post(UC + "/tables", request).status()).isEqualTo(200);
    assertThat(log("made-t")).isEqualTo(log);
  }

  @Test
  void theLogNamesTheFeaturesThatTheColumnsNeed() throws IOException {
    server.schema("features", "s");
    Map<String, Object> at = column("at", "TIMESTAMP_NTZ", "");
    at.put("nullable", false);
    Answer made = admin.post(UC + "/tables", request("features", "t", List.of(at), Map.of()));
    assertThat(made.status()).as(made.body()).isEqualTo(200);
    assertThat(log("features-t").get(1).path("protocol"))
        .isEqualTo(
            JSON.readTree(
                "{\"minReaderVersion\":3,\"minWriterVersion\":7,"
                    + "\"readerFeatures\":[\"timestampNtz\"],"
                    + "\"writerFeatures\":[\"invariants\",\"timestampNtz\"]}"));
    assertThat(json(made).path("properties").path("delta.feature.timestampNtz").asString())
        .isEqualTo("supported");
  }

  @Test
  void whatCannotBeATableIsRefusedByItsFieldAndLeavesNothingBehind() throws IOException {
    server.schema("unmade", "s");
    Map<String, Object> partition = column("p", "LONG", "");
    partition.put("partition_index", 0);
    Map<String, Object> nested =
        column(
            "n", "ARRAY", "{\"type\":\"array\",\"elementType\":\"string\",\"containsNull\":true}");
    nested.put("partition_index", 0);
    Map<String, Object> masked = column("m", "LONG", "");
    masked.put("mask", Map.of("function_name", "f"));
    Map<String, Object> precise = column("d", "DECIMAL", "");
    precise.put("type_precision", 39);
    Map<String, Object> id = column("id", "LONG", "");
    record Refused(List<?> columns, Map<String, ?> more, int status, String names) {}
    for (Refused refused :
        List.of(
            new Refused(List.of(), Map.of(), 400, "storage_location"),
            new Refused(List.of(Map.of("type_name", "LONG")), Map.of(), 400, "columns[0].name"),
            new Refused(List.of(id, column("ID", "LONG", "")), Map.of(), 400, "twice"),
            new Refused(List.of(column("a b", "LONG", "")), Map.of(), 400, "columns.a b"),
            new Refused(List.of(column("s", "STRUCT", "")), Map.of(), 400, "columns[0].type_json"),
            new Refused(List.of(column("s", "LONG", "{")), Map.of(), 400, "columns[0].type_json"),
            new Refused(List.of(column("s", "LONG", "\"nonsense\"")), Map.of(), 400, "columns.s"),
            new Refused(
                List.of(
                    column(
                        "s",
                        "LONG",
                        "{\"name\":\"s\",\"type\":\"long\",\"metadata\":{\"delta.columnMapping.id\":1}}")),
                Map.of(),
                400,
                "delta.columnMapping.id"),
            new Refused(List.of(precise), Map.of(), 400, "columns.d"),
            new Refused(List.of(partition), Map.of(), 400, "partitioned"),
            new Refused(List.of(id, nested), Map.of(), 400, "cannot partition"),
            new Refused(List.of(masked), Map.of(), 501, "mask"),
            new Refused(
                List.of(id),
                Map.of("properties", Map.of("delta.enableDeletionVectors", "true")),
                400,
                "properties.delta.enableDeletionVectors"),
            new Refused(
                List.of(id),
                Map.of("storage_location", server.outside.toUri().toString()),
                400,
                "storage_location"))) {
      Answer answer =
          admin.post(UC + "/tables", request("unmade", "t", refused.columns(), refused.more()));
      assertThat(answer.status()).as(answer.body()).isEqualTo(refused.status());
      assertThat(json(answer).path("message").asString()).contains(refused.names());
    }
    assertThat(server.lake.resolve("unmade-t")).doesNotExist();
    assertThat(server.outside.resolve("_delta_log")).doesNotExist();

    Path files = Files.createDirectories(server.lake.resolve("unmade-files"));
    Files.writeString(files.resolve("a.parquet"), "x");
    Answer answer = admin.post(UC + "/tables", request("unmade", "files", List.of(id), Map.of()));
    assertThat(answer.status()).as(answer.body()).isEqualTo(400);
    assertThat(answer.body()).contains("no Delta log");
    assertThat(files.resolve("_delta_log")).doesNotExist();
  }

  @Test
  void onlyWhoMayRegisterATableWritesOneAndNeverIntoAnother() {
    server.schema("guarded", "s");
    server.registered("guarded", "s", "there");
    HttpTester stranger = server.principal("maker");
    server.grant("catalog/guarded", "maker", "USE CATALOG", "USE SCHEMA");
    List<?> columns = List.of(column("id", "LONG", ""));
    String request = request("guarded", "t", columns, Map.of());
    assertThat(stranger.post(UC + "/tables", request).status()).isEqualTo(403);
    assertThat(server.lake.resolve("guarded-t")).doesNotExist();
    Path inside = server.lake.resolve("guarded-there").resolve("inside");
    Answer overlapping =
        admin.post(
            UC + "/tables",
            request(
                "guarded", "t", columns, Map.of("storage_location", inside.toUri().toString())));
    assertThat(overlapping.status()).as(overlapping.body()).isEqualTo(409);
    assertThat(inside).doesNotExist();
    String taken =
        request(
            "guarded",
            "there",
            columns,
            Map.of("storage_location", server.lake.resolve("guarded-else").toUri().toString()));
    assertThat(json(admin.post(UC + "/tables", taken)).path("error_code").asString())
        .isEqualTo("TABLE_ALREADY_EXISTS");
    assertThat(server.lake.resolve("guarded-else")).doesNotExist();
    server.grant("schema/guarded.s", "maker", "CREATE TABLE");
    assertThat(stranger.post(UC + "/tables", request).status()).isEqualTo(200);
  }
}
