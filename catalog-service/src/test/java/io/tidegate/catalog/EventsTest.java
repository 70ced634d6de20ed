package io.tidegate.catalog;

import static io.tidegate.catalog.CatalogServer.UC;
import static io.tidegate.catalog.CatalogServer.json;
import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.testing.HttpTester;
import io.tidegate.testing.HttpTester.Answer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.springframework.jdbc.core.simple.JdbcClient;
import tools.jackson.databind.JsonNode;

/** The catalog's feed, as its readers see it. */
class EventsTest {
  private static final String EVENTS = "/api/1.0/events";

  private final CatalogServer server = CatalogServer.running();
  private final HttpTester admin = server.admin;

  private JsonNode page(String parameters) {
    Answer answer = admin.get(EVENTS + parameters);
    assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    return json(answer);
  }

  private String end() {
    String cursor = "";
    while (true) {
      JsonNode page = page("?max_results=1000" + (cursor.isEmpty() ? "" : "&after=" + cursor));
      cursor = page.path("next_cursor").asString();
      if (page.path("events").isEmpty()) {
        return cursor;
      }
    }
  }

  @Test
  void pagesAreTheWholeFeedOnceAndFiltersPickFromIt() {
    server.schema("feed", "a");
    server.schema("feed", "b");
    List<JsonNode> one = new ArrayList<>();
    String cursor = "";
    for (JsonNode page = page("?max_results=2&securables=feed,feed.a,feed.b");
        !page.path("events").isEmpty();
        page = page("?max_results=2&securables=feed,feed.a,feed.b&after=" + cursor)) {
      assertThat(page.path("events").size()).isLessThanOrEqualTo(2);
      page.path("events").forEach(one::add);
      cursor = page.path("next_cursor").asString();
    }
    assertThat(one)
        .extracting(
            event -> event.path("type").asString() + " " + event.path("securable").asString())
        .containsExactly("CatalogCreated feed", "SchemaCreated feed.a", "SchemaCreated feed.b");
    Set<String> ids = new HashSet<>();
    one.forEach(event -> ids.add(event.path("id").asString()));
    assertThat(ids).hasSize(3);
    assertThat(page("?types=SchemaCreated&securables=feed,feed.a").path("events").size())
        .isEqualTo(1);
    assertThat(page("?types=TeamCreated&securables=feed").path("events")).isEmpty();
    for (String bad :
        List.of("?after=x", "?max_results=-1", "?wait_ms=-1", "?wait_ms=x", "?types=Nothing")) {
      assertThat(admin.get(EVENTS + bad).status()).as(bad).isEqualTo(400);
    }
  }

  @Test
  void aReaderThatWaitsIsToldOfAChangeAndNoLongerThanItAsked() throws Exception {
    String end = end();
    long began = System.nanoTime();
    assertThat(page("?wait_ms=300&securables=waited&after=" + end).path("events")).isEmpty();
    assertThat(Duration.ofNanos(System.nanoTime() - began))
        .isBetween(Duration.ofMillis(290), Duration.ofSeconds(20));
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<JsonNode> waiting =
          threads.submit(() -> page("?wait_ms=30000&securables=waited&after=" + end));
      admin.post(UC + "/catalogs", "{\"name\": \"waited\"}");
      assertThat(waiting.get().path("events").size()).isEqualTo(1);
    }
  }

  @Test
  void onlyAnAdministratorReadsWhatHappensToOthers() {
    HttpTester owner = server.principal("events-owner");
    server.grant("metastore/tidegate", "events-owner", "CREATE CATALOG");
    owner.post(UC + "/catalogs", "{\"name\": \"events-own\"}");
    for (String parameters : List.of("", "?securables=events-own", "?wait_ms=10000")) {
      for (String form : List.of("application/json", "text/event-stream")) {
        Answer refused = owner.with("Accept", form).get(EVENTS + parameters);
        assertThat(refused.status()).as(parameters + form).isEqualTo(403);
        assertThat(refused.body()).doesNotContain("CatalogCreated");
      }
    }
  }

  @Test
  void noEventHasASecretInIt() {
    server.principal("events-secret");
    JsonNode made =
        json(
            admin.post(
                "/api/1.0/tokens",
                "{\"principal\": \"events-secret\", \"comment\": \"a private remark\"}"));
    admin.delete("/api/1.0/tokens/" + made.path("id").asString());
    String all = page("?max_results=1000&securables=events-secret").toString();
    assertThat(all)
        .contains("TokenCreated", "TokenRevoked")
        .doesNotContain(made.path("token").asString(), "private remark", "hash");
    assertThat(
            server
                .context
                .getBean(JdbcClient.class)
                .sql("SELECT count(*) FROM catalog.events WHERE data::text LIKE '%tg\\_%'")
                .query(Long.class)
                .single())
        .isZero();
  }
}
