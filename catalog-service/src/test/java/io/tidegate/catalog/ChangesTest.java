package io.tidegate.catalog;

import static io.tidegate.catalog.CatalogServer.UC;
import static io.tidegate.catalog.CatalogServer.json;
import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.testing.HttpTester;
import io.tidegate.testing.HttpTester.Answer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Names, PATCH and drops: what changes, what stays, and what the events say of it. */
class ChangesTest {
  private final CatalogServer server = CatalogServer.running();
  private final HttpTester admin = server.admin;

  private JsonNode shown(String path) {
    Answer answer = admin.get(UC + path);
    assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    return json(answer);
  }

  private void patched(String path, String body) {
    Answer answer = admin.patch(UC + path, body);
    assertThat(answer.status()).as(body + answer.body()).isEqualTo(200);
  }

  /** The events about some securables, oldest first, without those before. */
  private List<JsonNode> events(String... securables) {
    List<JsonNode> events = new ArrayList<>();
    json(admin.get("/api/1.0/events?max_results=1000&securables=" + String.join(",", securables)))
        .path("events")
        .forEach(events::add);
    return events;
  }

  /** A catalog, a schema and a table of one name, by their paths. */
  private Map<String, String> all(String name) {
    server.schema(name, name);
    server.registered(name, name, name);
    return Map.of(
        "catalog", "/catalogs/" + name,
        "schema", "/schemas/" + name + "." + name,
        "table", "/tables/" + name + "." + name + "." + name);
  }

  @Test
  void whatIsLeftOutOrNullStaysAndWhatIsEmptyIsAValue() {
    all("patch")
        .forEach((kind, path) -> {
          patched(path, "{\"comment\": \"about\", \"properties\": {\"a\": \"1\", \"b\": \"2\"}}");
          JsonNode full = shown(path);
          for (String nothing :
              List.of(
                  "{}",
                  "{\"comment\": null, \"properties\": null, \"owner\": null, \"new_name\": null}",
                  "{\"comment\": \"about\"}",
                  "{\"owner\": \"admin\"}",
                  "{\"unknown\": true}")) {
            patched(path, nothing);
            assertThat(shown(path)).as(kind + nothing).isEqualTo(full);
          }
          patched(path, "{\"properties\": {\"b\": \"3\"}}");
          assertThat(shown(path).path("properties").path("b").asString()).isEqualTo("3");
          assertThat(shown(path).path("properties").has("a")).as(kind).isFalse();
          assertThat(shown(path).path("comment").asString()).isEqualTo("about");
          patched(path, "{\"comment\": \"\", \"properties\": {}}");
          assertThat(shown(path).path("comment").asString("")).isEmpty();
          assertThat(shown(path).path("properties").has("b")).as(kind).isFalse();
          assertThat(admin.patch(UC + path, "{\"owner\": \"nobody-there\"}").status())
              .isEqualTo(404);
          assertThat(admin.patch(UC + path, "{\"owner\": \"\"}").status()).isEqualTo(404);
          assertThat(admin.patch(UC + path, "{\"new_name\": \"\"}").status()).isEqualTo(400);
        });
  }

  @Test
  void aChangeIsOneEventAndWhatChangesNothingIsNone() {
    Map<String, String> paths = all("once");
    String[] names = {"once", "once.once", "once.once.once"};
    assertThat(events(names))
        .extracting(event -> event.path("type").asString())
        .containsExactly("CatalogCreated", "SchemaCreated", "TableRegistered");
    paths
        .values()
        .forEach(path -> {
          patched(path, "{\"comment\": \"new\"}");
          patched(path, "{\"comment\": \"new\"}");
          patched(path, "{}");
        });
    server.principal("once-reader");
    for (int i = 0; i < 2; i++) {
      server.grant("catalog/once", "once-reader", "SELECT");
    }
    assertThat(events(names).subList(3, events(names).size()))
        .extracting(event -> event.path("type").asString())
        .containsExactlyInAnyOrder(
            "CatalogUpdated", "SchemaUpdated", "TableUpdated", "GrantChanged");
    HttpTester traced = admin.with("X-Request-Id", "drop-of-the-test");
    assertThat(traced.delete(UC + "/catalogs/once?force=true").status()).isEqualTo(200);
    List<JsonNode> dropped = events(names).subList(7, events(names).size());
    assertThat(dropped)
        .extracting(event -> event.path("type").asString())
        .containsExactly("TableDropped", "SchemaDropped", "CatalogDropped");
    assertThat(dropped)
        .allSatisfy(event -> {
          assertThat(event.path("principal").asString()).isEqualTo("admin");
          assertThat(event.path("request_id").asString()).isEqualTo("drop-of-the-test");
        });
  }

  @Test
  void changesOfDifferentFieldsThatMeetAreAllKept() throws Exception {
    Map<String, String> paths = all("meet");
    for (String path : paths.values()) {
      for (int round = 0; round < 8; round++) {
        String mark = "round-" + round;
        List<Callable<Answer>> changes =
            List.of(
                () -> admin.patch(UC + path, "{\"comment\": \"" + mark + "\"}"),
                () -> admin.patch(UC + path, "{\"properties\": {\"k\": \"" + mark + "\"}}"));
        assertThat(ConcurrentChangesTest.together(changes))
            .extracting(Answer::status)
            .containsOnly(200);
        assertThat(shown(path).path("comment").asString()).isEqualTo(mark);
        assertThat(shown(path).path("properties").path("k").asString()).isEqualTo(mark);
      }
    }
  }

  @Test
  void aNameIsOneWhateverItsCaseAndTheSpellingOfItsAccents() {
    server.schema("Größe", "Caf\u00e9");
    for (String spelled : List.of("gr%C3%B6%C3%9Fe", "GR%C3%96%C3%9FE", "gro%CC%88%C3%9Fe")) {
      assertThat(shown("/catalogs/" + spelled).path("name").asString()).isEqualTo("größe");
    }
    assertThat(shown("/schemas/gr%C3%B6%C3%9Fe.cafe%CC%81").path("name").asString())
        .isEqualTo("caf\u00e9");
    for (String same : List.of("größe", "GRÖSSE".replace("SS", "ß"), "gro\u0308ße")) {
      assertThat(admin.post(UC + "/catalogs", "{\"name\": \"" + same + "\"}").status())
          .as(same)
          .isEqualTo(409);
    }
    assertThat(
            admin
                .post(
                    UC + "/schemas",
                    "{\"name\": \"CAFE\u0301\", \"catalog_name\": \"gro\u0308ße\"}")
                .status())
        .isEqualTo(409);
  }

  @Test
  void aNameThatHidesSomethingIsRefused() {
    for (String bad :
        List.of(
            "a.b",
            "a/b",
            "a\\\\b",
            "a b",
            "a\\tb",
            "a\u00a0b",
            "a\u2028b",
            "a\u200bb",
            "a\u202eb",
            "\ufeffa",
            "n".repeat(256),
            "\u0130".repeat(200))) {
      Answer refused = admin.post(UC + "/catalogs", "{\"name\": \"" + bad + "\"}");
      assertThat(refused.status()).as(bad + refused.body()).isEqualTo(400);
      assertThat(json(refused).path("message").asString()).startsWith("name");
    }
    for (String good :
        List.of("n".repeat(255), "a-b_c@d", "\ud83d\ude00", "ünï", "`", "a'b\\\"c")) {
      Answer made = admin.post(UC + "/catalogs", "{\"name\": \"" + good + "\"}");
      assertThat(made.status()).as(good + made.body()).isEqualTo(200);
    }
  }

  @Test
  void whatIsRenamedKeepsItsIdItsContentAndItsGrants() {
    all("moving");
    HttpTester reader = server.principal("moving-reader");
    server.grant("catalog/moving", "moving-reader", "USE CATALOG", "USE SCHEMA", "SELECT");
    String table = shown("/tables/moving.moving.moving").path("table_id").asString();
    patched("/catalogs/moving", "{\"new_name\": \"Moved\"}");
    patched("/schemas/moved.moving", "{\"new_name\": \"moved\"}");
    patched("/tables/moved.moved.moving", "{\"new_name\": \"moved\"}");
    assertThat(shown("/tables/moved.moved.moved").path("table_id").asString()).isEqualTo(table);
    assertThat(reader.get(UC + "/tables/moved.moved.moved").status()).isEqualTo(200);
    for (String gone :
        List.of(
            "/catalogs/moving",
            "/schemas/moving.moving",
            "/schemas/moved.moving",
            "/tables/moved.moved.moving")) {
      assertThat(admin.get(UC + gone).status()).as(gone).isEqualTo(404);
    }
    server.schema("moving", "moving");
    server.schema("moved", "other");
    Answer taken = admin.patch(UC + "/catalogs/moving", "{\"new_name\": \"moved\"}");
    assertThat(taken.status()).isEqualTo(409);
    assertThat(admin.patch(UC + "/schemas/moved.other", "{\"new_name\": \"MOVED\"}").status())
        .isEqualTo(409);
    // To the name that it has: nothing changes.
    patched("/catalogs/moving", "{\"new_name\": \"MOVING\"}");
  }

  @Test
  void whatIsNotEmptyIsDroppedOnlyByForceAndThenWhole() {
    all("full");
    server.registered("full", "full", "second");
    for (String path : List.of("/catalogs/full", "/schemas/full.full")) {
      for (String plain : List.of("", "?force=false")) {
        Answer refused = admin.delete(UC + path + plain);
        assertThat(refused.status()).as(refused.body()).isEqualTo(409);
        assertThat(json(refused).path("error_code").asString()).isEqualTo("NOT_EMPTY");
        assertThat(json(refused).path("message").asString()).contains("force=true", "'full'");
      }
    }
    server.schema("full", "second");
    assertThat(admin.delete(UC + "/schemas/full.full?force=true").status()).isEqualTo(200);
    assertThat(admin.get(UC + "/tables/full.full.second").status()).isEqualTo(404);
    assertThat(admin.delete(UC + "/catalogs/full?force=true").status()).isEqualTo(200);
    assertThat(admin.get(UC + "/schemas/full.second").status()).isEqualTo(404);
    assertThat(admin.delete(UC + "/catalogs/full").status()).isEqualTo(404);
    assertThat(server.lake.resolve("full-full/_delta_log")).isDirectory();
  }

  @Test
  void whoGivesAwayWhatTheyOwnNoLongerChangesIt() {
    HttpTester giver = server.principal("giver");
    server.principal("taker");
    server.grant("metastore/tidegate", "giver", "CREATE CATALOG");
    giver.post(UC + "/catalogs", "{\"name\": \"given\"}");
    Answer given = giver.patch(UC + "/catalogs/given", "{\"owner\": \"taker\"}");
    assertThat(given.status()).as(given.body()).isEqualTo(200);
    assertThat(json(given).path("owner").asString()).isEqualTo("taker");
    assertThat(giver.patch(UC + "/catalogs/given", "{\"owner\": \"giver\"}").status())
        .isEqualTo(403);
    assertThat(giver.get(UC + "/catalogs/given").status()).isEqualTo(403);
  }
}
