package io.tidegate.delta;

import io.tidegate.delta.Action.Metadata;
import io.tidegate.delta.Action.Protocol;
import io.tidegate.delta.SchemaFields.SchemaField;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Table features: which are known, which need others, and which of them what describes a table
 * makes use of, so that its protocol must name them (Delta protocol, section "Table Features").
 */
public final class TableFeatures {
  private static final Set<String> WRITERS_ONLY =
      Set.of(
          "allowColumnDefaults",
          "appendOnly",
          "changeDataFeed",
          "checkConstraints",
          "checkpointProtection",
          "clustering",
          "collations",
          "collations-preview",
          "domainMetadata",
          "generatedColumns",
          "icebergCompatV1",
          "icebergCompatV2",
          "icebergCompatV3",
          "icebergWriterCompatV1",
          "icebergWriterCompatV3",
          "identityColumns",
          "inCommitTimestamp",
          "invariants",
          "materializePartitionColumns",
          "rowTracking");

  private static final Map<String, List<String>> NEEDS =
      Map.of(
          "catalogManaged", List.of("inCommitTimestamp"),
          "clustering", List.of("domainMetadata"),
          "icebergCompatV1", List.of("columnMapping"),
          "icebergCompatV2", List.of("columnMapping"),
          "icebergCompatV3", List.of("columnMapping", "rowTracking"),
          "icebergWriterCompatV1", List.of("icebergCompatV2"),
          "icebergWriterCompatV3", List.of("icebergCompatV3"),
          "rowTracking", List.of("domainMetadata"),
          "variantShredding", List.of("variantType"),
          "variantShredding-preview", List.of("variantType"));

  /** Settings that do nothing unless a feature is there, by the value that turns it on. */
  private static final Map<String, String> SWITCHES =
      Map.ofEntries(
          Map.entry("delta.appendOnly", "appendOnly"),
          Map.entry("delta.enableChangeDataFeed", "changeDataFeed"),
          Map.entry("delta.enableDeletionVectors", "deletionVectors"),
          Map.entry("delta.enableIcebergCompatV1", "icebergCompatV1"),
          Map.entry("delta.enableIcebergCompatV2", "icebergCompatV2"),
          Map.entry("delta.enableIcebergCompatV3", "icebergCompatV3"),
          Map.entry("delta.enableInCommitTimestamps", "inCommitTimestamp"),
          Map.entry("delta.enableRowTracking", "rowTracking"),
          Map.entry("delta.enableTypeWidening", "typeWidening"),
          Map.entry("delta.enableVariantShredding", "variantShredding"));

  private TableFeatures() {}

  /** Whether a feature is known, be it for readers and writers or for writers alone. */
  public static boolean known(String feature) {
    return WRITERS_ONLY.contains(feature) || ReaderFeatures.supported().contains(feature);
  }

  /** Whether a known feature is one of readers too, so that both lists must name it. */
  public static boolean ofReaders(String feature) {
    return ReaderFeatures.supported().contains(feature);
  }

  /** The features without which a feature may not be, itself not among them. */
  public static List<String> needs(String feature) {
    return NEEDS.getOrDefault(feature, List.of());
  }

  /** Whether a protocol's features have one, or the preview of it under its other name. */
  public static boolean has(Set<String> features, String feature) {
    return features.contains(feature) || features.contains(feature + "-preview");
  }

  /**
   * The features that what describes a table makes use of.
   *
   * @param domains the names of its metadata domains
   * @return by the name of the feature, what of the description needs it, for messages
   * @throws DeltaTableException CORRUPT if the schema is no JSON
   */
  public static Map<String, String> required(Metadata metadata, Set<String> domains) {
    return required(metadata.schemaString(), metadata.configuration(), domains);
  }

  /** As {@link #required(Metadata, Set)}, of the parts of a description. */
  public static Map<String, String> required(
      String schemaString, Map<String, String> configuration, Set<String> domains) {
    Map<String, String> required = new LinkedHashMap<>();
    configuration.forEach((name, value) -> {
      String feature = SWITCHES.get(name);
      if (feature != null && value.equalsIgnoreCase("true")) {
        required.putIfAbsent(feature, "the property " + name + " is true");
      }
      if (name.startsWith("delta.constraints.")) {
        required.putIfAbsent("checkConstraints", "there is the property " + name);
      }
    });
    String mapping = configuration.getOrDefault("delta.columnMapping.mode", "none");
    if (!mapping.equalsIgnoreCase("none")) {
      required.put("columnMapping", "the property delta.columnMapping.mode is " + mapping);
    }
    SchemaFields.walk(
        SchemaFields.tree(schemaString),
        new SchemaFields.Visitor() {
          @Override
          public void field(SchemaField field) {
            of(field, required);
          }

          @Override
          public void type(String path, String owner, String type) {
            of(path, type, required);
          }
        });
    ofDomains(domains).forEach(required::putIfAbsent);
    return required;
  }

  /** The features that a table's metadata domains alone make use of, as above. */
  static Map<String, String> ofDomains(Set<String> domains) {
    Map<String, String> required = new LinkedHashMap<>();
    if (domains.contains("delta.clustering")) {
      required.put("clustering", "there is the domain delta.clustering");
    }
    if (domains.contains("delta.rowTracking")) {
      required.put("rowTracking", "there is the domain delta.rowTracking");
    }
    domains.stream()
        .findFirst()
        .ifPresent(domain -> required.put("domainMetadata", "there is the domain " + domain));
    return required;
  }

  private static void of(SchemaField field, Map<String, String> required) {
    // Of values in arrays and maps, writers do not check whether they are null.
    if (!field.nullable() && !field.inCollection()) {
      required.putIfAbsent("invariants", "column " + field.path() + " is NOT NULL");
    }
    for (String key : field.metadata().propertyNames()) {
      String feature =
          switch (key) {
            case "delta.invariants" -> "invariants";
            case "delta.generationExpression" -> "generatedColumns";
            case "delta.identity.start", "delta.identity.step" -> "identityColumns";
            case "CURRENT_DEFAULT" -> "allowColumnDefaults";
            case "delta.typeChanges" -> "typeWidening";
            default -> "";
          };
      if (!feature.isEmpty()) {
        required.putIfAbsent(feature, "column " + field.path() + " has " + key);
      }
    }
  }

  private static void of(String path, String type, Map<String, String> required) {
    String feature =
        switch (type) {
          case "timestamp_ntz" -> "timestampNtz";
          case "variant" -> "variantType";
          default ->
              type.startsWith("geometry") || type.startsWith("geography") ? "geospatial" : "";
        };
    if (!feature.isEmpty()) {
      required.putIfAbsent(feature, "column " + path + " is of type " + type);
    }
  }

  /**
   * A protocol that also names the features which what describes a table makes use of, and those
   * which they need.
   *
   * @param protocol of table features (3, 7)
   */
  public static Protocol named(Protocol protocol, Metadata metadata) {
    Set<String> wanted = new TreeSet<>();
    required(metadata, Set.of()).keySet().forEach(feature -> addWithNeeds(feature, wanted));
    Set<String> readers = new LinkedHashSet<>(protocol.readerFeatures());
    Set<String> writers = new LinkedHashSet<>(protocol.writerFeatures());
    for (String feature : wanted) {
      if (ofReaders(feature)) {
        readers.add(feature);
      }
      writers.add(feature);
    }
    return new Protocol(protocol.minReaderVersion(), protocol.minWriterVersion(), readers, writers);
  }

  private static void addWithNeeds(String feature, Set<String> features) {
    if (features.add(feature)) {
      needs(feature).forEach(needed -> addWithNeeds(needed, features));
    }
  }

  /** The names of the known features, for tests. */
  static Set<String> all() {
    Set<String> all = new HashSet<>(WRITERS_ONLY);
    all.addAll(ReaderFeatures.supported());
    return all;
  }
}
