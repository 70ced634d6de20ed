package io.tidegate.catalog;

import io.tidegate.kit.security.Caller;
import io.tidegate.kit.security.SecurableType;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Repository;

/** Reads who was granted what. */
@Repository
class Grants {
  private final JdbcClient jdbc;

  Grants(JdbcClient jdbc) {
    this.jdbc = jdbc;
  }

  /**
   * What grants are asked of.
   *
   * @param owned whether the caller owns it or what it is in, or is an admin
   */
  record Securable(SecurableType type, UUID id, String name, boolean owned) {}

  record Grant(String grantee, String privilege, UUID securableId) {}

  /**
   * Grants on some securables by grantees after a name, in the order of the grantees' names, those
   * on the first securable first. Of what the caller does not own they see their own grants alone.
   *
   * @param principal only this grantee's; null for everybody's
   */
  List<Grant> list(
      Caller caller,
      List<Securable> securables,
      @Nullable String principal,
      String after,
      int limit) {
    return jdbc.sql(
            "SELECT n.name, g.privilege, g.securable_id FROM catalog.grants g"
                + " JOIN (SELECT id, name FROM catalog.principals"
                + " UNION ALL SELECT id, name FROM catalog.teams) n ON n.id = g.grantee_id"
                + " WHERE g.securable_id = ANY(:securables)"
                + " AND (g.securable_id = ANY(:owned) OR g.grantee_id = ANY(:own))"
                + " AND (:everybody OR n.name = :principal) AND n.name > :after"
                + " ORDER BY n.name, array_position(:securables, g.securable_id), g.privilege"
                + " LIMIT :limit")
        .param("securables", securables.stream().map(Securable::id).toArray(UUID[]::new))
        .param(
            "owned",
            securables.stream().filter(Securable::owned).map(Securable::id).toArray(UUID[]::new))
        .param("own", CatalogQueries.ids(caller))
        .param("everybody", principal == null)
        .param("principal", principal == null ? "" : Names.lookup(principal))
        .param("after", after)
        .param("limit", limit)
        .query((row, number) ->
            new Grant(
                row.getString("name"),
                row.getString("privilege"),
                row.getObject("securable_id", UUID.class)))
        .list();
  }

  /** What a grantee was granted on a securable itself. */
  Set<String> privileges(UUID securableId, UUID granteeId) {
    return new TreeSet<>(
        jdbc.sql("SELECT privilege FROM catalog.grants WHERE securable_id = ? AND grantee_id = ?")
            .params(securableId, granteeId)
            .query(String.class)
            .list());
  }
}
