package io.tidegate.commits;

import static io.tidegate.commits.Writer.PATH;
import static io.tidegate.commits.Writer.SCHEMA;
import static io.tidegate.commits.Writer.json;
import static io.tidegate.commits.Writer.message;
import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.kit.security.Privilege;
import io.tidegate.testing.HttpTester;
import io.tidegate.testing.HttpTester.Answer;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.springframework.web.bind.annotation.RequestMethod;
import org.springframework.web.servlet.mvc.method.annotation.RequestMappingHandlerMapping;

/** Who may do what. */
class AccessTest {
  private static final String DENIED = "PermissionDeniedException";
  private static final String TABLES = "/catalogs/{catalog}/schemas/{schema}/tables";
  private static final String TABLE = TABLES + "/{table}";
  private static final String STAGING = "/catalogs/{catalog}/schemas/{schema}/staging-tables";
  private static final CommitServer SERVER = CommitServer.shared();

  @BeforeAll
  static void principals() {
    for (String name : List.of("maker", "reader", "changer", "both", "stranger")) {
      SERVER.catalog.principal(name, false);
    }
    SERVER.catalog.grant("maker", "schema", Privilege.CREATE_TABLE);
  }

  private static Writer table() {
    Writer table = Writer.created(SERVER, "maker");
    SERVER.catalog.grant("reader", table.id, Privilege.SELECT);
    SERVER.catalog.grant("changer", table.id, Privilege.MODIFY);
    return table;
  }

  @Test
  void nobodyGetsInWithoutAToken() {
    Answer answer = SERVER.anybody().get(PATH + "/config?catalog=main&protocol-versions=1.0");
    message(answer, 401, "NotAuthorizedException");
    assertThat(answer.header("WWW-Authenticate").orElse("")).startsWith("Bearer");
    message(SERVER.as("nobody").get(SCHEMA + "/tables/t"), 401, "NotAuthorizedException");
  }

  @Test
  void loadingNeedsSelect() {
    Writer table = table();
    assertThat(table.as("reader").loadAnswer().status()).isEqualTo(200);
    for (String name : List.of("changer", "stranger")) {
      Writer other = table.as(name);
      assertThat(message(other.loadAnswer(), 403, DENIED)).contains("SELECT");
      assertThat(other.http.send("HEAD", other.path(), null).status()).isEqualTo(403);
      message(other.http.get(other.path() + "/credentials?operation=READ"), 403, DENIED);
    }
  }

  @Test
  void changingNeedsModify() {
    Writer table = table();
    for (String name : List.of("reader", "stranger")) {
      Writer other = table.as(name);
      assertThat(message(other.commit(other.stage(1, name)), 403, DENIED)).contains("MODIFY");
      message(other.http.get(other.path() + "/credentials?operation=READ_WRITE"), 403, DENIED);
      message(
          other.http.post(other.path() + "/metrics", json(Map.of("table-id", table.id))),
          403,
          DENIED);
    }
    Writer changer = table.as("changer");
    // Whoever gets credentials to write can read with them, too.
    assertThat(
            message(
                changer.http.get(changer.path() + "/credentials?operation=READ_WRITE"),
                403,
                DENIED))
        .contains("SELECT");
    SERVER.catalog.grant("both", table.id, Privilege.SELECT, Privilege.MODIFY);
    assertThat(SERVER.as("both").get(table.path() + "/credentials?operation=READ_WRITE").status())
        .isEqualTo(200);
    assertThat(changer.commit(changer.stage(1, "changer")).status()).isEqualTo(200);
    assertThat(
            changer
                .http
                .post(changer.path() + "/metrics", json(Map.of("table-id", table.id)))
                .status())
        .isEqualTo(204);
  }

  @Test
  void droppingAndRenamingNeedOwnership() {
    Writer table = table();
    for (String name : List.of("reader", "changer", "stranger")) {
      HttpTester http = SERVER.as(name);
      message(http.delete(table.path()), 403, DENIED);
      message(http.post(table.path() + "/rename", json(Map.of("new-name", "x"))), 403, DENIED);
    }
    assertThat(table.http.delete(table.path()).status()).isEqualTo(204);
  }

  @Test
  void stagingAndCreatingNeedCreateTable() {
    HttpTester stranger = SERVER.as("stranger");
    assertThat(
            message(
                stranger.post(SCHEMA + "/staging-tables", json(Map.of("name", "x"))), 403, DENIED))
        .contains("CREATE TABLE");
    Writer staged = Writer.staged(SERVER, "maker");
    staged.writeFirst(staged.properties());
    message(staged.as("stranger").create(staged.creation()), 403, DENIED);
    message(staged.as("admin").create(staged.creation()), 403, DENIED);
    message(stranger.get(PATH + "/staging-tables/" + staged.id + "/credentials"), 403, DENIED);
    Map<String, Object> external = staged.creation();
    external.put("table-type", "EXTERNAL");
    message(staged.as("stranger").create(external), 403, DENIED);
  }

  /** What one must hold to get past the door of each endpoint; nothing for everybody. */
  private static final Map<String, Set<Set<Privilege>>> DOORS =
      Map.ofEntries(
          Map.entry("GET /config", Set.of(Set.of())),
          Map.entry("POST " + STAGING, Set.of(Set.of(Privilege.CREATE_TABLE))),
          // Of somebody else's staging table no privilege is enough.
          Map.entry("GET /staging-tables/{table_id}/credentials", Set.of()),
          Map.entry("POST " + TABLES, Set.of(Set.of(Privilege.CREATE_TABLE))),
          Map.entry("GET " + TABLE, Set.of(Set.of(Privilege.SELECT))),
          Map.entry("HEAD " + TABLE, Set.of(Set.of(Privilege.SELECT))),
          Map.entry("POST " + TABLE, Set.of(Set.of(Privilege.MODIFY))),
          Map.entry("DELETE " + TABLE, Set.of()),
          Map.entry("POST " + TABLE + "/rename", Set.of()),
          Map.entry(
              "GET " + TABLE + "/credentials", Set.of(Set.of(Privilege.SELECT, Privilege.MODIFY))),
          Map.entry("POST " + TABLE + "/metrics", Set.of(Set.of(Privilege.MODIFY))));

  /** Every endpoint that there is, tried with every set of privileges. */
  @Test
  void everyEndpointHasItsDoor() {
    RequestMappingHandlerMapping mappings =
        SERVER.context.getBean("requestMappingHandlerMapping", RequestMappingHandlerMapping.class);
    Set<String> endpoints = new TreeSet<>();
    mappings
        .getHandlerMethods()
        .forEach((mapping, method) -> {
          if (method.getBeanType().equals(DeltaTablesController.class)) {
            for (RequestMethod verb : mapping.getMethodsCondition().getMethods()) {
              mapping
                  .getPatternValues()
                  .forEach(path -> endpoints.add(verb + " " + path.substring(PATH.length())));
            }
          } else if (method.getBeanType().getPackageName().startsWith("io.tidegate.commits")) {
            // The feed, which has a door of its own.
            assertThat(method.getBeanType()).isEqualTo(CommitEventsController.class);
          }
        });
    assertThat(endpoints).isEqualTo(new TreeSet<>(DOORS.keySet()));

    Writer table = Writer.created(SERVER, "maker");
    Writer staged = Writer.staged(SERVER, "maker");
    List<Privilege> each = List.of(Privilege.CREATE_TABLE, Privilege.SELECT, Privilege.MODIFY);
    for (int bits = 0; bits < 1 << each.size(); bits++) {
      Set<Privilege> held = EnumSet.noneOf(Privilege.class);
      for (int i = 0; i < each.size(); i++) {
        if ((bits & 1 << i) != 0) {
          held.add(each.get(i));
        }
      }
      String name = "door-" + bits;
      SERVER.catalog.principal(name, false);
      Privilege[] privileges = held.toArray(Privilege[]::new);
      SERVER.catalog.grant(name, "schema", privileges);
      SERVER.catalog.grant(name, table.id, privileges);
      DOORS.forEach((endpoint, keys) -> {
        String[] parts = endpoint.split(" ", 2);
        String path =
            PATH
                + parts[1]
                    .replace("{catalog}", "main")
                    .replace("{schema}", "sales")
                    .replace("{table}", table.name)
                    .replace("{table_id}", staged.id.toString());
        String query =
            switch (path.substring(path.lastIndexOf('/'))) {
              case "/config" -> "?catalog=main&protocol-versions=1.0";
              case "/credentials" -> "?operation=READ_WRITE";
              default -> "";
            };
        // Enough of each body to get to the door, and never enough to change anything.
        String body =
            parts[0].equals("POST")
                ? json(
                    Map.of(
                        "name",
                        table.name,
                        "table-type",
                        "EXTERNAL",
                        "location",
                        "file:///nowhere",
                        "new-name",
                        table.name))
                : null;
        int status = SERVER.as(name).send(parts[0], path + query, body).status();
        assertThat(status == 403)
            .as("%s with %s: %d", endpoint, held, status)
            .isEqualTo(keys.stream().noneMatch(held::containsAll));
      });
    }
    assertThat(table.load().get("latest-table-version").asLong()).isZero();
  }

  @Test
  void theFeedIsForAdministrators() {
    message403(SERVER.as("reader").get("/api/1.0/commits/events"));
    Writer table = table();
    Answer page =
        SERVER.admin().get("/api/1.0/commits/events?types=CommitRatified&max_results=1000");
    assertThat(page.status()).isEqualTo(200);
    CommitServer.await(
        "in the feed",
        () ->
            SERVER
                .admin()
                .get(
                    "/api/1.0/commits/events?types=CommitRatified&max_results=1000&securables="
                        + "main.sales."
                        + table.name)
                .body()
                .contains(table.id.toString()));
  }

  private static void message403(Answer answer) {
    assertThat(answer.status()).isEqualTo(403);
    assertThat(answer.body()).contains("PERMISSION_DENIED");
  }
}
