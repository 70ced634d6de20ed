package io.tidegate.delta;

import io.tidegate.delta.Action.Metadata;
import io.tidegate.delta.Action.Protocol;
import io.tidegate.delta.CommitRules.Broken;
import io.tidegate.delta.CommitRules.Description;
import io.tidegate.delta.SchemaFields.SchemaField;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/** What the protocol asks of what describes a table: protocol, properties, columns, domains. */
final class DescriptionRules {
  private static final String CLUSTERING = "delta.clustering";
  private static final String ROW_TRACKING = "delta.rowTracking";
  private static final String HIGH_WATER_MARK = "rowIdHighWaterMark";
  private static final String MAPPING = "delta.columnMapping.mode";
  private static final String MAX_COLUMN_ID = "delta.columnMapping.maxColumnId";

  private static final Set<String> TYPES =
      Set.of(
          "string",
          "long",
          "integer",
          "short",
          "byte",
          "float",
          "double",
          "boolean",
          "binary",
          "date",
          "timestamp",
          "timestamp_ntz",
          "variant",
          "void",
          "null",
          "struct",
          "array",
          "map",
          "decimal");

  private static final Pattern DECIMAL =
      Pattern.compile("decimal\\(\\s*(\\d{1,2})\\s*,\\s*(\\d{1,2})\\s*\\)");
  private static final int MAX_PRECISION = 38;
  private static final Pattern SHAPE = Pattern.compile("(geometry|geography)(\\(.*\\))?");

  /** Settings that are true or false, and which readers or writers fail to read otherwise. */
  private static final Set<String> FLAGS =
      Set.of(
          "delta.appendOnly",
          "delta.checkpoint.writeStatsAsJson",
          "delta.checkpoint.writeStatsAsStruct",
          "delta.enableChangeDataFeed",
          "delta.enableDeletionVectors",
          "delta.enableIcebergCompatV1",
          "delta.enableIcebergCompatV2",
          "delta.enableIcebergCompatV3",
          "delta.enableInCommitTimestamps",
          "delta.enableRowTracking",
          "delta.enableTypeWidening",
          "delta.enableVariantShredding",
          "delta.rowTrackingSuspended");

  /** Settings of tables that had commits without in-commit timestamps, which no managed one has. */
  private static final List<String> ENABLEMENT =
      List.of(
          "delta.inCommitTimestampEnablementVersion", "delta.inCommitTimestampEnablementTimestamp");

  /** Columns that a reader of the change data feed is shown besides. */
  private static final Set<String> OF_CHANGES =
      Set.of("_change_type", "_commit_version", "_commit_timestamp");

  private DescriptionRules() {}

  /**
   * Passes if a commit may describe a table so.
   *
   * @param before how the table was described; null if it is new
   * @param protocolGiven whether the commit holds a protocol action
   * @param metadataGiven whether the commit holds a metaData action
   */
  static void check(
      @Nullable Description before, Description after, boolean protocolGiven, boolean metadataGiven)
      throws Broken {
    if (protocolGiven) {
      features(after.protocol());
    }
    if (metadataGiven) {
      properties(after.metadata());
      columns(after);
      partitionColumns(after.metadata());
      columnMapping(after.metadata());
    }
    needed(before, after, protocolGiven || metadataGiven);
    domains(before, after);
  }

  /** Section "Table Features". */
  private static void features(Protocol protocol) throws Broken {
    if (protocol.minReaderVersion() != 3 || protocol.minWriterVersion() != 7) {
      throw new Broken(
          "the protocol is (%d, %d), but that of a managed table is (3, 7)"
              .formatted(protocol.minReaderVersion(), protocol.minWriterVersion()));
    }
    for (String feature : protocol.readerFeatures()) {
      if (!TableFeatures.ofReaders(feature)) {
        throw new Broken(
            "protocol.readerFeatures names %s, which is not known here: a table of such a feature cannot be managed"
                .formatted(shown(feature)));
      }
      if (!protocol.writerFeatures().contains(feature)) {
        throw new Broken(
            "protocol.readerFeatures names %s, but protocol.writerFeatures does not: readers' features are in both lists"
                .formatted(shown(feature)));
      }
    }
    for (String feature : protocol.writerFeatures()) {
      if (!TableFeatures.known(feature)) {
        throw new Broken(
            "protocol.writerFeatures names %s, which is not known here: a table of such a feature cannot be managed"
                .formatted(shown(feature)));
      }
      if (TableFeatures.ofReaders(feature) && !protocol.readerFeatures().contains(feature)) {
        throw new Broken(
            "protocol.writerFeatures names %s, but protocol.readerFeatures does not: readers' features are in both lists"
                .formatted(feature));
      }
      for (String needed : TableFeatures.needs(feature)) {
        if (!TableFeatures.has(protocol.writerFeatures(), needed)) {
          throw new Broken(
              "protocol.writerFeatures names %s, but not %s, without which it may not be"
                  .formatted(feature, needed));
        }
      }
    }
  }

  /** What the description makes use of, the protocol names; each feature's "To support". */
  private static void needed(@Nullable Description before, Description after, boolean all)
      throws Broken {
    Map<String, String> required =
        all
            ? TableFeatures.required(after.metadata(), after.domains().keySet())
            : TableFeatures.ofDomains(after.domains().keySet());
    for (Map.Entry<String, String> entry : required.entrySet()) {
      String feature = entry.getKey();
      if (!named(after.protocol(), feature) && !lackedBefore(before, feature)) {
        throw new Broken(
            "protocol.writerFeatures%s must name %s, for %s"
                .formatted(
                    TableFeatures.ofReaders(feature) ? " and protocol.readerFeatures" : "",
                    feature,
                    shown(entry.getValue())));
      }
    }
  }

  private static boolean named(Protocol protocol, String feature) {
    return TableFeatures.has(protocol.writerFeatures(), feature);
  }

  /** A table that is so already cannot be made right by refusing every change of it. */
  private static boolean lackedBefore(@Nullable Description before, String feature) {
    return before != null
        && !named(before.protocol(), feature)
        && TableFeatures.required(before.metadata(), before.domains().keySet())
            .containsKey(feature);
  }

  private static void properties(Metadata metadata) throws Broken {
    Map<String, String> properties = metadata.configuration();
    for (Map.Entry<String, String> property : properties.entrySet()) {
      String name = property.getKey();
      String value = property.getValue();
      if (FLAGS.contains(name)
          && !value.equalsIgnoreCase("true")
          && !value.equalsIgnoreCase("false")) {
        throw new Broken(
            "metaData.configuration sets %s to %s, but it is true or false"
                .formatted(name, shown(value)));
      }
    }
    String interval = properties.get("delta.checkpointInterval");
    if (interval != null && (!interval.matches("\\d{1,9}") || Integer.parseInt(interval) == 0)) {
      throw new Broken(
          "metaData.configuration sets delta.checkpointInterval to %s, but it is a whole number above 0"
              .formatted(shown(interval)));
    }
    for (String enablement : ENABLEMENT) {
      if (properties.containsKey(enablement)) {
        throw new Broken(
            "metaData.configuration sets %s, but every version of a managed table has an in-commit timestamp"
                .formatted(enablement));
      }
    }
    for (String iceberg : List.of("delta.enableIcebergCompatV1", "delta.enableIcebergCompatV2")) {
      if ("true".equalsIgnoreCase(properties.get(iceberg))) {
        throw new Broken(
            "metaData.configuration sets %s to true, which may not be together with deletion vectors"
                .formatted(iceberg));
      }
    }
    if ("true".equalsIgnoreCase(properties.get("delta.enableRowTracking"))) {
      if ("true".equalsIgnoreCase(properties.get("delta.rowTrackingSuspended"))) {
        throw new Broken(
            "metaData.configuration sets delta.rowTrackingSuspended to true, and delta.enableRowTracking as well");
      }
      materializedColumn(metadata, "delta.rowTracking.materializedRowIdColumnName");
      materializedColumn(metadata, "delta.rowTracking.materializedRowCommitVersionColumnName");
    }
  }

  /** Section "Writer Requirements for Row Tracking". */
  private static void materializedColumn(Metadata metadata, String property) throws Broken {
    String name = metadata.configuration().get(property);
    if (name == null || name.isEmpty()) {
      throw new Broken(
          "metaData.configuration lacks %s, which delta.enableRowTracking needs"
              .formatted(property));
    }
    for (TableSchema.Column column : TableSchema.of(metadata).columns()) {
      if (name.equalsIgnoreCase(column.name()) || name.equalsIgnoreCase(column.physicalName())) {
        throw new Broken(
            "metaData.configuration sets %s to %s, but that is a column of the table"
                .formatted(property, shown(name)));
      }
    }
  }

  /** Sections "Schema Serialization Format", "Generated Columns", "Identity Columns". */
  private static void columns(Description after) throws Broken {
    boolean changes =
        "true".equalsIgnoreCase(after.metadata().configuration().get("delta.enableChangeDataFeed"));
    Faults faults = new Faults();
    SchemaFields.walk(
        SchemaFields.tree(after.metadata().schemaString()),
        new SchemaFields.Visitor() {
          @Override
          public void struct(String path, JsonNode fields) {
            Set<String> names = new HashSet<>();
            for (JsonNode field : fields.values()) {
              String name = field.path("name").asString("");
              if (name.isEmpty()) {
                faults.add("has a field without a name" + in(path));
              } else if (!names.add(name.toLowerCase(Locale.ROOT))) {
                faults.add(
                    "has %s twice%s: names must be unique, whatever the case of their letters"
                        .formatted(name, in(path)));
              } else if (changes && path.isEmpty() && OF_CHANGES.contains(name)) {
                faults.add(
                    "has the column %s, which the change data feed needs for itself"
                        .formatted(name));
              }
            }
          }

          @Override
          public void field(SchemaField field) {
            identity(field, faults);
            if (field.metadata().has("delta.generationExpression")
                && field.json().path("type").asString("").equals("variant")) {
              faults.add("has %s, a generated column of type variant".formatted(field.path()));
            }
          }

          @Override
          public void type(String path, String owner, String type) {
            if (!known(type)) {
              faults.add("has %s of type %s, which there is not".formatted(path, type));
            }
          }
        });
    faults.raise();
  }

  private static String in(String path) {
    return path.isEmpty() ? "" : " in " + path;
  }

  private static boolean known(String type) {
    Matcher decimal = DECIMAL.matcher(type);
    if (decimal.matches()) {
      int precision = Integer.parseInt(decimal.group(1));
      return precision > 0
          && precision <= MAX_PRECISION
          && Integer.parseInt(decimal.group(2)) <= precision;
    }
    return TYPES.contains(type) || SHAPE.matcher(type).matches();
  }

  private static void identity(SchemaField field, Faults faults) {
    JsonNode step = field.metadata().path("delta.identity.step");
    JsonNode start = field.metadata().path("delta.identity.start");
    if (step.isMissingNode() && start.isMissingNode()) {
      return;
    }
    if (!step.isIntegralNumber() || !start.isIntegralNumber()) {
      faults.add(
          "has %s with delta.identity.start %s and delta.identity.step %s: both are whole numbers"
              .formatted(field.path(), start, step));
    } else if (step.asLong() == 0) {
      faults.add("has %s with delta.identity.step 0".formatted(field.path()));
    } else if (!field.json().path("type").asString("").equals("long")) {
      faults.add("has the identity column %s, which is not of type long".formatted(field.path()));
    }
  }

  private static void partitionColumns(Metadata metadata) throws Broken {
    Set<String> seen = new HashSet<>();
    TableSchema schema = TableSchema.of(metadata);
    for (String name : metadata.partitionColumns()) {
      TableSchema.Column column = schema.column(name).orElseThrow();
      if (!column.name().equals(name)) {
        throw new Broken(
            "metaData.partitionColumns names %s, but the schema has %s"
                .formatted(shown(name), shown(column.name())));
      }
      if (!seen.add(name)) {
        throw new Broken("metaData.partitionColumns names %s twice".formatted(shown(name)));
      }
      if (!PartitionValues.possible(column.type())) {
        throw new Broken(
            "metaData.partitionColumns names %s, which is of type %s: no partition has values of it"
                .formatted(shown(name), shown(column.typeText())));
      }
    }
  }

  /** Section "Writer Requirements for Column Mapping". */
  private static void columnMapping(Metadata metadata) throws Broken {
    String mode = metadata.configuration().getOrDefault(MAPPING, "none");
    if (!mode.equals("none") && !mode.equals("id") && !mode.equals("name")) {
      throw new Broken(
          "metaData.configuration sets %s to %s, but it is none, id or name"
              .formatted(MAPPING, shown(mode)));
    }
    if (mode.equals("none")) {
      return;
    }
    Faults faults = new Faults();
    Set<Long> ids = new HashSet<>();
    SchemaFields.walk(
        SchemaFields.tree(metadata.schemaString()),
        new SchemaFields.Visitor() {
          @Override
          public void struct(String path, JsonNode fields) {
            Set<String> names = new HashSet<>();
            for (JsonNode field : fields.values()) {
              String name = physicalName(field);
              if (!name.isEmpty() && !names.add(name)) {
                faults.add(
                    "gives two columns%s the delta.columnMapping.physicalName %s"
                        .formatted(in(path), name));
              }
            }
          }

          @Override
          public void field(SchemaField field) {
            JsonNode id = field.metadata().path("delta.columnMapping.id");
            if (!id.isIntegralNumber() || !id.canConvertToInt()) {
              faults.add("lacks delta.columnMapping.id of " + field.path());
            } else if (!ids.add(id.asLong())) {
              faults.add("gives two columns the delta.columnMapping.id " + id);
            }
            if (physicalName(field.json()).isEmpty()) {
              faults.add("lacks delta.columnMapping.physicalName of " + field.path());
            }
          }
        });
    faults.raise();
    String highest = metadata.configuration().get(MAX_COLUMN_ID);
    if (highest == null || !highest.matches("\\d{1,10}")) {
      throw new Broken(
          "metaData.configuration sets %s to %s, but column mapping needs the highest id there"
              .formatted(MAX_COLUMN_ID, highest == null ? "nothing" : shown(highest)));
    }
    for (long id : ids) {
      if (id > Long.parseLong(highest)) {
        throw new Broken(
            "metaData.configuration sets %s to %s, but a column has the id %d"
                .formatted(MAX_COLUMN_ID, highest, id));
      }
    }
  }

  private static String physicalName(JsonNode field) {
    return field.path("metadata").path("delta.columnMapping.physicalName").asString("");
  }

  /** Sections "Clustered Table" and "Row Tracking". */
  private static void domains(@Nullable Description before, Description after) throws Broken {
    String clustering = after.domains().get(CLUSTERING);
    if (clustering != null) {
      clustering(clustering, after.metadata());
    }
    String rowTracking = after.domains().get(ROW_TRACKING);
    if (rowTracking != null) {
      if (!tree(rowTracking).path(HIGH_WATER_MARK).isIntegralNumber()) {
        throw new Broken(
            "domainMetadata.configuration of %s must have %s, a whole number"
                .formatted(ROW_TRACKING, HIGH_WATER_MARK));
      }
      long mark = rowIdHighWaterMark(after.domains());
      long known = before == null ? -1 : rowIdHighWaterMark(before.domains());
      if (mark < known) {
        throw new Broken(
            "domainMetadata.configuration of %s sets %s to %d, but it is %d already, and never falls"
                .formatted(ROW_TRACKING, HIGH_WATER_MARK, mark, known));
      }
    }
  }

  private static void clustering(String configuration, Metadata metadata) throws Broken {
    JsonNode columns = tree(configuration).path("clusteringColumns");
    if (!columns.isArray()) {
      throw new Broken(
          "domainMetadata.configuration of %s must have clusteringColumns, an array"
              .formatted(CLUSTERING));
    }
    if (!columns.isEmpty() && !metadata.partitionColumns().isEmpty()) {
      throw new Broken(
          "domainMetadata.configuration of %s names clustering columns, but metaData.partitionColumns is not empty: a table is clustered or partitioned"
              .formatted(CLUSTERING));
    }
    Set<String> fields = new HashSet<>();
    SchemaFields.walk(
        SchemaFields.tree(metadata.schemaString()),
        naming(metadata),
        new SchemaFields.Visitor() {
          @Override
          public void field(SchemaField field) {
            fields.add(field.path());
          }
        });
    for (JsonNode column : columns.values()) {
      String path =
          column.isArray()
              ? String.join(".", column.valueStream().map(name -> name.asString("")).toList())
              : column.asString("");
      if (!fields.contains(path)) {
        throw new Broken(
            "domainMetadata.configuration of %s names the column %s, which the table does not have"
                .formatted(CLUSTERING, shown(path)));
      }
    }
  }

  /** The highest row id that is taken, -1 where row tracking says nothing. */
  static long rowIdHighWaterMark(Map<String, String> domains) {
    String configuration = domains.get(ROW_TRACKING);
    return configuration == null ? -1 : tree(configuration).path(HIGH_WATER_MARK).asLong(-1);
  }

  /** The configuration of a domain, which may be any text. */
  private static JsonNode tree(String configuration) {
    try {
      return ActionJson.MAPPER.readTree(configuration);
    } catch (JacksonException e) {
      return ActionJson.MAPPER.missingNode();
    }
  }

  /** How data files and the log call a field. */
  static java.util.function.Function<JsonNode, String> naming(Metadata metadata) {
    boolean mapped = !metadata.configuration().getOrDefault(MAPPING, "none").equals("none");
    return field -> {
      String physical = mapped ? physicalName(field) : "";
      return physical.isEmpty() ? field.path("name").asString("") : physical;
    };
  }

  private static String shown(String text) {
    return CommitRules.shown(text);
  }

  /** The first thing that is wrong with a schema, found on a way that cannot be left. */
  private static final class Faults {
    private @Nullable String first;

    void add(String fault) {
      first = first == null ? fault : first;
    }

    void raise() throws Broken {
      if (first != null) {
        throw new Broken("metaData.schemaString " + shown(first));
      }
    }
  }
}
