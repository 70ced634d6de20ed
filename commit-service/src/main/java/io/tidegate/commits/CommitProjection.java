package io.tidegate.commits;

import io.tidegate.commits.CommitEvent.CommitRatified;
import io.tidegate.commits.CommitEvent.CommitsPublished;
import io.tidegate.commits.CommitEvent.TableClosed;
import io.tidegate.commits.CommitEvent.TableCommented;
import io.tidegate.events.Projection;
import io.tidegate.events.RecordedEvent;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Keeps each table's latest state, in the transaction that ratifies. */
final class CommitProjection implements Projection {

  @Override
  public String name() {
    return "commit-state";
  }

  @Override
  public List<String> tables() {
    return List.of("tables", "unpublished_commits", "transactions");
  }

  @Override
  public void apply(RecordedEvent event, Target target) {
    switch (event.event()) {
      case CommitRatified ratified -> ratified(ratified, event, target);
      case CommitsPublished published -> published(published, target);
      case TableClosed closed ->
          target
              .jdbc()
              .sql(
                  "UPDATE "
                      + target.table("tables")
                      + " SET closed = true, updated_at = :now WHERE id = :id")
              .param("now", java.sql.Timestamp.from(event.recordedAt()))
              .param("id", closed.tableId())
              .update();
      case TableCommented commented ->
          target
              .jdbc()
              .sql(
                  "UPDATE "
                      + target.table("tables")
                      + " SET comments = comments + 1 WHERE id = :id")
              .param("id", commented.tableId())
              .update();
      default -> {
        // Says nothing about a table's latest state.
      }
    }
  }

  private static void ratified(CommitRatified commit, RecordedEvent event, Target target) {
    if (commit.version() == 0) {
      opened(commit, event, target);
    } else {
      advanced(commit, event, target);
      target
          .jdbc()
          .sql(
              "INSERT INTO "
                  + target.table("unpublished_commits")
                  + " (table_id, version, file_name, file_size, commit_timestamp, file_modified,"
                  + " content_hash) VALUES (:id, :version, :name, :size, :timestamp, :modified,"
                  + " :hash)")
          .param("id", commit.tableId())
          .param("version", commit.version())
          .param("name", commit.fileName())
          .param("size", commit.fileSize())
          .param("timestamp", commit.timestamp())
          .param("modified", commit.fileModified())
          .param("hash", commit.contentHash())
          .update();
    }
    String transaction = commit.txnId();
    if (transaction != null) {
      target
          .jdbc()
          .sql(
              "INSERT INTO "
                  + target.table("transactions")
                  + " (table_id, txn_id, version) VALUES (:id, :transaction, :version)")
          .param("id", commit.tableId())
          .param("transaction", transaction)
          .param("version", commit.version())
          .update();
    }
  }

  private static void opened(CommitRatified commit, RecordedEvent event, Target target) {
    TableMetadata metadata = commit.metadata();
    if (metadata == null) {
      throw new IllegalStateException("Version 0 of " + commit.tableId() + " has no metadata");
    }
    target
        .jdbc()
        .sql(
            "INSERT INTO "
                + target.table("tables")
                + " (id, location, version, commit_timestamp, published_version, metadata_version,"
                + " metadata_timestamp, schema_string, partition_columns, properties, protocol,"
                + " description, domain_metadata, uniform, closed, updated_at) VALUES (:id,"
                + " :location, 0, :timestamp, 0, 0, :timestamp, :schema, :partitions,"
                + " :properties::jsonb, :protocol::jsonb, :description, :domains::jsonb,"
                + " :uniform::jsonb, false, :now)")
        .param("id", commit.tableId())
        .param("location", commit.location())
        .param("timestamp", commit.timestamp())
        .param("schema", metadata.schemaString())
        .param("partitions", metadata.partitionColumns().toArray(String[]::new))
        .param("properties", Json.write(metadata.properties()))
        .param("protocol", Json.write(metadata.protocol()))
        .param("description", metadata.comment())
        .param("domains", Json.write(metadata.domainMetadata()))
        .param("uniform", json(commit.uniform()))
        .param("now", java.sql.Timestamp.from(event.recordedAt()))
        .update();
  }

  private static void advanced(CommitRatified commit, RecordedEvent event, Target target) {
    TableMetadata metadata = commit.metadata();
    String rowTracking = commit.rowTracking();
    String described =
        metadata == null
            ? rowTracking == null
                ? ""
                : ", domain_metadata = jsonb_set(domain_metadata, ARRAY[:domain], to_jsonb(:rowTracking::text))"
            : ", metadata_version = :version, metadata_timestamp = :timestamp,"
                + " schema_string = :schema, partition_columns = :partitions,"
                + " properties = :properties::jsonb, protocol = :protocol::jsonb,"
                + " description = :description, domain_metadata = :domains::jsonb";
    var update =
        target
            .jdbc()
            .sql(
                "UPDATE "
                    + target.table("tables")
                    + " SET version = :version, commit_timestamp = :timestamp,"
                    + " uniform = :uniform::jsonb, updated_at = :now"
                    + described
                    + " WHERE id = :id")
            .param("id", commit.tableId())
            .param("version", commit.version())
            .param("timestamp", commit.timestamp())
            .param("uniform", json(commit.uniform()))
            .param("now", java.sql.Timestamp.from(event.recordedAt()));
    if (metadata != null) {
      update =
          update
              .param("schema", metadata.schemaString())
              .param("partitions", metadata.partitionColumns().toArray(String[]::new))
              .param("properties", Json.write(metadata.properties()))
              .param("protocol", Json.write(metadata.protocol()))
              .param("description", metadata.comment())
              .param("domains", Json.write(metadata.domainMetadata()));
    }
    if (rowTracking != null) {
      update = update.param("domain", TableMetadata.ROW_TRACKING).param("rowTracking", rowTracking);
    }
    update.update();
  }

  private static void published(CommitsPublished published, Target target) {
    UUID id = published.tableId();
    target
        .jdbc()
        .sql(
            "UPDATE "
                + target.table("tables")
                + " SET published_version = greatest(published_version, :version) WHERE id = :id")
        .param("id", id)
        .param("version", published.version())
        .update();
    target
        .jdbc()
        .sql(
            "DELETE FROM "
                + target.table("unpublished_commits")
                + " WHERE table_id = :id AND version <= :version")
        .param("id", id)
        .param("version", published.version())
        .update();
  }

  private static @Nullable String json(@Nullable Uniform uniform) {
    return uniform == null ? null : Json.write(uniform);
  }
}
