package io.tidegate.commits;

import io.tidegate.events.Event;
import io.tidegate.events.EventTypes;
import io.tidegate.events.StreamId;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** What happens in the commit service. */
sealed interface CommitEvent extends Event {

  /** The versions of a managed table: event v of this stream is version v of the table. */
  static StreamId commits(UUID tableId) {
    return new StreamId("table-commits", tableId.toString());
  }

  static StreamId publication(UUID tableId) {
    return new StreamId("table-publication", tableId.toString());
  }

  static StreamId lifecycle(UUID tableId) {
    return new StreamId("managed-table", tableId.toString());
  }

  static StreamId metrics(UUID tableId) {
    return new StreamId("table-metrics", tableId.toString());
  }

  static EventTypes types() {
    return EventTypes.builder()
        .add(CommitRatified.class)
        .add(CommitsPublished.class)
        .add(StagingTableCreated.class)
        .add(StagingTableExpired.class)
        .add(TableClosed.class)
        .add(TableFilesRemoved.class)
        .add(CommitMetricsReported.class)
        .add(TableCommented.class)
        .build();
  }

  /**
   * A commit became a version of a table.
   *
   * @param fileName the staged file's name; of version 0 that of the published one
   * @param timestamp the in-commit timestamp in milliseconds since the epoch
   * @param fileModified when the file was written, as the client said, in milliseconds
   * @param contentHash the SHA-256 of the file in hexadecimal
   * @param operation as the commit says, null if it does not
   * @param by the name of the committing principal
   * @param metadata what describes the table from this version on; null if nothing of it changed
   * @param rowTracking the configuration of row tracking's domain, if that is all that changed of
   *     what the log says of the table
   * @param location where the table is; only at version 0
   */
  record CommitRatified(
      UUID tableId,
      long version,
      String fileName,
      long fileSize,
      long timestamp,
      long fileModified,
      @Nullable String txnId,
      String contentHash,
      @Nullable String operation,
      String by,
      @Nullable TableMetadata metadata,
      @Nullable String rowTracking,
      @Nullable Uniform uniform,
      @Nullable String location)
      implements CommitEvent {}

  /** All versions up to one are in the table's log. */
  record CommitsPublished(UUID tableId, long fromVersion, long version) implements CommitEvent {}

  /** A table was promised an id and a place. */
  record StagingTableCreated(
      UUID tableId,
      String catalog,
      String schema,
      String name,
      String location,
      String owner,
      Instant expiresAt)
      implements CommitEvent {}

  /** Nothing was made of a staging table in time; its files are removed. */
  record StagingTableExpired(UUID tableId) implements CommitEvent {}

  /** A table was dropped: no commit is ratified any more, and its files go after a while. */
  record TableClosed(UUID tableId, Instant filesKeptUntil) implements CommitEvent {}

  /** The files of a dropped table, or of an expired staging table, were removed. */
  record TableFilesRemoved(UUID tableId, long files) implements CommitEvent {}

  /** A table's comment is about to change without a commit: the catalog keeps it. */
  record TableCommented(UUID tableId) implements CommitEvent {}

  /** A client told what its commit did. */
  record CommitMetricsReported(UUID tableId, JsonNode report) implements CommitEvent {}
}
