package io.tidegate.catalog;

import static io.tidegate.catalog.CatalogServer.UC;
import static io.tidegate.catalog.CatalogServer.json;
import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.testing.HttpTester;
import io.tidegate.testing.HttpTester.Answer;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.springframework.jdbc.core.simple.JdbcClient;

/** Principals and teams: how they are called, and how they go. */
class IdentityTest {
  private static final String PRINCIPALS = "/api/1.0/principals";
  private static final String TEAMS = "/api/1.0/teams";

  private final CatalogServer server = CatalogServer.running();
  private final HttpTester admin = server.admin;
  private final JdbcClient jdbc = server.context.getBean(JdbcClient.class);

  private long rows(String table, String column, String name, String nameTable) {
    return jdbc.sql(
            "SELECT count(*) FROM catalog.%s WHERE %s = (SELECT id FROM catalog.%s WHERE name = ?)"
                .formatted(table, column, nameTable))
        .param(name)
        .query(Long.class)
        .single();
  }

  @Test
  void whoOwnsSomethingIsNotDeletedAndToldWhat() {
    for (Map.Entry<String, String> kind :
        Map.of(PRINCIPALS, "heir-user", TEAMS, "heir-team").entrySet()) {
      String name = kind.getValue();
      admin.post(kind.getKey(), "{\"name\": \"" + name + "\"}");
      server.schema(name, "s");
      server.registered(name, "s", "t");
      for (String owned :
          List.of("/tables/" + name + ".s.t", "/schemas/" + name + ".s", "/catalogs/" + name)) {
        assertThat(admin.patch(UC + owned, "{\"owner\": \"" + name + "\"}").status())
            .isEqualTo(200);
        Answer refused = admin.delete(kind.getKey() + "/" + name);
        assertThat(refused.status()).as(refused.body()).isEqualTo(409);
        assertThat(json(refused).path("error_code").asString()).isEqualTo("NOT_EMPTY");
        assertThat(json(refused).path("message").asString())
            .contains(name, owned.substring(owned.lastIndexOf('/') + 1));
        assertThat(admin.patch(UC + owned, "{\"owner\": \"admin\"}").status()).isEqualTo(200);
      }
      assertThat(admin.delete(kind.getKey() + "/" + name).status()).isEqualTo(204);
      assertThat(admin.delete(kind.getKey() + "/" + name).status()).isEqualTo(404);
      assertThat(admin.get(UC + "/tables/" + name + ".s.t").status()).isEqualTo(200);
    }
  }

  @Test
  void oneWhoOwnsMuchIsToldAFew() {
    HttpTester owner = server.principal("magnate");
    server.grant("metastore/tidegate", "magnate", "CREATE CATALOG");
    for (int i = 0; i < 8; i++) {
      assertThat(owner.post(UC + "/catalogs", "{\"name\": \"magnate" + i + "\"}").status())
          .isEqualTo(200);
    }
    Answer refused = admin.delete(PRINCIPALS + "/magnate");
    assertThat(refused.status()).isEqualTo(409);
    assertThat(json(refused).path("message").asString()).contains("and more").hasSizeLessThan(300);
  }

  @Test
  void tokensGrantsAndMembershipsGoWithAPrincipal() {
    server.schema("leaving", "s");
    HttpTester leaver = server.principal("leaver");
    admin.post(TEAMS, "{\"name\": \"leavers\"}");
    admin.patch(TEAMS + "/leavers", "{\"add\": [\"leaver\"]}");
    server.grant("catalog/leaving", "leaver", "USE CATALOG");
    assertThat(rows("grants", "grantee_id", "leaver", "principals")).isEqualTo(1);
    String id = json(leaver.get("/api/1.0/me")).path("id").asString();
    assertThat(admin.delete(PRINCIPALS + "/leaver").status()).isEqualTo(204);
    assertThat(leaver.get("/api/1.0/me").status()).isEqualTo(401);
    for (String table :
        List.of("tokens.principal_id", "grants.grantee_id", "team_members.principal_id")) {
      String[] parts = table.split("\\.", 2);
      assertThat(
              jdbc.sql(
                      "SELECT count(*) FROM catalog."
                          + parts[0]
                          + " WHERE "
                          + parts[1]
                          + " = ?::uuid")
                  .param(id)
                  .query(Long.class)
                  .single())
          .as(table)
          .isZero();
    }
    // Another of the same name is another one.
    HttpTester again = server.principal("leaver");
    assertThat(again.get(UC + "/catalogs/leaving").status()).isEqualTo(403);
    assertThat(json(again.get("/api/1.0/me")).path("teams").size()).isZero();
  }

  @Test
  void whoIsDeletedWhileTheyBecomeAnOwnerLeavesNoOrphan() throws Exception {
    server.schema("orphans", "s");
    for (int round = 0; round < 10; round++) {
      String name = "orphan" + round;
      admin.post(PRINCIPALS, "{\"name\": \"" + name + "\"}");
      List<Integer> statuses =
          ConcurrentChangesTest.together(
                  List.of(
                      () -> admin.patch(UC + "/schemas/orphans.s", "{\"owner\": \"" + name + "\"}"),
                      () -> admin.delete(PRINCIPALS + "/" + name)))
              .stream()
              .map(Answer::status)
              .toList();
      assertThat(statuses).isIn(List.of(200, 409), List.of(404, 204));
      assertThat(json(admin.get(UC + "/schemas/orphans.s")).path("owner").asString()).isNotEmpty();
      admin.patch(UC + "/schemas/orphans.s", "{\"owner\": \"admin\"}");
    }
  }

  @Test
  void administratorsWhoDeleteEachOtherLeaveOne() throws Exception {
    for (int round = 0; round < 5; round++) {
      String one = "king" + round;
      String other = "queen" + round;
      for (String name : List.of(one, other)) {
        admin.post(PRINCIPALS, "{\"name\": \"" + name + "\", \"admin\": true}");
      }
      HttpTester first = server.principal(one);
      HttpTester second = server.principal(other);
      List<Integer> statuses =
          ConcurrentChangesTest.together(
                  List.of(
                      () -> first.delete(PRINCIPALS + "/" + other),
                      () -> second.delete(PRINCIPALS + "/" + one)))
              .stream()
              .map(Answer::status)
              .sorted()
              .toList();
      assertThat(statuses).isIn(List.of(204, 401), List.of(204, 403));
    }
    assertThat(admin.delete(PRINCIPALS + "/admin").status()).isEqualTo(400);
  }

  @Test
  void anEmailAddressIsAName() {
    HttpTester ada = server.principal("Ada.Lovelace+tide@example.com");
    assertThat(json(ada.get("/api/1.0/me")).path("name").asString())
        .isEqualTo("ada.lovelace+tide@example.com");
    assertThat(admin.get(PRINCIPALS + "/ada.lovelace+tide@example.com").status()).isEqualTo(200);
    assertThat(admin.delete(PRINCIPALS + "/ADA.Lovelace+tide@example.com").status()).isEqualTo(204);
  }

  @Test
  void aNameThatCouldBeTakenForAnotherIsRefused() {
    for (String path : List.of(PRINCIPALS, TEAMS)) {
      for (String bad :
          List.of(
              "",
              " ",
              "system",
              "Service",
              ".",
              "..",
              "a/b",
              "a b",
              "a\\u200bb",
              "a\\u202eb",
              "x".repeat(256))) {
        Answer refused = admin.post(path, "{\"name\": \"" + bad + "\"}");
        assertThat(refused.status()).as(bad + refused.body()).isEqualTo(400);
        assertThat(json(refused).path("message").asString()).startsWith("name");
      }
    }
  }

  @Test
  void aChangeOfATeamThatChangesNothingIsNoEvent() {
    admin.post(TEAMS, "{\"name\": \"steady\"}");
    server.principal("steady-one");
    String path = TEAMS + "/steady";
    IntStream.range(0, 3).forEach(i -> admin.patch(path, "{\"add\": [\"steady-one\"]}"));
    admin.patch(path, "{\"remove\": [\"admin\"]}");
    admin.patch(path, "{}");
    assertThat(
            json(admin.get("/api/1.0/events?types=TeamMembersChanged&securables=steady"))
                .path("events")
                .size())
        .isEqualTo(1);
    assertThat(admin.patch(path, "{\"add\": [\"nobody-there\"]}").status()).isEqualTo(404);
    assertThat(admin.patch(path, "{\"add\": [\"steady\"]}").status()).isEqualTo(404);
  }
}
