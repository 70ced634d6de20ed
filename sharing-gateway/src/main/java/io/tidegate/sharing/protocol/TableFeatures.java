package io.tidegate.sharing.protocol;

import io.tidegate.delta.Action.Metadata;
import io.tidegate.delta.Action.Protocol;
import java.util.Locale;
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

  /** Features that a table may have without needing them, with the settings that go with them. */
  private static final Map<String, Set<String>> SETTINGS_OF_FEATURES =
      Map.of(
          DELETION_VECTORS,
          Set.of("delta.enableDeletionVectors"),
          COLUMN_MAPPING,
          Set.of("delta.columnMapping.mode", "delta.columnMapping.maxColumnId"));

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

  /**
   * The reader features that a table has for its writers' sake alone at this version, and that the
   * client did not say that it knows: a client that was told of them would refuse the table, though
   * no file needs them.
   *
   * @param needed as {@link #needed} gives
   * @param known the client's features, in lower case
   */
  static Set<String> unsaid(Protocol protocol, Set<String> needed, Set<String> known) {
    Set<String> unsaid = new TreeSet<>();
    for (String feature : SETTINGS_OF_FEATURES.keySet()) {
      if (protocol.readerFeatures().contains(feature)
          && !needed.contains(feature)
          && !known.contains(feature.toLowerCase(Locale.ROOT))) {
        unsaid.add(feature);
      }
    }
    return unsaid;
  }

  /**
   * What of a protocol concerns a reader of an answer, in a fixed order. Where all reader features
   * are left unsaid nothing but version 1 is needed to read the table.
   */
  static Protocol shown(Protocol protocol, Set<String> unsaid) {
    Set<String> reader = shownFeatures(protocol.readerFeatures(), unsaid);
    return new Protocol(
        reader.isEmpty() && !unsaid.isEmpty() ? 1 : protocol.minReaderVersion(),
        protocol.minWriterVersion(),
        reader,
        shownFeatures(protocol.writerFeatures(), unsaid));
  }

  private static Set<String> shownFeatures(Set<String> features, Set<String> unsaid) {
    Set<String> shown = new TreeSet<>(features);
    shown.removeAll(OF_THE_LOG);
    shown.removeAll(unsaid);
    return shown;
  }

  /** The settings that concern a reader of an answer, in a fixed order. */
  static Map<String, String> shown(Map<String, String> configuration, Set<String> unsaid) {
    Map<String, String> shown = new TreeMap<>(configuration);
    shown.keySet().removeAll(SETTINGS_OF_THE_LOG);
    Set<String> features = new TreeSet<>(OF_THE_LOG);
    for (String feature : unsaid) {
      features.add(feature);
      shown.keySet().removeAll(SETTINGS_OF_FEATURES.getOrDefault(feature, Set.of()));
    }
    features.forEach(feature -> shown.remove(FEATURE_SETTING + feature));
    return shown;
  }
}
