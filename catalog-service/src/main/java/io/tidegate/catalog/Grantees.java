package io.tidegate.catalog;

import io.tidegate.kit.errors.ApiException;
import io.tidegate.kit.errors.ErrorCode;
import io.tidegate.kit.security.Caller;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** Who can own and be granted on: principals and teams, which share one space of names. */
@Component
class Grantees {
  private static final int SHOWN = 5;

  private final JdbcClient jdbc;

  Grantees(JdbcClient jdbc) {
    this.jdbc = jdbc;
  }

  record Grantee(UUID id, String name) {}

  /**
   * A principal or team that cannot be deleted until the transaction ends.
   *
   * @param field the field's name, for the error
   * @throws ApiException PRINCIPAL_NOT_FOUND
   */
  Grantee held(String field, String name) {
    return rowHeld("principals", name)
        .or(() -> rowHeld("teams", name))
        .orElseThrow(() -> Access.missing(ErrorCode.PRINCIPAL_NOT_FOUND, field, name));
  }

  private Optional<Grantee> rowHeld(String table, String name) {
    return jdbc.sql("SELECT id, name FROM catalog." + table + " WHERE name = ? FOR KEY SHARE")
        .param(Names.lookup(name))
        .query((row, number) -> new Grantee(row.getObject("id", UUID.class), row.getString("name")))
        .optional();
  }

  /**
   * Keeps the caller from being deleted or made inactive until the transaction ends: they are to
   * own something.
   *
   * @throws ApiException PERMISSION_DENIED if they were deleted or made inactive since they were
   *     authenticated
   */
  void hold(Caller caller) {
    if (jdbc.sql("SELECT id FROM catalog.principals WHERE id = ? AND active FOR SHARE")
        .param(caller.principalId())
        .query(UUID.class)
        .optional()
        .isEmpty()) {
      throw gone();
    }
  }

  /** What is told to a caller who was deleted since they were authenticated. */
  static ApiException gone() {
    return new ApiException(ErrorCode.PERMISSION_DENIED, "The caller is no principal any more");
  }

  /**
   * Lets one creation or deletion of a principal or team happen at a time, until the transaction
   * ends: the two have a table each, and share one space of names.
   */
  void lockAll() {
    jdbc.sql("SELECT pg_advisory_xact_lock(hashtextextended('tidegate/grantees', 0))")
        .query(row -> {});
  }

  /**
   * Claims a name for a new one, within a change.
   *
   * @throws ApiException ALREADY_EXISTS
   */
  void claim(String name) {
    lockAll();
    if (rowHeld("principals", name).or(() -> rowHeld("teams", name)).isPresent()) {
      throw new ApiException(ErrorCode.ALREADY_EXISTS, taken(name));
    }
  }

  static String taken(String name) {
    return "A principal or team '" + name + "' already exists";
  }

  /**
   * Holds a principal or team that is to be deleted, within a change.
   *
   * @param table {@code principals} or {@code teams}
   * @param kind what it is called, for the error
   * @throws ApiException PRINCIPAL_NOT_FOUND, or NOT_EMPTY naming what it owns
   */
  void release(String table, String kind, Grantee grantee) {
    if (jdbc.sql("SELECT id FROM catalog." + table + " WHERE id = ? FOR UPDATE")
        .param(grantee.id())
        .query(UUID.class)
        .optional()
        .isEmpty()) {
      throw Access.missing(ErrorCode.PRINCIPAL_NOT_FOUND, kind, grantee.name());
    }
    List<String> owned = owned(grantee.id());
    if (!owned.isEmpty()) {
      throw new ApiException(
          ErrorCode.NOT_EMPTY,
          kind
              + " '"
              + grantee.name()
              + "' owns "
              + String.join(", ", owned.subList(0, Math.min(SHOWN, owned.size())))
              + (owned.size() > SHOWN ? " and more" : "")
              + "; give these another owner or drop them first");
    }
  }

  private List<String> owned(UUID id) {
    return jdbc.sql(
            "(SELECT 'catalog ' || c.name FROM catalog.catalogs c WHERE c.owner_id = :id LIMIT"
                + " :limit) UNION ALL (SELECT 'schema ' || c.name || '.' || s.name FROM"
                + " catalog.schemas s JOIN catalog.catalogs c ON c.id = s.catalog_id WHERE"
                + " s.owner_id = :id LIMIT :limit) UNION ALL (SELECT 'table ' || c.name || '.' ||"
                + " s.name || '.' || t.name FROM catalog.tables t JOIN catalog.schemas s ON s.id ="
                + " t.schema_id JOIN catalog.catalogs c ON c.id = s.catalog_id WHERE t.owner_id ="
                + " :id LIMIT :limit) LIMIT :limit")
        .param("id", id)
        .param("limit", SHOWN + 1)
        .query((row, number) -> row.getString(1))
        .list();
  }
}
