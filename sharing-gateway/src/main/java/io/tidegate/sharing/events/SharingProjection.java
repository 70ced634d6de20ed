package io.tidegate.sharing.events;

import io.tidegate.events.Projection;
import io.tidegate.events.RecordedEvent;
import io.tidegate.sharing.events.SharingEvent.ActivationUsed;
import io.tidegate.sharing.events.SharingEvent.RecipientCreated;
import io.tidegate.sharing.events.SharingEvent.RecipientDeleted;
import io.tidegate.sharing.events.SharingEvent.RecipientUpdated;
import io.tidegate.sharing.events.SharingEvent.ShareCreated;
import io.tidegate.sharing.events.SharingEvent.ShareDeleted;
import io.tidegate.sharing.events.SharingEvent.ShareGrantRevoked;
import io.tidegate.sharing.events.SharingEvent.ShareGranted;
import io.tidegate.sharing.events.SharingEvent.ShareUpdated;
import io.tidegate.sharing.events.SharingEvent.SharedTableAdded;
import io.tidegate.sharing.events.SharingEvent.SharedTableQueried;
import io.tidegate.sharing.events.SharingEvent.SharedTableRemoved;
import io.tidegate.sharing.events.SharingEvent.SharedTableUpdated;
import io.tidegate.sharing.events.SharingEvent.TokenRotated;
import io.tidegate.sharing.naming.Names;
import java.sql.Timestamp;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient.StatementSpec;
import tools.jackson.databind.json.JsonMapper;

/**
 * Shares, what is in them, recipients and grants: the state that every request is decided from. In
 * the statements {@code {name}} stands for a table of the projection, be it live or in the making.
 */
public final class SharingProjection implements Projection {
  private static final JsonMapper JSON = JsonMapper.shared();
  private static final Pattern TABLE = Pattern.compile("\\{(\\w+)}");

  @Override
  public String name() {
    return "shares";
  }

  @Override
  public List<String> tables() {
    return List.of("shares", "shared_tables", "recipients", "share_grants");
  }

  @Override
  public void apply(RecordedEvent recorded, Target target) {
    if (recorded.event() instanceof SharingEvent event) {
      new Change(recorded, target).apply(event);
    }
  }

  /** What one event changes. */
  private record Change(RecordedEvent recorded, Target target) {

    void apply(SharingEvent event) {
      switch (event) {
        case ShareCreated created ->
            sql("""
            INSERT INTO {shares}
              (share_id, name, name_key, comment, owner, owner_id,
               created_at, created_by, updated_at, updated_by)
            VALUES (:share, :name, :key, :comment, :owner, :ownerId, :at, :by, :at, :by)
            """)
                .param("share", created.shareId())
                .param("name", created.name())
                .param("key", Names.key(created.name()))
                .param("comment", created.comment())
                .param("owner", created.owner())
                .param("ownerId", created.ownerId())
                .update();
        case ShareUpdated updated ->
            sql("""
            UPDATE {shares}
            SET name = :name, name_key = :key, comment = :comment, owner = :owner,
              owner_id = :ownerId, updated_at = :at, updated_by = :by
            WHERE share_id = :share
            """)
                .param("share", updated.shareId())
                .param("name", updated.name())
                .param("key", Names.key(updated.name()))
                .param("comment", updated.comment())
                .param("owner", updated.owner())
                .param("ownerId", updated.ownerId())
                .update();
        case ShareDeleted deleted -> {
          for (String table : List.of("{shares}", "{shared_tables}", "{share_grants}")) {
            sql("DELETE FROM " + table + " WHERE share_id = :share")
                .param("share", deleted.shareId())
                .update();
          }
        }
        case SharedTableAdded added -> {
          sql("""
          INSERT INTO {shared_tables}
            (share_id, table_id, schema_name, schema_key, table_name, table_key,
             history, start_version, comment, added_at, added_by)
          VALUES (:share, :table, :schema, :schemaKey, :name, :nameKey,
            :history, :startVersion, :comment, :at, :by)
          """)
              .param("share", added.shareId())
              .param("table", added.tableId())
              .param("schema", added.sharedSchema())
              .param("schemaKey", Names.key(added.sharedSchema()))
              .param("name", added.sharedName())
              .param("nameKey", Names.key(added.sharedName()))
              .param("history", added.history())
              .param("startVersion", added.startVersion())
              .param("comment", added.comment())
              .update();
          touchShare(added.shareId());
        }
        case SharedTableUpdated updated -> {
          sql("""
          UPDATE {shared_tables}
          SET schema_name = :schema, schema_key = :schemaKey, table_name = :name,
            table_key = :nameKey, history = :history, start_version = :startVersion,
            comment = :comment
          WHERE share_id = :share AND table_id = :table
          """)
              .param("share", updated.shareId())
              .param("table", updated.tableId())
              .param("schema", updated.sharedSchema())
              .param("schemaKey", Names.key(updated.sharedSchema()))
              .param("name", updated.sharedName())
              .param("nameKey", Names.key(updated.sharedName()))
              .param("history", updated.history())
              .param("startVersion", updated.startVersion())
              .param("comment", updated.comment())
              .update();
          touchShare(updated.shareId());
        }
        case SharedTableRemoved removed -> {
          sql("DELETE FROM {shared_tables} WHERE share_id = :share AND table_id = :table")
              .param("share", removed.shareId())
              .param("table", removed.tableId())
              .update();
          touchShare(removed.shareId());
        }
        case ShareGranted granted ->
            sql("""
            INSERT INTO {share_grants} (share_id, recipient_id, granted_at, granted_by)
            VALUES (:share, :recipient, :at, :by)
            """)
                .param("share", granted.shareId())
                .param("recipient", granted.recipientId())
                .update();
        case ShareGrantRevoked revoked ->
            sql("DELETE FROM {share_grants} WHERE share_id = :share AND recipient_id = :recipient")
                .param("share", revoked.shareId())
                .param("recipient", revoked.recipientId())
                .update();
        case RecipientCreated created ->
            sql("""
            INSERT INTO {recipients}
              (recipient_id, name, name_key, comment, owner, owner_id, expires_at,
               properties, created_at, created_by, updated_at, updated_by)
            VALUES (:recipient, :name, :key, :comment, :owner, :ownerId, :expiresAt,
              CAST(:properties AS jsonb), :at, :by, :at, :by)
            """)
                .param("recipient", created.recipientId())
                .param("name", created.name())
                .param("key", Names.key(created.name()))
                .param("comment", created.comment())
                .param("owner", created.owner())
                .param("ownerId", created.ownerId())
                .param("expiresAt", timestamp(created.expirationTime()))
                .param("properties", JSON.writeValueAsString(created.properties()))
                .update();
        case RecipientUpdated updated ->
            sql("""
            UPDATE {recipients}
            SET name = :name, name_key = :key, comment = :comment, owner = :owner,
              owner_id = :ownerId, expires_at = :expiresAt,
              properties = CAST(:properties AS jsonb), updated_at = :at, updated_by = :by
            WHERE recipient_id = :recipient
            """)
                .param("recipient", updated.recipientId())
                .param("name", updated.name())
                .param("key", Names.key(updated.name()))
                .param("comment", updated.comment())
                .param("owner", updated.owner())
                .param("ownerId", updated.ownerId())
                .param("expiresAt", timestamp(updated.expirationTime()))
                .param("properties", JSON.writeValueAsString(updated.properties()))
                .update();
        case RecipientDeleted deleted -> {
          for (String table : List.of("{recipients}", "{share_grants}")) {
            sql("DELETE FROM " + table + " WHERE recipient_id = :recipient")
                .param("recipient", deleted.recipientId())
                .update();
          }
        }
        case TokenRotated rotated -> touchRecipient(rotated.recipientId());
        case ActivationUsed used -> touchRecipient(used.recipientId());
        case SharedTableQueried queried -> {
          // A read changes nothing.
        }
      }
    }

    private void touchShare(UUID shareId) {
      sql("UPDATE {shares} SET updated_at = :at, updated_by = :by WHERE share_id = :share")
          .param("share", shareId)
          .update();
    }

    private void touchRecipient(UUID recipientId) {
      sql("""
      UPDATE {recipients} SET updated_at = :at, updated_by = :by
      WHERE recipient_id = :recipient
      """)
          .param("recipient", recipientId)
          .update();
    }

    /** A statement that may use {@code :at} and {@code :by}: when it happened, and who did it. */
    private StatementSpec sql(String sql) {
      String named =
          TABLE
              .matcher(sql)
              .replaceAll(table -> Matcher.quoteReplacement(target.table(table.group(1))));
      return target
          .jdbc()
          .sql(named)
          .param("at", Timestamp.from(recorded.recordedAt()))
          .param("by", recorded.metadata().principal());
    }
  }

  private static @Nullable Timestamp timestamp(@Nullable Instant instant) {
    return instant == null ? null : Timestamp.from(instant);
  }
}
