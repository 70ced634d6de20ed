package io.tidegate.catalog;

import static io.tidegate.catalog.CatalogServer.json;
import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.testing.HttpTester;
import io.tidegate.testing.HttpTester.Answer;
import io.tidegate.testing.TestDatabase;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.jdbc.datasource.DriverManagerDataSource;
import tools.jackson.databind.JsonNode;

/** The last administrator stays one who can get in; on a server whose administrators are known. */
class LockedOutTest {
  private static final String PRINCIPALS = "/api/1.0/principals";
  private static final String TOKENS = "/api/1.0/tokens";
  private static final String ME = "/api/1.0/me";

  @TempDir private static Path folder;
  private static TestDatabase database = TestDatabase.create();
  private static ConfigurableApplicationContext context;
  private static HttpTester anonymous;

  @BeforeAll
  static void start() {
    context =
        new SpringApplicationBuilder(
                CatalogServiceConfiguration.class, CatalogServer.NoCommits.class)
            .properties(
                Map.of(
                    "server.port", "0",
                    "server.address", "127.0.0.1",
                    "spring.datasource.url", database.jdbcUrl(),
                    "spring.datasource.username", database.username(),
                    "spring.datasource.password", database.password(),
                    "tidegate.admin-token-file", file().toString()))
            .run();
    anonymous =
        new HttpTester(
            context.getEnvironment().getRequiredProperty("local.server.port", Integer.class));
  }

  @AfterAll
  static void stop() {
    context.close();
  }

  private static Path file() {
    return folder.resolve("admin.token");
  }

  private static HttpTester admin() throws IOException {
    return anonymous.token(Files.readString(file()).strip());
  }

  private static boolean renew() {
    return AdminToken.renew(
        new DriverManagerDataSource(database.jdbcUrl(), database.username(), database.password()),
        file());
  }

  private static String comment(HttpTester admin, String wanted) {
    for (JsonNode token : json(admin.get(TOKENS)).path("tokens")) {
      if (token.path("comment").asString().equals(wanted)) {
        return token.path("id").asString();
      }
    }
    throw new AssertionError("No token " + wanted);
  }

  private static void refused(Answer answer, String... words) {
    assertThat(answer.status()).as(answer.body()).isEqualTo(400);
    assertThat(json(answer).path("message").asString()).contains(words);
  }

  @Test
  void theLastTokenThatWorksIsKeptAndALostFileIsMadeAnew() throws IOException {
    HttpTester admin = admin();
    for (JsonNode token : json(admin.get(TOKENS)).path("tokens")) {
      if (token.path("comment").asString().startsWith("short")) {
        admin.delete(TOKENS + "/" + token.path("id").asString());
      }
    }
    JsonNode brief =
        json(admin.post(TOKENS, "{\"lifetime_seconds\": 600, \"comment\": \"short one\"}"));
    List<String> permanent = new java.util.ArrayList<>();
    for (JsonNode token : json(admin.get(TOKENS)).path("tokens")) {
      if (token.path("expires_at").isMissingNode()) {
        permanent.add(token.path("id").asString());
      }
    }
    // All but the last that does not expire can go; one that expires does not take its place.
    for (String id : permanent.subList(1, permanent.size())) {
      assertThat(admin.delete(TOKENS + "/" + id).status()).isEqualTo(204);
    }
    HttpTester byBrief = anonymous.token(brief.path("token").asString());
    refused(
        byBrief.delete(TOKENS + "/" + permanent.getFirst()), "does not expire", "POST " + TOKENS);
    // Another one that does not expire: now it may be revoked, and the file works no more.
    String other = json(byBrief.post(TOKENS, "{\"comment\": \"second\"}")).path("token").asString();
    assertThat(byBrief.delete(TOKENS + "/" + permanent.getFirst()).status()).isEqualTo(204);
    assertThat(anonymous.token(other).delete(TOKENS + "/" + brief.path("id").asString()).status())
        .isEqualTo(204);
    if (admin.get(ME).status() == 401) {
      assertThat(renew()).isTrue();
    }
    Files.delete(file());
    assertThat(renew()).isTrue();
    assertThat(admin().get(ME).status()).isEqualTo(200);
    assertThat(Files.getPosixFilePermissions(file()))
        .isEqualTo(PosixFilePermissions.fromString("rw-------"));
    String text = Files.readString(file());
    Files.setPosixFilePermissions(file(), PosixFilePermissions.fromString("rw-r--r--"));
    assertThat(renew()).as("it works, so it stays").isFalse();
    assertThat(file()).content().isEqualTo(text);
    assertThat(Files.getPosixFilePermissions(file()))
        .isEqualTo(PosixFilePermissions.fromString("rw-------"));
    JsonNode events =
        json(admin().get("/api/1.0/events?types=TokenCreated&securables=admin&max_results=1000"))
            .path("events");
    assertThat(events)
        .filteredOn(event -> event.path("request_id").asString().equals("admin-token"))
        .isNotEmpty()
        .allSatisfy(event -> assertThat(event.toString()).doesNotContain(text.strip()));
    // What is in the file but is no administrator's token is replaced, too.
    Files.writeString(file(), "nobody's-token-that-is-long-enough");
    assertThat(renew()).isTrue();
    assertThat(admin().get(ME).status()).isEqualTo(200);
    assertThat(comment(admin(), "made by ./tidegate admin-token")).isNotEmpty();
  }

  @Test
  void aPrincipalIsChangedAndOneWhoIsNotActiveIsNobody() throws IOException {
    HttpTester admin = admin();
    admin.post(PRINCIPALS, "{\"name\": \"sleeper\"}");
    HttpTester sleeper =
        anonymous.token(
            json(admin.post(TOKENS, "{\"principal\": \"sleeper\"}")).path("token").asString());
    String path = PRINCIPALS + "/sleeper";
    assertThat(json(sleeper.get(ME)).path("active").asBoolean()).isTrue();
    assertThat(sleeper.patch(path, "{\"display_name\": \"me\"}").status()).isEqualTo(403);
    assertThat(anonymous.patch(path, "{\"active\": false}").status()).isEqualTo(401);
    assertThat(admin.patch(PRINCIPALS + "/nobody-there", "{}").status()).isEqualTo(404);
    refused(admin.patch(path, "{\"display_name\": \"" + "x".repeat(256) + "\"}"), "display_name");
    JsonNode changed =
        json(admin.patch(path, "{\"display_name\": \"Sleeper, the\", \"active\": false}"));
    assertThat(changed.path("display_name").asString()).isEqualTo("Sleeper, the");
    assertThat(changed.path("active").asBoolean(true)).isFalse();
    assertThat(sleeper.get(ME).status()).isEqualTo(401);
    // What changes nothing is no event.
    admin.patch(path, "{\"active\": false}");
    admin.patch(path, "{\"active\": true}");
    assertThat(json(sleeper.get(ME)).path("display_name").asString()).isEqualTo("Sleeper, the");
    assertThat(json(admin.patch(path, "{\"display_name\": \"\"}")).has("display_name")).isFalse();
    JsonNode events =
        json(admin.get("/api/1.0/events?types=PrincipalUpdated&securables=sleeper")).path("events");
    assertThat(events.size()).isEqualTo(3);
    assertThat(events.get(0).path("data").path("active").asBoolean(true)).isFalse();
  }

  @Test
  void theLastActiveAdministratorStaysOne() throws IOException {
    HttpTester admin = admin();
    refused(admin.patch(PRINCIPALS + "/admin", "{\"active\": false}"), "administrator");
    // A second one without a token could not get in.
    admin.post(PRINCIPALS, "{\"name\": \"deputy\", \"admin\": true}");
    refused(admin.patch(PRINCIPALS + "/admin", "{\"active\": false}"), "POST " + TOKENS);
    HttpTester deputy =
        anonymous.token(
            json(admin.post(TOKENS, "{\"principal\": \"deputy\"}")).path("token").asString());
    assertThat(deputy.patch(PRINCIPALS + "/admin", "{\"active\": false}").status()).isEqualTo(200);
    assertThat(admin.get(ME).status()).isEqualTo(401);
    refused(deputy.patch(PRINCIPALS + "/deputy", "{\"active\": false}"), "administrator");
    String only =
        Objects.requireNonNull(json(deputy.get(TOKENS)).path("tokens").get(0))
            .path("id")
            .asString();
    refused(deputy.delete(TOKENS + "/" + only), "works");
    assertThat(deputy.patch(PRINCIPALS + "/admin", "{\"active\": true}").status()).isEqualTo(200);
    // An administrator who calls with a token that expires does not delete the only lasting one.
    HttpTester brief =
        anonymous.token(
            json(deputy.post(TOKENS, "{\"lifetime_seconds\": 600}")).path("token").asString());
    assertThat(brief.get(ME).status()).isEqualTo(200);
    assertThat(admin.delete(PRINCIPALS + "/deputy").status()).isEqualTo(204);
    assertThat(brief.get(ME).status()).isEqualTo(401);
  }
}
