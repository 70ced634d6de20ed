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
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient.StatementSpec;
import tools.jackson.databind.json.JsonMapper;

/** Shares, what is in them, recipients and grants: the state that every request is decided from. */
public final class SharingProjection implements Projection {
  private static final JsonMapper JSON = JsonMapper.shared();

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
    if (!(recorded.event() instanceof SharingEvent event)) {
      return;
    }
    switch (event) {
      case ShareCreated created -> insertShare(created, recorded, target);
      case ShareUpdated updated -> updateShare(updated, recorded, target);
      case ShareDeleted deleted -> {
        delete(target, "shares", "share_id", deleted.shareId());
        delete(target, "shared_tables", "share_id", deleted.shareId());
        delete(target, "share_grants", "share_id", deleted.shareId());
      }
      case SharedTableAdded added -> {
        insertTable(added, recorded, target);
        touchShare(added.shareId(), recorded, target);
      }
      case SharedTableUpdated updated -> {
        updateTable(updated, target);
        touchShare(updated.shareId(), recorded, target);
      }
      case SharedTableRemoved removed -> {
        target
            .jdbc()
            .sql(
                "DELETE FROM "
                    + target.table("shared_tables")
                    + " WHERE share_id = :share AND table_id = :table")
            .param("share", removed.shareId())
            .param("table", removed.tableId())
            .update();
        touchShare(removed.shareId(), recorded, target);
      }
      case ShareGranted granted ->
          target
              .jdbc()
              .sql(
                  "INSERT INTO "
                      + target.table("share_grants")
                      + " (share_id, recipient_id, granted_at, granted_by)"
                      + " VALUES (:share, :recipient, :at, :by)")
              .param("share", granted.shareId())
              .param("recipient", granted.recipientId())
              .param("at", Timestamp.from(recorded.recordedAt()))
              .param("by", recorded.metadata().principal())
              .update();
      case ShareGrantRevoked revoked ->
          target
              .jdbc()
              .sql(
                  "DELETE FROM "
                      + target.table("share_grants")
                      + " WHERE share_id = :share AND recipient_id = :recipient")
              .param("share", revoked.shareId())
              .param("recipient", revoked.recipientId())
              .update();
      case RecipientCreated created -> insertRecipient(created, recorded, target);
      case RecipientUpdated updated -> updateRecipient(updated, recorded, target);
      case RecipientDeleted deleted -> {
        delete(target, "recipients", "recipient_id", deleted.recipientId());
        delete(target, "share_grants", "recipient_id", deleted.recipientId());
      }
      case TokenRotated rotated -> touchRecipient(rotated.recipientId(), recorded, target);
      case ActivationUsed used -> touchRecipient(used.recipientId(), recorded, target);
      case SharedTableQueried queried -> {
        // A read changes nothing.
      }
    }
  }

  private static void insertShare(ShareCreated created, RecordedEvent recorded, Target target) {
    stamped(
            target
                .jdbc()
                .sql(
                    "INSERT INTO "
                        + target.table("shares")
                        + " (share_id, name, name_key, comment, owner, owner_id,"
                        + " created_at, created_by, updated_at, updated_by)"
                        + " VALUES (:id, :name, :key, :comment, :owner, :ownerId,"
                        + " :at, :by, :at, :by)"),
            recorded)
        .param("id", created.shareId())
        .param("name", created.name())
        .param("key", Names.key(created.name()))
        .param("comment", created.comment())
        .param("owner", created.owner())
        .param("ownerId", created.ownerId())
        .update();
  }

  private static void updateShare(ShareUpdated updated, RecordedEvent recorded, Target target) {
    stamped(
            target
                .jdbc()
                .sql(
                    "UPDATE "
                        + target.table("shares")
                        + " SET name = :name, name_key = :key, comment = :comment, owner = :owner,"
                        + " owner_id = :ownerId, updated_at = :at, updated_by = :by"
                        + " WHERE share_id = :id"),
            recorded)
        .param("id", updated.shareId())
        .param("name", updated.name())
        .param("key", Names.key(updated.name()))
        .param("comment", updated.comment())
        .param("owner", updated.owner())
        .param("ownerId", updated.ownerId())
        .update();
  }

  private static void touchShare(UUID shareId, RecordedEvent recorded, Target target) {
    stamped(
            target
                .jdbc()
                .sql(
                    "UPDATE "
                        + target.table("shares")
                        + " SET updated_at = :at, updated_by = :by WHERE share_id = :id"),
            recorded)
        .param("id", shareId)
        .update();
  }

  private static void insertTable(SharedTableAdded added, RecordedEvent recorded, Target target) {
    stamped(
            target
                .jdbc()
                .sql(
                    "INSERT INTO "
                        + target.table("shared_tables")
                        + " (share_id, table_id, schema_name, schema_key, table_name, table_key,"
                        + " history, start_version, comment, added_at, added_by)"
                        + " VALUES (:share, :table, :schema, :schemaKey, :name, :nameKey,"
                        + " :history, :startVersion, :comment, :at, :by)"),
            recorded)
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
  }

  private static void updateTable(SharedTableUpdated updated, Target target) {
    target
        .jdbc()
        .sql(
            "UPDATE "
                + target.table("shared_tables")
                + " SET schema_name = :schema, schema_key = :schemaKey, table_name = :name,"
                + " table_key = :nameKey, history = :history, start_version = :startVersion,"
                + " comment = :comment WHERE share_id = :share AND table_id = :table")
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
  }

  private static void insertRecipient(
      RecipientCreated created, RecordedEvent recorded, Target target) {
    stamped(
            target
                .jdbc()
                .sql(
                    "INSERT INTO "
                        + target.table("recipients")
                        + " (recipient_id, name, name_key, comment, owner, owner_id, expires_at,"
                        + " properties, created_at, created_by, updated_at, updated_by)"
                        + " VALUES (:id, :name, :key, :comment, :owner, :ownerId, :expiresAt,"
                        + " CAST(:properties AS jsonb), :at, :by, :at, :by)"),
            recorded)
        .param("id", created.recipientId())
        .param("name", created.name())
        .param("key", Names.key(created.name()))
        .param("comment", created.comment())
        .param("owner", created.owner())
        .param("ownerId", created.ownerId())
        .param("expiresAt", timestamp(created.expirationTime()))
        .param("properties", JSON.writeValueAsString(created.properties()))
        .update();
  }

  private static void updateRecipient(
      RecipientUpdated updated, RecordedEvent recorded, Target target) {
    stamped(
            target
                .jdbc()
                .sql(
                    "UPDATE "
                        + target.table("recipients")
                        + " SET name = :name, name_key = :key, comment = :comment, owner = :owner,"
                        + " owner_id = :ownerId, expires_at = :expiresAt,"
                        + " properties = CAST(:properties AS jsonb), updated_at = :at,"
                        + " updated_by = :by WHERE recipient_id = :id"),
            recorded)
        .param("id", updated.recipientId())
        .param("name", updated.name())
        .param("key", Names.key(updated.name()))
        .param("comment", updated.comment())
        .param("owner", updated.owner())
        .param("ownerId", updated.ownerId())
        .param("expiresAt", timestamp(updated.expirationTime()))
        .param("properties", JSON.writeValueAsString(updated.properties()))
        .update();
  }

  private static void touchRecipient(UUID recipientId, RecordedEvent recorded, Target target) {
    stamped(
            target
                .jdbc()
                .sql(
                    "UPDATE "
                        + target.table("recipients")
                        + " SET updated_at = :at, updated_by = :by WHERE recipient_id = :id"),
            recorded)
        .param("id", recipientId)
        .update();
  }

  private static void delete(Target target, String table, String column, UUID id) {
    target
        .jdbc()
        .sql("DELETE FROM " + target.table(table) + " WHERE " + column + " = :id")
        .param("id", id)
        .update();
  }

  private static StatementSpec stamped(StatementSpec statement, RecordedEvent recorded) {
    return statement
        .param("at", Timestamp.from(recorded.recordedAt()))
        .param("by", recorded.metadata().principal());
  }

  private static @Nullable Timestamp timestamp(@Nullable Instant instant) {
    return instant == null ? null : Timestamp.from(instant);
  }
}
