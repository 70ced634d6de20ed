package io.tidegate.catalog;

import static io.tidegate.catalog.CatalogServer.UC;
import static io.tidegate.catalog.CatalogServer.json;
import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.testing.HttpTester;
import io.tidegate.testing.HttpTester.Answer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.springframework.jdbc.core.simple.JdbcClient;

/** Changes that meet: none undoes another's, nothing is left below what is gone. */
class ConcurrentChangesTest {
  private static final int ROUNDS = 15;
  private final CatalogServer server = CatalogServer.running();
  private final HttpTester admin = server.admin;

  static List<Answer> together(List<Callable<Answer>> requests) throws Exception {
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Answer> answers = new ArrayList<>();
      for (Future<Answer> answer : threads.invokeAll(requests)) {
        answers.add(answer.get());
      }
      return answers;
    }
  }

  @Test
  void whoChangesOneFieldKeepsWhatAnotherChangesMeanwhile() throws Exception {
    server.schema("both", "b");
    for (int round = 0; round < ROUNDS; round++) {
      String mark = "round-" + round;
      List<Answer> answers =
          together(
              List.of(
                  () -> admin.patch(UC + "/schemas/both.b", "{\"comment\": \"" + mark + "\"}"),
                  () ->
                      admin.patch(
                          UC + "/schemas/both.b", "{\"properties\": {\"k\": \"" + mark + "\"}}")));
      assertThat(answers).extracting(Answer::status).containsOnly(200);
      Answer shown = admin.get(UC + "/schemas/both.b");
      assertThat(json(shown).path("comment").asString()).isEqualTo(mark);
      assertThat(json(shown).path("properties").path("k").asString()).isEqualTo(mark);
    }
  }

  @Test
  void nothingIsCreatedInWhatIsBeingDropped() throws Exception {
    for (int round = 0; round < ROUNDS; round++) {
      String name = "falling" + round;
      admin.post(UC + "/catalogs", "{\"name\": \"" + name + "\"}");
      String schema = "{\"name\": \"s\", \"catalog_name\": \"" + name + "\"}";
      List<Answer> answers =
          together(
              List.of(
                  () -> admin.post(UC + "/schemas", schema),
                  () -> admin.delete(UC + "/catalogs/" + name)));
      List<Integer> statuses = answers.stream().map(Answer::status).toList();
      assertThat(statuses).isIn(List.of(404, 200), List.of(200, 409));
    }
    JdbcClient jdbc = server.context.getBean(JdbcClient.class);
    assertThat(
            jdbc.sql(
                    "SELECT count(*) FROM catalog.schemas s WHERE NOT EXISTS"
                        + " (SELECT 1 FROM catalog.catalogs c WHERE c.id = s.catalog_id)")
                .query(Long.class)
                .single())
        .isZero();
  }

  @Test
  void aDropThatComesTwiceIsOneEvent() throws Exception {
    admin.post(UC + "/catalogs", "{\"name\": \"twice\"}");
    List<Callable<Answer>> drops = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      drops.add(() -> admin.delete(UC + "/catalogs/twice"));
    }
    assertThat(together(drops).stream().map(Answer::status).sorted().toList())
        .isEqualTo(List.of(200, 404, 404, 404, 404, 404));
    assertThat(
            json(admin.get("/api/1.0/events?types=CatalogDropped&securables=twice"))
                .path("events")
                .size())
        .isEqualTo(1);
  }

  @Test
  void aPrincipalAndATeamNeverShareAName() throws Exception {
    for (int round = 0; round < ROUNDS; round++) {
      String body = "{\"name\": \"shared" + round + "\"}";
      List<Integer> statuses =
          together(
                  List.of(
                      () -> admin.post("/api/1.0/principals", body),
                      () -> admin.post("/api/1.0/teams", body)))
              .stream()
              .map(Answer::status)
              .sorted()
              .toList();
      assertThat(statuses).isEqualTo(List.of(200, 409));
    }
  }

  @Test
  void aRequestOnATableIsDoneWholeOrNotAtAll() {
    server.schema("whole", "w");
    for (String name : List.of("one", "two")) {
      String location = server.deltaTable("whole-" + name).toUri().toString();
      assertThat(admin.post(UC + "/tables", server.table("whole", "w", name, location)).status())
          .isEqualTo(200);
    }
    Answer refused =
        admin.patch(UC + "/tables/whole.w.one", "{\"comment\": \"new\", \"new_name\": \"two\"}");
    assertThat(refused.status()).as(refused.body()).isEqualTo(409);
    assertThat(json(admin.get(UC + "/tables/whole.w.one")).path("comment").asString(""))
        .isNotEqualTo("new");
  }

  @Test
  void columnsInTheRequestMustBeThoseOfTheLog() {
    server.schema("columns", "c");
    String location = server.deltaTable("columns").toUri().toString();
    String plain = server.table("columns", "c", "t", location);
    String start = plain.substring(0, plain.length() - 1) + ", \"columns\": ";
    for (String other :
        List.of(
            "[{\"name\": \"id\"}]",
            "[{\"name\": \"id\"}, {\"name\": \"night\"}]",
            "[{\"name\": \"id\"}, {\"name\": \"day\", \"type_name\": \"STRING\"}]",
            "[{\"name\": \"id\"}, null]")) {
      Answer refused = admin.post(UC + "/tables", start + other + "}");
      assertThat(refused.status()).as(other + refused.body()).isEqualTo(400);
      assertThat(json(refused).path("message").asString()).contains("columns");
    }
    Answer agreed =
        admin.post(
            UC + "/tables",
            start + "[{\"name\": \"id\"}, {\"name\": \"day\", \"type_name\": \"DATE\"}]}");
    assertThat(agreed.status()).as(agreed.body()).isEqualTo(200);
  }
}
