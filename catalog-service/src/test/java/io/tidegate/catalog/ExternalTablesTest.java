package io.tidegate.catalog;

import static io.tidegate.catalog.CatalogServer.UC;
import static io.tidegate.catalog.CatalogServer.json;
import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.testing.HttpTester;
import io.tidegate.testing.HttpTester.Answer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Tables whose log others write: the catalog shows what it says now. */
class ExternalTablesTest {
  private final CatalogServer server = CatalogServer.running();
  private final HttpTester admin = server.admin;

  private static String configuration(String metadata, String json) {
    return metadata.replaceFirst("\"configuration\":\\{[^}]*}", "\"configuration\":" + json);
  }

  private JsonNode shown(String name) {
    Answer answer = admin.get(UC + "/tables/" + name);
    assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    return json(answer);
  }

  /** The names of those that do not follow from the protocol. */
  private static List<String> own(JsonNode properties) {
    List<String> own = new ArrayList<>(properties.propertyNames());
    own.removeAll(List.of("delta.minReaderVersion", "delta.minWriterVersion"));
    return own;
  }

  private int events(String type, String name) {
    return json(admin.get("/api/1.0/events?types=" + type + "&securables=" + name))
        .path("events")
        .size();
  }

  @Test
  void aPropertyThatTheLogNoLongerHasIsGoneAndTheCatalogsOwnStays() {
    server.schema("follow", "f");
    Path table = server.registered("follow", "f", "t");
    String name = "follow.f.t";
    assertThat(admin.patch(UC + "/tables/" + name, "{\"properties\": {\"mine\": \"1\"}}").status())
        .isEqualTo(200);
    assertThat(shown(name).path("properties").toString())
        .contains("\"mine\":\"1\"", "\"delta.appendOnly\":\"true\"");
    server.commit(
        table, 1, configuration(server.metadata(table), "{\"team\":\"a\",\"delta.x\":\"y\"}"));
    JsonNode properties = shown(name).path("properties");
    assertThat(own(properties)).containsExactlyInAnyOrder("mine", "team", "delta.x");
    server.commit(table, 2, configuration(server.metadata(table), "{\"team\":\"b\"}"));
    properties = shown(name).path("properties");
    assertThat(own(properties)).containsExactlyInAnyOrder("mine", "team");
    assertThat(properties.path("team").asString()).isEqualTo("b");
    // A property that was the catalog's own, becomes the log's and leaves it again, is gone.
    server.commit(table, 3, configuration(server.metadata(table), "{\"mine\":\"2\"}"));
    assertThat(shown(name).path("properties").path("mine").asString()).isEqualTo("2");
    server.commit(table, 4, configuration(server.metadata(table), "{}"));
    assertThat(own(shown(name).path("properties"))).isEmpty();
    assertThat(events("TableDescriptionChanged", name)).isEqualTo(4);
  }

  @Test
  void theVersionIsThatOfTheLogAndCostsNoStatementWhileTheDescriptionStands() {
    server.schema("versions", "v");
    Path table = server.registered("versions", "v", "t");
    for (int version = 1; version <= 40; version++) {
      server.commit(table, version, "{\"commitInfo\":{\"operation\":\"WRITE\"}}");
      if (version < 4 || version == 40) {
        assertThat(shown("versions.v.t").path("delta_version").asLong()).isEqualTo(version);
      }
    }
    assertThat(server.statements(admin, UC + "/tables/versions.v.t")).hasSize(2);
    assertThat(events("TableDescriptionChanged", "versions.v.t")).isZero();
  }

  @Test
  void theProtocolIsShownAmongThePropertiesByOneAndByList() {
    server.schema("protocol", "p");
    Path table = server.registered("protocol", "p", "t");
    assertThat(shown("protocol.p.t").path("properties").path("delta.minWriterVersion").asString())
        .isEqualTo("2");
    server.commit(
        table,
        1,
        "{\"protocol\":{\"minReaderVersion\":3,\"minWriterVersion\":7,"
            + "\"readerFeatures\":[\"deletionVectors\"],"
            + "\"writerFeatures\":[\"appendOnly\",\"deletionVectors\"]}}");
    JsonNode shown = shown("protocol.p.t");
    assertThat(shown.path("properties").propertyNames())
        .containsExactlyInAnyOrder(
            "delta.appendOnly",
            "delta.minReaderVersion",
            "delta.minWriterVersion",
            "delta.feature.appendOnly",
            "delta.feature.deletionVectors");
    JsonNode listed =
        json(admin.get(UC + "/tables?catalog_name=protocol&schema_name=p")).path("tables").get(0);
    assertThat(listed.path("properties")).isEqualTo(shown.path("properties"));
    assertThat(listed.has("delta_version")).isFalse();
    assertThat(
            admin
                .patch(
                    UC + "/tables/protocol.p.t",
                    "{\"properties\": {\"delta.feature.appendOnly\": \"no\"}}")
                .status())
        .isEqualTo(400);
  }

  @Test
  void aTableThatWasReplacedAtItsPlaceIsShownAsTheNewOne() throws Exception {
    server.schema("replaced", "r");
    Path table = server.registered("replaced", "r", "t");
    String metadata = server.metadata(table);
    server.commit(table, 1, metadata.replace("\\\"id\\\"", "\\\"key\\\""));
    assertThat(shown("replaced.r.t").path("columns").get(0).path("name").asString())
        .isEqualTo("key");
    Files.delete(table.resolve("_delta_log/00000000000000000001.json"));
    server.commit(
        table,
        0,
        "{\"protocol\":{\"minReaderVersion\":1,\"minWriterVersion\":2}}",
        metadata.replace("\\\"id\\\"", "\\\"number\\\""));
    JsonNode shown = shown("replaced.r.t");
    assertThat(shown.path("columns").get(0).path("name").asString()).isEqualTo("number");
    assertThat(shown.path("delta_version").asLong()).isZero();
  }

  @Test
  void manyReadersWhoFindOneChangeMakeItOneEvent() throws Exception {
    server.schema("crowd", "c");
    Path table = server.registered("crowd", "c", "t");
    server.commit(table, 1, server.metadata(table).replace("\\\"id\\\"", "\\\"key\\\""));
    List<Callable<Answer>> readers = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      readers.add(() -> admin.get(UC + "/tables/crowd.c.t"));
    }
    assertThat(ConcurrentChangesTest.together(readers))
        .allSatisfy(answer ->
            assertThat(json(answer).path("columns").get(0).path("name").asString())
                .isEqualTo("key"));
    assertThat(events("TableDescriptionChanged", "crowd.c.t")).isEqualTo(1);
  }

  @Test
  void aTableWhoseLogIsGoneOrBrokenIsShownAsItWasLast() throws Exception {
    server.schema("broken", "b");
    Path table = server.registered("broken", "b", "t");
    server.commit(table, 1, "{\"metaData\":");
    assertThat(shown("broken.b.t").has("delta_version")).isFalse();
    Files.delete(table.resolve("_delta_log/00000000000000000001.json"));
    Files.delete(table.resolve("_delta_log/00000000000000000000.json"));
    assertThat(shown("broken.b.t").path("columns").size()).isEqualTo(2);
  }

  @Test
  void propertiesOfTheLogAreNotChangedThroughTheCatalog() {
    server.schema("locked", "l");
    server.registered("locked", "l", "t");
    String path = UC + "/tables/locked.l.t";
    Answer refused = admin.patch(path, "{\"properties\": {\"delta.appendOnly\": \"false\"}}");
    assertThat(refused.status()).isEqualTo(400);
    assertThat(json(refused).path("message").asString()).contains("properties.delta.appendOnly");
    Answer shownAgain =
        admin.patch(path, "{\"properties\": {\"delta.appendOnly\": \"true\", \"a\": \"b\"}}");
    assertThat(shownAgain.status()).as(shownAgain.body()).isEqualTo(200);
    assertThat(admin.patch(path, "{\"properties\": {}}").status()).isEqualTo(200);
    assertThat(own(shown("locked.l.t").path("properties"))).containsExactly("delta.appendOnly");
  }
}
