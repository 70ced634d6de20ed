package io.tidegate.sharing.protocol;

import io.tidegate.kit.errors.ApiException;
import io.tidegate.kit.errors.ErrorCode;
import io.tidegate.sharing.naming.Names;
import io.tidegate.sharing.recipients.RecipientCaller;
import java.net.URI;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/**
 * What a recipient sees: the shares granted to it, and the tables in them that the catalog has not
 * dropped. What is not granted looks exactly like what does not exist. One statement a question.
 */
@Component
class RecipientView {
  private final JdbcClient jdbc;

  RecipientView(JdbcClient jdbc) {
    this.jdbc = jdbc;
  }

  record NamedShare(UUID id, String name, @Nullable String comment) {}

  record NamedTable(
      UUID id, UUID shareId, String schema, String name, String schemaKey, String nameKey) {}

  List<NamedShare> shares(RecipientCaller recipient, @Nullable String afterKey, int limit) {
    return jdbc.sql(
            """
            SELECT s.share_id, s.name, s.comment
            FROM sharing.share_grants g JOIN sharing.shares s USING (share_id)
            WHERE g.recipient_id = :recipient AND s.name_key > :after
            ORDER BY s.name_key LIMIT :limit
            """)
        .param("recipient", recipient.id())
        .param("after", afterKey == null ? "" : afterKey)
        .param("limit", limit)
        .query((row, number) ->
            new NamedShare(
                row.getObject("share_id", UUID.class),
                row.getString("name"),
                row.getString("comment")))
        .list();
  }

  /**
   * @throws ApiException SHARE_NOT_FOUND if there is no such share, or not for this recipient
   */
  NamedShare share(RecipientCaller recipient, String name) {
    return jdbc.sql(
            """
            SELECT s.share_id, s.name, s.comment
            FROM sharing.share_grants g JOIN sharing.shares s USING (share_id)
            WHERE g.recipient_id = :recipient AND s.name_key = :key
            """)
        .param("recipient", recipient.id())
        .param("key", Names.key(name))
        .query((row, number) ->
            new NamedShare(
                row.getObject("share_id", UUID.class),
                row.getString("name"),
                row.getString("comment")))
        .optional()
        .orElseThrow(() ->
            new ApiException(
                ErrorCode.SHARE_NOT_FOUND,
                "Share " + name + " does not exist or is not shared with you"));
  }

  /** The names of the schemas in a share. */
  List<String> schemas(NamedShare share, @Nullable String afterKey, int limit) {
    // Two tables may spell their schema differently: it is one schema.
    return jdbc.sql(
            """
            SELECT min(st.schema_name) AS schema_name
            FROM sharing.shared_tables st JOIN sharing.catalog_tables ct USING (table_id)
            WHERE st.share_id = :share AND NOT ct.dropped AND st.schema_key > :after
            GROUP BY st.schema_key ORDER BY st.schema_key LIMIT :limit
            """)
        .param("share", share.id())
        .param("after", afterKey == null ? "" : afterKey)
        .param("limit", limit)
        .query((row, number) -> row.getString("schema_name"))
        .list();
  }

  /**
   * The tables in a share, by schema and name.
   *
   * @param schema only the tables in this schema; null for all
   * @param afterSchemaKey with {@code afterNameKey} the keys of the last table on the page before
   */
  List<NamedTable> tables(
      NamedShare share,
      @Nullable String schema,
      String afterSchemaKey,
      String afterNameKey,
      int limit) {
    return jdbc.sql(
            """
            SELECT st.table_id, st.schema_name, st.table_name, st.schema_key, st.table_key
            FROM sharing.shared_tables st JOIN sharing.catalog_tables ct USING (table_id)
            WHERE st.share_id = :share AND NOT ct.dropped
              AND (:allSchemas OR st.schema_key = :schema)
              AND (st.schema_key, st.table_key) > (:afterSchema, :afterName)
            ORDER BY st.schema_key, st.table_key LIMIT :limit
            """)
        .param("share", share.id())
        .param("allSchemas", schema == null)
        .param("schema", schema == null ? "" : Names.key(schema))
        .param("afterSchema", afterSchemaKey)
        .param("afterName", afterNameKey)
        .param("limit", limit)
        .query((row, number) ->
            new NamedTable(
                row.getObject("table_id", UUID.class),
                share.id(),
                row.getString("schema_name"),
                row.getString("table_name"),
                row.getString("schema_key"),
                row.getString("table_key")))
        .list();
  }

  boolean hasSchema(NamedShare share, String schema) {
    return jdbc.sql(
            """
            SELECT EXISTS (SELECT 1
              FROM sharing.shared_tables st JOIN sharing.catalog_tables ct USING (table_id)
              WHERE st.share_id = :share AND NOT ct.dropped AND st.schema_key = :schema)
            """)
        .param("share", share.id())
        .param("schema", Names.key(schema))
        .query(Boolean.class)
        .single();
  }

  /**
   * @throws ApiException TABLE_NOT_FOUND if there is no such table, or not for this recipient
   */
  ReadableTable table(RecipientCaller recipient, String share, String schema, String table) {
    return jdbc.sql(
            """
            SELECT s.share_id, s.name AS share, st.schema_name, st.table_name, st.table_id,
                   st.history, st.start_version, ct.managed, ct.location,
                   ct.catalog_name || '.' || ct.schema_name || '.' || ct.table_name AS full_name
            FROM sharing.share_grants g
            JOIN sharing.shares s USING (share_id)
            JOIN sharing.shared_tables st USING (share_id)
            JOIN sharing.catalog_tables ct USING (table_id)
            WHERE g.recipient_id = :recipient AND s.name_key = :share
              AND st.schema_key = :schema AND st.table_key = :table AND NOT ct.dropped
            """)
        .param("recipient", recipient.id())
        .param("share", Names.key(share))
        .param("schema", Names.key(schema))
        .param("table", Names.key(table))
        .query((row, number) ->
            new ReadableTable(
                row.getObject("share_id", UUID.class),
                row.getString("share"),
                row.getString("schema_name"),
                row.getString("table_name"),
                row.getObject("table_id", UUID.class),
                row.getBoolean("history"),
                row.getLong("start_version"),
                row.getString("full_name"),
                row.getBoolean("managed"),
                URI.create(row.getString("location"))))
        .optional()
        .orElseThrow(() ->
            new ApiException(
                ErrorCode.TABLE_NOT_FOUND,
                "Table "
                    + share
                    + "."
                    + schema
                    + "."
                    + table
                    + " does not exist or is not shared with you"));
  }
}
