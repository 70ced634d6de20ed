package io.tidegate.kit.feed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidegate.events.EventMetadata;
import io.tidegate.events.EventStore;
import io.tidegate.events.ExpectedVersion;
import io.tidegate.events.StreamAppend;
import io.tidegate.events.StreamId;
import io.tidegate.kit.security.Caller;
import io.tidegate.kit.testapp.KitTest;
import io.tidegate.kit.testapp.TestApplication;
import io.tidegate.kit.testapp.TestApplication.OtherHappened;
import io.tidegate.kit.testapp.TestApplication.ThingHappened;
import io.tidegate.testing.HttpTester;
import io.tidegate.testing.HttpTester.Answer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.transaction.support.TransactionTemplate;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

@Timeout(60)
class EventFeedControllerTest extends KitTest {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final HttpClient CLIENT = HttpClient.newHttpClient();
  private static final String PATH = "/api/1.0/test/events";

  @Autowired private EventStore events;
  @Autowired private TestApplication.Tokens tokens;
  @Autowired private TransactionTemplate transactions;

  /** Each test looks at events about a securable of its own. */
  private final String securable = "test." + UUID.randomUUID();

  private final StreamId stream = new StreamId("things", securable);

  private void happened(int... numbers) {
    for (int number : numbers) {
      transactions.executeWithoutResult(status ->
          events.append(
              List.of(
                  StreamAppend.of(
                      stream,
                      ExpectedVersion.any(),
                      new ThingHappened("thing", number),
                      securable)),
              new EventMetadata("ada", "request-7")));
    }
  }

  private void other() {
    transactions.executeWithoutResult(status ->
        events.append(
            List.of(
                StreamAppend.of(
                    stream, ExpectedVersion.any(), new OtherHappened("thing"), securable)),
            new EventMetadata("ada", "request-8")));
  }

  private JsonNode page(String query) {
    Answer answer = admin().get(PATH + "?securables=" + securable + query);
    assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    return JSON.readTree(answer.body());
  }

  private static List<Integer> numbers(JsonNode page) {
    List<Integer> numbers = new ArrayList<>();
    page.path("events").forEach(event -> numbers.add(event.path("data").path("number").asInt(-1)));
    return numbers;
  }

  @Test
  void showsEventsWithWhoAndWhen() {
    happened(1);
    JsonNode event = page("").path("events").path(0);
    assertThat(event.propertyNames())
        .containsExactly(
            "id",
            "type",
            "stream",
            "version",
            "cursor",
            "securable",
            "data",
            "principal",
            "request_id",
            "recorded_at");
    assertThat(event.path("type").asString()).isEqualTo("ThingHappened");
    assertThat(event.path("stream").asString()).isEqualTo("things/" + securable);
    assertThat(event.path("version").asLong()).isEqualTo(0);
    assertThat(event.path("principal").asString()).isEqualTo("ada");
    assertThat(event.path("request_id").asString()).isEqualTo("request-7");
    assertThat(event.path("data").toString()).isEqualTo("{\"name\":\"thing\",\"number\":1}");
    assertThat(event.path("recorded_at").asString()).matches("\\d{4}-\\d\\d-\\d\\dT.*Z");
  }

  @Test
  void goesOnWhereAPageEnded() {
    happened(1, 2, 3, 4, 5);
    List<Integer> seen = new ArrayList<>();
    String after = "";
    int pages = 0;
    boolean more = true;
    while (more) {
      JsonNode page = page("&max_results=2&after=" + after);
      seen.addAll(numbers(page));
      after = page.path("next_cursor").asString();
      more = page.path("has_more").asBoolean();
      pages++;
    }
    assertThat(seen).containsExactly(1, 2, 3, 4, 5);
    assertThat(pages).isBetween(3, 4);
    assertThat(numbers(page("&after=" + after))).isEmpty();
    assertThat(page("&after=" + after).path("has_more").asBoolean()).isFalse();

    String second = page("&max_results=2").path("events").path(0).path("cursor").asString();
    assertThat(numbers(page("&after=" + second))).containsExactly(2, 3, 4, 5);
  }

  @Test
  void filtersByTypeAndSecurable() {
    happened(1);
    other();
    happened(2);
    assertThat(numbers(page("&types=ThingHappened"))).containsExactly(1, 2);
    assertThat(page("&types=ThingHappened,OtherHappened").path("events")).hasSize(3);
    assertThat(page("&types=ThingHappened&types=OtherHappened").path("events")).hasSize(3);
    JsonNode elsewhere =
        JSON.readTree(admin().get(PATH + "?securables=nobody." + securable).body());
    assertThat(elsewhere.path("events")).isEmpty();
  }

  @Test
  void waitsForAnEvent() throws Exception {
    String after = page("").path("next_cursor").asString();
    CompletableFuture<JsonNode> waiting =
        CompletableFuture.supplyAsync(() -> page("&wait_ms=30000&after=" + after));
    happened(7);
    assertThat(numbers(waiting.get(20, TimeUnit.SECONDS))).containsExactly(7);

    long began = System.nanoTime();
    assertThat(page("&wait_ms=700&after=" + page("").path("next_cursor").asString()).path("events"))
        .isEmpty();
    assertThat(Duration.ofNanos(System.nanoTime() - began)).isGreaterThan(Duration.ofMillis(700));
  }

  @Test
  void isForAdministratorsAndServicesOnly() {
    assertThat(user().get(PATH).status()).isEqualTo(403);
    assertThat(user().with("Accept", "text/event-stream").get(PATH).status()).isEqualTo(403);
    assertThat(anonymous().get(PATH).status()).isEqualTo(401);
    assertThat(service().get(PATH + "?max_results=1").status()).isEqualTo(200);
  }

  @Test
  void namesWhatIsWrongInAQuery() {
    for (String query :
        List.of(
            "after=nonsense",
            "after=" + URLEncoder.encode("0,0,0", StandardCharsets.UTF_8),
            "max_results=x",
            "max_results=-1",
            "types=Nothing",
            "types=ThingHappened,thingHappened",
            "wait_ms=x",
            "wait_ms=-1")) {
      Answer answer = admin().get(PATH + "?" + query);
      assertThat(answer.status()).as(query).isEqualTo(400);
      assertThat(answer.body()).contains(query.substring(0, query.indexOf('=')) + " ");
    }
    Answer stream = admin().with("Accept", "text/event-stream").get(PATH + "?after=nonsense");
    assertThat(stream.status()).isEqualTo(400);
    assertThat(stream.header("Content-Type")).contains("application/json");
    assertThat(admin().get(PATH + "?max_results=5000").status()).isEqualTo(200);
  }

  private HttpRequest streamRequest(String token, String lastEventId) {
    return HttpRequest.newBuilder(
            URI.create("http://127.0.0.1:" + port() + PATH + "?securables=" + securable))
        .header("Authorization", "Bearer " + token)
        .header("Accept", "text/event-stream")
        .header("Last-Event-ID", lastEventId)
        .build();
  }

  /** Reads server-sent events, line by line. */
  private final class Reader implements AutoCloseable {
    private final BufferedReader lines;

    Reader(String lastEventId) throws IOException, InterruptedException {
      this(TestApplication.ADMIN_TOKEN, lastEventId);
    }

    Reader(String token, String lastEventId) throws IOException, InterruptedException {
      HttpResponse<InputStream> response =
          CLIENT.send(streamRequest(token, lastEventId), HttpResponse.BodyHandlers.ofInputStream());
      assertThat(response.statusCode()).isEqualTo(200);
      assertThat(response.headers().firstValue("Content-Type").orElseThrow())
          .startsWith("text/event-stream");
      lines = new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8));
    }

    /** The next event's id and number. */
    String[] next() throws IOException {
      String id = "";
      while (true) {
        String line = lines.readLine();
        assertThat(line).isNotNull();
        if (line.startsWith("id: ")) {
          id = line.substring(4);
        } else if (line.startsWith("data: ")) {
          JsonNode event = JSON.readTree(line.substring(6));
          assertThat(event.path("cursor").asString()).isEqualTo(id);
          return new String[] {id, event.path("data").path("number").toString()};
        } else {
          assertThat(line).matches("|:|event: ThingHappened");
        }
      }
    }

    @Override
    public void close() throws IOException {
      lines.close();
    }
  }

  @Test
  void streamsEventsAndGoesOnAfterTheLastOneSeen() throws Exception {
    happened(1, 2);
    String last;
    try (Reader reader = new Reader("")) {
      assertThat(reader.next()[1]).isEqualTo("1");
      assertThat(reader.next()[1]).isEqualTo("2");
      happened(3);
      String[] third = reader.next();
      assertThat(third[1]).isEqualTo("3");
      last = third[0];
    }
    happened(4);
    try (Reader reader = new Reader(last)) {
      assertThat(reader.next()[1]).isEqualTo("4");
      happened(5);
      assertThat(reader.next()[1]).isEqualTo("5");
    }
  }

  @Test
  void endsWhatWaitsWhenItsTokenIsRevoked() throws Exception {
    String token = "revoked-" + securable;
    tokens.issue(token, new Caller(new UUID(0, 9), "bob", Set.of(), true, false));
    HttpTester bob = anonymous().token(token);
    String after = page("").path("next_cursor").asString();
    CompletableFuture<Answer> poll =
        CompletableFuture.supplyAsync(
            () -> bob.get(PATH + "?wait_ms=30000&securables=" + securable + "&after=" + after));
    CompletableFuture<Answer> stream =
        CompletableFuture.supplyAsync(
            () -> bob.with("Accept", "text/event-stream").get(PATH + "?securables=" + securable));
    assertThat(bob.get(PATH + "?wait_ms=1000&securables=" + securable).status()).isEqualTo(200);
    tokens.revoke(token);
    assertThat(poll.get(5, TimeUnit.SECONDS).status()).isEqualTo(401);
    assertThat(stream.handle((answer, cut) -> true).get(5, TimeUnit.SECONDS)).isTrue();
    assertThat(bob.get(PATH).status()).isEqualTo(401);
  }

  @Test
  void endsABusyStreamWhenItsTokenIsRevoked() throws Exception {
    String token = "busy-" + securable;
    tokens.issue(token, new Caller(new UUID(0, 9), "bob", Set.of(), true, false));
    AtomicBoolean over = new AtomicBoolean();
    CompletableFuture<Void> writer =
        CompletableFuture.runAsync(() -> {
          while (!over.get()) {
            happened(1);
          }
        });
    try (Reader reader = new Reader(token, "")) {
      reader.next();
      tokens.revoke(token);
      // Cut off, in the middle of a line perhaps, though there is always something to read.
      assertThatThrownBy(
              () -> {
                while (true) {
                  reader.next();
                }
              })
          .isNotNull();
    } finally {
      over.set(true);
      writer.get(20, TimeUnit.SECONDS);
    }
  }

  @Test
  void boundsHowManyWait() throws Exception {
    HttpTester admin = admin();
    HttpRequest request = streamRequest(TestApplication.ADMIN_TOKEN, "");
    List<InputStream> streams = new ArrayList<>();
    try {
      HttpResponse<InputStream> response =
          CLIENT.send(request, HttpResponse.BodyHandlers.ofInputStream());
      while (response.statusCode() == 200) {
        streams.add(response.body());
        // Fewer where another test's are still there.
        assertThat(streams).hasSizeLessThanOrEqualTo(100);
        response = CLIENT.send(request, HttpResponse.BodyHandlers.ofInputStream());
      }
      assertThat(response.statusCode()).isEqualTo(503);
      assertThat(response.headers().firstValue("Retry-After")).isPresent();
      assertThat(streams).hasSizeGreaterThan(50);
      assertThat(admin.get(PATH + "?wait_ms=10").status()).isEqualTo(503);
      // Who does not wait is served.
      assertThat(admin.get(PATH).status()).isEqualTo(200);
    } finally {
      for (InputStream stream : streams) {
        stream.close();
      }
    }
    // Clients that went are noticed with the next thing to write.
    long deadline = System.nanoTime() + Duration.ofSeconds(40).toNanos();
    while (admin.get(PATH + "?wait_ms=1&securables=" + securable).status() != 200) {
      assertThat(System.nanoTime()).isLessThan(deadline);
      happened(1);
    }
  }

  @Test
  void losesNothingToReadersWhileManyWrite()
      throws InterruptedException, ExecutionException, TimeoutException {
    Set<Integer> seen = new HashSet<>();
    CompletableFuture<Void> writers =
        CompletableFuture.allOf(
            java.util.stream.IntStream.range(0, 4)
                .mapToObj(writer ->
                    CompletableFuture.runAsync(() -> {
                      for (int i = 0; i < 25; i++) {
                        happened(writer * 25 + i);
                      }
                    }))
                .toArray(CompletableFuture<?>[]::new));
    String after = "";
    while (seen.size() < 100) {
      JsonNode page = page("&max_results=7&wait_ms=5000&after=" + after);
      for (int number : numbers(page)) {
        assertThat(seen.add(number)).as("twice: " + number).isTrue();
      }
      after = page.path("next_cursor").asString();
    }
    writers.get(20, TimeUnit.SECONDS);
  }
}
