package io.tidegate.delta;

import io.tidegate.delta.Action.Protocol;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * Properties that Unity Catalog shows of a table although no log has them, because they follow from
 * the rest of what the log says. Clients look for them: {@code
 * delta.feature.catalogManaged=supported} is how one knows a table that is written through the
 * catalog.
 */
public final class DerivedProperties {
  /** Moves with every append to a table with row tracking. */
  public static final String ROW_ID_HIGH_WATER_MARK = "delta.rowTracking.rowIdHighWaterMark";

  private static final String FEATURE = "delta.feature.";
  private static final String MIN_READER_VERSION = "delta.minReaderVersion";
  private static final String MIN_WRITER_VERSION = "delta.minWriterVersion";
  private static final String CLUSTERING_COLUMNS = "delta.clusteringColumns";

  /** Unity Catalog's own name of it. */
  private static final String CLUSTERING_COLUMNS_PLAIN = "clusteringColumns";

  private static final String LAST_UPDATE_VERSION = "delta.lastUpdateVersion";
  private static final String LAST_COMMIT_TIMESTAMP = "delta.lastCommitTimestamp";

  private DerivedProperties() {}

  /** What follows from the protocol: its versions, and a property for each feature. */
  public static Map<String, String> of(Protocol protocol) {
    Map<String, String> derived = new LinkedHashMap<>();
    derived.put(MIN_READER_VERSION, Integer.toString(protocol.minReaderVersion()));
    derived.put(MIN_WRITER_VERSION, Integer.toString(protocol.minWriterVersion()));
    TreeSet<String> features = new TreeSet<>(protocol.readerFeatures());
    features.addAll(protocol.writerFeatures());
    features.forEach(feature -> derived.put(FEATURE + feature, "supported"));
    return derived;
  }

  /**
   * The same, and what follows from the rest.
   *
   * @param domains the configuration of each domain, as the JSON text that the log has
   * @param version the last version that changed what describes the table
   * @param timestamp that version's, in milliseconds since the epoch
   */
  public static Map<String, String> of(
      Protocol protocol, Map<String, String> domains, long version, long timestamp) {
    Map<String, String> derived = of(protocol);
    derived.put(LAST_UPDATE_VERSION, Long.toString(version));
    derived.put(LAST_COMMIT_TIMESTAMP, Long.toString(timestamp));
    for (String name : new String[] {CLUSTERING_COLUMNS, CLUSTERING_COLUMNS_PLAIN}) {
      put(derived, name, domains.get("delta.clustering"), "clusteringColumns");
    }
    put(derived, ROW_ID_HIGH_WATER_MARK, domains.get("delta.rowTracking"), "rowIdHighWaterMark");
    return derived;
  }

  /** A member of a domain's configuration as JSON text; the log may have any text there. */
  private static void put(
      Map<String, String> derived, String name, @Nullable String configuration, String member) {
    if (configuration == null) {
      return;
    }
    try {
      JsonNode value = ActionJson.MAPPER.readTree(configuration).get(member);
      if (value != null && !value.isNull()) {
        derived.put(name, value.toString());
      }
    } catch (JacksonException e) {
      // Then there is nothing to be shown.
    }
  }

  /** Whether a property follows from the rest, so that a client's word on it does not count. */
  public static boolean contains(String property) {
    return property.startsWith(FEATURE)
        || switch (property) {
          case MIN_READER_VERSION,
              MIN_WRITER_VERSION,
              CLUSTERING_COLUMNS,
              CLUSTERING_COLUMNS_PLAIN,
              ROW_ID_HIGH_WATER_MARK,
              LAST_UPDATE_VERSION,
              LAST_COMMIT_TIMESTAMP ->
              true;
          default -> false;
        };
  }
}
