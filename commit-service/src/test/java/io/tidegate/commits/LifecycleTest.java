package io.tidegate.commits;

import static io.tidegate.commits.Writer.JSON;
import static io.tidegate.commits.Writer.PATH;
import static io.tidegate.commits.Writer.SCHEMA;
import static io.tidegate.commits.Writer.START;
import static io.tidegate.commits.Writer.json;
import static io.tidegate.commits.Writer.message;
import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.commits.Writer.Staged;
import io.tidegate.delta.CatalogCommits;
import io.tidegate.kit.errors.ApiException;
import io.tidegate.kit.errors.ErrorCode;
import io.tidegate.kit.security.Caller;
import io.tidegate.kit.security.Privilege;
import io.tidegate.ports.CommitDirectory;
import io.tidegate.ports.ManagedDescription;
import io.tidegate.testing.HttpTester.Answer;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** A managed table from its staging to its end, as a client sees it. */
class LifecycleTest {
  private final CommitServer server = CommitServer.shared();

  @Test
  void configAgreesOnTheVersionAndListsWhatIsThere() {
    Answer answer = server.admin().get(PATH + "/config?catalog=main&protocol-versions=1.4,2.0");
    assertThat(answer.status()).isEqualTo(200);
    JsonNode config = JSON.readTree(answer.body());
    assertThat(config.get("protocol-version").asString()).isEqualTo("1.0");
    assertThat(config.get("endpoints").valueStream().map(JsonNode::asString))
        .contains(
            "POST /v1/catalogs/{catalog}/schemas/{schema}/staging-tables",
            "GET /v1/staging-tables/{table_id}/credentials");
  }

  @Test
  void stagingNamesTheFeaturesThatAreNeededAndSuggestsWhatNotNullNeeds() {
    Answer answer =
        server.admin().post(SCHEMA + "/staging-tables", json(Map.of("name", Writer.unique())));
    JsonNode staging = JSON.readTree(answer.body());
    assertThat(staging.at("/required-protocol/writer-features").valueStream())
        .extracting(JsonNode::asString)
        .contains("catalogManaged", "inCommitTimestamp")
        .doesNotContain("invariants");
    assertThat(staging.at("/suggested-protocol/writer-features").valueStream())
        .extracting(JsonNode::asString)
        .containsExactly("invariants");
    assertThat(staging.at("/suggested-protocol/reader-features")).isEmpty();
  }

  @Test
  void ofTwoCommentsOnOneEtagTheSecondIsRefused() {
    Writer table = Writer.created(server);
    String etag = table.load().at("/metadata/etag").asString();
    List<?> requirements = List.of(table.uuid(), Map.of("type", "assert-etag", "etag", etag));
    Answer first = table.update(requirements, List.of(comment("one")));
    assertThat(first.status()).as(first.body()).isEqualTo(200);
    String moved = JSON.readTree(first.body()).at("/metadata/etag").asString();
    assertThat(moved).isNotEqualTo(etag).isEqualTo(table.load().at("/metadata/etag").asString());
    for (String text : List.of("one", "two")) {
      assertThat(
              message(
                  table.update(requirements, List.of(comment(text))),
                  409,
                  "UpdateRequirementConflictException"))
          .contains("assert-etag", "comment");
    }
    // The same comment again changes nothing.
    assertThat(table.update(List.of(table.uuid()), List.of(comment("one"))).status())
        .isEqualTo(200);
    assertThat(table.load().at("/metadata/etag").asString()).isEqualTo(moved);
    table.append(1, "data-" + table.id);
    assertThat(table.load().at("/metadata/etag").asString()).isEqualTo(moved);
  }

  private static Map<String, ?> comment(String text) {
    return Map.of("action", "set-table-comment", "comment", text);
  }

  @Test
  void theTimeOfAnUpdateMovesWithWhatDescribesTheTableAndWithNothingElse() {
    Writer table = Writer.created(server);
    long created = table.load().at("/metadata/updated-time").asLong();
    table.append(1, "data-" + table.id);
    assertThat(table.load().at("/metadata/updated-time").asLong()).isEqualTo(created);
    long later = System.currentTimeMillis() + 60_000;
    Map<String, String> properties = table.properties();
    properties.put("owner", "me");
    Answer changed =
        table.commit(
            table.stageAt(2, later, "change-" + table.id, table.metadata(properties, null)));
    assertThat(changed.status()).as(changed.body()).isEqualTo(200);
    assertThat(table.load().at("/metadata/updated-time").asLong()).isEqualTo(later);
    assertThat(table.commit(table.stageAt(3, later + 1, "more-" + table.id)).status())
        .isEqualTo(200);
    assertThat(table.load().at("/metadata/updated-time").asLong()).isEqualTo(later);
  }

  @Test
  void clusteringColumnsAreShownUnderBothNamesAndMayBeSaidInACreate() {
    Writer table = Writer.staged(server, "admin");
    table.write(
        "_delta_log/00000000000000000000.json",
        Writer.info(START, "create-" + table.id, "CREATE TABLE"),
        Writer.protocolLine("clustering", "domainMetadata"),
        table.metadata(table.properties(), null),
        json(
            Map.of(
                "domainMetadata",
                Map.of(
                    "domain",
                    "delta.clustering",
                    "configuration",
                    "{\"clusteringColumns\":[[\"id\"]]}",
                    "removed",
                    false))));
    Map<String, Object> creation = table.creation();
    Map<String, Object> protocol = new java.util.HashMap<>(Writer.protocol());
    List<Object> features = new java.util.ArrayList<>((List<?>) protocol.get("writer-features"));
    features.addAll(List.of("clustering", "domainMetadata"));
    protocol.put("writer-features", features);
    creation.put("protocol", protocol);
    Map<String, String> properties = table.properties();
    properties.put("clusteringColumns", "[[\"id\"]]");
    creation.put("properties", properties);
    Answer created = table.create(creation);
    assertThat(created.status()).as(created.body()).isEqualTo(200);
    JsonNode shown = table.load().at("/metadata/properties");
    assertThat(shown.get("clusteringColumns").asString()).isEqualTo("[[\"id\"]]");
    assertThat(shown.get("delta.clusteringColumns").asString()).isEqualTo("[[\"id\"]]");
  }

  @Test
  void charAndVarcharAreAcceptedForStringsThatSayTheyAreThem() {
    Writer table = Writer.staged(server, "admin");
    String columns =
        """
        {"type":"struct","fields":[\
        {"name":"c","type":"string","nullable":true,\
        "metadata":{"__CHAR_VARCHAR_TYPE_STRING":"char(5)"}},\
        {"name":"v","type":{"type":"array","elementType":"string","containsNull":true},\
        "nullable":true,"metadata":{"__CHAR_VARCHAR_TYPE_STRING":"array<varchar(10)>"}}]}\
        """;
    String metadata =
        table
            .metadata(table.properties(), null)
            .replaceFirst(
                "\"schemaString\":\"(\\\\.|[^\"\\\\])*\"",
                java.util.regex.Matcher.quoteReplacement("\"schemaString\":" + json(columns)));
    table.write(
        "_delta_log/00000000000000000000.json",
        Writer.info(START, "create-" + table.id, "CREATE TABLE"),
        Writer.protocolLine(),
        metadata);
    Map<String, Object> creation = table.creation();
    String request =
        columns.replace("elementType", "element-type").replace("containsNull", "contains-null");
    String typed =
        request
            .replace("\"c\",\"type\":\"string\"", "\"c\",\"type\":\"CHAR(5)\"")
            .replace("\"element-type\":\"string\"", "\"element-type\":\"varchar(10)\"");
    creation.put("columns", JSON.readTree(typed.replace("CHAR(5)", "char(6)")));
    assertThat(message(table.create(creation), 400, "InvalidParameterValueException"))
        .contains("columns.fields[0].type", "char(6)");
    creation.put("columns", JSON.readTree(typed.replace("varchar(10)", "char(10)")));
    assertThat(message(table.create(creation), 400, "InvalidParameterValueException"))
        .contains("columns.fields[1].type.element-type", "char(10)");
    creation.put("columns", JSON.readTree(typed));
    Answer created = table.create(creation);
    assertThat(created.status()).as(created.body()).isEqualTo(200);
    assertThat(table.load().at("/metadata/columns").toString())
        .contains("\"__CHAR_VARCHAR_TYPE_STRING\":\"char(5)\"");
    // As the log has them is right as well.
    creation.put("columns", JSON.readTree(request));
    assertThat(table.create(creation).status()).isEqualTo(200);
  }

  @Test
  void createCommitPublishLoad() throws IOException {
    Writer table = Writer.created(server);
    JsonNode first = table.load();
    assertThat(first.get("latest-table-version").asLong()).isZero();
    assertThat(first.get("commits")).isEmpty();
    JsonNode metadata = first.get("metadata");
    assertThat(metadata.get("table-uuid").asString()).isEqualTo(table.id.toString());
    assertThat(metadata.get("table-type").asString()).isEqualTo("MANAGED");
    assertThat(metadata.get("location").asString()).isEqualTo(table.location);
    assertThat(metadata.get("last-commit-timestamp-ms").asLong()).isEqualTo(START);
    assertThat(metadata.at("/columns/fields/1/type/element-type").asString()).isEqualTo("string");
    assertThat(metadata.at("/properties/delta.feature.catalogManaged").asString())
        .isEqualTo("supported");

    server.store.failWhen(call -> call.moment() == FaultyStore.Moment.BEFORE_WRITE);
    Staged staged = table.stage(1, "one-" + table.id);
    Answer answer = table.commit(staged);
    assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    JsonNode after = JSON.readTree(answer.body());
    assertThat(after.get("latest-table-version").asLong()).isEqualTo(1);
    JsonNode commit = after.get("commits").get(0);
    assertThat(commit.get("file-name").asString()).isEqualTo(staged.fileName());
    assertThat(commit.get("file-size").asLong()).isEqualTo(staged.size());
    assertThat(after.at("/metadata/etag")).isEqualTo(metadata.get("etag"));
    assertThat(after.at("/metadata/last-commit-version").asLong()).isZero();
    CatalogCommits known =
        server.context.getBean(CommitDirectory.class).commits(table.id).orElseThrow();
    assertThat(known.latestVersion()).isEqualTo(1);
    assertThat(known.unpublished()).hasSize(1);

    server.store.failWhen(null);
    CommitServer.await("published", () -> table.load().get("commits").isEmpty());
    assertThat(Files.readAllBytes(table.published(1)))
        .isEqualTo(Files.readAllBytes(table.stagedFile(staged)));
  }

  @Test
  void theCatalogIsToldWhatALoadShows() {
    Writer table = Writer.created(server);
    table.append(1, "one-" + table.id);
    ManagedDescription told =
        server.context.getBean(CommitDirectory.class).description(table.id).orElseThrow();
    JsonNode loaded = table.load();
    assertThat(told.version()).isEqualTo(1);
    assertThat(told.describedAt()).isZero();
    assertThat(told.properties())
        .isEqualTo(JSON.convertValue(loaded.at("/metadata/properties"), Map.class))
        .containsEntry("delta.feature.catalogManaged", "supported")
        .containsEntry("delta.lastUpdateVersion", "0");
    assertThat(JSON.readTree(told.schemaString()).at("/fields/0/name"))
        .isEqualTo(loaded.at("/metadata/columns/fields/0/name"));
    table.http.delete(table.path());
    CommitServer.await(
        "closed",
        () -> server.context.getBean(CommitDirectory.class).description(table.id).isEmpty());
  }

  @Test
  void aCommitChangesWhatTheCommitSays() {
    Writer table = Writer.created(server);
    Map<String, String> properties = table.properties();
    properties.put("owner", "sales");
    Staged staged = table.stage(1, "meta-" + table.id, table.metadata(properties, "All sales"));
    Answer answer =
        table.commit(
            staged,
            Map.of("action", "set-properties", "updates", Map.of("owner", "sales")),
            Map.of("action", "set-table-comment", "comment", "All sales"));
    assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    JsonNode metadata = JSON.readTree(answer.body()).get("metadata");
    assertThat(metadata.at("/properties/owner").asString()).isEqualTo("sales");
    assertThat(metadata.get("last-commit-version").asLong()).isEqualTo(1);
  }

  @Test
  void aCommentAloneNeedsNoCommit() {
    Writer table = Writer.created(server);
    JsonNode before = table.load();
    Answer answer =
        table.update(
            List.of(table.uuid()),
            List.of(Map.of("action", "set-table-comment", "comment", "Measured by hand")));
    assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    Caller admin = server.catalog.authenticate("admin-token").orElseThrow();
    assertThat(server.catalog.table(admin, table.id).comment()).isEqualTo("Measured by hand");
    JsonNode after = JSON.readTree(answer.body());
    assertThat(after.get("latest-table-version")).isEqualTo(before.get("latest-table-version"));
    // Whoever changes the table by what they saw is told; writers of rows do not ask.
    assertThat(after.at("/metadata/etag")).isNotEqualTo(before.at("/metadata/etag"));
  }

  @Test
  void createAgainAnswersTheSame() {
    Writer table = Writer.created(server);
    table.append(1, "x-" + table.id);
    Answer again = table.create(table.creation());
    assertThat(again.status()).as(again.body()).isEqualTo(200);
    assertThat(JSON.readTree(again.body()).get("latest-table-version").asLong()).isEqualTo(1);
  }

  @Test
  void createAgainIsAnsweredFromTheStreamAndToWhoMayRead() throws IOException {
    server.catalog.principal("founder", false);
    server.catalog.grant("founder", "schema", Privilege.CREATE_TABLE);
    Writer table = Writer.created(server, "founder");
    String credentials = PATH + "/staging-tables/" + table.id + "/credentials";
    message(table.http.get(credentials), 404, "NoSuchTableException");
    // A log may lose its oldest commits.
    Files.delete(table.published(0));
    assertThat(table.create(table.creation()).status()).isEqualTo(200);
    Map<String, Object> other = table.creation();
    other.put("last-commit-timestamp-ms", START + 1);
    message(table.create(other), 400, "InvalidParameterValueException");

    server.catalog.give(table.id, "admin");
    Answer answer = table.create(table.creation());
    assertThat(message(answer, 403, "PermissionDeniedException")).contains("SELECT");
    message(table.http.get(credentials), 404, "NoSuchTableException");
  }

  @Test
  void aRegistrationWhoseAnswerWasLostIsFinishedByTheFeed() {
    Writer table = Writer.staged(server, "admin");
    table.writeFirst(table.properties());
    server.catalog.loseNextAnswer(new ApiException(ErrorCode.UNAVAILABLE, "lost"));
    assertThat(table.create(table.creation()).status()).isEqualTo(503);
    CommitDirectory commits = server.context.getBean(CommitDirectory.class);
    CommitServer.await("opened", () -> commits.commits(table.id).isPresent());
    assertThat(table.create(table.creation()).status()).isEqualTo(200);
    table.append(1, "x-" + table.id);
  }

  @Test
  void renameKeepsTheTable() {
    Writer table = Writer.created(server);
    String name = Writer.unique();
    assertThat(table.http.post(table.path() + "/rename", json(Map.of("new-name", name))).status())
        .isEqualTo(204);
    assertThat(table.loadAnswer().status()).isEqualTo(404);
    Answer renamed = table.http.get(SCHEMA + "/tables/" + name);
    assertThat(JSON.readTree(renamed.body()).at("/metadata/table-uuid").asString())
        .isEqualTo(table.id.toString());
  }

  @Test
  void dropEndsIt() {
    Writer table = Writer.created(server);
    assertThat(table.http.send("HEAD", table.path(), null).status()).isEqualTo(204);
    assertThat(table.http.delete(table.path()).status()).isEqualTo(204);
    message(table.loadAnswer(), 404, "NoSuchTableException");
    message(table.commit(table.stage(1, "late")), 404, "NoSuchTableException");
    message(table.create(table.creation()), 404, "NoSuchTableException");
    assertThat(Files.exists(table.published(0))).isTrue();
  }

  @Test
  void localFilesNeedNoCredentials() {
    Writer staged = Writer.staged(server, "admin");
    Answer credentials = staged.http.get(PATH + "/staging-tables/" + staged.id + "/credentials");
    assertThat(JSON.readTree(credentials.body()).get("storage-credentials")).isEmpty();
    Writer table = Writer.created(server);
    for (String operation : List.of("READ", "READ_WRITE")) {
      Answer answer = table.http.get(table.path() + "/credentials?operation=" + operation);
      assertThat(answer.status()).isEqualTo(200);
      assertThat(JSON.readTree(answer.body()).get("storage-credentials")).isEmpty();
    }
    message(table.http.get(table.path() + "/credentials"), 400, "BadRequestException");
  }
}
