package io.tidegate.commits;

import static io.tidegate.commits.Writer.PATH;
import static io.tidegate.commits.Writer.SCHEMA;
import static io.tidegate.commits.Writer.json;
import static io.tidegate.commits.Writer.message;
import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.kit.security.Privilege;
import io.tidegate.testing.HttpTester;
import io.tidegate.testing.HttpTester.Answer;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Who may do what. */
class AccessTest {
  private static final String DENIED = "PermissionDeniedException";
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
