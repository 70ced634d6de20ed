package io.tidegate.sharing;

import static io.tidegate.sharing.Sharing.RECIPIENTS;
import static io.tidegate.sharing.Sharing.SHARES;
import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.kit.security.Caller;
import io.tidegate.kit.security.Privilege;
import io.tidegate.ports.TableAccess;
import io.tidegate.ports.TableAccess.Type;
import io.tidegate.sharing.Gateway.Answer;
import io.tidegate.sharing.Sharing.Holder;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** The administration of shares. */
class SharesTest {
  private final Gateway gateway = Gateway.start();
  private final Tables tables = new Tables(gateway);
  private final Sharing sharing = new Sharing(gateway);

  @Test
  void aShareIsCreatedShownChangedAndDeleted() {
    String name = Tables.unique("Quarter");
    Answer created =
        gateway.admin("POST", SHARES, Map.of("name", name, "comment", "c", "unknown_field", 1));
    assertThat(created.status()).isEqualTo(200);
    assertThat(created.json().get("owner").asString()).isEqualTo("admin");
    assertThat(created.json().get("created_at").asLong()).isPositive();

    assertThat(
            gateway.admin("POST", SHARES, Map.of("name", name.toLowerCase(Locale.ROOT))).status())
        .isEqualTo(409);
    assertThat(gateway.admin("GET", SHARES + "/" + name.toUpperCase(Locale.ROOT), null).json())
        .isEqualTo(created.json());

    String renamed = Tables.unique("renamed");
    Answer updated =
        gateway.admin("PATCH", SHARES + "/" + name, Map.of("new_name", renamed, "comment", "d"));
    assertThat(updated.status()).isEqualTo(200);
    assertThat(updated.json().get("id")).isEqualTo(created.json().get("id"));
    assertThat(updated.json().get("comment").asString()).isEqualTo("d");
    assertThat(gateway.admin("GET", SHARES + "/" + name, null).status()).isEqualTo(404);

    assertThat(gateway.admin("DELETE", SHARES + "/" + renamed, null).status()).isEqualTo(200);
    Answer gone = gateway.admin("GET", SHARES + "/" + renamed, null);
    assertThat(gone.status()).isEqualTo(404);
    assertThat(gone.json().get("error_code").asString()).isEqualTo("SHARE_DOES_NOT_EXIST");
  }

  @Test
  void listsArePagedByName() {
    Caller owner = gateway.catalog.principal(Tables.unique("pager"), false, Privilege.CREATE_SHARE);
    List<String> names = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      String name = Tables.unique("page");
      names.add(name);
      gateway.as(owner.name() + "-token", "POST", SHARES, Map.of("name", name));
    }
    names.sort(null);
    List<String> seen = new ArrayList<>();
    String token = "";
    do {
      JsonNode page =
          gateway
              .as(
                  owner.name() + "-token",
                  "GET",
                  SHARES + "?max_results=2" + (token.isEmpty() ? "" : "&page_token=" + token),
                  null)
              .json();
      page.get("shares").forEach(share -> seen.add(share.get("name").asString()));
      token = page.path("next_page_token").asString("");
    } while (!token.isEmpty());
    assertThat(seen).isEqualTo(names);
    assertThat(
            gateway
                .as(owner.name() + "-token", "GET", SHARES + "?max_results=0", null)
                .json()
                .get("shares"))
        .hasSize(5);
    assertThat(gateway.admin("GET", SHARES + "?page_token=x", null).status()).isEqualTo(400);
    assertThat(gateway.admin("GET", SHARES + "?max_results=-1", null).status()).isEqualTo(400);
  }

  @Test
  void tablesAreAddedChangedAndRemoved() {
    String share = sharing.share();
    TableAccess table = tables.small(Type.EXTERNAL);
    sharing.add(share, table);
    JsonNode object =
        gateway
            .admin("GET", SHARES + "/" + share + "?include_shared_data=true", null)
            .json()
            .get("objects")
            .get(0);
    assertThat(object.get("name").asString()).isEqualTo(table.fullName());
    assertThat(object.get("shared_as").asString()).isEqualTo("sales." + table.name());
    assertThat(object.get("history_data_sharing_status").asString()).isEqualTo("DISABLED");
    assertThat(object.get("status").asString()).isEqualTo("ACTIVE");
    assertThat(gateway.admin("GET", SHARES + "/" + share, null).json().has("objects")).isFalse();

    // The same again is fine; the same table otherwise is not.
    sharing.add(share, table);
    Answer other =
        sharing.update(share, "ADD", Map.of("name", table.fullName(), "shared_as", "x.y"));
    assertThat(other.status()).isEqualTo(409);

    Answer changed =
        sharing.update(
            share,
            "UPDATE",
            Map.of(
                "name",
                table.fullName(),
                "shared_as",
                "Public.Numbers",
                "history_data_sharing_status",
                "ENABLED"));
    assertThat(changed.json().get("objects").get(0).get("shared_as").asString())
        .isEqualTo("Public.Numbers");
    assertThat(changed.json().get("objects").get(0).get("history_data_sharing_status").asString())
        .isEqualTo("ENABLED");

    TableAccess second = tables.small(Type.EXTERNAL);
    Answer taken =
        sharing.update(
            share, "ADD", Map.of("name", second.fullName(), "shared_as", "PUBLIC.numbers"));
    assertThat(taken.status()).isEqualTo(409);
    assertThat(taken.text()).contains("updates[0].data_object.shared_as");

    assertThat(sharing.update(share, "REMOVE", Map.of("name", table.fullName())).status())
        .isEqualTo(200);
    Answer again = sharing.update(share, "REMOVE", Map.of("name", table.fullName()));
    assertThat(again.status()).isEqualTo(404);
    assertThat(again.text()).contains("updates[0].data_object.name");
  }

  /** With the drop known to the gateway already, and with the catalog's feed behind. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aDroppedTableGivesWayToTheOneThatTookItsName(boolean told) {
    String share = sharing.share();
    TableAccess dropped = tables.small(Type.EXTERNAL);
    sharing.add(share, dropped);
    Holder recipient = sharing.recipientOf(share);
    String path = Sharing.path(share, dropped);
    TableAccess other = tables.small(Type.EXTERNAL);
    Map<String, Object> taking =
        Map.of("name", other.fullName(), "shared_as", "sales." + dropped.name());
    assertThat(sharing.update(share, "ADD", taking).status()).isEqualTo(409);

    gateway.catalog.drop(dropped);
    if (told) {
      Gateway.await(
          "the gateway hears of the drop",
          () -> gateway.as(recipient.token(), "GET", path + "/version", null).status() == 404);
    }
    TableAccess again =
        gateway.catalog.add(
            dropped.catalog(), dropped.schema(), dropped.name(), dropped.location(), Type.EXTERNAL);
    sharing.add(share, again);
    JsonNode objects =
        gateway
            .admin("GET", SHARES + "/" + share + "?include_shared_data=true", null)
            .json()
            .get("objects");
    assertThat(objects).hasSize(1);
    assertThat(objects.get(0).get("status").asString()).isEqualTo("ACTIVE");
    assertThat(gateway.as(recipient.token(), "GET", path + "/version", null).status())
        .isEqualTo(200);
    List<JsonNode> events = new ArrayList<>();
    Gateway.await(
        "the events of the share",
        () -> {
          events.clear();
          gateway
              .admin("GET", "/api/1.0/sharing/events?max_results=1000&securables=" + share, null)
              .json()
              .get("events")
              .forEach(events::add);
          return events.size() == 5;
        });
    assertThat(events.stream().map(event -> event.get("type").asString()))
        .containsExactly(
            "ShareCreated",
            "SharedTableAdded",
            "ShareGranted",
            "SharedTableRemoved",
            "SharedTableAdded");
    assertThat(events.get(3).toString()).contains(dropped.id().toString());
    assertThat(events.get(4).toString()).contains(again.id().toString());
  }

  @Test
  void severalUpdatesHappenAllOrNotAtAll() {
    String share = sharing.share();
    TableAccess table = tables.small(Type.EXTERNAL);
    Answer answer =
        gateway.admin(
            "PATCH",
            SHARES + "/" + share,
            Map.of(
                "comment",
                "changed",
                "updates",
                List.of(
                    Map.of("action", "ADD", "data_object", Map.of("name", table.fullName())),
                    Map.of("action", "REMOVE", "data_object", Map.of("name", "a.b.c")))));
    assertThat(answer.status()).isEqualTo(404);
    assertThat(answer.text()).contains("updates[1]");
    JsonNode after =
        gateway.admin("GET", SHARES + "/" + share + "?include_shared_data=true", null).json();
    assertThat(after.get("objects")).isEmpty();
    assertThat(after.has("comment")).isFalse();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "{\"updates\":[{\"data_object\":{\"name\":\"a.b.c\"}}]} | updates[0].action",
        "{\"updates\":[{\"action\":\"GIVE\",\"data_object\":{\"name\":\"a.b.c\"}}]} | updates[0].action",
        "{\"updates\":[{\"action\":\"ADD\"}]} | updates[0].data_object",
        "{\"updates\":[null]} | updates[0]",
        "{\"updates\":[{\"action\":\"ADD\",\"data_object\":{\"name\":\"b.c\"}}]} | data_object.name",
        "{\"updates\":[{\"action\":\"ADD\",\"data_object\":{\"name\":\"a.b.c\",\"data_object_type\":\"VIEW\"}}]} | data_object_type",
        "{\"updates\":[{\"action\":\"ADD\",\"data_object\":{\"name\":\"a.b.c\",\"shared_as\":\"x\"}}]} | shared_as",
        "{\"updates\":[{\"action\":\"ADD\",\"data_object\":{\"name\":\"a.b.c\",\"shared_as\":\"x./y\"}}]} | shared_as",
        "{\"updates\":[{\"action\":\"ADD\",\"data_object\":{\"name\":\"a.b.c\",\"history_data_sharing_status\":\"ON\"}}]} | history_data_sharing_status",
        "{\"updates\":[{\"action\":\"ADD\",\"data_object\":{\"name\":\"a.b.c\",\"start_version\":-1}}]} | start_version",
        "{\"updates\":[{\"action\":\"ADD\",\"data_object\":{\"name\":\"a.b.c\",\"partitions\":[{}]}}]} | partitions",
        "{\"updates\":\"x\"} | updates",
        "{\"new_name\":\"a/b\"} | new_name",
        "{\"new_name\":\"a b\"} | new_name",
      })
  void whatIsWrongIsNamed(String body, String named) {
    Answer answer = gateway.admin("PATCH", SHARES + "/" + sharing.share(), body);
    assertThat(answer.status()).as(answer.text()).isEqualTo(400);
    assertThat(answer.json().get("message").asString()).contains(named);
    assertThat(answer.json().get("error_code").asString()).isNotEmpty();
  }

  /** Field by field of Databricks' requests: what is not done is refused by its name. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "{\"storage_root\":\"s3://b/x\"} | storage_root",
        "{\"updates\":[{\"action\":\"ADD\",\"data_object\":{\"name\":\"a.b.c\",\"string_shared_as\":\"x\"}}]} | updates[0].data_object.string_shared_as",
        "{\"updates\":[{\"action\":\"UPDATE\",\"data_object\":{\"name\":\"a.b.c\",\"content\":\"x\"}}]} | updates[0].data_object.content",
      })
  void whatIsNotDoneIsRefusedByName(String body, String named) {
    String share = sharing.share();
    Answer answer = gateway.admin("PATCH", SHARES + "/" + share, body);
    assertThat(answer.status()).as(answer.text()).isEqualTo(501);
    assertThat(answer.json().get("message").asString()).startsWith(named + ":");
  }

  @Test
  void aShareIsNotMadeWithAStorageOfItsOwn() {
    String name = Tables.unique("stored");
    Answer refused =
        gateway.admin("POST", SHARES, Map.of("name", name, "storage_root", "s3://b/x"));
    assertThat(refused.status()).isEqualTo(501);
    assertThat(refused.json().get("message").asString()).startsWith("storage_root:");
    assertThat(gateway.admin("GET", SHARES + "/" + name, null).status()).isEqualTo(404);
    // Empty asks for nothing.
    assertThat(gateway.admin("POST", SHARES, Map.of("name", name, "storage_root", "")).status())
        .isEqualTo(200);
  }

  @Test
  void theFieldsOfASharedTableAreShownAsTheyAre() {
    String share = sharing.share();
    sharing.add(
        share,
        tables.small(Type.EXTERNAL),
        "cdf_enabled",
        false,
        "status",
        "ACTIVE",
        "added_at",
        1);
    JsonNode object =
        gateway
            .admin("GET", SHARES + "/" + share + "?include_shared_data=true", null)
            .json()
            .get("objects")
            .get(0);
    assertThat(object.get("cdf_enabled").isBoolean()).isTrue();
    assertThat(object.get("cdf_enabled").asBoolean()).isFalse();
    assertThat(object.get("added_at").asLong()).isGreaterThan(1);
  }

  @Test
  void aShareWithDotsInItsNameIsReadAndItsCommentReachesTheRecipient() {
    String share = Tables.unique("a.b.") + ".c";
    assertThat(
            gateway
                .admin("POST", SHARES, Map.of("name", share, "comment", "for \u00fcber partners"))
                .status())
        .isEqualTo(200);
    TableAccess table = tables.small(Type.EXTERNAL);
    sharing.add(share, table);
    Holder recipient = sharing.recipientOf(share);
    JsonNode listed =
        gateway.as(recipient.token(), "GET", "/delta-sharing/shares", null).json().get("items");
    assertThat(listed.get(0).get("name").asString()).isEqualTo(share);
    assertThat(listed.get(0).get("comment").asString()).isEqualTo("for \u00fcber partners");
    assertThat(
            gateway
                .as(recipient.token(), "GET", "/delta-sharing/shares/" + share, null)
                .json()
                .get("share"))
        .isEqualTo(listed.get(0));
    assertThat(
            gateway
                .as(recipient.token(), "POST", Sharing.path(share, table) + "/query", "{}")
                .status())
        .isEqualTo(200);

    String silent = sharing.share();
    sharing.grant(silent, recipient);
    assertThat(
            gateway
                .as(recipient.token(), "GET", "/delta-sharing/shares/" + silent, null)
                .json()
                .get("share")
                .propertyNames())
        .containsExactly("name", "id");
  }

  @Test
  void aShareGetsAnotherOwner() {
    String share = sharing.share();
    String path = SHARES + "/" + share;
    Caller next = gateway.catalog.principal(Tables.unique("next"), false);
    String token = next.name() + "-token";
    Map<String, String> change = Map.of("owner", next.name());
    assertThat(gateway.as(token, "PATCH", path, change).status()).isEqualTo(403);
    Answer unknown = gateway.admin("PATCH", path, Map.of("owner", "nobody", "comment", "x"));
    assertThat(unknown.status()).isEqualTo(404);
    assertThat(unknown.json().get("message").asString()).contains("owner");
    assertThat(gateway.admin("GET", path, null).json().has("comment")).isFalse();

    Answer changed = gateway.admin("PATCH", path, change);
    assertThat(changed.status()).as(changed.text()).isEqualTo(200);
    assertThat(changed.json().get("owner").asString()).isEqualTo(next.name());
    assertThat(gateway.as(token, "PATCH", path, Map.of("comment", "mine")).status()).isEqualTo(200);
    // Given on, it is theirs no more.
    assertThat(gateway.as(token, "PATCH", path, Map.of("owner", "admin")).status()).isEqualTo(200);
    assertThat(gateway.as(token, "GET", path, null).status()).isEqualTo(403);
    List<String> owners = new ArrayList<>();
    Gateway.await(
        "the events of the share",
        () -> {
          owners.clear();
          gateway
              .admin("GET", "/api/1.0/sharing/events?max_results=1000&securables=" + share, null)
              .json()
              .get("events")
              .forEach(event -> owners.add(event.get("data").get("owner").asString()));
          return owners.size() == 4;
        });
    assertThat(owners).containsExactly("admin", next.name(), next.name(), "admin");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "{}",
        "{\"name\":\"\"}",
        "{\"name\":\" a\"}",
        "{\"name\":\"a b\"}",
        "{\"name\":\"a\\u00a0b\"}",
        "{\"name\":\"a\\tb\"}",
        "{\"name\":\".\"}",
        "{\"name\":\"..\"}",
        "{\"name\":\"a/b\"}",
        "{\"name\":\"a\\\\b\"}",
        "{\"name\":\"a%41b\"}",
        "{\"name\":\"x#y\"}",
        "{\"name\":\"p;q\"}",
        "{\"name\":\"p?q\"}",
        "{\"name\":7}"
      })
  void badNamesAreRefused(String body) {
    Answer answer = gateway.admin("POST", SHARES, body);
    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.json().get("message").asString()).contains("name");
  }

  @Test
  void tablesThatCannotBeSharedAreRefused() {
    String share = sharing.share();
    TableAccess csv =
        gateway.catalog.add(
            "main", "sales", Tables.unique("csv"), gateway.tables.toUri(), Type.EXTERNAL, "CSV");
    assertThat(sharing.update(share, "ADD", Map.of("name", csv.fullName())).status())
        .isEqualTo(400);
    assertThat(sharing.update(share, "ADD", Map.of("name", "main.sales.nothing")).status())
        .isEqualTo(404);
  }

  @Test
  void onlyThePrivilegedCreateAndOnlyOwnersManage() {
    Caller owner = gateway.catalog.principal(Tables.unique("owner"), false, Privilege.CREATE_SHARE);
    Caller other = gateway.catalog.principal(Tables.unique("other"), false);
    String ownerToken = owner.name() + "-token";
    String otherToken = other.name() + "-token";
    String share = Tables.unique("owned");
    TableAccess table = tables.small(Type.EXTERNAL);

    assertThat(gateway.as(otherToken, "POST", SHARES, Map.of("name", share)).status())
        .isEqualTo(403);
    assertThat(gateway.as(ownerToken, "POST", SHARES, Map.of("name", share)).status())
        .isEqualTo(200);
    String path = SHARES + "/" + share;
    for (Answer refused :
        List.of(
            gateway.as(otherToken, "GET", path, null),
            gateway.as(otherToken, "PATCH", path, Map.of("comment", "x")),
            gateway.as(otherToken, "DELETE", path, null),
            gateway.as(otherToken, "GET", path + "/permissions", null),
            gateway.as(otherToken, "PATCH", path + "/permissions", Map.of()))) {
      assertThat(refused.status()).as(refused.text()).isEqualTo(403);
      assertThat(refused.json().get("error_code").asString()).isEqualTo("PERMISSION_DENIED");
    }
    assertThat(gateway.as(otherToken, "GET", SHARES, null).json().get("shares")).isEmpty();

    // To share a table takes SELECT on it.
    Map<String, Object> add =
        Map.of(
            "updates",
            List.of(Map.of("action", "ADD", "data_object", Map.of("name", table.fullName()))));
    assertThat(gateway.as(ownerToken, "PATCH", path, add).status()).isEqualTo(403);
    gateway.catalog.allowRead(table, owner);
    assertThat(gateway.as(ownerToken, "PATCH", path, add).status()).isEqualTo(200);

    // To grant takes owning the recipient, too.
    Holder recipient = sharing.recipient();
    Map<String, Object> grant =
        Map.of("changes", List.of(Map.of("principal", recipient.name(), "add", List.of("SELECT"))));
    assertThat(gateway.as(ownerToken, "PATCH", path + "/permissions", grant).status())
        .isEqualTo(403);
    sharing.grant(share, recipient);
    Answer taken =
        gateway.as(
            ownerToken,
            "PATCH",
            path + "/permissions",
            Map.of(
                "changes",
                List.of(Map.of("principal", recipient.name(), "remove", List.of("SELECT")))));
    assertThat(taken.status()).isEqualTo(200);
    assertThat(taken.json().get("privilege_assignments")).isEmpty();
  }

  @Test
  void grantsAreShownFromBothSides() {
    String share = sharing.share();
    Holder first = sharing.recipientOf(share);
    Holder second = sharing.recipientOf(share);
    sharing.grant(share, second);
    JsonNode shown =
        gateway.admin("GET", SHARES + "/" + share + "/permissions?max_results=0", null).json();
    assertThat(shown.get("privilege_assignments")).hasSize(2);
    JsonNode page =
        gateway.admin("GET", SHARES + "/" + share + "/permissions?max_results=1", null).json();
    assertThat(page.get("privilege_assignments")).hasSize(1);
    assertThat(
            gateway
                .admin(
                    "GET",
                    SHARES
                        + "/"
                        + share
                        + "/permissions?page_token="
                        + page.get("next_page_token").asString(),
                    null)
                .json()
                .get("privilege_assignments"))
        .hasSize(1);
    JsonNode ofRecipient =
        gateway
            .admin("GET", RECIPIENTS + "/" + first.name() + "/share-permissions", null)
            .json()
            .get("permissions_out");
    assertThat(ofRecipient).hasSize(1);
    assertThat(ofRecipient.get(0).get("share_name").asString()).isEqualTo(share);

    Answer unknown =
        gateway.admin(
            "PATCH",
            SHARES + "/" + share + "/permissions",
            Map.of("changes", List.of(Map.of("principal", "nobody", "add", List.of("SELECT")))));
    assertThat(unknown.status()).isEqualTo(404);
    assertThat(unknown.text()).contains("changes[0].principal");
    Answer modify =
        gateway.admin(
            "PATCH",
            SHARES + "/" + share + "/permissions",
            Map.of(
                "changes", List.of(Map.of("principal", first.name(), "add", List.of("MODIFY")))));
    assertThat(modify.status()).isEqualTo(400);
    assertThat(
            gateway
                .admin(
                    "PATCH",
                    SHARES + "/" + share + "/permissions",
                    Map.of("changes", List.of(), "omit_permissions_list", true))
                .json())
        .isEmpty();
  }

  @Test
  void withoutTheCatalogNothingIsAddedButAllElseGoesOn() {
    String share = sharing.share();
    TableAccess table = tables.small(Type.EXTERNAL);
    sharing.add(share, table);
    Holder recipient = sharing.recipientOf(share);
    gateway.catalog.down(true);
    try {
      Answer answer = sharing.update(share, "ADD", Map.of("name", table.fullName()));
      assertThat(answer.status()).isEqualTo(503);
      assertThat(answer.header("retry-after")).isNotEmpty();
      assertThat(
              gateway
                  .as(recipient.token(), "POST", Sharing.path(share, table) + "/query", "{}")
                  .status())
          .isEqualTo(200);
    } finally {
      gateway.catalog.down(false);
    }
  }

  @Test
  void everyChangeIsAnEvent() {
    String share = sharing.share();
    TableAccess table = tables.small(Type.EXTERNAL);
    sharing.add(share, table);
    sharing.recipientOf(share);
    gateway.admin("DELETE", SHARES + "/" + share, null);
    List<String> types = new ArrayList<>();
    Gateway.await(
        "the events of the share",
        () -> {
          types.clear();
          gateway
              .admin("GET", "/api/1.0/sharing/events?max_results=1000&securables=" + share, null)
              .json()
              .get("events")
              .forEach(event -> types.add(event.get("type").asString()));
          return types.contains("ShareDeleted");
        });
    assertThat(types)
        .containsExactly("ShareCreated", "SharedTableAdded", "ShareGranted", "ShareDeleted");
    Caller nobody = gateway.catalog.principal(Tables.unique("nobody"), false);
    assertThat(
            gateway.as(nobody.name() + "-token", "GET", "/api/1.0/sharing/events", null).status())
        .isEqualTo(403);
  }
}
