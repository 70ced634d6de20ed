package io.tidegate.commits;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.testing.HttpTester;
import io.tidegate.testing.HttpTester.Answer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A client of one managed table: writes commits as files and proposes them over HTTP. */
final class Writer {
  static final String PATH = "/api/2.1/unity-catalog/delta/v1";
  static final String SCHEMA = PATH + "/catalogs/main/schemas/sales";
  static final JsonMapper JSON = JsonMapper.shared();
  static final long START = 1_700_000_000_000L;
  private static final AtomicInteger COUNTER = new AtomicInteger();
  private static final String COLUMNS =
      """
      {"type":"struct","fields":[{"name":"id","type":"long","nullable":true,"metadata":{}},\
      {"name":"tags","type":{"type":"array","elementType":"string","containsNull":true},\
      "nullable":true,"metadata":{}}]}\
      """;

  final CommitServer server;
  final HttpTester http;
  final String name;
  final UUID id;
  final Path folder;
  final String location;

  private Writer(CommitServer server, HttpTester http, String name, UUID id, String location) {
    this.server = server;
    this.http = http;
    this.name = name;
    this.id = id;
    this.location = location;
    this.folder = Path.of(URI.create(location));
  }

  static String unique() {
    return "table_" + COUNTER.incrementAndGet();
  }

  static Writer staged(CommitServer server, String principal) {
    return staged(server, principal, unique());
  }

  static Writer staged(CommitServer server, String principal, String name) {
    HttpTester http = server.as(principal);
    Answer answer = http.post(SCHEMA + "/staging-tables", json(Map.of("name", name)));
    assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    JsonNode body = JSON.readTree(answer.body());
    return new Writer(
        server,
        http,
        name,
        UUID.fromString(body.get("table-id").asString()),
        body.get("location").asString());
  }

  /** A table at version 0. */
  static Writer created(CommitServer server) {
    return created(server, "admin");
  }

  static Writer created(CommitServer server, String principal) {
    Writer writer = staged(server, principal);
    writer.writeFirst(writer.properties());
    Answer answer = writer.create(writer.creation());
    assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    return writer;
  }

  /** The same table for another principal. */
  Writer as(String principal) {
    return new Writer(server, server.as(principal), name, id, location);
  }

  /** The same table at another process, for an administrator. */
  Writer at(CommitServer other) {
    return new Writer(other, other.admin(), name, id, location);
  }

  /** The same table under another name. */
  Writer named(String newName) {
    return new Writer(server, http, newName, id, location);
  }

  Map<String, String> properties() {
    return ManagedTableContract.requiredProperties(id);
  }

  static Map<String, Object> protocol() {
    return Map.of(
        "min-reader-version",
        3,
        "min-writer-version",
        7,
        "reader-features",
        List.of("vacuumProtocolCheck", "catalogManaged", "deletionVectors", "v2Checkpoint"),
        "writer-features",
        List.of(
            "catalogManaged",
            "deletionVectors",
            "inCommitTimestamp",
            "v2Checkpoint",
            "vacuumProtocolCheck"));
  }

  void writeFirst(Map<String, String> properties) {
    write(
        "_delta_log/00000000000000000000.json",
        info(START, "create-" + id, "CREATE TABLE"),
        protocolLine(),
        metadata(properties, null));
  }

  /** A protocol action of the features that a managed table needs, and more for writers. */
  static String protocolLine(String... writerFeatures) {
    List<String> writers =
        new ArrayList<>(ManagedTableContract.requiredProtocol().writerFeatures());
    writers.addAll(List.of(writerFeatures));
    return json(
        Map.of(
            "protocol",
            Map.of(
                "minReaderVersion",
                3,
                "minWriterVersion",
                7,
                "readerFeatures",
                List.copyOf(ManagedTableContract.requiredProtocol().readerFeatures()),
                "writerFeatures",
                writers)));
  }

  static String info(long timestamp, String transaction, String operation) {
    return json(
        Map.of(
            "commitInfo",
            Map.of("inCommitTimestamp", timestamp, "txnId", transaction, "operation", operation)));
  }

  String metadata(Map<String, String> properties, @Nullable String comment) {
    Map<String, Object> metadata =
        new java.util.HashMap<>(
            Map.of(
                "id",
                id.toString(),
                "format",
                Map.of("provider", "parquet", "options", Map.of()),
                "schemaString",
                COLUMNS,
                "partitionColumns",
                List.of(),
                "configuration",
                properties));
    if (comment != null) {
      metadata.put("description", comment);
    }
    return json(Map.of("metaData", metadata));
  }

  static String add(String path) {
    return json(
        Map.of(
            "add",
            Map.of(
                "path",
                path,
                "partitionValues",
                Map.of(),
                "size",
                1,
                "modificationTime",
                START,
                "dataChange",
                true)));
  }

  Map<String, Object> creation() {
    return new java.util.HashMap<>(
        Map.of(
            "name",
            name,
            "table-type",
            "MANAGED",
            // With one slash, as Hadoop spells it.
            "location",
            location.replace("file:///", "file:/"),
            "protocol",
            protocol(),
            "properties",
            properties(),
            "columns",
            JSON.readTree(
                COLUMNS
                    .replace("elementType", "element-type")
                    .replace("containsNull", "contains-null")),
            "last-commit-timestamp-ms",
            START));
  }

  Answer create(Map<String, Object> request) {
    return http.post(SCHEMA + "/tables", json(request));
  }

  String path() {
    return SCHEMA + "/tables/" + name;
  }

  Answer loadAnswer() {
    return http.get(path());
  }

  JsonNode load() {
    Answer answer = loadAnswer();
    assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    return JSON.readTree(answer.body());
  }

  /** A staged commit. */
  record Staged(long version, long timestamp, String fileName, long size) {
    Map<String, Object> commit() {
      return new java.util.HashMap<>(
          Map.of(
              "version",
              version,
              "timestamp",
              timestamp,
              "file-name",
              fileName,
              "file-size",
              size,
              "file-modification-timestamp",
              timestamp));
    }
  }

  /** Writes an append as a staged commit under a new name. */
  Staged stage(long version, String transaction, String... more) {
    return stageAt(version, START + version, transaction, more);
  }

  Staged stageAt(long version, long timestamp, String transaction, String... more) {
    List<String> lines = new ArrayList<>();
    lines.add(info(timestamp, transaction, "WRITE"));
    String name = transaction.replaceAll("[^A-Za-z0-9_-]", "-");
    lines.add(add("part-" + name.substring(0, Math.min(100, name.length())) + ".parquet"));
    lines.addAll(List.of(more));
    return stageLines(version, timestamp, lines);
  }

  Staged stageLines(long version, long timestamp, List<String> lines) {
    String fileName = String.format(Locale.ROOT, "%020d.%s.json", version, UUID.randomUUID());
    long size = write("_delta_log/_staged_commits/" + fileName, lines.toArray(String[]::new));
    return new Staged(version, timestamp, fileName, size);
  }

  long write(String path, String... lines) {
    try {
      Path file = folder.resolve(path);
      Files.createDirectories(file.getParent());
      byte[] bytes = (String.join("\n", lines) + "\n").getBytes(StandardCharsets.UTF_8);
      Files.write(file, bytes);
      return bytes.length;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  Path published(long version) {
    return folder.resolve(String.format(Locale.ROOT, "_delta_log/%020d.json", version));
  }

  Path stagedFile(Staged staged) {
    return folder.resolve("_delta_log/_staged_commits/" + staged.fileName());
  }

  Map<String, Object> uuid() {
    return Map.of("type", "assert-table-uuid", "uuid", id.toString());
  }

  static Map<String, Object> addCommit(Map<String, Object> commit) {
    return Map.of("action", "add-commit", "commit", commit);
  }

  Answer commit(Staged staged, Object... moreUpdates) {
    List<Object> updates = new ArrayList<>(List.of(moreUpdates));
    updates.add(addCommit(staged.commit()));
    return update(List.of(uuid()), updates);
  }

  Answer update(List<?> requirements, List<?> updates) {
    return http.post(path(), json(Map.of("requirements", requirements, "updates", updates)));
  }

  /** Commits an append that must succeed. */
  void append(long version, String transaction) {
    Answer answer = commit(stage(version, transaction));
    assertThat(answer.status()).as(answer.body()).isEqualTo(200);
  }

  static String json(Object value) {
    return JSON.writeValueAsString(value);
  }

  /** The error of an answer, which must be in the API's own shape. */
  static JsonNode error(Answer answer, int status, String type) {
    assertThat(answer.status()).as(answer.body()).isEqualTo(status);
    JsonNode error = JSON.readTree(answer.body()).get("error");
    assertThat(error).as(answer.body()).isNotNull();
    assertThat(error.get("type").asString()).as(answer.body()).isEqualTo(type);
    assertThat(error.get("code").asInt()).isEqualTo(status);
    return error;
  }

  static String message(Answer answer, int status, String type) {
    return error(answer, status, type).get("message").asString();
  }
}
