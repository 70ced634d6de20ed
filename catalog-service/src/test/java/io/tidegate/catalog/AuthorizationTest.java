package io.tidegate.catalog;

import static io.tidegate.catalog.CatalogServer.UC;
import static io.tidegate.catalog.CatalogServer.json;
import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.testing.HttpTester;
import io.tidegate.testing.HttpTester.Answer;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.springframework.web.servlet.mvc.method.annotation.RequestMappingHandlerMapping;

/** What every endpoint answers to those who may not use it; none is left out. */
class AuthorizationTest {
  private static final CatalogServer SERVER = CatalogServer.running();
  private static final String HIDDEN = "only-for-the-owner";
  private static final String API = "/api/1.0";

  private static String tableId = "";
  private static String adminTokenId = "";

  /**
   * A request that an endpoint would serve to an administrator.
   *
   * @param pattern the endpoint's path, as it is mapped
   * @param path the path asked for
   * @param stranger the status that a principal without any grant gets
   * @param guest the status for who may use catalog and schema, and nothing more
   */
  private record Request(
      String method, String pattern, String path, @Nullable String body, int stranger, int guest) {
    static Request of(String method, String pattern, String path, @Nullable String body, int both) {
      return new Request(method, pattern, path, body, both, both);
    }
  }

  /** What anybody may ask for: it tells nothing of what is in the catalog. */
  private static final String PUBLIC = "GET /.well-known/databricks-config";

  private static final String SCIM = "/api/2.0/preview/scim/v2";
  private static final String CONTROL = API + "/unity-control/scim2";

  private static List<Request> requests() {
    String somebody = UUID.randomUUID().toString();
    return List.of(
        Request.of(
            "POST",
            "/api/2.0/unity-catalog/temporary-table-credentials",
            "/api/2.0/unity-catalog/temporary-table-credentials",
            "{\"table_id\": \"" + tableId + "\", \"operation\": \"READ\"}",
            403),
        Request.of("GET", UC + "/metastores", UC + "/metastores", null, 200),
        Request.of("GET", UC + "/metastores/{id}", UC + "/metastores/" + Metastore.ID, null, 200),
        Request.of(
            "GET",
            UC + "/current-metastore-assignment",
            UC + "/current-metastore-assignment",
            null,
            200),
        Request.of("GET", SCIM + "/Me", SCIM + "/Me", null, 200),
        Request.of("GET", CONTROL + "/Me", CONTROL + "/Me", null, 200),
        Request.of("GET", SCIM + "/Users", SCIM + "/Users", null, 403),
        Request.of("GET", CONTROL + "/Users", CONTROL + "/Users", null, 403),
        Request.of("GET", SCIM + "/Users/{id}", SCIM + "/Users/" + somebody, null, 403),
        Request.of("GET", CONTROL + "/Users/{id}", CONTROL + "/Users/" + somebody, null, 403),
        Request.of("GET", SCIM + "/ServicePrincipals", SCIM + "/ServicePrincipals", null, 403),
        Request.of(
            "GET",
            SCIM + "/ServicePrincipals/{id}",
            SCIM + "/ServicePrincipals/" + somebody,
            null,
            403),
        Request.of("GET", SCIM + "/Groups", SCIM + "/Groups", null, 403),
        Request.of("GET", SCIM + "/Groups/{id}", SCIM + "/Groups/" + somebody, null, 403),
        Request.of("GET", API + "/me", API + "/me", null, 200),
        Request.of("POST", API + "/principals", API + "/principals", "{\"name\": \"sneak\"}", 403),
        Request.of("GET", API + "/principals", API + "/principals", null, 403),
        Request.of("GET", API + "/principals/{name}", API + "/principals/admin", null, 403),
        Request.of("PATCH", API + "/principals/{name}", API + "/principals/admin", "{}", 403),
        Request.of("DELETE", API + "/principals/{name}", API + "/principals/admin", null, 403),
        Request.of("POST", API + "/teams", API + "/teams", "{\"name\": \"gang\"}", 403),
        Request.of("GET", API + "/teams", API + "/teams", null, 403),
        Request.of(
            "PATCH",
            API + "/teams/{name}",
            API + "/teams/vault-keepers",
            "{\"add\": [\"stranger\"]}",
            403),
        Request.of("DELETE", API + "/teams/{name}", API + "/teams/vault-keepers", null, 403),
        Request.of("POST", API + "/tokens", API + "/tokens", "{\"principal\": \"admin\"}", 403),
        Request.of("POST", API + "/tokens", API + "/tokens", "{\"principal\": \"nobody\"}", 403),
        Request.of("GET", API + "/tokens", API + "/tokens?all=true", null, 403),
        Request.of("GET", API + "/tokens", API + "/tokens", null, 200),
        Request.of("DELETE", API + "/tokens/{id}", API + "/tokens/" + adminTokenId, null, 404),
        Request.of("GET", API + "/events", API + "/events", null, 403),
        Request.of(
            "POST",
            UC + "/temporary-table-credentials",
            UC + "/temporary-table-credentials",
            "{\"table_id\": \"" + tableId + "\", \"operation\": \"READ\"}",
            403),
        Request.of(
            "POST",
            UC + "/temporary-table-credentials",
            UC + "/temporary-table-credentials",
            "{\"table_id\": \"" + tableId + "\", \"operation\": \"READ_WRITE\"}",
            403),
        Request.of("GET", UC + "/metastore_summary", UC + "/metastore_summary", null, 200),
        Request.of(
            "POST",
            UC + "/tables",
            UC + "/tables",
            SERVER.table(
                "vault", "secret", "more", SERVER.lake.resolve("vault-more").toUri().toString()),
            403),
        new Request(
            "GET",
            UC + "/tables",
            UC + "/tables?catalog_name=vault&schema_name=secret",
            null,
            403,
            200),
        new Request(
            "GET",
            UC + "/table-summaries",
            UC + "/table-summaries?catalog_name=vault",
            null,
            403,
            200),
        Request.of(
            "GET", UC + "/tables/{full_name}", UC + "/tables/vault.secret.ledger", null, 403),
        new Request(
            "GET",
            UC + "/tables/{full_name}/exists",
            UC + "/tables/vault.secret.ledger/exists",
            null,
            403,
            200),
        Request.of(
            "PATCH", UC + "/tables/{full_name}", UC + "/tables/vault.secret.ledger", "{}", 403),
        Request.of(
            "PATCH",
            UC + "/tables/{full_name}",
            UC + "/tables/vault.secret.ledger",
            "{\"owner\": \"stranger\"}",
            403),
        Request.of(
            "PATCH",
            UC + "/tables/{full_name}",
            UC + "/tables/vault.secret.ledger",
            "{\"new_name\": \"mine\"}",
            403),
        Request.of(
            "DELETE", UC + "/tables/{full_name}", UC + "/tables/vault.secret.ledger", null, 403),
        new Request(
            "GET",
            UC + "/permissions/{securable_type}/{full_name}",
            UC + "/permissions/table/vault.secret.ledger",
            null,
            403,
            200),
        new Request(
            "GET",
            UC + "/effective-permissions/{securable_type}/{full_name}",
            UC + "/effective-permissions/table/vault.secret.ledger",
            null,
            403,
            200),
        Request.of(
            "PATCH",
            UC + "/permissions/{securable_type}/{full_name}",
            UC + "/permissions/table/vault.secret.ledger",
            "{\"changes\": [{\"principal\": \"stranger\", \"add\": [\"SELECT\"]}]}",
            403),
        Request.of(
            "PATCH",
            UC + "/permissions/{securable_type}/{full_name}",
            UC + "/permissions/metastore/tidegate",
            "{\"changes\": [{\"principal\": \"stranger\", \"add\": [\"CREATE CATALOG\"]}]}",
            403),
        Request.of(
            "POST",
            UC + "/schemas",
            UC + "/schemas",
            "{\"name\": \"more\", \"catalog_name\": \"vault\"}",
            403),
        new Request("GET", UC + "/schemas", UC + "/schemas?catalog_name=vault", null, 403, 200),
        new Request(
            "GET", UC + "/schemas/{full_name}", UC + "/schemas/vault.secret", null, 403, 200),
        Request.of("PATCH", UC + "/schemas/{full_name}", UC + "/schemas/vault.secret", "{}", 403),
        Request.of(
            "DELETE",
            UC + "/schemas/{full_name}",
            UC + "/schemas/vault.secret?force=true",
            null,
            403),
        Request.of("POST", UC + "/catalogs", UC + "/catalogs", "{\"name\": \"more\"}", 403),
        Request.of("GET", UC + "/catalogs", UC + "/catalogs", null, 200),
        new Request("GET", UC + "/catalogs/{name}", UC + "/catalogs/vault", null, 403, 200),
        Request.of("PATCH", UC + "/catalogs/{name}", UC + "/catalogs/vault", "{}", 403),
        Request.of(
            "DELETE", UC + "/catalogs/{name}", UC + "/catalogs/vault?force=true", null, 403));
  }

  @BeforeAll
  static void aVaultWithALedger() {
    SERVER.schema("vault", "secret");
    SERVER.deltaTable("vault-more");
    Answer table =
        SERVER.admin.post(
            UC + "/tables",
            SERVER.table(
                "vault", "secret", "ledger", SERVER.deltaTable("vault-ledger").toUri().toString()));
    assertThat(table.status()).as(table.body()).isEqualTo(200);
    tableId = json(table).path("table_id").asString();
    SERVER.admin.patch(UC + "/tables/vault.secret.ledger", "{\"comment\": \"" + HIDDEN + "\"}");
    SERVER.admin.post(API + "/teams", "{\"name\": \"vault-keepers\"}");
    adminTokenId =
        json(SERVER.admin.get(API + "/tokens")).path("tokens").get(0).path("id").asString();
  }

  @Test
  void theListOfRequestsHasEveryEndpointOfTheService() {
    Set<String> mapped =
        SERVER
            .context
            .getBean("requestMappingHandlerMapping", RequestMappingHandlerMapping.class)
            .getHandlerMethods()
            .entrySet()
            .stream()
            .filter(entry ->
                entry.getValue().getBeanType().getPackageName().equals("io.tidegate.catalog"))
            .flatMap(entry ->
                entry.getKey().getMethodsCondition().getMethods().stream()
                    .flatMap(method ->
                        entry.getKey().getPatternValues().stream()
                            .map(pattern -> method + " " + pattern)))
            .collect(Collectors.toCollection(TreeSet::new));
    Set<String> asked =
        requests().stream()
            .map(request -> request.method() + " " + request.pattern())
            .collect(Collectors.toCollection(TreeSet::new));
    assertThat(mapped.remove(PUBLIC)).isTrue();
    assertThat(mapped).isNotEmpty();
    assertThat(asked).isEqualTo(mapped);
  }

  @Test
  void whatIsForOtherServicesIsServedToNoPrincipal() {
    Set<String> mapped =
        SERVER
            .context
            .getBean("requestMappingHandlerMapping", RequestMappingHandlerMapping.class)
            .getHandlerMethods()
            .keySet()
            .stream()
            .flatMap(info ->
                info.getMethodsCondition().getMethods().stream()
                    .flatMap(method ->
                        info.getPatternValues().stream().map(pattern -> method + " " + pattern)))
            .filter(endpoint -> endpoint.contains(" /service/"))
            .collect(Collectors.toCollection(TreeSet::new));
    assertThat(mapped).isNotEmpty();
    HttpTester stranger = SERVER.principal("service-stranger");
    for (String endpoint : mapped) {
      String[] parts = endpoint.split(" ", 2);
      String path = parts[1].replaceAll("\\{[^}]*}", tableId);
      for (HttpTester by : List.of(SERVER.admin, stranger)) {
        assertThat(by.send(parts[0], path, null).status()).as(endpoint).isEqualTo(403);
      }
      assertThat(SERVER.anonymous.send(parts[0], path, null).status()).as(endpoint).isEqualTo(401);
    }
  }

  @Test
  void nothingIsServedWithoutATokenOrWithAnUnknownOne() {
    for (HttpTester nobody :
        List.of(
            SERVER.anonymous,
            SERVER.anonymous.token("tg_" + "A".repeat(43)),
            SERVER.anonymous.token("'; --"),
            SERVER.anonymous.with("Authorization", "Basic YWRtaW46YWRtaW4="))) {
      for (Request request : requests()) {
        Answer answer = nobody.send(request.method(), request.path(), request.body());
        assertThat(answer.status()).as(request + ": " + answer.body()).isEqualTo(401);
        assertThat(answer.header("WWW-Authenticate").orElse("")).startsWith("Bearer");
        assertThat(json(answer).path("error_code").asString()).as(answer.body()).isNotEmpty();
      }
    }
    thatTheVaultIsAsItWas();
  }

  @Test
  void whoHoldsNothingSeesAndChangesNothingOfOthers() {
    HttpTester stranger = SERVER.principal("stranger");
    for (Request request : requests()) {
      Answer answer = stranger.send(request.method(), request.path(), request.body());
      thatNothingIsGivenAway(request, answer, request.stranger());
      if (answer.status() == 200) {
        assertThat(answer.body()).as(request.toString()).doesNotContain("vault");
      }
    }
    assertThat(json(stranger.get(UC + "/catalogs")).path("catalogs").size()).isZero();
    assertThat(json(stranger.get(API + "/tokens")).path("tokens"))
        .isNotEmpty()
        .allSatisfy(token -> assertThat(token.path("principal").asString()).isEqualTo("stranger"));
    assertThat(stranger.with("Accept", "text/event-stream").get(API + "/events").status())
        .isEqualTo(403);
    thatTheVaultIsAsItWas();
  }

  @Test
  void whoMayWalkThroughASchemaSeesNoTableOfIt() {
    HttpTester guest = SERVER.principal("guest");
    Answer granted =
        SERVER.admin.patch(
            UC + "/permissions/catalog/vault",
            "{\"changes\": [{\"principal\": \"guest\", \"add\": [\"USE CATALOG\", \"USE SCHEMA\"]}]}");
    assertThat(granted.status()).as(granted.body()).isEqualTo(200);
    for (Request request : requests()) {
      Answer answer = guest.send(request.method(), request.path(), request.body());
      thatNothingIsGivenAway(request, answer, request.guest());
      if (answer.status() == 200) {
        assertThat(answer.body()).as(request.toString()).doesNotContain("ledger");
      }
    }
    thatTheVaultIsAsItWas();
  }

  private static void thatNothingIsGivenAway(Request request, Answer answer, int status) {
    assertThat(answer.status()).as(request + ": " + answer.body()).isEqualTo(status);
    assertThat(answer.body())
        .as(request.toString())
        .doesNotContain(HIDDEN, "vault-ledger", "vault-keepers");
  }

  private static void thatTheVaultIsAsItWas() {
    Answer table = SERVER.admin.get(UC + "/tables/vault.secret.ledger");
    assertThat(table.status()).as(table.body()).isEqualTo(200);
    assertThat(json(table).path("comment").asString()).isEqualTo(HIDDEN);
    assertThat(json(table).path("owner").asString()).isEqualTo("admin");
    assertThat(SERVER.admin.get(UC + "/tables/vault.secret.more").status()).isEqualTo(404);
    assertThat(SERVER.admin.get(API + "/principals/sneak").status()).isEqualTo(404);
    assertThat(json(SERVER.admin.get(API + "/teams")).path("teams"))
        .filteredOn(team -> team.path("name").asString().equals("vault-keepers"))
        .singleElement()
        .satisfies(team -> assertThat(team.path("members").size()).isZero());
  }
}
