package io.tidegate.sharing;

import static io.tidegate.sharing.Sharing.RECIPIENTS;
import static io.tidegate.sharing.Sharing.SHARES;
import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.ports.TableAccess;
import io.tidegate.ports.TableAccess.Type;
import io.tidegate.sharing.Gateway.Answer;
import io.tidegate.sharing.Sharing.Holder;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.web.servlet.mvc.method.annotation.RequestMappingHandlerMapping;
import tools.jackson.databind.JsonNode;

/** Lists, who may see what, and the shape of errors. */
class ProtocolTest {
  private final Gateway gateway = Gateway.start();
  private final Tables tables = new Tables(gateway);
  private final Sharing sharing = new Sharing(gateway);

  private Answer get(Holder recipient, String path) {
    return gateway.as(recipient.token(), "GET", "/delta-sharing" + path, null);
  }

  private static List<String> names(JsonNode page) {
    List<String> names = new ArrayList<>();
    page.get("items").forEach(item -> names.add(item.get("name").asString()));
    return names;
  }

  @Test
  void aRecipientSeesWhatWasGrantedAndNothingElse() {
    String mine = sharing.share();
    String others = sharing.share();
    TableAccess table = tables.small(Type.EXTERNAL);
    sharing.add(mine, table);
    sharing.add(others, table, "shared_as", "secret.plans");
    Holder me = sharing.recipientOf(mine);
    Holder other = sharing.recipientOf(others);
    Holder nobody = sharing.recipient();

    assertThat(names(get(me, "/shares").json())).containsExactly(mine);
    assertThat(get(nobody, "/shares").text()).isEqualTo("{\"items\":[]}");
    assertThat(get(me, "/shares/" + mine).json().get("share").get("name").asString())
        .isEqualTo(mine);
    assertThat(names(get(other, "/shares/" + others + "/schemas").json()))
        .containsExactly("secret");
    for (String path :
        List.of(
            "",
            "/schemas",
            "/schemas/secret/tables",
            "/all-tables",
            "/schemas/secret/tables/plans/version",
            "/schemas/secret/tables/plans/metadata",
            "/schemas/secret/tables/plans/changes")) {
      for (Holder holder : List.of(me, nobody)) {
        Answer answer = get(holder, "/shares/" + others + path);
        assertThat(answer.status()).as(path).isEqualTo(404);
        assertThat(answer.json().get("errorCode").asString()).isNotEmpty();
        assertThat(answer.json().get("message").asString()).contains("not shared with you");
      }
    }
    for (String path : List.of("query", "queries/1", "temporary-table-credentials")) {
      assertThat(
              gateway
                  .as(
                      me.token(),
                      "POST",
                      "/delta-sharing/shares/" + others + "/schemas/secret/tables/plans/" + path,
                      "{}")
                  .status())
          .isEqualTo(404);
    }
    // A table that is in the share, but not under this name.
    assertThat(get(me, "/shares/" + mine + "/schemas/secret/tables/plans/metadata").status())
        .isEqualTo(404);
    assertThat(get(me, "/shares/" + mine + "/schemas/nothing/tables").status()).isEqualTo(404);
  }

  @Test
  void namesAreCaseInsensitive() {
    String share = sharing.share();
    TableAccess table = tables.small(Type.EXTERNAL);
    sharing.add(share, table, "shared_as", "Public.Orders");
    Holder recipient = sharing.recipientOf(share);
    String upper = share.toUpperCase(Locale.ROOT);
    assertThat(names(get(recipient, "/shares/" + upper + "/schemas").json()))
        .containsExactly("Public");
    JsonNode item =
        get(recipient, "/shares/" + upper + "/schemas/PUBLIC/tables").json().get("items").get(0);
    assertThat(item.get("name").asString()).isEqualTo("Orders");
    assertThat(item.get("schema").asString()).isEqualTo("Public");
    assertThat(item.get("share").asString()).isEqualTo(share);
    assertThat(item.get("id").asString()).isEqualTo(table.id().toString());
    assertThat(
            get(recipient, "/shares/" + upper + "/schemas/public/tables/ORDERS/version")
                .header("delta-table-version"))
        .isEqualTo("0");
  }

  @Test
  void listsArePagedAndTheLastPageHasNoToken() {
    String share = sharing.share();
    for (int i = 0; i < 5; i++) {
      sharing.add(share, tables.small(Type.EXTERNAL), "shared_as", "s" + (i % 2) + ".t" + i);
    }
    Holder recipient = sharing.recipientOf(share);
    String path = "/shares/" + share + "/all-tables";
    List<String> seen = new ArrayList<>();
    String token = null;
    int pages = 0;
    do {
      JsonNode page =
          get(recipient, path + "?maxResults=2" + (token == null ? "" : "&pageToken=" + token))
              .json();
      seen.addAll(names(page));
      token = page.has("nextPageToken") ? page.get("nextPageToken").asString() : null;
      pages++;
    } while (token != null);
    assertThat(seen).containsExactly("t0", "t2", "t4", "t1", "t3");
    assertThat(pages).isEqualTo(3);

    JsonNode none = get(recipient, path + "?maxResults=0").json();
    assertThat(none.get("items")).isEmpty();
    assertThat(
            names(
                get(recipient, path + "?pageToken=" + none.get("nextPageToken").asString()).json()))
        .hasSize(5);
    assertThat(names(get(recipient, "/shares/" + share + "/schemas").json()))
        .containsExactly("s0", "s1");
    assertThat(
            get(recipient, "/shares/" + share + "/schemas?maxResults=1")
                .json()
                .has("nextPageToken"))
        .isTrue();
    assertThat(names(get(recipient, "/shares/" + share + "/schemas/s1/tables").json()))
        .containsExactly("t1", "t3");
    assertThat(get(recipient, "/shares?maxResults=0").json().has("nextPageToken")).isTrue();
    assertThat(get(sharing.recipient(), "/shares?maxResults=0").json().has("nextPageToken"))
        .isFalse();
  }

  @Test
  void aPageTokenIsGoodForItsListAndItsRecipientAlone() {
    String share = sharing.share();
    String second = sharing.share();
    for (int i = 0; i < 4; i++) {
      sharing.add(share, tables.small(Type.EXTERNAL), "shared_as", "s" + i % 2 + ".t" + i);
      sharing.add(second, tables.small(Type.EXTERNAL), "shared_as", "s" + i % 2 + ".t" + i);
    }
    Holder me = sharing.recipientOf(share);
    sharing.grant(second, me);
    Holder other = sharing.recipientOf(share);
    sharing.grant(second, other);
    List<String> lists =
        List.of(
            "/shares",
            "/shares/" + share + "/schemas",
            "/shares/" + second + "/schemas",
            "/shares/" + share + "/schemas/s0/tables",
            "/shares/" + share + "/schemas/s1/tables",
            "/shares/" + share + "/all-tables",
            "/shares/" + second + "/all-tables");
    for (String from : lists) {
      String token = get(me, from + "?maxResults=1").json().get("nextPageToken").asString();
      for (String to : lists) {
        for (Holder holder : List.of(me, other)) {
          Answer answer = get(holder, to + "?pageToken=" + token);
          boolean good = from.equals(to) && holder.equals(me);
          assertThat(answer.status()).as(from + " " + to).isEqualTo(good ? 200 : 400);
          if (!good) {
            assertThat(answer.json().get("message").asString()).contains("pageToken");
          }
        }
      }
      String forged = token.substring(0, token.length() - 4) + "AAAA";
      assertThat(get(me, from + "?pageToken=" + forged).status()).isEqualTo(400);
    }
  }

  @Test
  void listsAreOneLineOfAscii() {
    String share = sharing.share();
    sharing.add(share, tables.small(Type.EXTERNAL), "shared_as", "größe.naïve");
    Answer answer = get(sharing.recipientOf(share), "/shares/" + share + "/all-tables");
    assertThat(answer.header("content-type")).isEqualTo("application/json;charset=utf-8");
    assertThat(answer.text().lines()).hasSize(1);
    assertThat(answer.text()).matches("\\p{ASCII}*");
    assertThat(names(answer.json())).containsExactly("naïve");
  }

  @Test
  void aDroppedTableDisappearsAndARenamedOneStays() {
    String share = sharing.share();
    TableAccess table = tables.small(Type.EXTERNAL);
    sharing.add(share, table);
    Holder recipient = sharing.recipientOf(share);
    String renamed = Tables.unique("renamed");
    gateway.catalog.rename(table, renamed);
    Gateway.await(
        "the new name",
        () ->
            gateway
                .admin("GET", SHARES + "/" + share + "?include_shared_data=true", null)
                .json()
                .get("objects")
                .get(0)
                .get("name")
                .asString()
                .equals("main.sales." + renamed));
    assertThat(
            gateway
                .as(recipient.token(), "GET", Sharing.path(share, table) + "/metadata", null)
                .status())
        .isEqualTo(200);
    gateway.catalog.drop(table);
    Gateway.await(
        "the table is gone",
        () ->
            gateway
                    .as(recipient.token(), "GET", Sharing.path(share, table) + "/metadata", null)
                    .status()
                == 404);
    assertThat(names(get(recipient, "/shares/" + share + "/all-tables").json())).isEmpty();
    assertThat(names(get(recipient, "/shares/" + share + "/schemas").json())).isEmpty();
    JsonNode object =
        gateway
            .admin("GET", SHARES + "/" + share + "?include_shared_data=true", null)
            .json()
            .get("objects")
            .get(0);
    assertThat(object.get("status").asString()).isEqualTo("PERMISSION_DENIED");
    assertThat(sharing.update(share, "REMOVE", Map.of("name", "main.sales." + renamed)).status())
        .isEqualTo(200);
  }

  @Test
  void renamedCatalogsAndSchemasAreKnownToTheirTables() {
    String share = sharing.share();
    TableAccess sample = tables.small(Type.EXTERNAL);
    TableAccess table =
        gateway.catalog.add(
            Tables.unique("catalog"), "before", "t", sample.location(), Type.EXTERNAL);
    sharing.add(share, table);
    String renamed = Tables.unique("catalog");
    gateway.catalog.renameCatalog(table, renamed);
    gateway.catalog.renameSchema(table, renamed, "after");
    Gateway.await(
        "the new name",
        () ->
            sharing.update(share, "UPDATE", Map.of("name", renamed + ".after.t")).status() == 200);
    Holder recipient = sharing.recipientOf(share);
    assertThat(names(get(recipient, "/shares/" + share + "/schemas/before/tables").json()))
        .containsExactly("t");
  }

  @Test
  void theApiIsDescribed() {
    JsonNode api = gateway.send("GET", gateway.url + "/openapi/sharing", null).json();
    assertThat(api.get("paths").propertyNames())
        .contains(
            SHARES,
            SHARES + "/{name}/permissions",
            RECIPIENTS + "/{name}/rotate-token",
            "/delta-sharing/shares/{share}/schemas/{schema}/tables/{table}/query",
            "/delta-sharing/files/{share}/{table}/{name}",
            "/api/2.1/unity-catalog/public/data_sharing_activation/{link}");
    JsonNode list = api.get("paths").get("/delta-sharing/shares").get("get");
    List<String> parameters = new ArrayList<>();
    list.get("parameters").forEach(parameter -> parameters.add(parameter.get("name").asString()));
    assertThat(parameters).containsExactlyInAnyOrder("maxResults", "pageToken");
  }

  @Test
  void revocationTakesEffectAtOnce() {
    String share = sharing.share();
    TableAccess table = tables.small(Type.EXTERNAL);
    sharing.add(share, table);
    Holder recipient = sharing.recipientOf(share);
    String path = Sharing.path(share, table) + "/query";
    assertThat(gateway.as(recipient.token(), "POST", path, "{}").status()).isEqualTo(200);
    gateway.admin(
        "PATCH",
        SHARES + "/" + share + "/permissions",
        Map.of(
            "changes",
            List.of(Map.of("principal", recipient.name(), "remove", List.of("SELECT")))));
    assertThat(gateway.as(recipient.token(), "POST", path, "{}").status()).isEqualTo(404);
    sharing.grant(share, recipient);
    assertThat(gateway.as(recipient.token(), "POST", path, "{}").status()).isEqualTo(200);
    gateway.admin("DELETE", SHARES + "/" + share, null);
    assertThat(gateway.as(recipient.token(), "POST", path, "{}").status()).isEqualTo(404);
    gateway.admin("DELETE", RECIPIENTS + "/" + recipient.name(), null);
    assertThat(gateway.as(recipient.token(), "POST", path, "{}").status()).isEqualTo(401);
  }

  static Stream<Arguments> endpoints() {
    String table = "/shares/s/schemas/s/tables/t";
    return Stream.of(
        Arguments.of("GET", "/shares"),
        Arguments.of("GET", "/shares/s"),
        Arguments.of("GET", "/shares/s/schemas"),
        Arguments.of("GET", "/shares/s/schemas/s/tables"),
        Arguments.of("GET", "/shares/s/all-tables"),
        Arguments.of("HEAD", table),
        Arguments.of("GET", table + "/version"),
        Arguments.of("GET", table + "/metadata"),
        Arguments.of("POST", table + "/query"),
        Arguments.of("GET", table + "/changes"),
        Arguments.of("POST", table + "/queries/q"),
        Arguments.of("POST", table + "/temporary-table-credentials"));
  }

  @ParameterizedTest
  @MethodSource("endpoints")
  void everyEndpointNeedsARecipientsToken(String method, String path) {
    String address = gateway.url + "/delta-sharing" + path;
    for (Answer answer :
        List.of(
            gateway.send(method, address, null),
            gateway.send(method, address, null, "Authorization", "Bearer unknown"),
            // A principal of the catalog is nobody here.
            gateway.send(method, address, null, "Authorization", "Bearer admin-token"))) {
      assertThat(answer.status()).isEqualTo(401);
      assertThat(answer.header("www-authenticate")).startsWith("Bearer");
      if (!method.equals("HEAD")) {
        assertThat(answer.json().propertyNames()).containsExactly("errorCode", "message");
        assertThat(answer.json().get("errorCode").asString()).isEqualTo("UNAUTHENTICATED");
      }
    }
  }

  /** What needs no token at all. */
  private static final Set<String> OPEN =
      Set.of(
          "GET /delta-sharing/files/{share}/{table}/{name}",
          "GET /api/2.1/unity-catalog/public/data_sharing_activation/{link}",
          "HEAD /api/2.1/unity-catalog/public/data_sharing_activation/{link}",
          "GET /api/2.1/unity-catalog/public/data_sharing_activation_info/{link}");

  /** Every endpoint there is, by the code that serves them, so that none can be forgotten. */
  private Stream<String> mappings() {
    return gateway
        .context
        .getBean("requestMappingHandlerMapping", RequestMappingHandlerMapping.class)
        .getHandlerMethods()
        .entrySet()
        .stream()
        .filter(each ->
            each.getValue().getBeanType().getPackageName().startsWith("io.tidegate.sharing"))
        .flatMap(each ->
            each.getKey().getMethodsCondition().getMethods().stream()
                .flatMap(method ->
                    each.getKey().getPatternValues().stream()
                        .map(pattern -> method + " " + pattern)))
        .distinct();
  }

  @Test
  void noEndpointIsOpenToWhoeverHasNoTokenForIt() {
    String share = sharing.share();
    Holder recipient = sharing.recipient();
    String nobody = Tables.unique("nobody");
    gateway.catalog.principal(nobody, false);
    List<String> mappings = mappings().toList();
    assertThat(mappings).hasSizeGreaterThan(30).containsAll(OPEN);
    for (String mapping : mappings) {
      if (OPEN.contains(mapping)) {
        continue;
      }
      String method = mapping.substring(0, mapping.indexOf(' '));
      String path =
          mapping
              .substring(mapping.indexOf(' ') + 1)
              .replace(RECIPIENTS + "/{name}", RECIPIENTS + "/" + recipient.name())
              .replace(SHARES + "/{name}", SHARES + "/" + share)
              .replaceAll("\\{\\w+}", "x");
      assertThat(gateway.send(method, gateway.url + path, "{}").status())
          .as(mapping)
          .isEqualTo(401);
      boolean protocol = path.startsWith("/delta-sharing/");
      Answer answer = gateway.as(protocol ? "admin-token" : nobody + "-token", method, path, "{}");
      if (protocol) {
        assertThat(answer.status()).as(mapping).isEqualTo(401);
      } else if (method.equals("GET") && Set.of(SHARES, RECIPIENTS).contains(path)) {
        assertThat(answer.status()).as(mapping).isEqualTo(200);
        assertThat(answer.json().iterator().next()).as(mapping).isEmpty();
      } else {
        assertThat(answer.status()).as(mapping).isEqualTo(403);
        assertThat(answer.json().get("error_code").asString()).isEqualTo("PERMISSION_DENIED");
      }
    }
  }

  @Test
  void aRecipientsTokenIsNothingToTheAdministration() {
    Holder recipient = sharing.recipient();
    assertThat(gateway.as(recipient.token(), "GET", SHARES, null).status()).isEqualTo(401);
    assertThat(gateway.as(recipient.token(), "GET", RECIPIENTS, null).status()).isEqualTo(401);
    assertThat(gateway.as(recipient.token(), "GET", "/api/1.0/sharing/events", null).status())
        .isEqualTo(401);
  }

  @ParameterizedTest
  @CsvSource({
    "GET, /shares?maxResults=-1, 400",
    "GET, /shares?maxResults=x, 400",
    "GET, /shares?maxResults=99999999999, 400",
    "GET, /shares?pageToken=zzz, 400",
    "POST, /shares, 405",
    "GET, /nothing, 404",
    "GET, /shares/%2e%2e/x, 400",
    "GET, /shares/a%2fb, 404",
    "GET, /shares//x, 404",
    "GET, /shares/a%00b, 400",
    "GET, /files/x/y/z, 400",
  })
  void malformedRequestsGetTheProtocolsOwnErrors(String method, String path, int status) {
    Answer answer = gateway.as(sharing.recipient().token(), method, "/delta-sharing" + path, null);
    assertThat(answer.status()).as(answer.text()).isEqualTo(status);
    assertThat(answer.json().propertyNames()).containsExactly("errorCode", "message");
    assertThat(answer.text()).doesNotContain("Exception").doesNotContain("io.tidegate");
  }
}
