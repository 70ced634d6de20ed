package io.tidegate.delta;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** One line of a Delta commit (Delta protocol, section "Actions"). */
public sealed interface Action {

  /** Which readers and writers may use the table. */
  record Protocol(
      int minReaderVersion,
      int minWriterVersion,
      Set<String> readerFeatures,
      Set<String> writerFeatures)
      implements Action {
    public Protocol {
      // In the order given, so that the same protocol is always written as the same text.
      readerFeatures = Collections.unmodifiableSet(new LinkedHashSet<>(readerFeatures));
      writerFeatures = Collections.unmodifiableSet(new LinkedHashSet<>(writerFeatures));
    }

    /** Whether a catalog decides what the table's versions are. */
    public boolean catalogManaged() {
      return readerFeatures.contains("catalogManaged")
          || readerFeatures.contains("catalogOwned-preview");
    }

    /** Whether the table has a feature, be it for readers and writers or for writers alone. */
    public boolean hasFeature(String feature) {
      return readerFeatures.contains(feature) || writerFeatures.contains(feature);
    }
  }

  /**
   * The table's schema and settings.
   *
   * @param schemaString the schema as the JSON text of a Delta struct type
   * @param createdTime milliseconds since the epoch
   */
  record Metadata(
      String id,
      @Nullable String name,
      @Nullable String description,
      String schemaString,
      List<String> partitionColumns,
      Map<String, String> configuration,
      @Nullable Long createdTime)
      implements Action {
    public Metadata {
      partitionColumns = List.copyOf(partitionColumns);
      configuration = Collections.unmodifiableMap(new LinkedHashMap<>(configuration));
    }

    /** The settings as a log has them; one whose value is null is none. */
    static Map<String, String> settings(@Nullable Map<String, @Nullable String> logged) {
      Map<String, String> settings = new LinkedHashMap<>();
      if (logged != null) {
        logged.forEach((name, value) -> {
          if (value != null) {
            settings.put(name, value);
          }
        });
      }
      return settings;
    }

    /** Whether commits carry their timestamp (Delta protocol, "In-Commit Timestamps"). */
    public boolean inCommitTimestamps() {
      return Boolean.parseBoolean(configuration.get("delta.enableInCommitTimestamps"));
    }
  }

  /**
   * Where the deletion vector of a file is.
   *
   * @param storageType {@code u} (relative, by UUID), {@code p} (absolute path) or {@code i}
   *     (inline)
   */
  record DeletionVector(
      String storageType,
      String pathOrInlineDv,
      @Nullable Integer offset,
      int sizeInBytes,
      long cardinality) {

    /** The key that makes two vectors of one file differ (Delta protocol, "Deletion Vectors"). */
    public String uniqueId() {
      return offset == null
          ? storageType + pathOrInlineDv
          : storageType + pathOrInlineDv + "@" + offset;
    }
  }

  /**
   * A data file that belongs to the table.
   *
   * @param path relative to the table or absolute, URI-encoded as the log has it
   * @param partitionValues by physical column name; a null value is SQL null
   * @param modificationTime milliseconds since the epoch
   * @param stats the statistics as JSON text
   */
  record AddFile(
      String path,
      Map<String, @Nullable String> partitionValues,
      long size,
      long modificationTime,
      boolean dataChange,
      @Nullable String stats,
      @Nullable Map<String, @Nullable String> tags,
      @Nullable DeletionVector deletionVector,
      @Nullable Long baseRowId,
      @Nullable Long defaultRowCommitVersion,
      @Nullable String clusteringProvider)
      implements Action {}

  /**
   * A data file that no longer belongs to the table; its parts are as in {@link AddFile}.
   *
   * @param deletionTimestamp milliseconds since the epoch
   */
  record RemoveFile(
      String path,
      @Nullable Long deletionTimestamp,
      boolean dataChange,
      @Nullable Boolean extendedFileMetadata,
      @Nullable Map<String, @Nullable String> partitionValues,
      @Nullable Long size,
      @Nullable String stats,
      @Nullable Map<String, @Nullable String> tags,
      @Nullable DeletionVector deletionVector,
      @Nullable Long baseRowId,
      @Nullable Long defaultRowCommitVersion)
      implements Action {}

  /** A change data file. */
  record AddCdcFile(
      String path,
      Map<String, @Nullable String> partitionValues,
      long size,
      @Nullable Map<String, @Nullable String> tags)
      implements Action {}

  /** The last version that an application wrote. */
  record SetTransaction(String appId, long version, @Nullable Long lastUpdated) implements Action {}

  /** The configuration of a named domain. */
  record DomainMetadata(String domain, String configuration, boolean removed) implements Action {}

  /** Where a commit comes from; free-form, so kept as it is. */
  record CommitInfo(JsonNode json) implements Action {

    /**
     * Milliseconds since the epoch, null if the commit has none, or none that is a 64-bit number.
     */
    public @Nullable Long inCommitTimestamp() {
      JsonNode value = json.get("inCommitTimestamp");
      return value == null || !value.isIntegralNumber() || !value.canConvertToLong()
          ? null
          : value.asLong();
    }

    public @Nullable String txnId() {
      JsonNode value = json.get("txnId");
      return value == null || !value.isString() ? null : value.asString();
    }
  }
}
