package io.tidegate.kit.security;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.kit.testapp.KitTest;
import io.tidegate.kit.testapp.TestApplication;
import io.tidegate.testing.HttpTester;
import io.tidegate.testing.HttpTester.Answer;
import io.tidegate.testing.SqlCounter;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

@ExtendWith(OutputCaptureExtension.class)
class BearerTest extends KitTest {
  private static final String ME = "/api/1.0/test/me";

  @Autowired private SqlCounter sql;
  @Autowired private TestApplication.Tokens tokens;

  @Test
  void tellsControllersWhoCalls() {
    assertThat(admin().get(ME).body()).contains("\"name\":\"admin\"");
    assertThat(user().get(ME).body()).contains("\"name\":\"ada\"");
    assertThat(service().get(ME).body()).contains("\"service\":true");
    assertThat(anonymous().with("Authorization", "bearer user-token").get(ME).status())
        .isEqualTo(200);
  }

  @Test
  void servicesAloneReachWhatIsForServices() {
    assertThat(service().get("/service/test").status()).isEqualTo(200);
    assertThat(admin().get("/service/test").status()).isEqualTo(403);
    assertThat(user().get("/service/test").status()).isEqualTo(403);
    assertThat(anonymous().get("/service/test").status()).isEqualTo(401);
    assertThat(anonymous().get("/service/nowhere").status()).isEqualTo(401);
    assertThat(anonymous().token(TestApplication.SERVICE_TOKEN + "x").get(ME).status())
        .isEqualTo(401);
  }

  @Test
  void eachChainHasTokensOfItsOwn() {
    assertThat(recipient().get("/delta-sharing/test/names/a").status()).isEqualTo(200);
    assertThat(recipient().get(ME).status()).isEqualTo(401);
    assertThat(admin().get("/delta-sharing/test/names/a").status()).isEqualTo(401);
  }

  @Test
  void aTokenOfAbsurdLengthIsNobodysAndIsNotLookedUp() {
    String longest = "t".repeat(1024);
    String absurd = "t".repeat(1025);
    Caller caller = new Caller(new UUID(0, 5), "long", Set.of(), false, false);
    tokens.issue(longest, caller);
    tokens.issue(absurd, caller);
    assertThat(anonymous().token(longest).get(ME).status()).isEqualTo(200);
    Answer refused = anonymous().token(absurd).get(ME);
    assertThat(refused.status()).isEqualTo(401);
    assertThat(refused.header("WWW-Authenticate").orElseThrow()).contains("invalid_token");
  }

  @Test
  void grantsNothingToPagesOfOtherOrigins() {
    HttpTester page = anonymous().with("Origin", "https://elsewhere.example");
    Answer preflight = page.with("Access-Control-Request-Method", "GET").send("OPTIONS", ME, null);
    assertThat(preflight.status()).isEqualTo(401);
    Answer simple = page.token(TestApplication.ADMIN_TOKEN).get(ME);
    for (Answer answer : List.of(preflight, simple)) {
      assertThat(answer.headers().keySet()).noneMatch(name -> name.startsWith("access-control-"));
    }
    Answer options = admin().send("OPTIONS", ME, null);
    assertThat(options.status()).isEqualTo(200);
    assertThat(options.header("Allow").orElseThrow()).contains("GET");
  }

  @Test
  void openPathsNeedNoTokenButOnlyForTheirMethod() {
    assertThat(anonymous().get("/api/1.0/test/open/a").status()).isEqualTo(200);
    assertThat(anonymous().post("/api/1.0/test/open/a", "{}").status()).isEqualTo(401);
    assertThat(anonymous().get("/api/1.0/test/open/a/b").status()).isEqualTo(401);
  }

  @Test
  void keepsNoSession() {
    Answer answer = admin().get(ME);
    assertThat(answer.header("Set-Cookie")).isEmpty();
    assertThat(answer.header("X-Content-Type-Options")).contains("nosniff");
    assertThat(answer.header("Cache-Control").orElseThrow()).contains("no-store");
    assertThat(answer.header("Server")).isEmpty();
  }

  @Test
  void takesOverASaneRequestIdAndNoOther() {
    Answer sane = admin().with("X-Request-Id", "trace-7:ab/c=1").get(ME);
    assertThat(sane.header("X-Request-Id")).contains("trace-7:ab/c=1");
    assertThat(sane.body()).contains("\"request\":\"trace-7:ab/c=1\"");
    for (String odd : List.of("a b", "<script>", "x".repeat(129), "a\"b", "a,b")) {
      Answer answer = admin().with("X-Request-Id", odd).get(ME);
      assertThat(answer.header("X-Request-Id").orElseThrow()).matches("[0-9a-f-]{36}");
    }
  }

  @Test
  void metricsAreForAdministratorsAndServicesAndHealthForAll() {
    assertThat(anonymous().get("/actuator/prometheus").status()).isEqualTo(401);
    assertThat(user().get("/actuator/prometheus").status()).isEqualTo(403);
    admin().get(ME);
    assertThat(admin().get("/actuator/prometheus").body())
        .contains("http_server_requests_seconds")
        .contains("tidegate_feed_lag_seconds")
        .contains("hikaricp_connections");
    assertThat(anonymous().get("/actuator/health/liveness").body()).contains("\"status\":\"UP\"");
    assertThat(anonymous().get("/actuator/health/readiness").body())
        .contains("\"status\":\"UP\"")
        .contains("\"db\"")
        .contains("\"dependencies\"");
    assertThat(admin().get("/actuator/env").status()).isEqualTo(404);
  }

  @Test
  void logsNoTokens(CapturedOutput output) {
    admin().get(ME);
    service().get("/service/test");
    anonymous().token("wrong-token-4711").get(ME);
    anonymous().get(ME + "?access_token=wrong-token-4711");
    admin().get("/api/2.1/unity-catalog/test/fail/unexpected");
    assertThat(output.getAll())
        .contains("/fail/unexpected failed")
        .doesNotContain("wrong-token-4711")
        .doesNotContain(TestApplication.ADMIN_TOKEN + "\"")
        .doesNotContain("Bearer " + TestApplication.ADMIN_TOKEN)
        .doesNotContain(TestApplication.SERVICE_TOKEN);
  }

  @Test
  void countsTheStatementsOfARequest() {
    admin().with("X-Request-Id", "count-1").get("/api/1.0/test/closed");
    assertThat(sql.of("count-1")).containsExactly("SELECT 2");
    admin().with("X-Request-Id", "count-2").get(ME);
    assertThat(sql.of("count-2")).isEmpty();
  }
}
