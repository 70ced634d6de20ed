package io.tidegate.delta;

import io.tidegate.delta.Action.AddFile;
import io.tidegate.delta.Action.DeletionVector;
import io.tidegate.delta.Action.Metadata;
import io.tidegate.delta.CommitRules.Broken;
import io.tidegate.delta.CommitRules.Description;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.json.JsonReadFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * What the description of a table asks of the files that a commit adds: their partition values,
 * statistics and row ids. A commit may describe the table anew after it has added files, so that
 * some is said only at its end.
 */
final class FileRules {
  /** Some writers put NaN among the bounds. */
  private static final JsonMapper STATISTICS =
      JsonMapper.builder().enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS).build();

  private Map<String, TableSchema.Column> partitionColumns = Map.of();
  private Map<String, TableSchema.Column> notNull = Map.of();
  private @Nullable Set<String> partitionNames;
  private String partitionField = "";
  private @Nullable String withoutRowIds;
  private long highestRowId = -1;
  private String highestRowIdPath = "";

  /** From here on files are held against this. */
  void describe(Metadata metadata) {
    Map<String, TableSchema.Column> partitions = new LinkedHashMap<>();
    Map<String, TableSchema.Column> required = new LinkedHashMap<>();
    for (TableSchema.Column column : TableSchema.of(metadata).columns()) {
      if (column.partitionIndex() != null) {
        partitions.put(column.physicalName(), column);
      } else if (!column.nullable()) {
        required.put(column.physicalName(), column);
      }
    }
    partitionColumns = partitions;
    notNull = required;
  }

  /** Section "Consistency Between Table Metadata and Data Files". */
  void partition(String field, Map<String, @Nullable String> values) throws Broken {
    Set<String> names = partitionNames;
    if (names == null) {
      partitionNames = new TreeSet<>(values.keySet());
      partitionField = field;
    } else if (!names.equals(values.keySet())) {
      throw new Broken(
          "%s names %s, but another file of the commit %s: every file has a value for each partition column"
              .formatted(field, shown(values.keySet()), shown(names)));
    }
    for (Map.Entry<String, @Nullable String> entry : values.entrySet()) {
      TableSchema.Column column = partitionColumns.get(entry.getKey());
      String value = entry.getValue();
      if (column == null) {
        continue;
      }
      if (value == null || value.isEmpty()) {
        if (!column.nullable()) {
          throw new Broken(
              "%s has null for %s, which is NOT NULL".formatted(field, shown(column.name())));
        }
      } else if (!PartitionValues.valid(column.type(), value)) {
        throw new Broken(
            "%s has %s for %s, which is no value of type %s"
                .formatted(
                    field, CommitRules.shown(value), shown(column.name()), column.typeText()));
      }
    }
  }

  /** Section "Per-file Statistics". */
  long statistics(AddFile add) throws Broken {
    DeletionVector vector = add.deletionVector();
    JsonNode statistics = statistics(add.stats());
    JsonNode records = statistics.path("numRecords");
    boolean counted = records.isIntegralNumber() && records.canConvertToLong();
    if (counted && records.asLong() < 0) {
      throw new Broken("add.stats.numRecords is " + records + ", but no number is below 0");
    }
    if (vector != null && !counted) {
      throw new Broken(
          "add.stats.numRecords is missing: a file with a deletion vector must have it");
    }
    if (vector != null && vector.cardinality() > records.asLong()) {
      throw new Broken(
          "add.deletionVector.cardinality is %d, but the file has %d rows"
              .formatted(vector.cardinality(), records.asLong()));
    }
    JsonNode nulls = statistics.path("nullCount");
    for (Map.Entry<String, TableSchema.Column> column : notNull.entrySet()) {
      if (nulls.path(column.getKey()).asLong(0) > 0) {
        throw new Broken(
            "add.stats.nullCount of %s is %s, but the column is NOT NULL"
                .formatted(shown(column.getValue().name()), nulls.path(column.getKey())));
      }
    }
    return counted ? records.asLong() : 0;
  }

  private static JsonNode statistics(@Nullable String text) throws Broken {
    try {
      JsonNode statistics = STATISTICS.readTree(text == null ? "{}" : text);
      if (statistics.isObject()) {
        return statistics;
      }
    } catch (JacksonException e) {
      // Said below.
    }
    throw new Broken("add.stats is not the text of a JSON object");
  }

  /** Section "Row Tracking". */
  void rows(AddFile add, long records, long version) throws Broken {
    Long base = add.baseRowId();
    Long committed = add.defaultRowCommitVersion();
    if (base != null && base < 0) {
      throw new Broken("add.baseRowId is " + base + ", but no row id is below 0");
    }
    if (committed != null && (committed < 0 || committed > version)) {
      throw new Broken(
          "add.defaultRowCommitVersion is %d, but the commit is version %d"
              .formatted(committed, version));
    }
    if (base == null || committed == null) {
      withoutRowIds = withoutRowIds == null ? add.path() : withoutRowIds;
    } else {
      long highest;
      try {
        highest = Math.addExact(base, Math.max(records, 1) - 1);
      } catch (ArithmeticException e) {
        throw new Broken("add.baseRowId is " + base + ", too high for the rows of the file");
      }
      if (highest > highestRowId) {
        highestRowId = highest;
        highestRowIdPath = add.path();
      }
    }
  }

  /** What can be said only once the commit is read. */
  void end(Description after) throws Broken {
    Set<String> named = partitionNames;
    if (named != null) {
      Set<String> expected = new TreeSet<>();
      for (TableSchema.Column column : TableSchema.of(after.metadata()).columns()) {
        if (column.partitionIndex() != null) {
          expected.add(column.physicalName());
        }
      }
      if (!named.equals(expected)) {
        throw new Broken(
            "%s names %s, but the table's partition columns are %s: every file has a value for each of them"
                .formatted(partitionField, shown(named), shown(expected)));
      }
    }
    if (!rowTracking(after)) {
      return;
    }
    if (withoutRowIds != null) {
      throw new Broken(
          "add.baseRowId or add.defaultRowCommitVersion is missing for %s: the table has the feature rowTracking"
              .formatted(CommitRules.shown(withoutRowIds)));
    }
    if (highestRowId >= 0) {
      long mark = DescriptionRules.rowIdHighWaterMark(after.domains());
      if (highestRowId > mark) {
        throw new Broken(
            "add.baseRowId of %s leads to row id %d, but after the commit rowIdHighWaterMark of the domain delta.rowTracking is %s"
                .formatted(
                    CommitRules.shown(highestRowIdPath),
                    highestRowId,
                    mark < 0 ? "not set" : mark));
      }
    }
  }

  private static boolean rowTracking(Description after) {
    return after.protocol().writerFeatures().contains("rowTracking")
        && !"true"
            .equalsIgnoreCase(after.metadata().configuration().get("delta.rowTrackingSuspended"));
  }

  private static String shown(Object names) {
    return CommitRules.shown(names.toString());
  }
}
