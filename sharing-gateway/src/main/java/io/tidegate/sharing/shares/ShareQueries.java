package io.tidegate.sharing.shares;

import io.tidegate.kit.security.Caller;
import io.tidegate.sharing.naming.Names;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** Reads shares and what is in them. */
@Component
class ShareQueries {
  private static final String SHARE_COLUMNS =
      "share_id, name, comment, owner, owner_id, created_at, created_by, updated_at, updated_by";
  private static final String TABLES =
      """
      SELECT st.table_id, ct.catalog_name || '.' || ct.schema_name || '.' || ct.table_name AS full_name,
             st.schema_name, st.table_name, st.history, st.start_version, st.comment, st.added_at,
             st.added_by, ct.dropped
      FROM sharing.shared_tables st JOIN sharing.catalog_tables ct USING (table_id)
      WHERE st.share_id = :share
      """;

  private final JdbcClient jdbc;

  ShareQueries(JdbcClient jdbc) {
    this.jdbc = jdbc;
  }

  Optional<Share> find(String name) {
    return jdbc.sql("SELECT " + SHARE_COLUMNS + " FROM sharing.shares WHERE name_key = :key")
        .param("key", Names.key(name))
        .query(ShareQueries::share)
        .optional();
  }

  /** The share, locked until the transaction ends, so that changes to it follow one another. */
  Optional<Share> lock(UUID shareId) {
    return jdbc.sql(
            "SELECT " + SHARE_COLUMNS + " FROM sharing.shares WHERE share_id = :id FOR UPDATE")
        .param("id", shareId)
        .query(ShareQueries::share)
        .optional();
  }

  /** The shares that the caller may see, by name. */
  List<Share> list(Caller caller, @Nullable String afterKey, int limit) {
    List<UUID> owners = new ArrayList<>(caller.teams());
    owners.add(caller.principalId());
    return jdbc.sql(
            "SELECT "
                + SHARE_COLUMNS
                + " FROM sharing.shares WHERE name_key > :after"
                + " AND (:admin OR owner_id IN (:owners)) ORDER BY name_key LIMIT :limit")
        .param("after", afterKey == null ? "" : afterKey)
        .param("admin", caller.admin())
        .param("owners", owners)
        .param("limit", limit)
        .query(ShareQueries::share)
        .list();
  }

  /** Everything in the share, in the order of the names that recipients see. */
  List<SharedTable> tables(UUID shareId) {
    return jdbc.sql(TABLES + " ORDER BY st.schema_key, st.table_key")
        .param("share", shareId)
        .query(ShareQueries::table)
        .list();
  }

  Optional<SharedTable> table(UUID shareId, UUID tableId) {
    return jdbc.sql(TABLES + " AND st.table_id = :table")
        .param("share", shareId)
        .param("table", tableId)
        .query(ShareQueries::table)
        .optional();
  }

  /** By the names that recipients see. */
  Optional<SharedTable> tableSharedAs(UUID shareId, String schema, String name) {
    return jdbc.sql(TABLES + " AND st.schema_key = :schema AND st.table_key = :name")
        .param("share", shareId)
        .param("schema", Names.key(schema))
        .param("name", Names.key(name))
        .query(ShareQueries::table)
        .optional();
  }

  /**
   * By the name in the catalog. A table that was dropped may share its name with one that came
   * after it, so the one that exists comes first.
   */
  Optional<SharedTable> tableNamed(UUID shareId, List<String> fullName) {
    return jdbc.sql(
            TABLES
                + " AND lower(ct.catalog_name) = :catalog AND lower(ct.schema_name) = :schema"
                + " AND lower(ct.table_name) = :name ORDER BY ct.dropped, st.table_id LIMIT 1")
        .param("share", shareId)
        .param("catalog", Names.key(fullName.get(0)))
        .param("schema", Names.key(fullName.get(1)))
        .param("name", Names.key(fullName.get(2)))
        .query(ShareQueries::table)
        .optional();
  }

  /** The names of the recipients that the share is granted to, in order. */
  List<String> grantees(UUID shareId, @Nullable String afterKey, int limit) {
    return jdbc.sql(
            """
            SELECT r.name FROM sharing.share_grants g JOIN sharing.recipients r USING (recipient_id)
            WHERE g.share_id = :share AND r.name_key > :after ORDER BY r.name_key LIMIT :limit
            """)
        .param("share", shareId)
        .param("after", afterKey == null ? "" : afterKey)
        .param("limit", limit)
        .query((row, number) -> row.getString("name"))
        .list();
  }

  boolean granted(UUID shareId, UUID recipientId) {
    return jdbc.sql(
            """
            SELECT EXISTS (SELECT 1 FROM sharing.share_grants
              WHERE share_id = :share AND recipient_id = :recipient)
            """)
        .param("share", shareId)
        .param("recipient", recipientId)
        .query(Boolean.class)
        .single();
  }

  private static Share share(ResultSet row, int number) throws SQLException {
    return new Share(
        row.getObject("share_id", UUID.class),
        row.getString("name"),
        row.getString("comment"),
        row.getString("owner"),
        row.getObject("owner_id", UUID.class),
        row.getTimestamp("created_at").toInstant(),
        row.getString("created_by"),
        row.getTimestamp("updated_at").toInstant(),
        row.getString("updated_by"));
  }

  private static SharedTable table(ResultSet row, int number) throws SQLException {
    return new SharedTable(
        row.getObject("table_id", UUID.class),
        row.getString("full_name"),
        row.getString("schema_name"),
        row.getString("table_name"),
        row.getBoolean("history"),
        row.getLong("start_version"),
        row.getString("comment"),
        row.getTimestamp("added_at").toInstant(),
        row.getString("added_by"),
        row.getBoolean("dropped"));
  }
}
