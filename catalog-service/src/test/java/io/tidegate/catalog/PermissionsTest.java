package io.tidegate.catalog;

import static io.tidegate.catalog.CatalogServer.UC;
import static io.tidegate.catalog.CatalogServer.json;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidegate.kit.errors.ApiException;
import io.tidegate.kit.security.Caller;
import io.tidegate.ports.CatalogDirectory;
import io.tidegate.testing.HttpTester;
import io.tidegate.testing.HttpTester.Answer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** What a grant opens, for whom, and until when. */
class PermissionsTest {
  private final CatalogServer server = CatalogServer.running();
  private final HttpTester admin = server.admin;

  private String table(String catalog, String name) {
    String location = server.deltaTable(catalog + "-" + name).toUri().toString();
    Answer made = admin.post(UC + "/tables", server.table(catalog, "s", name, location));
    assertThat(made.status()).as(made.body()).isEqualTo(200);
    return json(made).path("table_id").asString();
  }

  private static Answer change(
      HttpTester by, String securable, String principal, String what, String... privileges) {
    return by.patch(
        UC + "/permissions/" + securable,
        CatalogServer.JSON.writeValueAsString(
            Map.of("changes", List.of(Map.of("principal", principal, what, List.of(privileges))))));
  }

  private void grant(String securable, String principal, String... privileges) {
    Answer answer = change(admin, securable, principal, "add", privileges);
    assertThat(answer.status()).as(answer.body()).isEqualTo(200);
  }

  private void revoke(String securable, String principal, String... privileges) {
    Answer answer = change(admin, securable, principal, "remove", privileges);
    assertThat(answer.status()).as(answer.body()).isEqualTo(200);
  }

  private static int credentials(HttpTester who, String tableId, String operation) {
    return who.post(
            UC + "/temporary-table-credentials",
            "{\"table_id\": \"" + tableId + "\", \"operation\": \"" + operation + "\"}")
        .status();
  }

  @Test
  void whoMayModifyATableMaySayWhatItIsAbout() {
    server.schema("commented", "s");
    table("commented", "t");
    HttpTester writer = server.principal("commented-writer");
    grant("catalog/commented", "commented-writer", "USE CATALOG", "USE SCHEMA", "SELECT");
    CatalogDirectory directory = server.context.getBean(CatalogDirectory.class);
    Caller caller =
        directory.principal(
            UUID.fromString(
                json(admin.get("/api/1.0/principals/commented-writer")).path("id").asString()));

    assertThatThrownBy(() -> directory.comment(caller, "commented", "s", "t", "Mine"))
        .isInstanceOf(ApiException.class)
        .hasMessageContaining("MODIFY on table commented.s.t");
    grant("table/commented.s.t", "commented-writer", "MODIFY");
    assertThat(directory.comment(caller, "commented", "s", "t", "Ours").comment())
        .isEqualTo("Ours");
    assertThat(json(writer.get(UC + "/tables/commented.s.t")).path("comment").asString())
        .isEqualTo("Ours");
  }

  @Test
  void eachStepDownNeedsItsGrantAndTheRevokeIsEffectiveAtOnce() {
    server.schema("steps", "s");
    String id = table("steps", "t");
    HttpTester reader = server.principal("steps-reader");
    String path = UC + "/tables/steps.s.t";

    assertThat(reader.get(path).body()).contains("USE CATALOG on catalog steps");
    grant("catalog/steps", "steps-reader", "USE CATALOG");
    assertThat(reader.get(UC + "/catalogs/steps").status()).isEqualTo(200);
    assertThat(reader.get(path).body()).contains("USE SCHEMA on schema steps.s");
    grant("schema/steps.s", "steps-reader", "USE SCHEMA");
    assertThat(reader.get(UC + "/schemas/steps.s").status()).isEqualTo(200);
    assertThat(reader.get(path).body()).contains("SELECT on table steps.s.t");
    grant("table/steps.s.t", "steps-reader", "SELECT");
    assertThat(reader.get(path).status()).isEqualTo(200);
    assertThat(credentials(reader, id, "READ")).isEqualTo(200);
    assertThat(credentials(reader, id, "READ_WRITE")).isEqualTo(403);
    grant("table/steps.s.t", "steps-reader", "MODIFY");
    assertThat(credentials(reader, id, "READ_WRITE")).isEqualTo(200);
    assertThat(reader.delete(path).status()).isEqualTo(403);

    revoke("table/steps.s.t", "steps-reader", "MODIFY");
    assertThat(credentials(reader, id, "READ_WRITE")).isEqualTo(403);
    assertThat(credentials(reader, id, "READ")).isEqualTo(200);
    revoke("catalog/steps", "steps-reader", "USE CATALOG");
    assertThat(credentials(reader, id, "READ")).isEqualTo(403);
    assertThat(reader.get(path).status()).isEqualTo(403);
    grant("catalog/steps", "steps-reader", "USE CATALOG");
    assertThat(reader.get(path).status()).isEqualTo(200);
    revoke("table/steps.s.t", "steps-reader", "SELECT");
    assertThat(reader.get(path).status()).isEqualTo(403);
  }

  @Test
  void aGrantOnACatalogHoldsForTablesThatComeLaterInSchemasThatComeLater() {
    server.schema("above", "old");
    HttpTester reader = server.principal("above-reader");
    grant("catalog/above", "above-reader", "USE CATALOG", "USE SCHEMA", "SELECT");
    server.schema("above", "s");
    String id = table("above", "later");
    assertThat(reader.get(UC + "/tables/above.s.later").status()).isEqualTo(200);
    assertThat(credentials(reader, id, "READ")).isEqualTo(200);
    assertThat(credentials(reader, id, "READ_WRITE")).isEqualTo(403);
    assertThat(
            json(reader.get(UC + "/tables?catalog_name=above&schema_name=s")).path("tables").size())
        .isEqualTo(1);
  }

  @Test
  void aListShowsTheTablesThatWereGrantedAndNoOther() {
    server.schema("partly", "s");
    table("partly", "open");
    table("partly", "shut");
    HttpTester reader = server.principal("partly-reader");
    grant("catalog/partly", "partly-reader", "USE CATALOG", "USE SCHEMA");
    grant("table/partly.s.open", "partly-reader", "SELECT");
    JsonNode tables = json(reader.get(UC + "/tables?catalog_name=partly&schema_name=s"));
    assertThat(tables.path("tables"))
        .extracting(table -> table.path("name").asString())
        .containsExactly("open");
    JsonNode summaries = json(reader.get(UC + "/table-summaries?catalog_name=partly"));
    assertThat(summaries.path("tables"))
        .extracting(table -> table.path("full_name").asString())
        .containsExactly("partly.s.open");
  }

  @Test
  void aTeamsGrantIsItsMembersAsLongAsTheyAreIn() {
    server.schema("teamwork", "s");
    table("teamwork", "t");
    HttpTester member = server.principal("teamwork-member");
    admin.post("/api/1.0/teams", "{\"name\": \"teamwork-team\"}");
    grant("catalog/teamwork", "teamwork-team", "USE CATALOG", "USE SCHEMA", "SELECT");
    String path = UC + "/tables/teamwork.s.t";
    assertThat(member.get(path).status()).isEqualTo(403);
    admin.patch("/api/1.0/teams/teamwork-team", "{\"add\": [\"teamwork-member\"]}");
    assertThat(member.get(path).status()).isEqualTo(200);
    JsonNode own = json(member.get(UC + "/permissions/catalog/teamwork"));
    assertThat(own.path("privilege_assignments"))
        .extracting(assignment -> assignment.path("principal").asString())
        .containsExactly("teamwork-team");
    admin.patch("/api/1.0/teams/teamwork-team", "{\"remove\": [\"teamwork-member\"]}");
    assertThat(member.get(path).status()).isEqualTo(403);
    admin.patch("/api/1.0/teams/teamwork-team", "{\"add\": [\"teamwork-member\"]}");
    assertThat(member.get(path).status()).isEqualTo(200);
    assertThat(admin.delete("/api/1.0/teams/teamwork-team").status()).isEqualTo(204);
    assertThat(member.get(path).status()).isEqualTo(403);
  }

  @Test
  void whoMayCreateOwnsWhatTheyCreateAndNothingElse() {
    server.schema("makers", "s");
    HttpTester maker = server.principal("makers-maker");
    String location = server.deltaTable("makers-made").toUri().toString();
    String schema = "{\"name\": \"mine\", \"catalog_name\": \"makers\"}";
    grant("catalog/makers", "makers-maker", "USE CATALOG", "USE SCHEMA");
    assertThat(maker.post(UC + "/schemas", schema).body()).contains("CREATE SCHEMA");
    grant("catalog/makers", "makers-maker", "CREATE SCHEMA");
    assertThat(maker.post(UC + "/schemas", schema).status()).isEqualTo(200);
    assertThat(maker.post(UC + "/tables", server.table("makers", "s", "made", location)).body())
        .contains("CREATE TABLE");
    grant("schema/makers.s", "makers-maker", "CREATE TABLE");
    Answer made = maker.post(UC + "/tables", server.table("makers", "s", "made", location));
    assertThat(made.status()).as(made.body()).isEqualTo(200);
    assertThat(json(made).path("owner").asString()).isEqualTo("makers-maker");
    assertThat(maker.delete(UC + "/schemas/makers.s?force=true").status()).isEqualTo(403);
    server.principal("makers-friend");
    assertThat(change(maker, "table/makers.s.made", "makers-friend", "add", "SELECT").status())
        .isEqualTo(200);
    assertThat(change(maker, "schema/makers.s", "makers-friend", "add", "SELECT").status())
        .isEqualTo(403);

    String catalog = "{\"name\": \"makers-own\"}";
    assertThat(maker.post(UC + "/catalogs", catalog).body()).contains("CREATE CATALOG");
    grant("metastore/tidegate", "makers-maker", "CREATE CATALOG");
    assertThat(maker.post(UC + "/catalogs", catalog).status()).isEqualTo(200);
    assertThat(maker.delete(UC + "/catalogs/makers-own").status()).isEqualTo(200);
  }

  @Test
  void aPrivilegeIsTakenInBothSpellingsAndIsOne() {
    server.schema("spelling", "s");
    server.principal("spelling-reader");
    grant("catalog/spelling", "spelling-reader", "USE_CATALOG", "USE CATALOG", "use_schema");
    JsonNode shown = json(admin.get(UC + "/permissions/catalog/spelling"));
    assertThat(shown.path("privilege_assignments").size()).isEqualTo(1);
    assertThat(shown.path("privilege_assignments").get(0).path("privileges"))
        .extracting(JsonNode::asString)
        .containsExactly("USE CATALOG", "USE SCHEMA");
    revoke("catalog/spelling", "spelling-reader", "USE_CATALOG", "USE SCHEMA");
    assertThat(
            json(admin.get(UC + "/permissions/catalog/spelling"))
                .path("privilege_assignments")
                .size())
        .isZero();
  }

  @Test
  void whatIsUnknownIsRefusedByNameAndChangesNothing() {
    server.schema("unknown", "s");
    server.principal("unknown-reader");
    Answer privilege = change(admin, "catalog/unknown", "unknown-reader", "add", "SELECT", "FLY");
    assertThat(privilege.status()).isEqualTo(400);
    assertThat(json(privilege).path("message").asString()).contains("changes.add", "FLY");
    Answer misplaced = change(admin, "schema/unknown.s", "unknown-reader", "add", "USE CATALOG");
    assertThat(misplaced.status()).isEqualTo(400);
    assertThat(json(misplaced).path("message").asString()).contains("USE CATALOG", "schema");
    Answer principal =
        admin.patch(
            UC + "/permissions/catalog/unknown",
            "{\"changes\": [{\"principal\": \"unknown-reader\", \"add\": [\"SELECT\"]},"
                + " {\"principal\": \"ghost\", \"add\": [\"SELECT\"]}]}");
    assertThat(principal.status()).isEqualTo(404);
    assertThat(json(principal).path("message").asString()).contains("principal", "ghost");
    assertThat(admin.get(UC + "/permissions/volume/unknown.s.v").body()).contains("securable_type");
    assertThat(
            json(admin.get(UC + "/permissions/catalog/unknown"))
                .path("privilege_assignments")
                .size())
        .isZero();
  }

  @Test
  void whatIsThereIsToldOnlyToWhoMayWalkThere() {
    server.schema("walk", "s");
    table("walk", "there");
    HttpTester stranger = server.principal("walk-stranger");
    for (String prefix : List.of("/tables/", "/permissions/table/")) {
      Answer there = stranger.get(UC + prefix + "walk.s.there");
      Answer absent = stranger.get(UC + prefix + "walk.s.absent");
      assertThat(there.status()).as(there.body()).isEqualTo(403);
      assertThat(absent.status()).as(absent.body()).isEqualTo(403);
      assertThat(json(absent).path("message")).isEqualTo(json(there).path("message"));
    }
    assertThat(stranger.get(UC + "/schemas/walk.s").status()).isEqualTo(403);
    assertThat(stranger.get(UC + "/schemas/walk.absent").status()).isEqualTo(403);
    grant("catalog/walk", "walk-stranger", "USE CATALOG");
    assertThat(stranger.get(UC + "/schemas/walk.absent").status()).isEqualTo(404);
    assertThat(stranger.get(UC + "/tables/walk.s.absent").status()).isEqualTo(403);
    grant("schema/walk.s", "walk-stranger", "USE SCHEMA");
    assertThat(stranger.get(UC + "/tables/walk.s.absent").status()).isEqualTo(404);
  }

  private static JsonNode effective(HttpTester by, String securable, String parameters) {
    Answer answer = by.get(UC + "/effective-permissions/" + securable + parameters);
    assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    return json(answer);
  }

  /** As {@code principal: PRIVILEGE < TYPE name}. */
  private static List<String> lines(JsonNode answer) {
    List<String> lines = new ArrayList<>();
    for (JsonNode assignment : answer.path("privilege_assignments")) {
      for (JsonNode privilege : assignment.path("privileges")) {
        lines.add(
            assignment.path("principal").asString()
                + ": "
                + privilege.path("privilege").asString()
                + (privilege.has("inherited_from_type")
                    ? " < "
                        + privilege.path("inherited_from_type").asString()
                        + " "
                        + privilege.path("inherited_from_name").asString()
                    : ""));
      }
    }
    return lines;
  }

  @Test
  void whatIsInheritedIsShownWithWhereItComesFrom() {
    server.schema("inherit", "s");
    table("inherit", "t");
    HttpTester ada = server.principal("inherit-ada");
    HttpTester owner = server.principal("inherit-owner");
    admin.post("/api/1.0/teams", "{\"name\": \"inherit-team\"}");
    grant("catalog/inherit", "inherit-ada", "USE CATALOG", "SELECT");
    grant("catalog/inherit", "inherit-owner", "USE CATALOG");
    grant("schema/inherit.s", "inherit-owner", "USE SCHEMA");
    grant("schema/inherit.s", "inherit-ada", "USE SCHEMA");
    grant("schema/inherit.s", "inherit-team", "MODIFY");
    grant("table/inherit.s.t", "inherit-ada", "SELECT");
    admin.patch(UC + "/tables/inherit.s.t", "{\"owner\": \"inherit-owner\"}");

    assertThat(lines(effective(admin, "table/inherit.s.t", "")))
        .containsExactly(
            "inherit-ada: SELECT",
            "inherit-ada: USE_SCHEMA < SCHEMA inherit.s",
            "inherit-ada: SELECT < CATALOG inherit",
            "inherit-ada: USE_CATALOG < CATALOG inherit",
            "inherit-owner: USE_SCHEMA < SCHEMA inherit.s",
            "inherit-owner: USE_CATALOG < CATALOG inherit",
            "inherit-team: MODIFY < SCHEMA inherit.s");
    assertThat(lines(effective(admin, "schema/inherit.s", "?principal=Inherit-Team")))
        .containsExactly("inherit-team: MODIFY");
    assertThat(lines(effective(admin, "catalog/inherit", "?principal=inherit-team"))).isEmpty();
    assertThat(lines(effective(admin, "table/inherit.s.t", "?principal=nobody"))).isEmpty();
    // Whoever owns the table sees who holds what on it, and of what is above it their own alone.
    assertThat(lines(effective(owner, "table/inherit.s.t", "")))
        .containsExactly(
            "inherit-ada: SELECT",
            "inherit-owner: USE_SCHEMA < SCHEMA inherit.s",
            "inherit-owner: USE_CATALOG < CATALOG inherit");
    assertThat(lines(effective(ada, "table/inherit.s.t", "")))
        .allMatch(line -> line.startsWith("inherit-ada"))
        .hasSize(4);
    grant("metastore/tidegate", "inherit-ada", "CREATE CATALOG");
    assertThat(lines(effective(admin, "metastore/tidegate", "?principal=inherit-ada")))
        .containsExactly("inherit-ada: CREATE_CATALOG");
    assertThat(admin.get(UC + "/effective-permissions/volume/a.b.c").status()).isEqualTo(400);
    assertThat(admin.get(UC + "/effective-permissions/table/inherit.s.absent").status())
        .isEqualTo(404);
  }

  @Test
  void pagesOfPermissionsNeverPartWhatOnePrincipalHolds() {
    server.schema("many", "s");
    String[] all = {
      "USE CATALOG", "USE SCHEMA", "CREATE SCHEMA", "CREATE TABLE", "SELECT", "MODIFY"
    };
    List<String> names = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      String name = "many-team%02d".formatted(i);
      names.add(name);
      admin.post("/api/1.0/teams", "{\"name\": \"" + name + "\"}");
      grant("catalog/many", name, all);
      grant("schema/many.s", name, "SELECT");
    }
    for (String path :
        List.of("/permissions/catalog/many", "/effective-permissions/schema/many.s")) {
      List<String> seen = new ArrayList<>();
      List<Integer> sizes = new ArrayList<>();
      String token = "";
      do {
        JsonNode page = json(admin.get(UC + path + "?max_results=150&page_token=" + token));
        int held = 0;
        for (JsonNode assignment : page.path("privilege_assignments")) {
          seen.add(assignment.path("principal").asString());
          held += assignment.path("privileges").size();
          assertThat(assignment.path("privileges").size()).isIn(6, 7);
        }
        sizes.add(held);
        token = page.path("next_page_token").asString("");
      } while (!token.isEmpty());
      assertThat(seen).isEqualTo(names);
      assertThat(sizes).hasSize(2).allMatch(size -> size <= 150);
      assertThat(json(admin.get(UC + path)).path("privilege_assignments").size()).isEqualTo(40);
      assertThat(json(admin.get(UC + path)).has("next_page_token")).isFalse();
      for (String size : List.of("-1", "1", "149")) {
        Answer refused = admin.get(UC + path + "?max_results=" + size);
        assertThat(refused.status()).isEqualTo(400);
        assertThat(json(refused).path("message").asString()).contains("max_results");
      }
    }
  }

  @Test
  void aGrantThatIsTakenAwayIsRefusedAtOnceEverywhereInTheCatalog() {
    server.schema("swift", "s");
    String id = table("swift", "t");
    HttpTester reader = server.principal("swift-reader");
    grant("catalog/swift", "swift-reader", "USE CATALOG", "USE SCHEMA", "SELECT");
    for (int round = 0; round < 3; round++) {
      assertThat(reader.get(UC + "/tables/swift.s.t").status()).isEqualTo(200);
      assertThat(credentials(reader, id, "READ")).isEqualTo(200);
      revoke("catalog/swift", "swift-reader", "SELECT");
      assertThat(reader.get(UC + "/tables/swift.s.t").status()).isEqualTo(403);
      assertThat(credentials(reader, id, "READ")).isEqualTo(403);
      assertThat(json(reader.get(UC + "/tables?catalog_name=swift&schema_name=s")).path("tables"))
          .isEmpty();
      assertThat(json(reader.get(UC + "/table-summaries?catalog_name=swift")).path("tables"))
          .isEmpty();
      grant("catalog/swift", "swift-reader", "SELECT");
    }
  }
}
