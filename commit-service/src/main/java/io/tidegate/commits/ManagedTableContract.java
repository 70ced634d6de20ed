package io.tidegate.commits;

import io.tidegate.commits.TableMetadata.ProtocolVersions;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/**
 * What every managed table must be like: the one place that both tells it to clients and checks it.
 */
final class ManagedTableContract {
  static final String TABLE_ID = "io.unitycatalog.tableId";

  private static final int MIN_READER_VERSION = 3;
  private static final int MIN_WRITER_VERSION = 7;
  private static final List<String> READER_FEATURES =
      List.of("catalogManaged", "deletionVectors", "v2Checkpoint", "vacuumProtocolCheck");
  private static final List<String> WRITER_FEATURES =
      List.of(
          "catalogManaged",
          "deletionVectors",
          "inCommitTimestamp",
          "v2Checkpoint",
          "vacuumProtocolCheck");

  /** Without it no column may be NOT NULL; every writer can keep it. */
  private static final List<String> SUGGESTED_WRITER_FEATURES = List.of("invariants");

  private static final List<Map.Entry<String, String>> PROPERTIES =
      List.of(
          Map.entry("delta.checkpointPolicy", "v2"),
          Map.entry("delta.enableDeletionVectors", "true"),
          Map.entry("delta.enableInCommitTimestamps", "true"),
          Map.entry("delta.checkpoint.writeStatsAsStruct", "true"),
          Map.entry("delta.checkpoint.writeStatsAsJson", "true"));

  private ManagedTableContract() {}

  static ProtocolVersions requiredProtocol() {
    return new ProtocolVersions(
        MIN_READER_VERSION,
        MIN_WRITER_VERSION,
        Set.copyOf(READER_FEATURES),
        Set.copyOf(WRITER_FEATURES));
  }

  /** Features that a client should name besides, if it can: for readers, and for writers. */
  static DeltaApi.Protocol suggestedProtocol() {
    return new DeltaApi.Protocol(null, null, List.of(), List.copyOf(SUGGESTED_WRITER_FEATURES));
  }

  static Map<String, String> requiredProperties(UUID tableId) {
    Map<String, String> properties = new LinkedHashMap<>();
    PROPERTIES.forEach(entry -> properties.put(entry.getKey(), entry.getValue()));
    properties.put(TABLE_ID, tableId.toString());
    return properties;
  }

  /** What a table breaks of the contract, naming the feature or property; empty if nothing. */
  static Optional<String> violation(UUID tableId, TableMetadata metadata) {
    ProtocolVersions protocol = metadata.protocol();
    if (protocol.minReaderVersion() != MIN_READER_VERSION
        || protocol.minWriterVersion() != MIN_WRITER_VERSION) {
      return Optional.of(
          "its protocol is (%d, %d) instead of (%d, %d)"
              .formatted(
                  protocol.minReaderVersion(),
                  protocol.minWriterVersion(),
                  MIN_READER_VERSION,
                  MIN_WRITER_VERSION));
    }
    for (String feature : READER_FEATURES) {
      if (!protocol.readerFeatures().contains(feature)) {
        return Optional.of("its protocol lacks the reader feature " + feature);
      }
    }
    for (String feature : WRITER_FEATURES) {
      if (!protocol.writerFeatures().contains(feature)) {
        return Optional.of("its protocol lacks the writer feature " + feature);
      }
    }
    for (String feature : protocol.readerFeatures()) {
      if (!protocol.writerFeatures().contains(feature)) {
        return Optional.of(
            "its protocol has the reader feature %s, but not the writer feature of that name"
                .formatted(Texts.shown(feature)));
      }
    }
    for (Map.Entry<String, String> wanted : requiredProperties(tableId).entrySet()) {
      String value = metadata.properties().get(wanted.getKey());
      if (!wanted.getValue().equals(value)) {
        return Optional.of(
            "its property %s is %s instead of %s"
                .formatted(
                    wanted.getKey(),
                    value == null ? "not set" : Texts.shown(value),
                    wanted.getValue()));
      }
    }
    return Optional.empty();
  }
}
