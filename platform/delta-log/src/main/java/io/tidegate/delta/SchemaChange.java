package io.tidegate.delta;

import io.tidegate.delta.Action.Metadata;
import io.tidegate.delta.CommitRules.Description;
import io.tidegate.delta.SchemaFields.SchemaField;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;

/**
 * Whether files that were written before a change of a table's description can be read by what it
 * says after it (Delta protocol, sections "Consistency Between Table Metadata and Data Files",
 * "Column Mapping" and "Type Widening").
 */
final class SchemaChange {
  private static final Pattern DECIMAL =
      Pattern.compile("decimal\\(\\s*(\\d+)\\s*,\\s*(\\d+)\\s*\\)");
  private static final List<String> WHOLE = List.of("byte", "short", "integer", "long");

  private SchemaChange() {}

  /** Why no file from before may stay; empty if all may. */
  static Optional<String> strands(Description before, Description after) {
    Set<String> partitions = partitions(before.metadata());
    Set<String> newPartitions = partitions(after.metadata());
    if (!partitions.equals(newPartitions)) {
      return Optional.of(
          "metaData.partitionColumns changes from %s to %s"
              .formatted(
                  CommitRules.shown(before.metadata().partitionColumns().toString()),
                  CommitRules.shown(after.metadata().partitionColumns().toString())));
    }
    if (before.metadata().schemaString().equals(after.metadata().schemaString())
        && mode(before.metadata()).equals(mode(after.metadata()))) {
      return Optional.empty();
    }
    return renamed(before.metadata(), after.metadata()).or(() -> retyped(before, after));
  }

  private static Set<String> partitions(Metadata metadata) {
    Set<String> names = new TreeSet<>();
    for (TableSchema.Column column : TableSchema.of(metadata).columns()) {
      if (column.partitionIndex() != null) {
        names.add(column.physicalName());
      }
    }
    return names;
  }

  private static String mode(Metadata metadata) {
    return metadata.configuration().getOrDefault("delta.columnMapping.mode", "none");
  }

  /** A column's physical name never changes; before there was a mapping it is its name. */
  private static Optional<String> renamed(Metadata before, Metadata after) {
    boolean mapped = !mode(before).equals("none");
    Map<String, JsonNode> known = fields(before);
    for (Map.Entry<String, JsonNode> field : fields(after).entrySet()) {
      JsonNode old = known.get(field.getKey());
      if (old == null) {
        continue;
      }
      String was = DescriptionRules.naming(before).apply(old);
      String is = DescriptionRules.naming(after).apply(field.getValue());
      if (!was.equals(is) && (!mapped || id(old).equals(id(field.getValue())))) {
        return Optional.of(
            "metaData.schemaString gives the column %s the physical name %s in place of %s"
                .formatted(
                    CommitRules.shown(field.getKey()),
                    CommitRules.shown(is),
                    CommitRules.shown(was)));
      }
    }
    return Optional.empty();
  }

  private static String id(JsonNode field) {
    return field.path("metadata").path("delta.columnMapping.id").toString();
  }

  private static Map<String, JsonNode> fields(Metadata metadata) {
    Map<String, JsonNode> fields = new LinkedHashMap<>();
    SchemaFields.walk(
        SchemaFields.tree(metadata.schemaString()),
        new SchemaFields.Visitor() {
          @Override
          public void field(SchemaField field) {
            fields.put(field.path(), field.json());
          }
        });
    return fields;
  }

  private static Optional<String> retyped(Description before, Description after) {
    Map<String, String> known = types(before.metadata());
    boolean widening = TableFeatures.has(after.protocol().writerFeatures(), "typeWidening");
    for (Map.Entry<String, String> type : types(after.metadata()).entrySet()) {
      String was = known.get(type.getKey());
      String is = type.getValue();
      // The other way round is how a table is restored to what it was.
      if (was != null
          && !sameStorage(was, is)
          && !(widening && (widens(was, is) || widens(is, was)))) {
        return Optional.of(
            "metaData.schemaString changes the type of %s from %s to %s"
                .formatted(
                    CommitRules.shown(type.getKey()),
                    CommitRules.shown(was),
                    CommitRules.shown(is)));
      }
    }
    return Optional.empty();
  }

  /** The type at each physical path. */
  private static Map<String, String> types(Metadata metadata) {
    Map<String, String> types = new LinkedHashMap<>();
    SchemaFields.walk(
        SchemaFields.tree(metadata.schemaString()),
        DescriptionRules.naming(metadata),
        new SchemaFields.Visitor() {
          @Override
          public void type(String path, String owner, String type) {
            types.put(path, type);
          }
        });
    return types;
  }

  /** Whether a file of the one is read as the other by every reader, as it always was. */
  private static boolean sameStorage(String was, String is) {
    if (was.equals(is) || was.equals("void") || was.equals("null")) {
      return true;
    }
    int from = WHOLE.indexOf(was);
    int to = WHOLE.indexOf(is);
    int integer = WHOLE.indexOf("integer");
    // All three are 32-bit numbers in Parquet.
    return from >= 0 && to >= 0 && from <= integer && to <= integer;
  }

  /** Section "Type Widening". */
  private static boolean widens(String from, String to) {
    int whole = WHOLE.indexOf(from);
    if (whole >= 0 && WHOLE.indexOf(to) >= whole) {
      return true;
    }
    boolean small = whole >= 0 && !from.equals("long");
    if (to.equals("double")) {
      return small || from.equals("float");
    }
    if (from.equals("date")) {
      return to.equals("timestamp_ntz");
    }
    Matcher wider = DECIMAL.matcher(to);
    if (!wider.matches()) {
      return false;
    }
    int precision = Integer.parseInt(wider.group(1));
    int scale = Integer.parseInt(wider.group(2));
    Matcher decimal = DECIMAL.matcher(from);
    int digits;
    int fraction = 0;
    if (decimal.matches()) {
      digits = Integer.parseInt(decimal.group(1));
      fraction = Integer.parseInt(decimal.group(2));
    } else if (whole >= 0) {
      digits = small ? 10 : 20;
    } else {
      return false;
    }
    int more = scale - fraction;
    return more >= 0 && precision - digits >= more;
  }
}
