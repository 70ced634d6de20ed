package io.tidegate.catalog;

import static io.tidegate.catalog.CatalogServer.UC;
import static io.tidegate.catalog.CatalogServer.json;
import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.kit.web.PageToken;
import io.tidegate.testing.HttpTester;
import io.tidegate.testing.HttpTester.Answer;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Lists: paged, and showing to each caller what they may see. */
class ListsTest {
  private static final CatalogServer SERVER = CatalogServer.running();
  private static final HttpTester ADMIN = SERVER.admin;
  private static HttpTester reader = ADMIN;

  /**
   * @param path the list's path with its query, to which more can be added
   * @param items the name of the array
   */
  private record ListPath(String path, String items) {
    String with(String parameters) {
      return path + (path.contains("?") ? "&" : "?") + parameters;
    }
  }

  private static final List<ListPath> LISTS =
      List.of(
          new ListPath(UC + "/catalogs", "catalogs"),
          new ListPath(UC + "/schemas?catalog_name=lists", "schemas"),
          new ListPath(UC + "/schemas?catalog_name=lists-too", "schemas"),
          new ListPath(UC + "/tables?catalog_name=lists&schema_name=a_b", "tables"),
          new ListPath(UC + "/table-summaries?catalog_name=lists", "tables"),
          new ListPath("/api/1.0/principals", "principals"),
          new ListPath("/api/1.0/teams", "teams"),
          new ListPath("/api/1.0/tokens", "tokens"),
          new ListPath("/api/1.0/tokens?all=true", "tokens"));

  @BeforeAll
  static void tablesOfWhichAReaderSeesAFew() {
    SERVER.schema("lists", "a_b");
    SERVER.schema("lists", "axb");
    SERVER.schema("lists", "closed");
    SERVER.schema("lists-too", "s");
    SERVER.schema("lists-too", "t");
    for (int i = 0; i < 9; i++) {
      SERVER.registered("lists", "a_b", "t" + i);
    }
    SERVER.registered("lists", "axb", "u0");
    SERVER.registered("lists", "axb", "u1");
    SERVER.registered("lists", "closed", "c0");
    reader = SERVER.principal("lists-reader");
    ADMIN.post("/api/1.0/teams", "{\"name\": \"lists-a\"}");
    ADMIN.post("/api/1.0/teams", "{\"name\": \"lists-b\"}");
    for (int i = 0; i < 3; i++) {
      ADMIN.post("/api/1.0/tokens", "{}");
    }
    SERVER.grant("catalog/lists", "lists-reader", "USE CATALOG");
    SERVER.grant("schema/lists.a_b", "lists-reader", "USE SCHEMA");
    SERVER.grant("schema/lists.axb", "lists-reader", "USE SCHEMA", "SELECT");
    SERVER.grant("table/lists.a_b.t2", "lists-reader", "SELECT");
    SERVER.grant("table/lists.a_b.t7", "lists-reader", "MODIFY");
    SERVER.grant("table/lists.closed.c0", "lists-reader", "SELECT");
  }

  private static List<JsonNode> pages(HttpTester by, ListPath list, int size) {
    List<JsonNode> pages = new ArrayList<>();
    String token = "";
    do {
      Answer answer = by.get(list.with("max_results=" + size + "&page_token=" + token));
      assertThat(answer.status()).as(list + answer.body()).isEqualTo(200);
      pages.add(json(answer));
      token = pages.getLast().path("next_page_token").asString("");
      assertThat(pages.size()).isLessThan(1000);
    } while (!token.isEmpty());
    return pages;
  }

  private static List<String> summaries(HttpTester by, String parameters) {
    Answer answer = by.get(UC + "/table-summaries?catalog_name=lists" + parameters);
    assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    return Stream.iterate(0, i -> i + 1)
        .limit(json(answer).path("tables").size())
        .map(i -> json(answer).path("tables").get(i).path("full_name").asString())
        .toList();
  }

  @Test
  void everyListIsTheSameInPagesAsWhole() {
    for (ListPath list : LISTS) {
      JsonNode whole = json(ADMIN.get(list.with("max_results=1000")));
      assertThat(whole.path(list.items()).size()).as(list.path()).isGreaterThan(1);
      List<JsonNode> paged = new ArrayList<>();
      for (JsonNode page : pages(ADMIN, list, 1)) {
        assertThat(page.path(list.items()).size()).isEqualTo(1);
        paged.add(page.path(list.items()).get(0));
      }
      assertThat(paged)
          .as(list.path())
          .isEqualTo(
              IntStream.range(0, whole.path(list.items()).size())
                  .mapToObj(i -> whole.path(list.items()).get(i))
                  .toList());
    }
  }

  @Test
  void theSizeOfAPageIsBounded() {
    for (ListPath list : LISTS) {
      assertThat(ADMIN.get(list.with("max_results=0")).body())
          .as(list.path())
          .isEqualTo(ADMIN.get(list.path()).body());
      assertThat(ADMIN.get(list.with("max_results=2147483647")).status()).isEqualTo(200);
      for (String size : List.of("-1", "-2147483648", "2147483648", "x")) {
        Answer refused = ADMIN.get(list.with("max_results=" + size));
        assertThat(refused.status()).as(list + size + refused.body()).isEqualTo(400);
        assertThat(json(refused).path("message").asString()).contains("max_results");
      }
    }
  }

  @Test
  void aTokenOfAnotherListAndAForgedOneAreRefused() {
    List<String> tokens = new ArrayList<>();
    for (ListPath list : LISTS) {
      tokens.add(json(ADMIN.get(list.with("max_results=1"))).path("next_page_token").asString());
    }
    assertThat(tokens).doesNotHaveDuplicates().allMatch(token -> !token.isEmpty());
    for (int i = 0; i < LISTS.size(); i++) {
      List<String> bad =
          new ArrayList<>(
              List.of(
                  "x",
                  "e30",
                  "bnVsbA",
                  PageToken.encode("x"),
                  PageToken.encode("x", "y", "z", "a"),
                  PageToken.encode("catalogs", "a\u0000b"),
                  "A".repeat(5000)));
      for (int j = 0; j < LISTS.size(); j++) {
        if (i != j) {
          bad.add(tokens.get(j));
        }
      }
      for (String token : bad) {
        Answer refused = ADMIN.get(LISTS.get(i).with("page_token=" + token));
        assertThat(refused.status()).as(LISTS.get(i) + token + refused.body()).isEqualTo(400);
        assertThat(json(refused).path("message").asString()).contains("page_token");
      }
    }
    // Whoever writes a token of their own sees what they may see all the same.
    String first =
        json(ADMIN.get(UC + "/tables?catalog_name=lists&schema_name=a_b&max_results=1"))
            .path("next_page_token")
            .asString();
    String list = PageToken.decode("page_token", first, 2).getFirst();
    assertThat(
            reader
                .get(
                    UC
                        + "/tables?catalog_name=lists&schema_name=a_b&page_token="
                        + PageToken.encode(list, ""))
                .body())
        .contains("t2", "t7")
        .doesNotContain("t3");
  }

  @Test
  void pagesAreFullOfWhatTheCallerMaySee() {
    for (ListPath list :
        List.of(
            new ListPath(UC + "/tables?catalog_name=lists&schema_name=a_b", "tables"),
            new ListPath(UC + "/table-summaries?catalog_name=lists", "tables"),
            new ListPath(UC + "/schemas?catalog_name=lists", "schemas"))) {
      assertThat(pages(reader, list, 1))
          .as(list.path())
          .allSatisfy(page -> assertThat(page.path(list.items()).size()).isEqualTo(1));
    }
    assertThat(summaries(reader, ""))
        .containsExactly("lists.a_b.t2", "lists.a_b.t7", "lists.axb.u0", "lists.axb.u1");
    assertThat(pages(reader, LISTS.get(3), 1)).hasSize(2);
  }

  @Test
  void patternsAreThoseOfSql() {
    assertThat(summaries(ADMIN, "")).hasSize(12);
    assertThat(summaries(ADMIN, "&schema_name_pattern=&table_name_pattern=")).hasSize(12);
    assertThat(summaries(ADMIN, "&schema_name_pattern=a_b")).hasSize(11);
    assertThat(summaries(ADMIN, "&schema_name_pattern=a%5C_b")).hasSize(9);
    assertThat(summaries(ADMIN, "&schema_name_pattern=A_B&table_name_pattern=U%25"))
        .containsExactly("lists.axb.u0", "lists.axb.u1");
    assertThat(summaries(ADMIN, "&table_name_pattern=%250"))
        .containsExactly("lists.a_b.t0", "lists.axb.u0", "lists.closed.c0");
    assertThat(summaries(ADMIN, "&table_name_pattern=*")).isEmpty();
    assertThat(summaries(ADMIN, "&table_name_pattern=.*")).isEmpty();
    assertThat(summaries(ADMIN, "&table_name_pattern=(a%2B)%2B%24")).isEmpty();
    for (String bad : List.of("%5C", "a%5C%5C%5C", "%25".repeat(2000))) {
      for (String field : List.of("schema_name_pattern", "table_name_pattern")) {
        Answer refused = ADMIN.get(UC + "/table-summaries?catalog_name=lists&" + field + "=" + bad);
        assertThat(refused.status()).as(refused.body()).isEqualTo(400);
        assertThat(json(refused).path("message").asString()).contains(field);
      }
    }
  }

  @Test
  void aPatternThatIsMadeToBeSlowIsNot() {
    // A backtracking match of this takes longer than the test.
    String slow = "%25t".repeat(250) + "%25x";
    assertThat(summaries(ADMIN, "&table_name_pattern=" + slow)).isEmpty();
  }

  @Test
  void readingCostsTheSameNumberOfStatementsHoweverManyThereAre() {
    String tables = UC + "/tables?catalog_name=lists&schema_name=a_b";
    for (HttpTester by : List.of(ADMIN, reader)) {
      // One tells whose the token is, one what the caller may do there, one reads the page.
      assertThat(SERVER.statements(by, UC + "/table-summaries?catalog_name=lists")).hasSize(3);
      assertThat(SERVER.statements(by, tables)).hasSize(3);
      assertThat(SERVER.statements(by, UC + "/schemas?catalog_name=lists")).hasSize(3);
      assertThat(SERVER.statements(by, UC + "/catalogs")).hasSize(2);
      assertThat(SERVER.statements(by, UC + "/tables/lists.a_b.t2")).hasSize(2);
      assertThat(SERVER.statements(by, UC + "/permissions/table/lists.a_b.t2")).hasSize(3);
      assertThat(SERVER.statements(by, UC + "/effective-permissions/table/lists.a_b.t2"))
          .hasSize(3);
    }
  }
}
