package io.tidegate.kit.errors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.tidegate.kit.testapp.KitTest;
import io.tidegate.testing.HttpTester;
import io.tidegate.testing.HttpTester.Answer;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Whatever is sent, the answer is an error of the API that it was sent to. */
class MalformedRequestsTest extends KitTest {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  /** The three shapes, each with the path under which it is spoken. */
  enum Api {
    UNITY("/api/2.1/unity-catalog/test"),
    OWN("/api/1.0/test"),
    DELTA("/api/2.1/unity-catalog/delta/v1/test"),
    SHARING("/delta-sharing/test");

    private final String path;

    Api(String path) {
      this.path = path;
    }

    String at(String more) {
      return path + more;
    }

    private JsonNode error(JsonNode body) {
      return this == DELTA ? body.path("error") : body;
    }

    String message(JsonNode body) {
      return error(body).path("message").asString("");
    }

    void check(JsonNode body, int status) {
      switch (this) {
        case UNITY, OWN -> {
          assertThat(body.propertyNames()).containsExactly("error_code", "message", "details");
          assertThat(body.path("error_code").asString()).matches("[A-Z_]+");
          assertThat(body.path("details").isArray()).isTrue();
        }
        case DELTA -> {
          assertThat(body.propertyNames()).containsExactly("error");
          assertThat(error(body).propertyNames()).contains("message", "type", "code");
          assertThat(error(body).path("type").asString()).endsWith("Exception");
          assertThat(error(body).path("code").asInt()).isEqualTo(status);
        }
        case SHARING -> {
          assertThat(body.propertyNames()).containsExactly("errorCode", "message");
          assertThat(body.path("errorCode").asString()).matches("[A-Z_]+");
        }
      }
    }
  }

  private HttpTester caller(Api api) {
    return api == Api.SHARING ? recipient() : admin();
  }

  private static String authorization(Api api) {
    return "Authorization: Bearer " + (api == Api.SHARING ? "recipient-token" : "admin-token");
  }

  private static String error(Api api, Answer answer, int status) {
    assertThat(answer.status()).as(answer.body()).isEqualTo(status);
    assertThat(answer.header("Content-Type")).contains("application/json");
    assertThat(answer.header("X-Request-Id")).isPresent();
    assertThat(answer.header("Server")).isEmpty();
    assertThat(answer.body())
        .doesNotContain(
            "secret", "at io.tidegate", "Exception:", "java.", "tools.jackson", "<html");
    JsonNode body = JSON.readTree(answer.body());
    api.check(body, status);
    assertThat(api.message(body)).isNotBlank();
    return api.message(body);
  }

  static Stream<Arguments> bodies() {
    return Stream.of(
        arguments("", "JSON body"),
        arguments("null", "JSON body"),
        arguments("{", "line 1, column 2"),
        arguments("{\n  \"thing_name\": oops\n}", "line 2"),
        arguments("{\"thing_name\":\"a\"} x", "well-formed"),
        arguments("{\"thing_name\":\"a\"}{}", "more than one JSON value"),
        arguments("{\"thing_name\":\"\\uZZZZ\"}", "well-formed"),
        arguments("{\"thing_name\":\"\u0000\"}", "well-formed"),
        arguments("{\"count\":1,\"count\":2}", "has a field twice"),
        arguments("{\"unknown\":{\"a\":1,\"a\":2}}", "has a field twice (line 1"),
        arguments("[]", "The body must be an object"),
        arguments("\"text\"", "The body must be an object"),
        arguments("7", "The body must be an object"),
        arguments("[".repeat(100_000), "The body must be an object"),
        arguments("{\"unknown\":" + "[".repeat(100_000), "too deep"),
        arguments("{\"unknown\":" + "{\"a\":".repeat(100_000), "too deep"),
        arguments("{\"count\":" + "9".repeat(5000) + "}", "too long"),
        arguments("{\"thing_name\":5}", "thing_name must be a string"),
        arguments("{\"thing_name\":\"a\\u0000b\"}", "thing_name must be a string"),
        arguments("{\"thing_name\":\"a\\ud800b\"}", "thing_name must be a string"),
        arguments("{\"properties\":{\"a\":\"\\udc00\"}}", "properties.a must be a string"),
        arguments("{\"properties\":{\"a\\u0000\":\"b\"}}", "must be a string"),
        arguments("{\"thing_name\":true}", "thing_name must be a string"),
        arguments("{\"thing_name\":[\"a\"]}", "thing_name must be a string"),
        arguments("{\"thing_name\":{}}", "thing_name must be a string"),
        arguments("{\"count\":\"5\"}", "count must be an integer"),
        arguments("{\"count\":\"\"}", "count must be an integer"),
        arguments("{\"count\":5.5}", "count must be an integer"),
        arguments("{\"count\":true}", "count must be an integer"),
        arguments("{\"count\":99999999999}", "count must be an integer"),
        arguments("{\"size\":99999999999999999999}", "size must be an integer"),
        arguments("{\"active\":\"true\"}", "active must be true or false"),
        arguments("{\"active\":1}", "active must be true or false"),
        arguments("{\"ratio\":\"1\"}", "ratio must be a number"),
        arguments("{\"thing_id\":\"x\"}", "thing_id must be a UUID"),
        arguments("{\"thing_id\":\"\"}", "thing_id must be a UUID"),
        arguments("{\"thing_id\":5}", "thing_id must be a UUID"),
        arguments("{\"color\":\"BLUE\"}", "color must be one of RED, GREEN"),
        arguments("{\"color\":\"\"}", "color must be one of RED, GREEN"),
        arguments("{\"color\":1}", "color must be one of RED, GREEN"),
        arguments("{\"parts\":{}}", "parts must be an array"),
        arguments("{\"parts\":\"\"}", "parts must be an array"),
        arguments("{\"parts\":[5]}", "parts[0] must be an object"),
        arguments(
            "{\"parts\":[{},{\"part_size\":\"x\"}]}", "parts[1].part_size must be an integer"),
        arguments("{\"properties\":{\"a\":5}}", "properties.a must be a string"),
        arguments("{\"properties\":[]}", "properties must be an object"),
        arguments("{\"thing_name\":\"bad\"}", "bad is reserved"));
  }

  @ParameterizedTest
  @MethodSource("bodies")
  void namesWhatIsWrongInABody(String body, String named) {
    for (Api api : List.of(Api.UNITY, Api.OWN, Api.SHARING)) {
      assertThat(error(api, caller(api).post(api.at(""), body), 400)).contains(named);
    }
  }

  @Test
  void namesFieldsAsTheDeltaApiSpellsThem() {
    String wrong = "{\"thing-name\":\"a\",\"part-count\":\"3\"}";
    assertThat(error(Api.DELTA, admin().post(Api.DELTA.at(""), wrong), 400))
        .contains("part-count must be an integer");
  }

  @Test
  void ignoresFieldsThatItDoesNotKnow() {
    Answer answer =
        admin().post(Api.UNITY.at(""), "{\"thing_name\":\"a\",\"new_in_2030\":{\"b\":[1]}}");
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.body()).isEqualTo("{\"thing_name\":\"a\"}");
  }

  static Stream<Arguments> queries() {
    return Stream.of(
        arguments("", "needed is missing"),
        arguments("?needed=a&count=x", "count must be an integer"),
        arguments("?needed=a%00b", "control character"),
        arguments("?needed=a&count=99999999999", "count must be an integer"),
        arguments("?needed=a&color=BLUE", "color must be one of RED, GREEN"),
        arguments("/things/7", "id must be a UUID"));
  }

  @ParameterizedTest
  @MethodSource("queries")
  void namesWhatIsWrongInAPathOrQuery(String query, String named) {
    for (Api api : List.of(Api.UNITY, Api.OWN, Api.DELTA)) {
      assertThat(error(api, caller(api).get(api.at(query)), 400)).contains(named);
    }
  }

  @ParameterizedTest
  @EnumSource(Api.class)
  void answersForRoutesAndMethodsAndMediaTypes(Api api) {
    HttpTester caller = caller(api);
    assertThat(error(api, caller.get(api.at("/nowhere")), 404)).contains(api.at("/nowhere"));

    Answer wrongMethod = caller.delete(api.at(""));
    assertThat(error(api, wrongMethod, 405)).contains("DELETE").contains("GET, POST");
    assertThat(wrongMethod.header("Allow").orElseThrow().split(", "))
        .containsExactlyInAnyOrder("GET", "POST");

    assertThat(error(api, caller.with("Content-Type", "text/csv").post(api.at(""), "a,b"), 415))
        .contains("text/csv")
        .contains("application/json");
    assertThat(error(api, caller.with("Content-Type", "nonsense").post(api.at(""), "{}"), 415))
        .isNotBlank();
    assertThat(error(api, caller.with("Accept", "image/png").get(api.at("?needed=a")), 406))
        .contains("application/json");
    assertThat(error(api, caller.with("Accept", "nonsense").get(api.at("?needed=a")), 406))
        .isNotBlank();
  }

  @ParameterizedTest
  @EnumSource(Api.class)
  void answersInTheShapeOfThePathWhateverTheClientAccepts(Api api) {
    error(api, caller(api).with("Accept", "text/html").get(api.at("/nowhere")), 404);
    error(api, caller(api).with("Accept", "text/event-stream").delete(api.at("")), 405);
    Answer head = caller(api).send("HEAD", api.at("/nowhere"), null);
    assertThat(head.status()).isEqualTo(404);
    assertThat(head.body()).isEmpty();
  }

  @ParameterizedTest
  @EnumSource(Api.class)
  void refusesWithoutAToken(Api api) {
    Answer missing = anonymous().get(api.at("?needed=a"));
    error(api, missing, 401);
    assertThat(missing.header("WWW-Authenticate")).contains("Bearer");

    for (String header : List.of("Bearer nobody", "Bearer", "Bearer ", "Bearer a b", "Bearer ä")) {
      Answer wrong =
          anonymous()
              .raw(
                  "GET "
                      + api.at("?needed=a")
                      + " HTTP/1.1\r\nHost: localhost\r\nAuthorization: "
                      + header
                      + "\r\nConnection: close\r\n\r\n");
      error(api, wrong, 401);
      assertThat(wrong.header("WWW-Authenticate").orElseThrow()).startsWith("Bearer");
    }
    error(api, anonymous().get(api.at("?needed=a&access_token=admin-token")), 401);
    error(api, anonymous().with("Authorization", "Basic YTpi").get(api.at("?needed=a")), 401);
  }

  /** Clients try another way only after a 404: Spark, for one, with a path in place of a name. */
  @ParameterizedTest
  @EnumSource(Api.class)
  void aNameWithASlashDoesNotExist(Api api) {
    for (String name : List.of("a%2Fb", "%2fdata%2ftable", "a%5Cb", "..%2F..%2Fetc")) {
      Answer answer =
          anonymous()
              .raw(
                  "GET "
                      + api.at("/names/" + name)
                      + " HTTP/1.1\r\nHost: localhost\r\n"
                      + authorization(api)
                      + "\r\nConnection: close\r\n\r\n");
      assertThat(error(api, answer, 404)).contains("No such path");
    }
  }

  /** A format that a library on the class path could read has none of JSON's guards. */
  @ParameterizedTest
  @EnumSource(Api.class)
  void takesAndGivesJsonAlone(Api api) {
    HttpTester caller = caller(api);
    for (String type :
        List.of(
            "application/yaml",
            "application/x-yaml",
            "application/xml",
            "application/cbor",
            "application/x-www-form-urlencoded")) {
      assertThat(
              error(api, caller.with("Content-Type", type).post(api.at(""), "thing_name: a"), 415))
          .contains("application/json");
      error(api, caller.with("Accept", type).get(api.at("?needed=a")), 406);
    }
  }

  static Stream<Arguments> rawRequests() {
    return Stream.of(
        arguments("GET", "/names/a%2Fb"),
        arguments("GET", "/names/a%5Cb"),
        arguments("GET", "/names/a\\b"),
        arguments("GET", "/names/a%00b"),
        arguments("GET", "/names/a%0Ab"),
        arguments("GET", "/names/a<b"),
        arguments("GET", "/names/a b"),
        arguments("GET", "/names/%zz"),
        arguments("GET", "/names/%C3%28"),
        arguments("GET", "/names/a;b=c"),
        arguments("GET", "/names/a//b"),
        arguments("GET", "/names/../../x"),
        arguments("GET", "/names/./x"),
        arguments("GET", "/names/%2e%2e/x"),
        arguments("GET", "/names/%252e%252e/x"),
        arguments("GET", "/names/\u00e4"),
        arguments("GET", "?needed=%zz"),
        arguments("GET", "?needed=%C3%28&count=%"),
        arguments("GET", "?needed=a|b"),
        arguments("GET", "/names/" + "x".repeat(20_000)),
        arguments("FOO", "?needed=a"),
        arguments("TRACE", "?needed=a"),
        arguments("G@T", "?needed=a"));
  }

  @ParameterizedTest
  @MethodSource("rawRequests")
  void refusesWhatTheContainerOrTheFirewallDoNotLike(String method, String path) {
    for (Api api : Api.values()) {
      Answer answer =
          anonymous()
              .raw(
                  method
                      + " "
                      + api.at(path)
                      + " HTTP/1.1\r\nHost: localhost\r\n"
                      + authorization(api)
                      + "\r\nConnection: close\r\n\r\n");
      // A path that climbs out of its API, or a request without a readable path, belongs to none.
      Api shape =
          api == Api.DELTA && !answer.body().startsWith("{\"error\"")
                  || api == Api.SHARING && !answer.body().startsWith("{\"errorCode\"")
              ? Api.UNITY
              : api;
      assertThat(answer.status()).isBetween(400, 499);
      error(shape, answer, answer.status());
      boolean readable = !path.startsWith("/names/x") && !path.matches(".*[<\\\\| \u00e4].*");
      if (readable && !method.equals("G@T")) {
        assertThat(shape).as(answer.body()).isEqualTo(api);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"a;b=c", "a%3Bb", "a%3bb", "a//b", "a%25b", "a%2541b"})
  void hasNothingUnderNamesThatCannotExist(String name) {
    for (Api api : Api.values()) {
      assertThat(error(api, caller(api).get(api.at("/names/" + name)), 404))
          .contains("No such path");
      // Whoever has no token is told nothing that depends on what there is.
      error(api, anonymous().get(api.at("/names/" + name)), 404);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"..;/x", "%2e%2e/x", "a%00b", "%252e%252e%252fx", "a;b/../c"})
  void refusesPathsThatClimb(String name) {
    error(
        Api.UNITY,
        admin()
            .raw(
                "GET "
                    + Api.UNITY.at("/names/" + name)
                    + " HTTP/1.1\r\nHost: localhost\r\n"
                    + authorization(Api.UNITY)
                    + "\r\nConnection: close\r\n\r\n"),
        400);
  }

  @Test
  void ownApiRefusesWhatItDoesNotKnowAndSaysWhatItKnows() {
    assertThat(error(Api.OWN, admin().get(Api.OWN.at("?needed=a&cuont=3")), 400))
        .isEqualTo("Query parameter cuont is not known here; known: color, count, needed");
    assertThat(error(Api.OWN, admin().post(Api.OWN.at("?needed=a"), "{}"), 400))
        .isEqualTo("Query parameter needed is not known here; there is none");
    assertThat(error(Api.OWN, admin().get(Api.OWN.at("/events?since=x")), 400))
        .isEqualTo(
            "Query parameter since is not known here; known: after, max_results, securables,"
                + " types, wait_ms");
    assertThat(error(Api.OWN, admin().post(Api.OWN.at(""), "{\"nmae\":1}"), 400))
        .startsWith("Field nmae is not known here; known: active, color, count, parts, ");
    assertThat(error(Api.OWN, admin().post(Api.OWN.at(""), "{\"parts\":[{\"size\":1}]}"), 400))
        .startsWith("Field parts[0].size is not known here; known: part_name, part_size");
    for (Api api : List.of(Api.UNITY, Api.DELTA, Api.SHARING)) {
      assertThat(caller(api).get(api.at("?needed=a&cuont=3")).status()).isEqualTo(200);
      assertThat(caller(api).post(api.at("?x=1"), "{\"nmae\":1}").status()).isEqualTo(200);
    }
  }

  @Test
  void refusesBrokenHttp() {
    String host = "Host: localhost\r\nConnection: close\r\n";
    for (String request :
        List.of(
            "nonsense\r\n\r\n",
            "GET\r\n\r\n",
            "GET /api/1.0/test HTTP/9.9\r\n" + host + "\r\n",
            "GET /api/1.0/test HTTP/1.1\r\nConnection: close\r\n\r\n",
            "GET /api/1.0/test HTTP/1.1\r\nBad Header: x\r\n" + host + "\r\n",
            "GET /api/1.0/test HTTP/1.1\r\nX: " + "x".repeat(40_000) + "\r\n" + host + "\r\n",
            "GET /api/1.0/test HTTP/1.1\r\nHost: a\r\n" + host + "\r\n",
            "POST /api/1.0/test HTTP/1.1\r\nContent-Length: -5\r\n" + host + "\r\n",
            "POST /api/1.0/test HTTP/1.1\r\nContent-Length: x\r\n" + host + "\r\n",
            "POST /api/1.0/test HTTP/1.1\r\nTransfer-Encoding: nonsense\r\n" + host + "\r\n")) {
      Answer answer = anonymous().raw(request);
      assertThat(answer.status()).as(request).isIn(400, 405, 501, 505);
      error(Api.UNITY, answer, answer.status());
    }
  }

  @Test
  void saysThatABodyEndedTooSoon() {
    for (String framing :
        List.of(
            "Content-Length: 50\r\n\r\n{\"thing_name\":\"a\"",
            "Transfer-Encoding: chunked\r\n\r\n5\r\n{\"thi\r\nzz\r\n")) {
      Answer answer =
          anonymous()
              .raw(
                  "POST /api/1.0/test HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                      + authorization(Api.OWN)
                      + "\r\nContent-Type: application/json\r\n"
                      + framing,
                  true);
      error(Api.OWN, answer, 400);
    }
  }

  @ParameterizedTest
  @EnumSource(Api.class)
  void refusesBodiesThatAreTooLarge(Api api) {
    long limit = api == Api.DELTA ? 16L << 20 : 1L << 20;
    String name = api == Api.DELTA ? "thing-name" : "thing_name";
    String fits = "{\"" + name + "\":\"" + "x".repeat((int) limit - 100) + "\"}";
    assertThat(caller(api).post(api.at(""), fits).status()).isEqualTo(200);

    String tooLarge = "{\"" + name + "\":\"" + "x".repeat((int) limit) + "\"}";
    assertThat(error(api, caller(api).post(api.at(""), tooLarge), 413)).contains("" + limit);
    assertThat(error(api, caller(api).postChunked(api.at(""), tooLarge), 413)).contains("" + limit);
  }

  @ParameterizedTest
  @EnumSource(
      value = Api.class,
      names = {"UNITY", "DELTA", "SHARING"})
  void tellsNothingOfWhatWentWrongInside(Api api) {
    for (String how : List.of("unexpected", "checked")) {
      Answer answer = caller(api).get(api.at("/fail/" + how));
      assertThat(error(api, answer, 500)).contains(answer.header("X-Request-Id").orElseThrow());
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = Api.class,
      names = {"UNITY", "DELTA", "SHARING"})
  void asksToTryAgainWhenTheDatabaseIsGone(Api api) {
    for (String how : List.of("database", "cut", "cut-before-commit")) {
      Answer answer = caller(api).get(api.at("/fail/" + how));
      assertThat(error(api, answer, 503)).contains("database");
      assertThat(answer.header("Retry-After")).contains("1");
    }
  }

  @Test
  void knowsWhatTheDatabaseRefuses() {
    error(Api.UNITY, admin().get(Api.UNITY.at("/fail/text")), 400);
    error(Api.UNITY, admin().get(Api.UNITY.at("/fail/duplicate")), 409);
    Answer collision = admin().get(Api.UNITY.at("/fail/collision"));
    error(Api.UNITY, collision, 503);
    assertThat(collision.header("Retry-After")).isPresent();
  }

  @Test
  void refusesBytesThatAreNoText() {
    Answer answer =
        anonymous()
            .raw(
                "POST /api/1.0/test HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                    + authorization(Api.OWN)
                    + "\r\nContent-Type: application/json\r\nContent-Length: 19\r\n\r\n"
                    + "{\"thing_name\":\"\u00ff\u00fe\"}");
    error(Api.OWN, answer, 400);
  }

  @Test
  void putsDetailsWhereEachApiWantsThem() {
    JsonNode delta = JSON.readTree(admin().get(Api.DELTA.at("/fail/conflict")).body());
    assertThat(delta.path("error").path("winner").asInt()).isEqualTo(3);
    assertThat(delta.path("error").path("type").asString())
        .isEqualTo("CommitVersionConflictException");
    JsonNode unity = JSON.readTree(admin().get(Api.UNITY.at("/fail/conflict")).body());
    assertThat(unity.path("details").path(0).path("winner").asInt()).isEqualTo(3);
  }

  @Test
  void answersForStreamsThatFailBeforeTheyBegin() {
    assertThat(error(Api.SHARING, recipient().get(Api.SHARING.at("/stream-fails-at-once")), 404))
        .isEqualTo("No such table");
  }

  @Test
  void cutsAStreamThatFailsOnItsWay() {
    Optional<Answer> whole = recipient().tryGet(Api.SHARING.at("/stream?lines=100000&fail=true"));
    assertThat(whole).isEmpty();
    Answer good = recipient().get(Api.SHARING.at("/stream?lines=100000"));
    assertThat(good.body().lines()).hasSize(100_000);
    // The thread that writes the stream works under the request's id.
    assertThat(good.body()).contains(good.header("X-Request-Id").orElseThrow());
  }

  @Test
  void hasNothingAtTheErrorPath() {
    error(Api.UNITY, anonymous().get("/error"), 404);
    error(Api.UNITY, anonymous().get("/"), 404);
  }
}
