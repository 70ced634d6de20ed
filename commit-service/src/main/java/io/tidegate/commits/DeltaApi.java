package io.tidegate.commits;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import io.tidegate.commits.TableMetadata.ProtocolVersions;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** The bodies of the Delta REST API, version 1.0, as they are on the wire. */
final class DeltaApi {
  private DeltaApi() {}

  record Config(
      @JsonProperty("endpoints") List<String> endpoints,
      @JsonProperty("protocol-version") String protocolVersion) {}

  record Protocol(
      @JsonProperty("min-reader-version") @Nullable Integer minReaderVersion,
      @JsonProperty("min-writer-version") @Nullable Integer minWriterVersion,
      @JsonProperty("reader-features") @Nullable List<@Nullable String> readerFeatures,
      @JsonProperty("writer-features") @Nullable List<@Nullable String> writerFeatures) {

    static Protocol of(ProtocolVersions protocol) {
      return new Protocol(
          protocol.minReaderVersion(),
          protocol.minWriterVersion(),
          List.copyOf(protocol.readerFeatures()),
          List.copyOf(protocol.writerFeatures()));
    }

    ProtocolVersions versions(String field) {
      return new ProtocolVersions(
          Texts.required(field + ".min-reader-version", minReaderVersion),
          Texts.required(field + ".min-writer-version", minWriterVersion),
          features(field + ".reader-features", readerFeatures),
          features(field + ".writer-features", writerFeatures));
    }

    private static Set<String> features(String field, @Nullable List<@Nullable String> names) {
      Set<String> features = new HashSet<>();
      if (names != null) {
        names.forEach(name -> features.add(Texts.required(field + "[]", name)));
      }
      return features;
    }
  }

  record StagingTableRequest(@JsonProperty("name") @Nullable String name) {}

  record StagingTable(
      @JsonProperty("table-id") UUID tableId,
      @JsonProperty("table-type") String tableType,
      @JsonProperty("location") String location,
      @JsonProperty("storage-credentials") List<StorageCredential> storageCredentials,
      @JsonProperty("required-protocol") Protocol requiredProtocol,
      @JsonProperty("suggested-protocol") Protocol suggestedProtocol,
      @JsonProperty("required-properties") Map<String, String> requiredProperties,
      @JsonProperty("suggested-properties") Map<String, String> suggestedProperties) {}

  record StorageCredential(
      @JsonProperty("prefix") String prefix,
      @JsonProperty("operation") String operation,
      @JsonProperty("expiration-time-ms") long expirationTimeMs,
      @JsonProperty("config") Map<String, String> config) {}

  record Credentials(
      @JsonProperty("storage-credentials") List<StorageCredential> storageCredentials) {}

  record CreateTable(
      @JsonProperty("name") @Nullable String name,
      @JsonProperty("table-type") @Nullable String tableType,
      @JsonProperty("location") @Nullable String location,
      @JsonProperty("comment") @Nullable String comment,
      @JsonProperty("columns") @Nullable JsonNode columns,
      @JsonProperty("partition-columns") @Nullable List<String> partitionColumns,
      @JsonProperty("properties") @Nullable Map<String, @Nullable String> properties,
      @JsonProperty("protocol") @Nullable Protocol protocol,
      @JsonProperty("domain-metadata") @Nullable Map<String, JsonNode> domainMetadata,
      @JsonProperty("last-commit-timestamp-ms") @Nullable Long lastCommitTimestampMs,
      @JsonProperty("uniform") @Nullable UniformMetadata uniform) {}

  record UniformMetadata(@JsonProperty("iceberg") @Nullable Iceberg iceberg) {}

  record Iceberg(
      @JsonProperty("metadata-location") @Nullable String metadataLocation,
      @JsonProperty("converted-delta-version") @Nullable Long convertedDeltaVersion,
      @JsonProperty("converted-delta-timestamp") @Nullable Long convertedDeltaTimestamp,
      @JsonProperty("base-converted-delta-version") @Nullable Long baseConvertedDeltaVersion) {}

  /**
   * A table as it is loaded.
   *
   * @param commits ratified ones that may not be published, newest first; null if the table's log
   *     alone counts
   * @param latestTableVersion the latest ratified version; null if the table's log alone counts
   */
  record Table(
      @JsonProperty("metadata") Metadata metadata,
      @JsonInclude(JsonInclude.Include.NON_NULL) @JsonProperty("commits")
          @Nullable List<Commit> commits,
      @JsonInclude(JsonInclude.Include.NON_NULL) @JsonProperty("uniform")
          @Nullable UniformMetadata uniform,
      @JsonInclude(JsonInclude.Include.NON_NULL) @JsonProperty("latest-table-version")
          @Nullable Long latestTableVersion) {}

  record Metadata(
      @JsonProperty("etag") String etag,
      @JsonProperty("table-type") String tableType,
      @JsonProperty("table-uuid") UUID tableUuid,
      @JsonProperty("location") String location,
      @JsonProperty("created-time") long createdTime,
      @JsonProperty("updated-time") long updatedTime,
      @JsonProperty("columns") JsonNode columns,
      @JsonProperty("partition-columns") List<String> partitionColumns,
      @JsonProperty("properties") Map<String, String> properties,
      @JsonProperty("last-commit-version") long lastCommitVersion,
      @JsonProperty("last-commit-timestamp-ms") long lastCommitTimestampMs) {}

  record Commit(
      @JsonProperty("version") @Nullable Long version,
      @JsonProperty("timestamp") @Nullable Long timestamp,
      @JsonProperty("file-name") @Nullable String fileName,
      @JsonProperty("file-size") @Nullable Long fileSize,
      @JsonProperty("file-modification-timestamp") @Nullable Long fileModificationTimestamp) {}

  record UpdateTable(
      @JsonProperty("requirements") @Nullable List<@Nullable Requirement> requirements,
      @JsonProperty("updates") @Nullable List<@Nullable Update> updates) {}

  /** What must hold for an update to be done. */
  @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
  @JsonSubTypes({
    @JsonSubTypes.Type(value = AssertTableUuid.class, name = "assert-table-uuid"),
    @JsonSubTypes.Type(value = AssertEtag.class, name = "assert-etag")
  })
  sealed interface Requirement {}

  record AssertTableUuid(@JsonProperty("uuid") @Nullable String uuid) implements Requirement {}

  record AssertEtag(@JsonProperty("etag") @Nullable String etag) implements Requirement {}

  /** One change to a table. */
  @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "action")
  @JsonSubTypes({
    @JsonSubTypes.Type(value = AddCommit.class, name = "add-commit"),
    @JsonSubTypes.Type(
        value = SetLatestBackfilledVersion.class,
        name = "set-latest-backfilled-version"),
    @JsonSubTypes.Type(value = SetProperties.class, name = "set-properties"),
    @JsonSubTypes.Type(value = RemoveProperties.class, name = "remove-properties"),
    @JsonSubTypes.Type(value = SetProtocol.class, name = "set-protocol"),
    @JsonSubTypes.Type(value = SetColumns.class, name = "set-columns"),
    @JsonSubTypes.Type(value = SetPartitionColumns.class, name = "set-partition-columns"),
    @JsonSubTypes.Type(value = SetTableComment.class, name = "set-table-comment"),
    @JsonSubTypes.Type(value = SetDomainMetadata.class, name = "set-domain-metadata"),
    @JsonSubTypes.Type(value = RemoveDomainMetadata.class, name = "remove-domain-metadata")
  })
  sealed interface Update {}

  record AddCommit(
      @JsonProperty("commit") @Nullable Commit commit,
      @JsonProperty("uniform") @Nullable UniformMetadata uniform)
      implements Update {}

  record SetLatestBackfilledVersion(
      @JsonProperty("latest-published-version") @Nullable Long latestPublishedVersion)
      implements Update {}

  /** A change of what describes a table. */
  sealed interface Description extends Update {}

  record SetProperties(@JsonProperty("updates") @Nullable Map<String, @Nullable String> updates)
      implements Description {}

  record RemoveProperties(@JsonProperty("removals") @Nullable List<String> removals)
      implements Description {}

  record SetProtocol(@JsonProperty("protocol") @Nullable Protocol protocol)
      implements Description {}

  record SetColumns(@JsonProperty("columns") @Nullable JsonNode columns) implements Description {}

  record SetPartitionColumns(
      @JsonProperty("partition-columns") @Nullable List<String> partitionColumns)
      implements Description {}

  record SetTableComment(@JsonProperty("comment") @Nullable String comment)
      implements Description {}

  record SetDomainMetadata(@JsonProperty("updates") @Nullable Map<String, JsonNode> updates)
      implements Description {}

  record RemoveDomainMetadata(@JsonProperty("domains") @Nullable List<String> domains)
      implements Description {}

  record Rename(@JsonProperty("new-name") @Nullable String newName) {}

  record Metrics(
      @JsonProperty("table-id") @Nullable String tableId,
      @JsonProperty("report") @Nullable Report report) {}

  record Report(@JsonProperty("commit-report") @Nullable CommitReport commitReport) {}

  record CommitReport(
      @JsonProperty("num-files-added") @Nullable Long filesAdded,
      @JsonProperty("num-bytes-added") @Nullable Long bytesAdded,
      @JsonProperty("num-files-removed") @Nullable Long filesRemoved,
      @JsonProperty("num-bytes-removed") @Nullable Long bytesRemoved,
      @JsonProperty("num-rows-inserted") @Nullable Long rowsInserted,
      @JsonProperty("num-rows-removed") @Nullable Long rowsRemoved,
      @JsonProperty("num-rows-updated") @Nullable Long rowsUpdated,
      @JsonProperty("file-size-histogram") @Nullable Histogram histogram) {}

  record Histogram(
      @JsonProperty("sorted-bin-boundaries") @Nullable List<@Nullable Long> boundaries,
      @JsonProperty("file-counts") @Nullable List<@Nullable Long> counts,
      @JsonProperty("total-bytes") @Nullable List<@Nullable Long> totalBytes,
      @JsonProperty("commit-version") @Nullable Long commitVersion) {}
}
