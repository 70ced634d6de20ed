package io.tidegate.catalog;

import static io.tidegate.catalog.CatalogServer.UC;
import static io.tidegate.catalog.CatalogServer.json;
import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.events.PostgresEventStore;
import io.tidegate.events.ProjectionRebuilder;
import io.tidegate.events.ProjectionRebuilder.Report;
import io.tidegate.events.ProjectionRebuilder.Switch;
import io.tidegate.testing.HttpTester;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** The catalog's tables come from its events alone. */
class CatalogRebuildTest {
  private final CatalogServer server = CatalogServer.running();
  private final HttpTester admin = server.admin;

  @Test
  void whatIsRebuiltFromTheEventsEqualsWhatIsThereAndServesOn() throws Exception {
    server.schema("replay", "s");
    String location = server.deltaTable("replay").toUri().toString();
    admin.post(UC + "/tables", server.table("replay", "s", "orders", location));
    HttpTester reader = server.principal("replay-reader");
    admin.patch(
        UC + "/permissions/table/replay.s.orders",
        "{\"changes\": [{\"principal\": \"replay-reader\", \"add\": [\"SELECT\"]}]}");
    admin.patch(UC + "/tables/replay.s.orders", "{\"new_name\": \"sales\"}");
    JsonNode before = json(admin.get(UC + "/tables/replay.s.sales"));
    assertThat(before.path("name").asString()).isEqualTo("sales");

    Report report =
        new ProjectionRebuilder(server.context.getBean(PostgresEventStore.class))
            .rebuild(new CatalogProjection(), Switch.IF_EQUAL);

    assertThat(report.compared()).isNotEmpty().allMatch(ProjectionRebuilder.Compared::equal);
    assertThat(report.switched()).isTrue();
    assertThat(json(admin.get(UC + "/tables/replay.s.sales"))).isEqualTo(before);
    assertThat(json(reader.get("/api/1.0/me")).path("name").asString()).isEqualTo("replay-reader");
    assertThat(admin.delete(UC + "/tables/replay.s.sales").status()).isEqualTo(200);
  }
}
