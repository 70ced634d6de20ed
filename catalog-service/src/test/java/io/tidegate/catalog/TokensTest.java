package io.tidegate.catalog;

import static io.tidegate.catalog.CatalogServer.json;
import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.testing.HttpTester;
import io.tidegate.testing.HttpTester.Answer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.springframework.jdbc.core.simple.JdbcClient;
import tools.jackson.databind.JsonNode;

/** The life of a token. */
class TokensTest {
  private static final String TOKENS = "/api/1.0/tokens";
  private static final String ME = "/api/1.0/me";

  private final CatalogServer server = CatalogServer.running();
  private final HttpTester admin = server.admin;

  private JsonNode make(HttpTester by, String body) {
    Answer made = by.post(TOKENS, body);
    assertThat(made.status()).as(made.body()).isEqualTo(200);
    return json(made);
  }

  @Test
  void aTokenIsShownOnceAndListedWithoutItsText() {
    HttpTester owner = server.principal("token-owner");
    JsonNode made = make(owner, "{\"comment\": \"for the notebook\"}");
    String text = made.path("token").asString();
    assertThat(text).startsWith("tg_").hasSizeGreaterThanOrEqualTo(46);
    assertThat(json(server.anonymous.token(text).get(ME)).path("name").asString())
        .isEqualTo("token-owner");
    assertThat(make(owner, "{}").path("token").asString()).isNotEqualTo(text);
    for (Answer list :
        List.of(owner.get(TOKENS), admin.get(TOKENS + "?all=true&max_results=100"))) {
      assertThat(list.status()).as(list.body()).isEqualTo(200);
      assertThat(list.body()).doesNotContain(text, text.substring(3));
      assertThat(json(list).path("tokens"))
          .filteredOn(token -> token.path("id").equals(made.path("id")))
          .singleElement()
          .satisfies(token -> {
            assertThat(token.has("token")).isFalse();
            assertThat(token.path("comment").asString()).isEqualTo("for the notebook");
            assertThat(token.path("created_by").asString()).isEqualTo("token-owner");
          });
    }
  }

  @Test
  void aTokenEndsWhenItsLifetimeIsOver() {
    server.principal("token-brief");
    JsonNode made = make(admin, "{\"principal\": \"token-brief\", \"lifetime_seconds\": 1}");
    assertThat(made.path("expires_at").asLong() - made.path("created_at").asLong())
        .isLessThan(2_000L);
    HttpTester brief = server.anonymous.token(made.path("token").asString());
    Instant limit = Instant.now().plus(Duration.ofSeconds(20));
    while (brief.get(ME).status() == 200) {
      assertThat(Instant.now()).as("The token is still accepted").isBefore(limit);
      LockSupport.parkNanos(Duration.ofMillis(50).toNanos());
    }
    assertThat(System.currentTimeMillis()).isGreaterThanOrEqualTo(made.path("expires_at").asLong());
    Answer refused = brief.get(ME);
    assertThat(refused.status()).as(refused.body()).isEqualTo(401);
    assertThat(refused.header("WWW-Authenticate")).isPresent();
  }

  @Test
  void aLifetimeThatIsNoneIsRefusedByName() {
    for (String lifetime : List.of("0", "-1", "9223372036854775807", "\"soon\"")) {
      Answer answer = admin.post(TOKENS, "{\"lifetime_seconds\": " + lifetime + "}");
      assertThat(answer.status()).as(lifetime + ": " + answer.body()).isEqualTo(400);
      assertThat(json(answer).path("message").asString()).contains("lifetime_seconds");
    }
  }

  @Test
  void aTokenThatExpiresMakesNoneThatOutlivesIt() {
    server.principal("token-limited");
    JsonNode brief = make(admin, "{\"principal\": \"token-limited\", \"lifetime_seconds\": 600}");
    HttpTester holder = server.anonymous.token(brief.path("token").asString());

    JsonNode same = make(holder, "{}");
    assertThat(same.path("expires_at")).isEqualTo(brief.path("expires_at"));
    JsonNode shorter = make(holder, "{\"lifetime_seconds\": 60}");
    assertThat(shorter.path("expires_at").asLong()).isLessThan(brief.path("expires_at").asLong());
    for (long lifetime : new long[] {601, 86_400, 10L * 365 * 86_400}) {
      for (JsonNode by : List.of(brief, same)) {
        Answer refused =
            server
                .anonymous
                .token(by.path("token").asString())
                .post(TOKENS, "{\"lifetime_seconds\": " + lifetime + "}");
        assertThat(refused.status()).as(refused.body()).isEqualTo(403);
        assertThat(json(refused).path("message").asString()).contains("lifetime_seconds");
      }
    }
    assertThat(holder.get(TOKENS).body()).doesNotContain("\"expires_at\":null");
    assertThat(json(holder.get(TOKENS)).path("tokens"))
        .filteredOn(token -> !token.has("expires_at"))
        // The one that the administrator made for the principal in the beginning.
        .hasSize(1);

    JsonNode admins = make(admin, "{\"lifetime_seconds\": 600}");
    HttpTester briefAdmin = server.anonymous.token(admins.path("token").asString());
    assertThat(make(briefAdmin, "{}").has("expires_at")).isFalse();
  }

  @Test
  void aTokenIsMadeOnlyForAPrincipalThatIsThere() {
    admin.post("/api/1.0/teams", "{\"name\": \"token-team\"}");
    for (String nobody : List.of("token-nobody", "token-team", "service")) {
      assertThat(admin.post(TOKENS, "{\"principal\": \"" + nobody + "\"}").status()).isEqualTo(404);
    }
  }

  @Test
  void aRevokedTokenIsRefusedAtOnceAndOthersStay() {
    HttpTester owner = server.principal("token-revoker");
    JsonNode made = make(owner, "{}");
    HttpTester user = server.anonymous.token(made.path("token").asString());
    String path = TOKENS + "/" + made.path("id").asString();
    assertThat(user.get(ME).status()).isEqualTo(200);
    assertThat(server.principal("token-other").delete(path).status()).isEqualTo(404);
    assertThat(user.get(ME).status()).isEqualTo(200);
    assertThat(owner.delete(path).status()).isEqualTo(204);
    assertThat(user.get(ME).status()).isEqualTo(401);
    assertThat(owner.get(ME).status()).isEqualTo(200);
    assertThat(owner.delete(path).status()).isEqualTo(404);
    assertThat(owner.get(TOKENS).body()).doesNotContain(made.path("id").asString());
    assertThat(admin.delete("/api/1.0/principals/token-revoker").status()).isEqualTo(204);
    assertThat(owner.get(ME).status()).isEqualTo(401);
  }

  @Test
  void theDatabaseHasTheHashOfATokenAndItsTextNowhere() throws Exception {
    server.principal("token-hidden");
    String marker = "comment-beside-the-token";
    String text =
        make(admin, "{\"principal\": \"token-hidden\", \"comment\": \"" + marker + "\"}")
            .path("token")
            .asString();
    // A token that was used and one that was revoked leave no more behind than one just made.
    HttpTester user = server.anonymous.token(text);
    assertThat(user.get(ME).status()).isEqualTo(200);
    JsonNode revoked = make(user, "{}");
    user.delete(TOKENS + "/" + revoked.path("id").asString());
    String hash =
        HexFormat.of()
            .formatHex(
                MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));

    assertThat(tablesWith(marker)).containsExactly("tokens");
    assertThat(tablesWith(hash)).containsExactly("tokens");
    assertThat(tablesWith("token-hidden")).contains("principals", "events");
    for (String secret : List.of(text, revoked.path("token").asString())) {
      assertThat(tablesWith(secret)).isEmpty();
      assertThat(tablesWith(secret.substring(3))).isEmpty();
      // As bytes they would be shown in hexadecimal.
      assertThat(tablesWith(HexFormat.of().formatHex(secret.getBytes(StandardCharsets.UTF_8))))
          .isEmpty();
    }
  }

  /** The tables of the service's schema with a row whose text has this in any column. */
  private List<String> tablesWith(String wanted) {
    JdbcClient jdbc = server.context.getBean(JdbcClient.class);
    return jdbc
        .sql(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = 'catalog'"
                + " AND table_type = 'BASE TABLE' ORDER BY table_name")
        .query((row, number) -> row.getString(1))
        .list()
        .stream()
        .filter(table ->
            jdbc.sql(
                        "SELECT count(*) FROM catalog.\""
                            + table
                            + "\" r WHERE strpos(CAST(r AS text), ?) > 0")
                    .param(wanted)
                    .query(Long.class)
                    .single()
                > 0)
        .toList();
  }
}
