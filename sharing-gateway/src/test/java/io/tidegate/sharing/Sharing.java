package io.tidegate.sharing;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.ports.TableAccess;
import io.tidegate.sharing.Gateway.Answer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Sets up shares and recipients through the administration API. */
final class Sharing {
  static final String SHARES = "/api/2.1/unity-catalog/shares";
  static final String RECIPIENTS = "/api/2.1/unity-catalog/recipients";

  private final Gateway gateway;

  Sharing(Gateway gateway) {
    this.gateway = gateway;
  }

  String share() {
    String name = Tables.unique("share");
    assertThat(gateway.admin("POST", SHARES, Map.of("name", name)).status()).isEqualTo(200);
    return name;
  }

  Answer update(String share, String action, Map<String, ?> object) {
    return gateway.admin(
        "PATCH",
        SHARES + "/" + share,
        Map.of("updates", List.of(Map.of("action", action, "data_object", object))));
  }

  /** Adds a table; further fields of the data object may follow, name and value in turn. */
  void add(String share, TableAccess table, Object... fields) {
    Map<String, Object> object = new HashMap<>(Map.of("name", table.fullName()));
    object.put("data_object_type", "TABLE");
    for (int i = 0; i < fields.length; i += 2) {
      object.put((String) fields[i], fields[i + 1]);
    }
    Answer answer = update(share, "ADD", object);
    assertThat(answer.status()).as(answer.text()).isEqualTo(200);
  }

  /** A recipient with a token. */
  record Holder(String name, String token) {}

  Holder recipient() {
    String name = Tables.unique("recipient");
    Answer answer = gateway.admin("POST", RECIPIENTS, Map.of("name", name, "return_profile", true));
    assertThat(answer.status()).as(answer.text()).isEqualTo(200);
    return new Holder(name, answer.json().get("profile").get("bearerToken").asString());
  }

  void grant(String share, Holder recipient) {
    Answer answer =
        gateway.admin(
            "PATCH",
            SHARES + "/" + share + "/permissions",
            Map.of(
                "changes",
                List.of(Map.of("principal", recipient.name(), "add", List.of("SELECT")))));
    assertThat(answer.status()).as(answer.text()).isEqualTo(200);
  }

  /** A recipient who may read a share. */
  Holder recipientOf(String share) {
    Holder recipient = recipient();
    grant(share, recipient);
    return recipient;
  }

  /** The path of a table that is shared under its own name. */
  static String path(String share, TableAccess table) {
    return "/delta-sharing/shares/"
        + share
        + "/schemas/"
        + table.schema()
        + "/tables/"
        + table.name();
  }
}
