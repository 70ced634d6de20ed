package io.tidegate.catalog;

import static io.tidegate.catalog.CatalogServer.UC;
import static io.tidegate.catalog.CatalogServer.json;
import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.testing.HttpTester;
import io.tidegate.testing.HttpTester.Answer;
import java.util.List;
import org.assertj.core.api.SoftAssertions;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Whatever is sent gets an answer of the API's own: never a 5xx, never a stack trace. */
class HostileInputTest {
  private static final String API = "/api/1.0";
  private final CatalogServer server = CatalogServer.running();
  private final HttpTester admin = server.admin;

  private record Request(String method, String path, @Nullable String body) {}

  @Test
  void nullsWhereSomethingIsWantedAreRefused() {
    server.schema("nulls", "n");
    admin.post(API + "/teams", "{\"name\": \"nulls-team\"}");
    refused(
        List.of(
            new Request("PATCH", UC + "/permissions/catalog/nulls", "{\"changes\": [null]}"),
            new Request(
                "PATCH",
                UC + "/permissions/catalog/nulls",
                "{\"changes\": [{\"principal\": \"admin\", \"add\": [null]}]}"),
            new Request("PATCH", UC + "/permissions/catalog/nulls", "null"),
            new Request("PATCH", API + "/teams/nulls-team", "{\"add\": [null]}"),
            new Request("PATCH", API + "/teams/nulls-team", "{\"remove\": [null]}"),
            new Request("POST", UC + "/catalogs", "null"),
            new Request("POST", UC + "/catalogs", "[]"),
            new Request(
                "POST", UC + "/catalogs", "{\"name\": \"n1\", \"properties\": {\"a\": null}}"),
            new Request("POST", UC + "/tables", "null")));
  }

  @Test
  void wrongTypesAreRefused() {
    server.schema("types", "t");
    refused(
        List.of(
            new Request("POST", UC + "/catalogs", "{\"name\": [\"a\"]}"),
            new Request("POST", UC + "/catalogs", "{\"name\": \"t1\", \"properties\": []}"),
            new Request("POST", UC + "/catalogs", "{\"name\": \"t1\", \"comment\": {}}"),
            new Request("POST", UC + "/schemas", "{\"name\": true, \"catalog_name\": \"types\"}"),
            new Request(
                "POST", UC + "/schemas", "{\"name\": \"a\\u0000b\", \"catalog_name\": \"types\"}"),
            new Request("PATCH", UC + "/schemas/types.t", "{\"comment\": \"a\\u0000b\"}"),
            new Request("PATCH", UC + "/schemas/types.t", "{\"owner\": \"nobody-at-all\"}"),
            new Request("PATCH", UC + "/schemas/types.t", "{\"new_name\": \"a b\"}"),
            new Request("PATCH", UC + "/permissions/catalog/types", "{\"changes\": {}}"),
            new Request("PATCH", UC + "/permissions/volume/types", "{\"changes\": []}"),
            new Request("POST", API + "/tokens", "{\"lifetime_seconds\": 99999999999999999999}"),
            new Request("POST", API + "/tokens", "{\"lifetime_seconds\": \"soon\"}"),
            new Request("POST", API + "/principals", "{\"name\": \"p1\", \"admin\": \"perhaps\"}"),
            new Request("POST", API + "/principals", "{\"name\": \"p1\", \"kind\": \"ROBOT\"}"),
            new Request(
                "POST",
                UC + "/temporary-table-credentials",
                "{\"table_id\": \"x\", \"operation\": \"READ\"}")));
  }

  @Test
  void pathsAndParametersThatAreNotNamesAreRefused() {
    server.schema("odd", "o");
    refused(
        List.of(
            new Request("GET", UC + "/catalogs/%00", null),
            new Request("GET", UC + "/catalogs/%ff", null),
            new Request("GET", UC + "/catalogs/%2e%2e", null),
            new Request("GET", UC + "/catalogs/..%2f..%2fetc", null),
            new Request("GET", UC + "/schemas?catalog_name=%00", null),
            new Request("GET", UC + "/schemas?catalog_name=", null),
            new Request("GET", UC + "/schemas", null),
            new Request("GET", UC + "/schemas/odd", null),
            new Request("GET", UC + "/schemas/odd.%00", null),
            new Request("GET", UC + "/tables?catalog_name=odd&schema_name=%00", null),
            new Request("GET", UC + "/tables/odd.o.%00", null),
            new Request("GET", UC + "/tables/" + "x".repeat(3000) + ".b.c", null),
            new Request("DELETE", UC + "/catalogs/odd?force=maybe", null),
            new Request("GET", API + "/principals/%00", null),
            new Request("DELETE", API + "/tokens/%00", null),
            new Request("GET", API + "/tokens?page_token=%00", null),
            new Request("PUT", UC + "/catalogs", "{}")));
    // These name nothing that exists, and that is not an error.
    for (String path :
        List.of(
            "/table-summaries?catalog_name=odd&schema_name_pattern=%00",
            "/table-summaries?catalog_name=odd&schema_name_pattern=%5c",
            "/permissions/catalog/odd?principal=%00")) {
      assertThat(admin.get(UC + path).status()).as(path).isLessThan(500);
    }
  }

  @Test
  void aBodyThatIsTooLargeIsRefused() {
    Answer answer =
        admin.post(
            UC + "/catalogs", "{\"name\": \"huge\", \"comment\": \"" + "x".repeat(2 << 20) + "\"}");
    assertThat(answer.status()).isEqualTo(413);
    assertThat(json(answer).path("error_code").asString()).isEqualTo("REQUEST_TOO_LARGE");
  }

  private void refused(List<Request> requests) {
    SoftAssertions all = new SoftAssertions();
    for (Request request : requests) {
      Answer answer = admin.send(request.method(), request.path(), request.body());
      all.assertThat(answer.status()).as(request + ": " + answer.body()).isBetween(400, 499);
      all.assertThat(answer.body())
          .as(request.toString())
          .contains("\"error_code\"")
          .doesNotContain("Exception", "at io.tidegate", "SQL");
    }
    all.assertAll();
  }
}
