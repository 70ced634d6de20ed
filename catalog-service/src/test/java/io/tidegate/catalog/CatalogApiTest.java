package io.tidegate.catalog;

import static io.tidegate.catalog.CatalogServer.UC;
import static io.tidegate.catalog.CatalogServer.json;
import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.testing.HttpTester;
import io.tidegate.testing.HttpTester.Answer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Catalogs, schemas and tables over HTTP, as their clients see them. */
class CatalogApiTest {
  private final CatalogServer server = CatalogServer.running();
  private final HttpTester admin = server.admin;

  @Test
  void aTableIsRegisteredFromItsLogShownListedChangedAndDropped() {
    server.schema("life", "cycle");
    String location = server.deltaTable("life").toUri().toString();
    Answer created = admin.post(UC + "/tables", server.table("life", "cycle", "Orders", location));
    assertThat(created.status()).as(created.body()).isEqualTo(200);
    JsonNode table = json(admin.get(UC + "/tables/life.cycle.orders"));
    assertThat(table.path("full_name").asString()).isEqualTo("life.cycle.orders");
    assertThat(table.path("storage_location").asString())
        .isEqualTo("file://" + server.lake.resolve("life"));
    assertThat(table.path("properties").path("delta.appendOnly").asString()).isEqualTo("true");
    assertThat(table.path("columns").size()).isEqualTo(2);
    JsonNode day = table.path("columns").get(1);
    assertThat(day.path("type_text").asString()).isEqualTo("date");
    assertThat(day.path("type_name").asString()).isEqualTo("DATE");
    assertThat(day.path("partition_index").asInt()).isZero();
    assertThat(day.path("comment").asString()).isEqualTo("of the reading");

    JsonNode list = json(admin.get(UC + "/tables?catalog_name=life&schema_name=cycle"));
    assertThat(list.path("tables").size()).isEqualTo(1);
    assertThat(list.has("next_page_token")).isFalse();

    Answer renamed =
        admin.patch(
            UC + "/tables/life.cycle.orders",
            "{\"new_name\": \"sales\", \"comment\": \"all of them\"}");
    assertThat(renamed.status()).as(renamed.body()).isEqualTo(200);
    JsonNode sales = json(admin.get(UC + "/tables/life.cycle.sales"));
    assertThat(sales.path("comment").asString()).isEqualTo("all of them");
    assertThat(sales.path("table_id")).isEqualTo(table.path("table_id"));
    assertThat(admin.get(UC + "/tables/life.cycle.orders").status()).isEqualTo(404);

    assertThat(admin.delete(UC + "/schemas/life.cycle").status()).isEqualTo(409);
    assertThat(admin.delete(UC + "/tables/life.cycle.sales").body()).isEqualTo("{}");
    assertThat(admin.delete(UC + "/schemas/life.cycle").body()).isEqualTo("{}");
    assertThat(server.lake.resolve("life/_delta_log")).isDirectory();
  }

  @Test
  void everyPageOfAListComesOnceAndInOrder() {
    server.schema("paged", "s0");
    List<String> expected = new ArrayList<>(List.of("s0"));
    for (int i = 1; i < 8; i++) {
      server.schema("paged", "s" + i);
      expected.add("s" + i);
    }
    List<String> seen = new ArrayList<>();
    String token = "";
    do {
      JsonNode page =
          json(admin.get(UC + "/schemas?catalog_name=paged&max_results=3&page_token=" + token));
      page.path("schemas").forEach(schema -> seen.add(schema.path("name").asString()));
      token = page.path("next_page_token").asString("");
    } while (!token.isEmpty());
    assertThat(seen).isEqualTo(expected);
  }

  @Test
  void aLocationThatIsNoTableOrNotAllowedIsRefusedByName() throws Exception {
    server.schema("places", "p");
    java.nio.file.Files.createDirectories(server.lake.resolve("empty"));
    java.nio.file.Files.createSymbolicLink(server.lake.resolve("link"), server.outside);
    for (String location :
        List.of(
            server.lake.resolve("empty").toUri().toString(),
            "file://" + server.lake + "/../" + server.outside.getFileName(),
            "file://" + server.lake + "/%2e%2e/" + server.outside.getFileName(),
            server.outside.toUri().toString(),
            "file://" + server.lake + "/link",
            "s3://bucket/table",
            "relative/path",
            "file://host/table")) {
      Answer answer = admin.post(UC + "/tables", server.table("places", "p", "t", location));
      assertThat(answer.status()).as(location + ": " + answer.body()).isEqualTo(400);
      assertThat(json(answer).path("message").asString()).contains("storage_location");
    }
    String location = server.deltaTable("taken").toUri().toString();
    assertThat(admin.post(UC + "/tables", server.table("places", "p", "one", location)).status())
        .isEqualTo(200);
    Answer overlapping = admin.post(UC + "/tables", server.table("places", "p", "two", location));
    assertThat(overlapping.status()).isEqualTo(409);
    assertThat(json(overlapping).path("message").asString()).contains("places.p.one");
  }

  @Test
  void theSchemaFollowsTheLogOfAPlainTable() throws Exception {
    server.schema("moves", "m");
    java.nio.file.Path table = server.deltaTable("moves");
    admin.post(UC + "/tables", server.table("moves", "m", "t", table.toUri().toString()));
    String log =
        java.nio.file.Files.readString(table.resolve("_delta_log/00000000000000000000.json"));
    java.nio.file.Files.writeString(
        table.resolve("_delta_log/00000000000000000001.json"),
        log.lines().skip(1).findFirst().orElseThrow().replace("\\\"id\\\"", "\\\"key\\\"") + "\n");
    JsonNode shown = json(admin.get(UC + "/tables/moves.m.t"));
    assertThat(shown.path("columns").get(0).path("name").asString()).isEqualTo("key");
    assertThat(shown.path("delta_version").asLong()).isEqualTo(1);
  }

  @Test
  void namesAreUniqueWhateverTheirCaseAlsoUnderConcurrency() throws Exception {
    List<Integer> statuses = java.util.Collections.synchronizedList(new ArrayList<>());
    List<Thread> creators = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      String name = i % 2 == 0 ? "Race" : "rACE";
      creators.add(
          Thread.ofVirtual()
              .start(() ->
                  statuses.add(
                      admin.post(UC + "/catalogs", "{\"name\": \"" + name + "\"}").status())));
    }
    for (Thread creator : creators) {
      creator.join();
    }
    assertThat(statuses).filteredOn(status -> status == 200).hasSize(1);
    assertThat(statuses).filteredOn(status -> status == 409).hasSize(7);
  }

  @Test
  void everyChangeIsAnEventWithItsPrincipalAndRequest() {
    admin
        .with("X-Request-Id", "request-of-the-test")
        .post(UC + "/catalogs", "{\"name\": \"traced\"}");
    JsonNode page = json(admin.get("/api/1.0/events?types=CatalogCreated&securables=traced"));
    assertThat(page.path("events").size()).isEqualTo(1);
    JsonNode event = page.path("events").get(0);
    assertThat(event.path("principal").asString()).isEqualTo("admin");
    assertThat(event.path("request_id").asString()).isEqualTo("request-of-the-test");
    assertThat(event.path("data").path("name").asString()).isEqualTo("traced");
  }

  @Test
  void badInputIsRefusedInTheDialectOfTheApiNamingWhatIsWrong() {
    record Case(String path, String body, String named) {}
    for (Case bad :
        List.of(
            new Case("/catalogs", "{", "JSON"),
            new Case("/catalogs", "{\"name\": 7}", "name"),
            new Case("/catalogs", "{}", "name"),
            new Case("/catalogs", "{\"name\": \"a.b\"}", "name"),
            new Case("/catalogs", "{\"name\": \"../x\"}", "name"),
            new Case("/catalogs", "{\"name\": \"" + "n".repeat(300) + "\"}", "name"),
            new Case("/schemas", "{\"name\": \"s\"}", "catalog_name"),
            new Case(
                "/tables",
                "{\"name\": \"t\", \"catalog_name\": \"c\", \"schema_name\": \"s\", \"table_type\": \"VIEW\"}",
                "table_type"))) {
      Answer answer = admin.post(UC + bad.path(), bad.body());
      assertThat(answer.status()).as(bad + answer.body()).isEqualTo(400);
      assertThat(json(answer).path("error_code").asString()).isNotEmpty();
      assertThat(json(answer).path("message").asString()).contains(bad.named());
    }
    assertThat(admin.get(UC + "/catalogs?max_results=-1").status()).isEqualTo(400);
    assertThat(admin.get(UC + "/catalogs?max_results=x").status()).isEqualTo(400);
    assertThat(admin.get(UC + "/catalogs?page_token=x").status()).isEqualTo(400);
    assertThat(admin.get(UC + "/catalogs/absent").status()).isEqualTo(404);
    assertThat(admin.get(UC + "/tables/one.two").status()).isEqualTo(400);
  }
}
