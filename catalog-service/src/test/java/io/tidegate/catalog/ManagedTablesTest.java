package io.tidegate.catalog;

import static io.tidegate.catalog.CatalogServer.UC;
import static io.tidegate.catalog.CatalogServer.json;
import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.kit.feed.FeedEvent;
import io.tidegate.kit.security.Caller;
import io.tidegate.ports.CatalogDirectory;
import io.tidegate.ports.ManagedDescription;
import io.tidegate.ports.NewTable;
import io.tidegate.ports.TableAccess;
import io.tidegate.testing.HttpTester.Answer;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Managed tables as the Unity Catalog REST API shows them; the commit service describes them. */
class ManagedTablesTest {
  private static final String SCHEMA =
      "{\"type\":\"struct\",\"fields\":[{\"name\":\"id\",\"type\":\"long\",\"nullable\":true,"
          + "\"metadata\":{}}]}";
  private static final String MARK = "delta.rowTracking.rowIdHighWaterMark";

  private final CatalogServer server = CatalogServer.running();
  private final FakeCommits commits = server.context.getBean(FakeCommits.class);

  private static Map<String, String> properties(long version, long mark) {
    return Map.of(
        "delta.enableDeletionVectors",
        "true",
        "delta.feature.catalogManaged",
        "supported",
        "delta.minReaderVersion",
        "3",
        "delta.lastUpdateVersion",
        Long.toString(version),
        MARK,
        Long.toString(mark));
  }

  private UUID registered(String catalog) {
    server.schema(catalog, "s");
    UUID id = UUID.randomUUID();
    CatalogDirectory directory = server.context.getBean(CatalogDirectory.class);
    Caller admin =
        directory.principal(
            UUID.fromString(json(server.admin.get("/api/1.0/me")).path("id").asString()));
    directory.register(
        admin,
        new NewTable(
            id,
            catalog,
            "s",
            "t",
            TableAccess.Type.MANAGED,
            server.lake.resolve("managed").resolve(id.toString()).toUri(),
            null,
            SCHEMA,
            List.of(),
            properties(0, 0),
            0));
    commits.put(id, new ManagedDescription(0, 0, SCHEMA, List.of(), properties(0, 0), null));
    return id;
  }

  private JsonNode shown(String catalog) {
    Answer answer = server.admin.get(UC + "/tables/" + catalog + ".s.t");
    assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    return json(answer);
  }

  private JsonNode listed(String catalog) {
    Answer answer = server.admin.get(UC + "/tables?catalog_name=" + catalog + "&schema_name=s");
    assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    return json(answer).path("tables").get(0);
  }

  private void committed(UUID id) {
    server
        .context
        .getBean(CommitFollower.class)
        .handle(
            new FeedEvent(
                UUID.randomUUID(),
                "CommitRatified",
                "table-commits/" + id,
                1,
                "cursor",
                null,
                CatalogServer.JSON.readTree("{\"table_id\": \"" + id + "\", \"metadata\": {}}"),
                "somebody",
                "request",
                Instant.now()));
  }

  private int events(String catalog) {
    return json(server.admin.get(
            "/api/1.0/events?types=TableDescriptionChanged&securables=" + catalog + ".s.t"))
        .path("events")
        .size();
  }

  @Test
  void aTableIsShownAsItIsNowWithItsVersion() {
    UUID id = registered("managed-now");
    String schema = SCHEMA.replace("\"id\"", "\"key\"");
    commits.put(id, new ManagedDescription(7, 5, schema, List.of("key"), properties(5, 99), null));
    JsonNode shown = shown("managed-now");
    assertThat(shown.path("delta_version").asLong()).isEqualTo(7);
    assertThat(shown.path("columns").get(0).path("name").asString()).isEqualTo("key");
    assertThat(shown.path("columns").get(0).path("partition_index").asInt(-1)).isZero();
    assertThat(CatalogServer.JSON.convertValue(shown.path("properties"), Map.class))
        .isEqualTo(properties(5, 99));
    JsonNode changed =
        json(server.admin.patch(UC + "/tables/managed-now.s.t", "{\"comment\": \"new\"}"));
    assertThat(changed.path("comment").asString()).isEqualTo("new");
    assertThat(changed.path("delta_version").asLong()).isEqualTo(7);
    assertThat(server.statements(server.admin, UC + "/tables/managed-now.s.t")).hasSize(2);
  }

  @Test
  void aListShowsWhatSetsATableApartButNothingThatMovesWithEveryCommit() {
    registered("managed-list");
    JsonNode listed = listed("managed-list");
    assertThat(listed.path("properties").path("delta.feature.catalogManaged").asString())
        .isEqualTo("supported");
    assertThat(listed.path("properties").has(MARK)).isFalse();
    assertThat(listed.has("delta_version")).isFalse();
  }

  @Test
  void withoutTheCommitServiceATableIsShownAsItWasLastWithoutAVersion() {
    UUID id = registered("managed-down");
    commits.put(id, new ManagedDescription(7, 0, SCHEMA, List.of(), properties(0, 9), null));
    commits.down(true);
    try {
      JsonNode shown = shown("managed-down");
      assertThat(shown.has("delta_version")).isFalse();
      assertThat(shown.path("properties").path("delta.feature.catalogManaged").asString())
          .isEqualTo("supported");
    } finally {
      commits.down(false);
    }
  }

  @Test
  void theFeedTellsWhenWhatAListShowsHasChanged() {
    UUID id = registered("managed-feed");
    committed(id);
    assertThat(events("managed-feed")).isZero();
    String schema = SCHEMA.replace("\"id\"", "\"key\"");
    commits.put(
        id, new ManagedDescription(3, 2, schema, List.of(), properties(2, 4), "from the log"));
    committed(id);
    committed(id);
    assertThat(events("managed-feed")).isEqualTo(1);
    JsonNode listed = listed("managed-feed");
    assertThat(listed.path("columns").get(0).path("name").asString()).isEqualTo("key");
    assertThat(listed.path("properties").path("delta.lastUpdateVersion").asString()).isEqualTo("2");
    assertThat(listed.path("comment").asString()).isEqualTo("from the log");
  }

  @Test
  void whatWasKeptBeforeFeaturesWereIsMadeWholeWithoutTouchingTheComment() {
    UUID id = registered("managed-old");
    server.admin.patch(UC + "/tables/managed-old.s.t", "{\"comment\": \"newer\"}");
    commits.put(
        id,
        new ManagedDescription(
            4, 0, SCHEMA, List.of(), Map.of("delta.feature.x", "supported"), "of the log"));
    committed(id);
    JsonNode listed = listed("managed-old");
    assertThat(listed.path("properties").propertyNames()).containsExactly("delta.feature.x");
    assertThat(listed.path("comment").asString()).isEqualTo("newer");
  }
}
