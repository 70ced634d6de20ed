package io.tidegate.sharing.protocol;

import io.tidegate.delta.Action.Metadata;
import io.tidegate.delta.Action.Protocol;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What a reader of a table's files must know, and how the table's protocol is shown to it.
 *
 * <p>An answer in delta format is a small log of its own. Features and settings that say how the
 * provider's log is kept say nothing about that one, and a client that took them for its own would
 * refuse the table or look for what is not there; they are left out.
 */
final class TableFeatures {
  private static final String DELETION_VECTORS = "deletionVectors";
  private static final String COLUMN_MAPPING = "columnMapping";
  private static final int READER_WITH_FEATURES = 3;
  private static final int READER_WITH_COLUMN_MAPPING = 2;

  private static final Set<String> OF_THE_LOG =
      Set.of(
          "catalogManaged",
          "catalogOwned-preview",
          "checkpointProtection",
          "inCommitTimestamp",
          "v2Checkpoint",
          "vacuumProtocolCheck");

  private static final Set<String> SETTINGS_OF_THE_LOG =
      Set.of(
          "delta.checkpointPolicy",
          "delta.enableInCommitTimestamps",
          "delta.inCommitTimestampEnablementVersion",
          "delta.inCommitTimestampEnablementTimestamp",
          "io.unitycatalog.tableId");

  private static final String FEATURE_SETTING = "delta.feature.";

  private TableFeatures() {}

  /**
   * The reader features without which the table's files are misread; empty if reading the Parquet
   * files as they are gives the table.
   *
   * @param deletionVectors whether any file has one
   */
  static Set<String> needed(Protocol protocol, Metadata metadata, boolean deletionVectors) {
    Set<String> needed = new TreeSet<>();
    if (protocol.minReaderVersion() >= READER_WITH_FEATURES) {
      needed.addAll(protocol.readerFeatures());
    } else if (protocol.minReaderVersion() == READER_WITH_COLUMN_MAPPING) {
      needed.add(COLUMN_MAPPING);
    }
    needed.removeAll(OF_THE_LOG);
    if (metadata.configuration().getOrDefault("delta.columnMapping.mode", "none").equals("none")) {
      needed.remove(COLUMN_MAPPING);
    }
    if (!deletionVectors) {
      needed.remove(DELETION_VECTORS);
    }
    return needed;
  }

  /** The features of a protocol that concern a reader of an answer, in a fixed order. */
  static Set<String> shown(Set<String> features) {
    Set<String> shown = new TreeSet<>(features);
    shown.removeAll(OF_THE_LOG);
    return shown;
  }

  /** The settings that concern a reader of an answer, in a fixed order. */
  static Map<String, String> shown(Map<String, String> configuration) {
    Map<String, String> shown = new HashMap<>(configuration);
    shown.keySet().removeAll(SETTINGS_OF_THE_LOG);
    shown
        .keySet()
        .removeIf(key ->
            key.startsWith(FEATURE_SETTING)
                && OF_THE_LOG.contains(key.substring(FEATURE_SETTING.length())));
    return new TreeMap<>(shown);
  }
}
