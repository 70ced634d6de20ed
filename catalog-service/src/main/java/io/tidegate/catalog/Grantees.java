package io.tidegate.catalog;

import io.tidegate.kit.errors.ErrorCode;
import java.util.Optional;
import java.util.UUID;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** Who can own and be granted on: principals and teams, which share one space of names. */
@Component
class Grantees {
  private final JdbcClient jdbc;

  Grantees(JdbcClient jdbc) {
    this.jdbc = jdbc;
  }

  record Grantee(UUID id, String name) {}

  /**
   * @param field the field's name, for the error
   * @throws io.tidegate.kit.errors.ApiException PRINCIPAL_NOT_FOUND
   */
  Grantee named(String field, String name) {
    return find(name)
        .orElseThrow(() ->
            Access.missing(ErrorCode.PRINCIPAL_NOT_FOUND, "The " + field + "'s principal", name));
  }

  Optional<Grantee> find(String name) {
    return jdbc.sql(
            "SELECT id, name FROM catalog.principals WHERE name = :name"
                + " UNION ALL SELECT id, name FROM catalog.teams WHERE name = :name")
        .param("name", Names.lookup(name))
        .query((row, number) -> new Grantee(row.getObject("id", UUID.class), row.getString("name")))
        .optional();
  }
}
