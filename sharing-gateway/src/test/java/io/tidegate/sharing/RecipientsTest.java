package io.tidegate.sharing;

import static io.tidegate.sharing.Sharing.RECIPIENTS;
import static io.tidegate.sharing.Sharing.SHARES;
import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.kit.security.Caller;
import io.tidegate.kit.security.Privilege;
import io.tidegate.sharing.Gateway.Answer;
import io.tidegate.sharing.Sharing.Holder;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.simple.JdbcClient;
import tools.jackson.databind.JsonNode;

/** Recipients, their tokens and their activation links. */
class RecipientsTest {
  private final Gateway gateway = Gateway.start();
  private final Sharing sharing = new Sharing(gateway);

  private int listing(String token) {
    return gateway.as(token, "GET", "/delta-sharing/shares", null).status();
  }

  private static String token(Answer profile) {
    return profile.json().get("bearerToken").asString();
  }

  @Test
  void anActivationLinkWorksOnce() {
    String name = Tables.unique("Partner");
    Answer created =
        gateway.admin(
            "POST",
            RECIPIENTS,
            Map.of(
                "name",
                name,
                "authentication_type",
                "TOKEN",
                "properties_kvpairs",
                Map.of("properties", Map.of("region", "eu"))));
    assertThat(created.status()).isEqualTo(200);
    assertThat(created.header("cache-control")).contains("no-store");
    JsonNode json = created.json();
    assertThat(json.get("activated").asBoolean()).isFalse();
    assertThat(json.has("profile")).isFalse();
    String link = json.get("activation_url").asString();
    assertThat(json.get("tokens").get(0).get("activation_url").asString()).isEqualTo(link);

    // Shown once: later answers do not have it.
    Answer shown = gateway.admin("GET", RECIPIENTS + "/" + name, null);
    assertThat(shown.text()).doesNotContain("activation_url");
    assertThat(shown.json().get("properties_kvpairs").get("properties").get("region").asString())
        .isEqualTo("eu");

    // Looking does not use it up.
    assertThat(gateway.send("HEAD", link, null).status()).isEqualTo(200);
    Answer info =
        gateway.send(
            "GET", link.replace("data_sharing_activation/", "data_sharing_activation_info/"), null);
    assertThat(info.status()).isEqualTo(200);
    assertThat(info.text()).isEqualTo("{}");

    Answer profile = gateway.send("GET", link, null);
    assertThat(profile.status()).isEqualTo(200);
    assertThat(profile.header("cache-control")).contains("no-store");
    assertThat(profile.header("content-disposition")).contains("config.share");
    assertThat(profile.json().propertyNames())
        .containsExactly("shareCredentialsVersion", "endpoint", "bearerToken");
    assertThat(profile.json().get("shareCredentialsVersion").asInt()).isEqualTo(1);
    assertThat(profile.json().get("endpoint").asString()).isEqualTo(gateway.url + "/delta-sharing");
    assertThat(listing(token(profile))).isEqualTo(200);
    assertThat(
            gateway.admin("GET", RECIPIENTS + "/" + name, null).json().get("activated").asBoolean())
        .isTrue();

    Answer again = gateway.send("GET", link, null);
    assertThat(again.status()).isEqualTo(410);
    assertThat(again.json().get("error_code").asString()).isEqualTo("RESOURCE_GONE");
    assertThat(gateway.send("GET", link + "x", null).status()).isEqualTo(404);
  }

  @Test
  void ofManyWhoOpenALinkAtOnceOneGetsTheToken() throws Exception {
    String link =
        gateway
            .admin("POST", RECIPIENTS, Map.of("name", Tables.unique("raced")))
            .json()
            .get("activation_url")
            .asString();
    List<Callable<Integer>> openers = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      openers.add(() -> gateway.send("GET", link, null).status());
    }
    List<Integer> statuses = new ArrayList<>();
    try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
      for (Future<Integer> future : executor.invokeAll(openers)) {
        statuses.add(future.get());
      }
    }
    statuses.sort(null);
    assertThat(statuses).containsExactly(200, 410, 410, 410, 410, 410, 410, 410);
  }

  @Test
  void aLinkThatNobodyOpensExpires() {
    String name = Tables.unique("recipient");
    JsonNode created = gateway.admin("POST", RECIPIENTS, Map.of("name", name)).json();
    String link = created.get("activation_url").asString();
    JdbcClient jdbc = gateway.context.getBean(JdbcClient.class);
    String older =
        "UPDATE sharing.recipient_tokens SET created_at = now() - CAST(:age AS interval)"
            + " WHERE token_id = CAST(:id AS uuid)";
    String id = created.get("tokens").get(0).get("id").asString();
    jdbc.sql(older).param("age", "6 days 23 hours").param("id", id).update();
    assertThat(gateway.send("HEAD", link, null).status()).isEqualTo(200);
    jdbc.sql(older).param("age", "7 days 1 second").param("id", id).update();
    Answer expired = gateway.send("GET", link, null);
    assertThat(expired.status()).isEqualTo(410);
    assertThat(expired.json().get("message").asString()).contains("expired");
    assertThat(gateway.admin("GET", RECIPIENTS + "/" + name, null).json().get("tokens")).isEmpty();
    // A token that was made in time does not end with its link.
    String token =
        gateway
            .admin("POST", RECIPIENTS, Map.of("name", name + "2", "return_profile", true))
            .json()
            .get("profile")
            .get("bearerToken")
            .asString();
    jdbc.sql("UPDATE sharing.recipient_tokens SET created_at = now() - interval '8 days'").update();
    assertThat(gateway.as(token, "GET", "/delta-sharing/shares", null).status()).isEqualTo(200);
  }

  @Test
  void noSecretIsKeptInClear() {
    String name = Tables.unique("secret");
    Answer created = gateway.admin("POST", RECIPIENTS, Map.of("name", name));
    String link = created.json().get("activation_url").asString();
    String secret = link.substring(link.lastIndexOf('/') + 1);
    String token = token(gateway.send("GET", link, null));
    assertThat(secret).startsWith("tga_").hasSize(4 + 43);
    assertThat(token).startsWith("tgr_").hasSize(4 + 43);
    JdbcTemplate jdbc = gateway.context.getBean(JdbcTemplate.class);
    for (String table :
        jdbc.queryForList(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = 'sharing'",
            String.class)) {
      for (String clear : List.of(secret, token)) {
        assertThat(
                jdbc.queryForObject(
                    "SELECT count(*) FROM sharing." + table + " t WHERE t::text LIKE ?",
                    Long.class,
                    "%" + clear.substring(4) + "%"))
            .as(table)
            .isZero();
      }
    }
  }

  @Test
  void rotationEndsTheOldTokenAfterTheGraceGiven() {
    Holder recipient = sharing.recipient();
    String path = RECIPIENTS + "/" + recipient.name() + "/rotate-token";
    Answer graceful =
        gateway.admin(
            "POST", path, Map.of("existing_token_expire_in_seconds", 3600, "return_profile", true));
    assertThat(graceful.status()).isEqualTo(200);
    String second = graceful.json().get("profile").get("bearerToken").asString();
    assertThat(listing(recipient.token())).isEqualTo(200);
    assertThat(listing(second)).isEqualTo(200);
    JsonNode tokens = graceful.json().get("tokens");
    assertThat(tokens).hasSize(2);
    assertThat(tokens.get(0).has("expiration_time")).isFalse();
    assertThat(tokens.get(1).get("expiration_time").asLong())
        .isGreaterThan(System.currentTimeMillis());

    Answer atOnce = gateway.admin("POST", path, Map.of("existing_token_expire_in_seconds", 0));
    assertThat(listing(recipient.token())).isEqualTo(401);
    assertThat(listing(second)).isEqualTo(401);
    String third = token(gateway.send("GET", atOnce.json().get("activation_url").asString(), null));
    assertThat(listing(third)).isEqualTo(200);

    // A longer grace does not bring back what ends sooner.
    gateway.admin("POST", path, Map.of("existing_token_expire_in_seconds", 0));
    gateway.admin("POST", path, Map.of("existing_token_expire_in_seconds", 3600));
    assertThat(listing(third)).isEqualTo(401);
    assertThat(gateway.admin("POST", path, Map.of()).status()).isEqualTo(400);
    assertThat(
            gateway
                .admin("POST", path, Map.of("existing_token_expire_in_seconds", -1))
                .json()
                .get("message")
                .asString())
        .contains("existing_token_expire_in_seconds");
  }

  @Test
  void tokensExpireWithTheRecipient() {
    String name = Tables.unique("expiring");
    long expires = System.currentTimeMillis() + 86_400_000;
    Answer created =
        gateway.admin(
            "POST",
            RECIPIENTS,
            Map.of("name", name, "return_profile", true, "expiration_time", expires));
    assertThat(created.json().get("expiration_time").asLong()).isEqualTo(expires);
    assertThat(created.json().get("tokens").get(0).get("expiration_time").asLong())
        .isEqualTo(expires);
    JsonNode profile = created.json().get("profile");
    assertThat(Instant.parse(profile.get("expirationTime").asString()).toEpochMilli())
        .isEqualTo(expires);
    String token = profile.get("bearerToken").asString();
    assertThat(listing(token)).isEqualTo(200);

    Answer soon =
        gateway.admin(
            "PATCH",
            RECIPIENTS + "/" + name,
            Map.of("expiration_time", System.currentTimeMillis() + 500));
    assertThat(soon.status()).isEqualTo(200);
    Gateway.await("the token expires", () -> listing(token) == 401);
    Answer rotate =
        gateway.admin(
            "POST",
            RECIPIENTS + "/" + name + "/rotate-token",
            Map.of("existing_token_expire_in_seconds", 0));
    assertThat(rotate.status()).isEqualTo(400);
    assertThat(rotate.text()).contains("expiration_time");
  }

  @Test
  void aDeletedRecipientIsNobody() {
    String share = sharing.share();
    Holder recipient = sharing.recipientOf(share);
    assertThat(listing(recipient.token())).isEqualTo(200);
    assertThat(gateway.admin("DELETE", RECIPIENTS + "/" + recipient.name(), null).status())
        .isEqualTo(200);
    assertThat(listing(recipient.token())).isEqualTo(401);
    assertThat(
            gateway
                .admin("GET", SHARES + "/" + share + "/permissions", null)
                .json()
                .get("privilege_assignments"))
        .isEmpty();
    // Another one of the same name inherits nothing.
    gateway.admin("POST", RECIPIENTS, Map.of("name", recipient.name()));
    assertThat(
            gateway
                .admin("GET", RECIPIENTS + "/" + recipient.name() + "/share-permissions", null)
                .json()
                .get("permissions_out"))
        .isEmpty();
  }

  @Test
  void aRecipientIsRenamedAndListed() {
    Caller owner =
        gateway.catalog.principal(Tables.unique("maker"), false, Privilege.CREATE_RECIPIENT);
    String token = owner.name() + "-token";
    String name = Tables.unique("listed");
    assertThat(gateway.as(token, "POST", RECIPIENTS, Map.of("name", name)).status()).isEqualTo(200);
    String renamed = Tables.unique("listed");
    assertThat(
            gateway
                .as(
                    token,
                    "PATCH",
                    RECIPIENTS + "/" + name,
                    Map.of("new_name", renamed, "comment", "hello"))
                .json()
                .get("comment")
                .asString())
        .isEqualTo("hello");
    JsonNode list = gateway.as(token, "GET", RECIPIENTS + "?max_results=0", null).json();
    assertThat(list.get("recipients")).hasSize(1);
    assertThat(list.get("recipients").get(0).get("name").asString()).isEqualTo(renamed);
    assertThat(list.has("next_page_token")).isFalse();
    assertThat(gateway.as(token, "POST", RECIPIENTS, Map.of("name", renamed)).status())
        .isEqualTo(409);
  }

  @Test
  void onlyThePrivilegedCreateAndOnlyOwnersManage() {
    Caller other = gateway.catalog.principal(Tables.unique("other"), false);
    String token = other.name() + "-token";
    Holder recipient = sharing.recipient();
    String path = RECIPIENTS + "/" + recipient.name();
    for (Answer refused :
        List.of(
            gateway.as(token, "POST", RECIPIENTS, Map.of("name", "x")),
            gateway.as(token, "GET", path, null),
            gateway.as(token, "PATCH", path, Map.of("comment", "x")),
            gateway.as(token, "DELETE", path, null),
            gateway.as(token, "GET", path + "/share-permissions", null),
            gateway.as(
                token,
                "POST",
                path + "/rotate-token",
                Map.of("existing_token_expire_in_seconds", 0)))) {
      assertThat(refused.status()).as(refused.text()).isEqualTo(403);
    }
    assertThat(gateway.as(token, "GET", RECIPIENTS, null).json().get("recipients")).isEmpty();
    assertThat(gateway.admin("GET", RECIPIENTS + "/nobody", null).status()).isEqualTo(404);
    assertThat(gateway.send("GET", gateway.url + RECIPIENTS, null).status()).isEqualTo(401);
  }

  /** Field by field of Databricks' requests: what is not done is refused by its name. */
  @ParameterizedTest
  @ValueSource(strings = {"data_recipient_global_metastore_id", "sharing_code"})
  void whatIsNotDoneIsRefusedByName(String field) {
    String name = Tables.unique("unsupported");
    Answer refused = gateway.admin("POST", RECIPIENTS, Map.of("name", name, field, "x"));
    assertThat(refused.status()).isEqualTo(501);
    assertThat(refused.json().get("message").asString()).startsWith(field + ":");
    assertThat(gateway.admin("GET", RECIPIENTS + "/" + name, null).status()).isEqualTo(404);
    assertThat(gateway.admin("POST", RECIPIENTS, Map.of("name", name, field, "")).status())
        .isEqualTo(200);
  }

  @Test
  void recipientsOfAMetastoreAreNotListed() {
    Answer refused =
        gateway.admin("GET", RECIPIENTS + "?data_recipient_global_metastore_id=aws:x", null);
    assertThat(refused.status()).isEqualTo(501);
    assertThat(refused.json().get("message").asString())
        .startsWith("data_recipient_global_metastore_id:");
  }

  @Test
  void anExpiryIsTakenAwayByZero() {
    String name = Tables.unique("lasting");
    String path = RECIPIENTS + "/" + name;
    String token =
        gateway
            .admin(
                "POST",
                RECIPIENTS,
                Map.of(
                    "name",
                    name,
                    "return_profile",
                    true,
                    "expiration_time",
                    System.currentTimeMillis() + 86_400_000))
            .json()
            .get("profile")
            .get("bearerToken")
            .asString();
    // Left out, it stays.
    assertThat(
            gateway
                .admin("PATCH", path, Map.of("comment", "c"))
                .json()
                .get("expiration_time")
                .asLong())
        .isPositive();
    JsonNode lasting = gateway.admin("PATCH", path, Map.of("expiration_time", 0)).json();
    assertThat(lasting.has("expiration_time")).isFalse();
    assertThat(lasting.get("comment").asString()).isEqualTo("c");
    assertThat(lasting.get("tokens").get(0).has("expiration_time")).isFalse();
    assertThat(listing(token)).isEqualTo(200);
  }

  @Test
  void aRecipientGetsAnotherOwner() {
    Caller next = gateway.catalog.principal(Tables.unique("next"), false);
    String token = next.name() + "-token";
    String path = RECIPIENTS + "/" + sharing.recipient().name();
    Map<String, String> change = Map.of("owner", next.name());
    assertThat(gateway.as(token, "PATCH", path, change).status()).isEqualTo(403);
    assertThat(gateway.admin("PATCH", path, Map.of("owner", "nobody")).status()).isEqualTo(404);
    assertThat(gateway.admin("PATCH", path, change).json().get("owner").asString())
        .isEqualTo(next.name());
    assertThat(gateway.as(token, "PATCH", path, Map.of("owner", "admin")).status()).isEqualTo(200);
    assertThat(gateway.as(token, "GET", path, null).status()).isEqualTo(403);

    String made = Tables.unique("made");
    assertThat(
            gateway
                .admin("POST", RECIPIENTS, Map.of("name", made, "owner", next.name()))
                .json()
                .get("owner")
                .asString())
        .isEqualTo(next.name());
    assertThat(gateway.as(token, "GET", RECIPIENTS + "/" + made, null).status()).isEqualTo(200);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "{} | name",
        "{\"name\":\"a/b\"} | name",
        "{\"name\":\"a%41b\"} | name",
        "{\"name\":\"x#y\"} | name",
        "{\"name\":\"p;q\"} | name",
        "{\"name\":\"p?q\"} | name",
        "{\"name\":\"ok\",\"authentication_type\":\"DATABRICKS\"} | authentication_type",
        "{\"name\":\"ok\",\"expiration_time\":5} | expiration_time",
        "{\"name\":\"ok\",\"expiration_time\":\"soon\"} | expiration_time",
        "{\"name\":\"ok\",\"properties_kvpairs\":{\"properties\":{\"a\":null}}} | properties_kvpairs",
        "{\"name\":\"ok\",\"ip_access_list\":{\"allowed_ip_addresses\":[\"10.0.0.0/8\"]}} | ip_access_list",
      })
  void whatIsWrongIsNamed(String body, String named) {
    Answer answer = gateway.admin("POST", RECIPIENTS, body);
    assertThat(answer.status()).as(answer.text()).isEqualTo(400);
    assertThat(answer.json().get("message").asString()).contains(named);
  }
}
