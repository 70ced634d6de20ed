package io.tidegate.catalog;

import static io.tidegate.catalog.CatalogServer.UC;
import static io.tidegate.catalog.CatalogServer.json;
import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.testing.HttpTester;
import io.tidegate.testing.HttpTester.Answer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** What the published clients of both families look for: first calls, spellings, error codes. */
class StockClientsTest {
  private static final String SCIM = "/api/2.0/preview/scim/v2";
  private static final String PYTHON_SDK =
      "unknown/0.0.0 databricks-sdk-py/0.156.0 python/3.11.2 os/linux auth/pat";
  private static final String UC_JAVA = "UnityCatalog-Java-Client/0.6.0 Java/25";
  private static final String UC_PYTHON = "OpenAPI-Generator/0.3.0/python";

  private final CatalogServer server = CatalogServer.running();
  private final HttpTester admin = server.admin;
  private final HttpTester sdk = admin.with("User-Agent", PYTHON_SDK);

  private static JsonNode ok(Answer answer) {
    assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    return json(answer);
  }

  // ---- first calls

  @Test
  void aHostTellsTheSdksWhatItIsWithoutAToken() {
    JsonNode host = ok(server.anonymous.get("/.well-known/databricks-config"));
    assertThat(host.path("oidc_endpoint").asString("-")).isEmpty();
    assertThat(host.path("host_type").asString()).isEqualTo("workspace");
    assertThat(server.anonymous.get("/.well-known/other").status()).isEqualTo(404);
  }

  @Test
  void theMetastoreIsTheSameWhereverItIsAskedFor() {
    JsonNode summary = ok(admin.get(UC + "/metastore_summary"));
    String id = summary.path("metastore_id").asString();
    assertThat(ok(admin.get(UC + "/current-metastore-assignment")).path("metastore_id").asString())
        .isEqualTo(id);
    JsonNode listed = ok(admin.get(UC + "/metastores")).path("metastores");
    assertThat(listed.size()).isEqualTo(1);
    assertThat(listed.get(0)).isEqualTo(summary);
    assertThat(ok(admin.get(UC + "/metastores/" + id))).isEqualTo(summary);
    assertThat(admin.get(UC + "/metastores/other").status()).isEqualTo(404);
  }

  @Test
  void whoeverCallsIsToldWhoTheyAre() {
    HttpTester somebody = server.principal("scim-somebody");
    admin.post("/api/1.0/teams", "{\"name\": \"scim-team\"}");
    admin.patch("/api/1.0/teams/scim-team", "{\"add\": [\"scim-somebody\"]}");
    String id = ok(somebody.get("/api/1.0/me")).path("id").asString();
    for (String me : List.of(SCIM + "/Me", "/api/1.0/unity-control/scim2/Me")) {
      JsonNode shown = ok(somebody.get(me));
      assertThat(shown.path("id").asString()).isEqualTo(id);
      assertThat(shown.path("userName").asString()).isEqualTo("scim-somebody");
      assertThat(shown.path("displayName").asString()).isEqualTo("scim-somebody");
      assertThat(shown.path("active").asBoolean()).isTrue();
      assertThat(shown.path("groups").get(0).path("display").asString()).isEqualTo("scim-team");
    }
    assertThat(ok(somebody.get(SCIM + "/Users/" + id)).path("userName").asString())
        .isEqualTo("scim-somebody");
    JsonNode team =
        ok(admin.get(SCIM + "/Groups?filter=displayName%20eq%20%22scim-team%22"))
            .path("Resources")
            .get(0);
    assertThat(team.path("members").get(0).path("value").asString()).isEqualTo(id);
    assertThat(ok(admin.get(SCIM + "/Groups/" + team.path("id").asString()))).isEqualTo(team);
  }

  @Test
  void principalsAreFoundByNameAndInPages() {
    admin.post(
        "/api/1.0/principals", "{\"name\": \"scim-robot\", \"kind\": \"SERVICE_PRINCIPAL\"}");
    String byName = SCIM + "/ServicePrincipals?filter=applicationId%20eq%20%22Scim-Robot%22";
    JsonNode robot = ok(admin.get(byName)).path("Resources").get(0);
    assertThat(robot.path("applicationId").asString()).isEqualTo("scim-robot");
    assertThat(robot.has("userName")).isFalse();
    assertThat(ok(admin.get(SCIM + "/ServicePrincipals/" + robot.path("id").asString())))
        .isEqualTo(robot);
    assertThat(
            ok(admin.get(SCIM + "/Users?filter=userName%20eq%20%22scim-robot%22"))
                .path("totalResults")
                .asLong())
        .isZero();
    server.principal("scim-page-one");
    server.principal("scim-page-two");
    List<String> names = new ArrayList<>();
    long total = ok(admin.get(SCIM + "/Users?count=0")).path("totalResults").asLong();
    for (int start = 1; start <= total; start++) {
      JsonNode page = ok(admin.get(SCIM + "/Users?count=1&startIndex=" + start));
      assertThat(page.path("itemsPerPage").asInt()).isEqualTo(1);
      names.add(page.path("Resources").get(0).path("userName").asString());
    }
    assertThat(names).doesNotHaveDuplicates().contains("scim-page-one", "scim-page-two", "admin");
    assertThat(ok(admin.get(SCIM + "/Users?startIndex=" + (total + 1))).path("Resources"))
        .isEmpty();
    for (String bad : List.of("userName%20co%20%22a%22", "x", "password%20eq%20%22a%22")) {
      Answer refused = admin.get(SCIM + "/Users?filter=" + bad);
      assertThat(refused.status()).as(bad).isEqualTo(400);
      assertThat(refused.body()).contains("filter", "username");
    }
    assertThat(admin.get(SCIM + "/Users/no-such").status()).isEqualTo(404);
  }

  // ---- grants

  private static List<String> privileges(JsonNode answer, String principal) {
    List<String> found = new ArrayList<>();
    answer
        .path("privilege_assignments")
        .forEach(assignment -> {
          if (assignment.path("principal").asString().equals(principal)) {
            assignment.path("privileges").forEach(name -> found.add(name.asString()));
          }
        });
    return found;
  }

  @Test
  void eachFamilyOfClientsIsShownItsOwnSpelling() {
    server.schema("families", "s");
    server.registered("families", "s", "t");
    server.principal("speller");
    Map<String, List<String>> grants =
        Map.of(
            "catalog/families", List.of("USE_CATALOG", "CREATE_SCHEMA"),
            "schema/families.s", List.of("USE_SCHEMA", "CREATE_TABLE"),
            "table/families.s.t", List.of("MODIFY", "SELECT"),
            "metastore/tidegate", List.of("CREATE_CATALOG", "CREATE_RECIPIENT", "CREATE_SHARE"));
    grants.forEach((securable, names) -> {
      List<String> spaced = names.stream().map(name -> name.replace('_', ' ')).toList();
      String path = UC + "/permissions/" + securable;
      String changes =
          CatalogServer.JSON.writeValueAsString(
              Map.of("changes", List.of(Map.of("principal", "speller", "add", names))));
      assertThat(privileges(ok(sdk.patch(path, changes)), "speller"))
          .as(securable)
          .containsExactlyInAnyOrderElementsOf(names);
      assertThat(privileges(ok(sdk.get(path)), "speller"))
          .containsExactlyInAnyOrderElementsOf(names);
      assertThat(privileges(ok(admin.get(path)), "speller"))
          .containsExactlyInAnyOrderElementsOf(spaced);
      for (String client : List.of(UC_JAVA, UC_PYTHON)) {
        assertThat(privileges(ok(admin.with("User-Agent", client).patch(path, changes)), "speller"))
            .as(securable + client)
            .containsExactlyInAnyOrderElementsOf(
                spaced.stream()
                    .filter(
                        name -> !name.equals("CREATE SHARE") && !name.equals("CREATE RECIPIENT"))
                    .toList());
      }
    });
    JsonNode effective = ok(sdk.get(UC + "/effective-permissions/table/families.s.t"));
    assertThat(effective.toString()).contains("\"USE_CATALOG\"", "\"USE_SCHEMA\"", "\"SELECT\"");
  }

  // ---- errors

  @Test
  void whatExistsAlreadyIsCalledByTheNameThatEachFamilyKnows() {
    server.schema("taken", "s");
    server.schema("taken2", "s");
    Path table = server.registered("taken", "s", "t");
    String other = server.deltaTable("taken-other").toUri().toString();
    String catalog = "{\"name\": \"taken\"}";
    String schema = "{\"name\": \"s\", \"catalog_name\": \"taken\"}";
    Map<String, Answer> answers =
        Map.of(
            "CATALOG_ALREADY_EXISTS create", admin.post(UC + "/catalogs", catalog),
            "CATALOG_ALREADY_EXISTS rename",
                admin.patch(UC + "/catalogs/taken2", "{\"new_name\": \"taken\"}"),
            "SCHEMA_ALREADY_EXISTS create", admin.post(UC + "/schemas", schema),
            "TABLE_ALREADY_EXISTS create",
                admin.post(UC + "/tables", server.table("taken", "s", "t", other)),
            "TABLE_ALREADY_EXISTS same-place",
                admin.post(
                    UC + "/tables", server.table("taken", "s", "t", table.toUri().toString())),
            "ALREADY_EXISTS overlap",
                admin.post(
                    UC + "/tables", server.table("taken", "s", "u", table.toUri().toString())),
            "ALREADY_EXISTS principal", admin.post("/api/1.0/principals", "{\"name\": \"admin\"}"));
    answers.forEach((expected, answer) -> {
      assertThat(answer.status()).as(expected + answer.body()).isEqualTo(409);
      assertThat(json(answer).path("error_code").asString()).isEqualTo(expected.split(" ")[0]);
    });
    // Of these the SDKs have an exception of its own for this one alone.
    for (Answer answer :
        List.of(
            sdk.post(UC + "/catalogs", catalog),
            sdk.post(UC + "/schemas", schema),
            sdk.post(UC + "/tables", server.table("taken", "s", "t", other)))) {
      assertThat(answer.status()).isEqualTo(409);
      assertThat(json(answer).path("error_code").asString()).isEqualTo("ALREADY_EXISTS");
    }
  }

  @Test
  void everyOtherRefusalHasTheStatusAndTheNameThatClientsGoBy() {
    server.schema("refusals", "s");
    HttpTester stranger = server.principal("refused");
    record Refusal(Answer answer, int status, String code) {}
    for (Refusal refusal :
        List.of(
            new Refusal(admin.get(UC + "/catalogs/no"), 404, "CATALOG_DOES_NOT_EXIST"),
            new Refusal(admin.get(UC + "/schemas/refusals.no"), 404, "SCHEMA_DOES_NOT_EXIST"),
            new Refusal(admin.get(UC + "/tables/refusals.s.no"), 404, "TABLE_DOES_NOT_EXIST"),
            new Refusal(admin.get("/api/1.0/principals/no"), 404, "PRINCIPAL_DOES_NOT_EXIST"),
            new Refusal(admin.get(UC + "/volumes"), 404, "NOT_FOUND"),
            new Refusal(admin.get(UC + "/tables/refusals"), 400, "INVALID_PARAMETER_VALUE"),
            new Refusal(admin.post(UC + "/catalogs", "{"), 400, "BAD_REQUEST"),
            new Refusal(admin.delete(UC + "/catalogs/refusals"), 409, "NOT_EMPTY"),
            new Refusal(stranger.get(UC + "/catalogs/refusals"), 403, "PERMISSION_DENIED"),
            new Refusal(server.anonymous.get(UC + "/catalogs"), 401, "UNAUTHENTICATED"),
            new Refusal(
                admin.post(UC + "/catalogs", "{\"name\": \"x\", \"storage_root\": \"file:///x\"}"),
                501,
                "NOT_IMPLEMENTED"))) {
      assertThat(refusal.answer().status()).as(refusal.answer().body()).isEqualTo(refusal.status());
      assertThat(json(refusal.answer()).path("error_code").asString()).isEqualTo(refusal.code());
    }
  }

  // ---- fields and names

  @Test
  void aFieldOfTheApiThatIsNotSupportedIsRefusedByItsNameAndAnyOtherIsIgnored() {
    server.schema("fields", "s");
    server.registered("fields", "s", "t");
    String at = server.deltaTable("fields-new").toUri().toString();
    record Place(String method, String path, String body, List<String> refused) {}
    List<String> ofCatalogs =
        List.of(
            "\"storage_root\": \"file:///x\"",
            "\"provider_name\": \"p\"",
            "\"share_name\": \"s\"",
            "\"connection_name\": \"c\"",
            "\"options\": {\"a\": \"b\"}",
            "\"isolation_mode\": \"ISOLATED\"",
            "\"enable_predictive_optimization\": \"ENABLE\"",
            "\"custom_max_retention_hours\": 3",
            "\"managed_encryption_settings\": {\"a\": 1}",
            "\"conversion_info\": {\"state\": \"x\"}",
            "\"dr_replication_info\": {\"status\": \"x\"}");
    List<String> ofSchemas =
        List.of(
            "\"storage_root\": \"file:///x\"",
            "\"enable_predictive_optimization\": \"ENABLE\"",
            "\"custom_max_retention_hours\": 3");
    List<String> ofTables =
        List.of(
            "\"view_definition\": \"SELECT 1\"",
            "\"view_dependencies\": {\"dependencies\": []}",
            "\"storage_credential_name\": \"c\"",
            "\"row_filter\": {\"name\": \"f\"}",
            "\"table_constraints\": [{\"a\": 1}]",
            "\"encryption_details\": {\"a\": 1}",
            "\"access_point\": \"a\"");
    for (Place place :
        List.of(
            new Place("POST", UC + "/catalogs", "{\"name\": \"fields-new\", ", ofCatalogs),
            new Place("PATCH", UC + "/catalogs/fields", "{", ofCatalogs),
            new Place(
                "POST",
                UC + "/schemas",
                "{\"name\": \"new\", \"catalog_name\": \"fields\", ",
                ofSchemas),
            new Place("PATCH", UC + "/schemas/fields.s", "{", ofSchemas),
            new Place(
                "POST",
                UC + "/tables",
                server.table("fields", "s", "new", at).replaceFirst("}$", ", "),
                ofTables),
            new Place("PATCH", UC + "/tables/fields.s.t", "{", ofTables))) {
      for (String field : place.refused()) {
        Answer refused = admin.send(place.method(), place.path(), place.body() + field + "}");
        assertThat(refused.status()).as(place + field + refused.body()).isEqualTo(501);
        assertThat(json(refused).path("message").asString())
            .startsWith(field.substring(1, field.indexOf('"', 1)) + " ");
      }
      String harmless =
          "\"no_such_field\": {\"a\": [1]}, \"storage_root\": null, \"options\": {},"
              + " \"isolation_mode\": \"OPEN\", \"enable_predictive_optimization\":"
              + " \"INHERIT\", \"view_definition\": \"\", \"browse_only\": false}";
      ok(admin.send(place.method(), place.path(), place.body() + harmless));
    }
    TreeSet<String> made =
        json(admin.get(UC + "/schemas?catalog_name=fields"))
            .path("schemas")
            .valueStream()
            .map(schema -> schema.path("name").asString())
            .collect(Collectors.toCollection(TreeSet::new));
    assertThat(made).containsExactly("new", "s");
  }

  @Test
  void aNameThatAPathCannotCarryIsRefusedWhereverOneIsGiven() {
    server.schema("names", "s");
    server.registered("names", "s", "t");
    String at = server.deltaTable("names-new").toUri().toString();
    for (String name : List.of("a%41b", "x#y", "p;q", "a/b", "a?b", "a\\\\b")) {
      String quoted = "\"" + name + "\"";
      for (Answer refused :
          List.of(
              admin.post(UC + "/catalogs", "{\"name\": " + quoted + "}"),
              admin.patch(UC + "/catalogs/names", "{\"new_name\": " + quoted + "}"),
              admin.post(
                  UC + "/schemas", "{\"catalog_name\": \"names\", \"name\": " + quoted + "}"),
              admin.patch(UC + "/schemas/names.s", "{\"new_name\": " + quoted + "}"),
              admin.post(
                  UC + "/tables",
                  server.table("names", "s", "NAME", at).replace("\"NAME\"", quoted)),
              admin.patch(UC + "/tables/names.s.t", "{\"new_name\": " + quoted + "}"),
              admin.post("/api/1.0/principals", "{\"name\": " + quoted + "}"),
              admin.post("/api/1.0/teams", "{\"name\": " + quoted + "}"))) {
        assertThat(refused.status()).as(name + refused.body()).isEqualTo(400);
        assertThat(json(refused).path("message").asString()).contains("name", "'%'", "'#'", "';'");
      }
    }
  }

  // ---- lists

  @Test
  void aListOfWhichNothingIsAskedIsWholeUpToAThousandAndIsCutWhereSchemasAreHuge() {
    server.schema("many", "m");
    for (int i = 0; i < 120; i++) {
      server.registered("many", "m", "t%03d".formatted(i));
    }
    String list = UC + "/tables?catalog_name=many&schema_name=m";
    JsonNode whole = ok(admin.get(list));
    assertThat(whole.path("tables").size()).isEqualTo(120);
    assertThat(whole.has("next_page_token")).isFalse();
    assertThat(ok(admin.get(list + "&max_results=0")).path("tables").size()).isEqualTo(120);
    assertThat(ok(admin.get(list + "&max_results=119")).path("tables").size()).isEqualTo(119);
    server
        .context
        .getBean(org.springframework.jdbc.core.simple.JdbcClient.class)
        .sql(
            "UPDATE catalog.tables SET schema_string = schema_string || repeat(' ', 5000000) WHERE"
                + " schema_id IN (SELECT s.id FROM catalog.schemas s JOIN catalog.catalogs c ON c.id"
                + " = s.catalog_id WHERE c.name = 'many')"
                + " AND name IN ('t005', 't007')")
        .update();
    List<String> names = new ArrayList<>();
    int pages = 0;
    String token = "";
    do {
      JsonNode page = ok(admin.get(list + "&page_token=" + token));
      page.path("tables").forEach(table -> names.add(table.path("name").asString()));
      token = page.path("next_page_token").asString("");
      pages++;
    } while (!token.isEmpty());
    assertThat(names).hasSize(120).isSorted();
    assertThat(pages).isEqualTo(2);
    // What was written past the events must not stay.
    admin.delete(UC + "/catalogs/many?force=true");
  }
}
