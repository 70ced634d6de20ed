package io.tidegate.delta;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.tidegate.delta.Action.Metadata;
import io.tidegate.delta.Action.Protocol;
import io.tidegate.delta.CommitFile.Limits;
import io.tidegate.delta.CommitRules.Description;
import io.tidegate.delta.DeltaTableException.Reason;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.node.ObjectNode;

/**
 * Each rule for writers that a commit can be held against, with what breaks it and what keeps it.
 */
class CommitRulesTest {
  private static final Limits LIMITS = new Limits(1 << 20, 1 << 18, 1000);
  private static final URI TABLE = URI.create("file:///tables/one");
  private static final long NOW = 1_800_000_000_000L;
  private static final String INFO = "{\"commitInfo\":{}}";
  private static final String VECTOR =
      "{\"storageType\":\"u\",\"pathOrInlineDv\":\"ab^-aqEH.-t@S}K{vb[*k^\",\"offset\":4,"
          + "\"sizeInBytes\":40,\"cardinality\":6}";
  private static final String INLINE = "wi5b=000010000siXQKl0rr91000f55c8Xg0@@D72lkbi5=-{L";

  /** A table as it is before a commit, or as a commit describes it. */
  private record Table(
      List<String> columns,
      List<String> partitions,
      Map<String, String> properties,
      List<String> readerFeatures,
      List<String> writerFeatures,
      Map<String, String> domains) {

    static Table plain() {
      return new Table(
          List.of(column("id", "long"), column("day", "date")),
          List.of(),
          Map.of(),
          List.of("deletionVectors"),
          List.of("deletionVectors", "domainMetadata"),
          Map.of());
    }

    Table columns(String... fields) {
      return new Table(
          List.of(fields), partitions, properties, readerFeatures, writerFeatures, domains);
    }

    Table partitions(String... names) {
      return new Table(
          columns, List.of(names), properties, readerFeatures, writerFeatures, domains);
    }

    Table property(String name, String value) {
      Map<String, String> more = new LinkedHashMap<>(properties);
      more.put(name, value);
      return new Table(columns, partitions, more, readerFeatures, writerFeatures, domains);
    }

    Table writer(String feature) {
      return new Table(
          columns, partitions, properties, readerFeatures, plus(writerFeatures, feature), domains);
    }

    Table reader(String feature) {
      return new Table(
          columns, partitions, properties, plus(readerFeatures, feature), writerFeatures, domains);
    }

    Table feature(String feature) {
      return reader(feature).writer(feature);
    }

    Table domain(String name, String configuration) {
      Map<String, String> more = new LinkedHashMap<>(domains);
      more.put(name, configuration);
      return new Table(columns, partitions, properties, readerFeatures, writerFeatures, more);
    }

    private static List<String> plus(List<String> list, String more) {
      List<String> longer = new ArrayList<>(list);
      longer.add(more);
      return longer;
    }

    Protocol protocol() {
      return new Protocol(
          3, 7, new LinkedHashSet<>(readerFeatures), new LinkedHashSet<>(writerFeatures));
    }

    Metadata metadata() {
      return new Metadata(
          "id",
          null,
          null,
          "{\"type\":\"struct\",\"fields\":[" + String.join(",", columns) + "]}",
          partitions,
          properties,
          5L);
    }

    Description description() {
      return new Description(protocol(), metadata(), domains);
    }

    String protocolLine() {
      return line(protocol());
    }

    String metadataLine() {
      return line(metadata());
    }
  }

  private static String column(String name, String type) {
    return column(name, type, true, "");
  }

  private static String column(String name, String type, boolean nullable, String metadata) {
    String written = type.startsWith("{") ? type : "\"" + type + "\"";
    return "{\"name\":\"%s\",\"type\":%s,\"nullable\":%s,\"metadata\":{%s}}"
        .formatted(name, written, nullable, metadata);
  }

  private static String mapped(String name, int id, String physical) {
    return column(
        name,
        "long",
        true,
        "\"delta.columnMapping.id\":%d,\"delta.columnMapping.physicalName\":\"%s\""
            .formatted(id, physical));
  }

  private static String line(Action action) {
    return new String(CommitFile.toBytes(List.of(action)), StandardCharsets.UTF_8).strip();
  }

  private static String add(String path, String... more) {
    return file("add", path, more);
  }

  private static String remove(String path, String... more) {
    return file("remove", path, more);
  }

  /** A file action; {@code more} are fields by name and JSON value. */
  private static String file(String action, String path, String... more) {
    ObjectNode fields = ActionJson.MAPPER.createObjectNode();
    fields.put("path", path);
    fields.putObject("partitionValues");
    fields.put("size", 1);
    if (action.equals("add")) {
      fields.put("modificationTime", 1);
    }
    fields.put("dataChange", !action.equals("cdc"));
    for (int i = 0; i < more.length; i += 2) {
      fields.set(more[i], ActionJson.MAPPER.readTree(more[i + 1]));
    }
    ObjectNode root = ActionJson.MAPPER.createObjectNode();
    root.set(action, fields);
    return root.toString();
  }

  private static String domain(String name, String configuration, boolean removed) {
    return line(new Action.DomainMetadata(name, configuration, removed));
  }

  private static CommitRules read(@Nullable Table before, String... lines) throws IOException {
    CommitRules rules =
        new CommitRules(TABLE, 9, before == null ? null : before.description(), NOW);
    String text = INFO + "\n" + String.join("\n", lines);
    CommitFile.parse(
        new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)), LIMITS, rules);
    return rules;
  }

  /** What breaks a rule: before, the lines, and what the refusal must say. */
  private record Breach(String rule, @Nullable Table before, List<String> lines, String message) {
    @Override
    public String toString() {
      return rule;
    }
  }

  private static Breach breach(
      String rule, @Nullable Table before, String message, String... lines) {
    return new Breach(rule, before, List.of(lines), message);
  }

  @ParameterizedTest
  @MethodSource("breaches")
  void isRefused(Breach breach) {
    assertThatExceptionOfType(DeltaTableException.class)
        .isThrownBy(() -> read(breach.before(), breach.lines().toArray(String[]::new)))
        .withMessageContaining(breach.message())
        .extracting(DeltaTableException::reason)
        .isEqualTo(Reason.CORRUPT);
  }

  static List<Breach> breaches() {
    Table plain = Table.plain();
    Table byDay = plain.partitions("day");
    Table mapping = plain.feature("columnMapping").property("delta.columnMapping.mode", "name");
    Table mapped =
        mapping
            .property("delta.columnMapping.maxColumnId", "2")
            .columns(mapped("id", 1, "p1"), mapped("day", 2, "p2"));
    Table tracked =
        plain.writer("rowTracking").domain("delta.rowTracking", "{\"rowIdHighWaterMark\":10}");
    List<Breach> breaches = new ArrayList<>();
    // Actions
    breaches.add(
        breach("sidecar", plain, "line 2: sidecar is an action", "{\"sidecar\":{\"path\":\"a\"}}"));
    breaches.add(
        breach(
            "checkpointMetadata",
            plain,
            "checkpointMetadata is an action of checkpoints",
            "{\"checkpointMetadata\":{\"version\":1}}"));
    breaches.add(
        breach(
            "format",
            plain,
            "metaData.format.provider must be parquet",
            plain.metadataLine().replace("parquet", "csv")));
    breaches.add(
        breach("first commit", null, "must hold a protocol and a metaData", plain.protocolLine()));
    breaches.add(
        breach(
            "created time",
            plain,
            "metaData.createdTime is -5",
            plain.metadataLine().replace("\"createdTime\":5", "\"createdTime\":-5")));
    breaches.add(
        breach(
            "transaction time",
            plain,
            "txn.lastUpdated is 1800000000000000",
            "{\"txn\":{\"appId\":\"a\",\"version\":1,\"lastUpdated\":1800000000000000}}"));
    // Files
    breaches.add(breach("size", plain, "add.size is -1", add("a", "size", "-1")));
    breaches.add(breach("removed size", plain, "remove.size is -1", remove("a", "size", "-1")));
    breaches.add(
        breach("change data size", plain, "cdc.size is -1", file("cdc", "a", "size", "-1")));
    breaches.add(
        breach("change data", plain, "cdc.dataChange", file("cdc", "a", "dataChange", "true")));
    breaches.add(
        breach(
            "modification time",
            plain,
            "add.modificationTime is 1800000000000000",
            add("a", "modificationTime", "1800000000000000")));
    breaches.add(
        breach(
            "deletion time",
            plain,
            "remove.deletionTimestamp is 1800000000001",
            remove("a", "deletionTimestamp", "1800000000001")));
    breaches.add(
        breach(
            "added twice",
            plain,
            "add.path a%20b is there twice",
            add("a b".replace(" ", "%20")),
            add("a%20b")));
    breaches.add(
        breach(
            "added twice, spelt twice",
            plain,
            "add.path %61 is there twice",
            add("a"),
            add("%61")));
    breaches.add(
        breach(
            "added twice, once whole",
            plain,
            "is there twice",
            add("a"),
            add("file:/tables/one/a")));
    breaches.add(
        breach(
            "added with two vectors",
            plain,
            "is there twice",
            add("a"),
            add("a", "deletionVector", VECTOR, "stats", "\"{\\\"numRecords\\\":9}\"")));
    breaches.add(
        breach("removed twice", plain, "remove.path a is there twice", remove("a"), remove("a")));
    breaches.add(
        breach("added and removed", plain, "both added and removed", add("a"), remove("a")));
    breaches.add(
        breach(
            "append-only",
            plain.writer("appendOnly").property("delta.appendOnly", "true"),
            "remove.dataChange is true, but the table is append-only",
            remove("a")));
    // Deletion vectors
    for (String action : List.of("add", "remove")) {
      breaches.add(
          breach(
              "vector's storage type of " + action,
              plain,
              action + ".deletionVector.storageType is x",
              file(action, "a", "deletionVector", VECTOR.replace("\"u\"", "\"x\""))));
    }
    breaches.add(
        breach(
            "vector's absolute path",
            plain,
            "add.deletionVector.pathOrInlineDv file:///etc/passwd leads out",
            add(
                "a",
                "deletionVector",
                VECTOR
                    .replace("\"u\"", "\"p\"")
                    .replace("ab^-aqEH.-t@S}K{vb[*k^", "file:///etc/passwd"))));
    breaches.add(
        breach(
            "vector's prefix",
            plain,
            "leads out",
            add("a", "deletionVector", VECTOR.replace("ab^-aqEH", "../../ab^-aqEH"))));
    breaches.add(
        breach(
            "vector's name",
            plain,
            "does not end with a UUID",
            add("a", "deletionVector", VECTOR.replace("ab^-aqEH.-t@S}K{vb[*k^", "short"))));
    breaches.add(
        breach(
            "vector's size",
            plain,
            "deletionVector.sizeInBytes is -40",
            add("a", "deletionVector", VECTOR.replace("40", "-40"))));
    breaches.add(
        breach(
            "vector's offset",
            plain,
            "deletionVector.offset is -4",
            add("a", "deletionVector", VECTOR.replace("\"offset\":4", "\"offset\":-4"))));
    breaches.add(
        breach(
            "inline vector",
            plain,
            "pathOrInlineDv is no deletion vector",
            add(
                "a",
                "deletionVector",
                VECTOR
                    .replace("\"u\"", "\"i\"")
                    .replace("\"offset\":4,", "")
                    .replace("ab^-aqEH.-t@S}K{vb[*k^", INLINE.replace("wi5b=", "00000")))));
    breaches.add(
        breach(
            "vector without numRecords",
            plain,
            "add.stats.numRecords is missing",
            add("a", "deletionVector", VECTOR)));
    breaches.add(
        breach(
            "vector of more rows than there are",
            plain,
            "add.deletionVector.cardinality is 6, but the file has 5 rows",
            add("a", "deletionVector", VECTOR, "stats", "\"{\\\"numRecords\\\":5}\"")));
    // Statistics
    breaches.add(
        breach("statistics", plain, "add.stats is not the text", add("a", "stats", "\"{\"")));
    breaches.add(
        breach(
            "numRecords",
            plain,
            "add.stats.numRecords is -1",
            add("a", "stats", "\"{\\\"numRecords\\\":-1}\"")));
    breaches.add(
        breach(
            "nulls",
            plain.writer("invariants").columns(column("id", "long", false, "")),
            "add.stats.nullCount of id is 2, but the column is NOT NULL",
            add("a", "stats", "\"{\\\"nullCount\\\":{\\\"id\\\":2}}\"")));
    // Partition values
    breaches.add(
        breach("partition value missing", byDay, "names [], but the table's partition", add("a")));
    breaches.add(
        breach(
            "partition value of no partition column",
            plain,
            "add.partitionValues names [day], but the table's partition columns are []",
            add("a", "partitionValues", "{\"day\":\"2026-01-01\"}")));
    breaches.add(
        breach(
            "partition values that differ",
            byDay,
            "add.partitionValues names [], but another file of the commit [day]",
            add("a", "partitionValues", "{\"day\":\"2026-01-01\"}"),
            add("b")));
    breaches.add(
        breach(
            "partition value of change data",
            byDay,
            "cdc.partitionValues names []",
            file("cdc", "a")));
    breaches.add(
        breach(
            "partition value of another type",
            byDay,
            "add.partitionValues has tomorrow for day, which is no value of type date",
            add("a", "partitionValues", "{\"day\":\"tomorrow\"}")));
    breaches.add(
        breach(
            "partition value null",
            byDay
                .writer("invariants")
                .columns(column("id", "long"), column("day", "date", false, "")),
            "has null for day, which is NOT NULL",
            add("a", "partitionValues", "{\"day\":null}")));
    breaches.add(
        breach(
            "partition value by its name in place of the physical one",
            mapped.partitions("day"),
            "names [day], but the table's partition columns are [p2]",
            add("a", "partitionValues", "{\"day\":\"1\"}")));
    breaches.add(
        breach(
            "partition columns changed after the files",
            plain,
            "names [], but the table's partition columns are [day]",
            add("a"),
            byDay.metadataLine()));
    // Row tracking
    breaches.add(
        breach("row ids missing", tracked, "add.baseRowId or", add("a", "baseRowId", "3")));
    breaches.add(
        breach(
            "row id below 0",
            tracked,
            "add.baseRowId is -3",
            add("a", "baseRowId", "-3", "defaultRowCommitVersion", "9")));
    breaches.add(
        breach(
            "row commit version to come",
            tracked,
            "add.defaultRowCommitVersion is 10, but the commit is version 9",
            add("a", "baseRowId", "3", "defaultRowCommitVersion", "10")));
    breaches.add(
        breach(
            "row ids above the mark",
            tracked,
            "leads to row id 11, but after the commit rowIdHighWaterMark",
            add(
                "a",
                "baseRowId",
                "9",
                "defaultRowCommitVersion",
                "9",
                "stats",
                "\"{\\\"numRecords\\\":3}\"")));
    breaches.add(
        breach(
            "mark that falls",
            tracked,
            "sets rowIdHighWaterMark to 9, but it is 10 already",
            domain("delta.rowTracking", "{\"rowIdHighWaterMark\":9}", false)));
    breaches.add(
        breach(
            "mark that is none",
            tracked,
            "must have rowIdHighWaterMark",
            domain("delta.rowTracking", "high", false)));
    breaches.add(
        breach(
            "materialized column",
            tracked,
            "lacks delta.rowTracking.materializedRowIdColumnName",
            tracked.property("delta.enableRowTracking", "true").metadataLine()));
    breaches.add(
        breach(
            "materialized column that is one of the table",
            tracked,
            "sets delta.rowTracking.materializedRowIdColumnName to ID, but that is a column",
            tracked
                .property("delta.enableRowTracking", "true")
                .property("delta.rowTracking.materializedRowIdColumnName", "ID")
                .metadataLine()));
    breaches.add(
        breach(
            "row tracking suspended and enabled",
            tracked,
            "sets delta.rowTrackingSuspended to true",
            tracked
                .property("delta.enableRowTracking", "true")
                .property("delta.rowTrackingSuspended", "true")
                .metadataLine()));
    // Features
    breaches.add(
        breach(
            "unknown reader feature",
            plain,
            "protocol.readerFeatures names teleport, which is not known here",
            plain.feature("teleport").protocolLine()));
    breaches.add(
        breach(
            "unknown writer feature",
            plain,
            "protocol.writerFeatures names teleport, which is not known here",
            plain.writer("teleport").protocolLine()));
    breaches.add(
        breach(
            "reader feature for readers alone",
            plain,
            "protocol.readerFeatures names timestampNtz, but protocol.writerFeatures does not",
            plain.reader("timestampNtz").protocolLine()));
    breaches.add(
        breach(
            "reader feature for writers alone",
            plain,
            "protocol.writerFeatures names timestampNtz, but protocol.readerFeatures does not",
            plain.writer("timestampNtz").protocolLine()));
    breaches.add(
        breach(
            "feature without what it needs",
            plain,
            "protocol.writerFeatures names icebergCompatV3, but not columnMapping",
            plain.writer("icebergCompatV3").protocolLine()));
    breaches.add(
        breach(
            "feature that the protocol does not name",
            plain,
            "protocol.writerFeatures must name invariants, for column id is NOT NULL",
            plain.columns(column("id", "long", false, "")).metadataLine()));
    breaches.add(
        breach(
            "reader feature that the protocol does not name",
            plain,
            "protocol.writerFeatures and protocol.readerFeatures must name timestampNtz",
            plain.columns(column("id", "timestamp_ntz")).metadataLine()));
    breaches.add(
        breach(
            "feature that is taken away while it is used",
            plain.writer("appendOnly").property("delta.appendOnly", "true"),
            "must name appendOnly",
            plain.protocolLine()));
    breaches.add(
        breach(
            "domain without its feature",
            plain,
            "must name clustering",
            domain("delta.clustering", "{\"clusteringColumns\":[]}", false)));
    // Properties
    for (Map.Entry<String, String> wrong :
        Map.of(
                "delta.appendOnly", "yes",
                "delta.checkpointInterval", "0",
                "delta.columnMapping.mode", "both",
                "delta.inCommitTimestampEnablementVersion", "5",
                "delta.enableIcebergCompatV1", "true",
                "delta.enableIcebergCompatV2", "true")
            .entrySet()) {
      breaches.add(
          breach(
              "property " + wrong.getKey(),
              plain,
              "metaData.configuration sets " + wrong.getKey(),
              plain.property(wrong.getKey(), wrong.getValue()).metadataLine()));
    }
    // Columns
    breaches.add(
        breach(
            "columns that differ by case",
            plain,
            "metaData.schemaString has ID twice",
            plain.columns(column("id", "long"), column("ID", "long")).metadataLine()));
    breaches.add(
        breach(
            "nested columns that differ by case",
            plain,
            "has B twice in a.element",
            plain
                .columns(
                    column(
                        "a",
                        "{\"type\":\"array\",\"containsNull\":true,\"elementType\":"
                            + "{\"type\":\"struct\",\"fields\":["
                            + column("b", "long")
                            + ","
                            + column("B", "long")
                            + "]}}"))
                .metadataLine()));
    breaches.add(
        breach(
            "column without a name",
            plain,
            "has a field without a name",
            plain.columns(column("", "long")).metadataLine()));
    for (String type : List.of("int64", "decimal(39,2)", "decimal(5,6)", "char(5)", "decimal(5)")) {
      breaches.add(
          breach(
              "type " + type,
              plain,
              "of type " + type + ", which there is not",
              plain.columns(column("id", type)).metadataLine()));
    }
    breaches.add(
        breach(
            "columns of the change feed",
            plain,
            "has the column _change_type",
            plain
                .writer("changeDataFeed")
                .property("delta.enableChangeDataFeed", "true")
                .columns(column("_change_type", "string"))
                .metadataLine()));
    breaches.add(
        breach(
            "identity step",
            plain,
            "has id with delta.identity.step 0",
            plain
                .columns(
                    column(
                        "id", "long", true, "\"delta.identity.start\":1,\"delta.identity.step\":0"))
                .metadataLine()));
    breaches.add(
        breach(
            "identity type",
            plain,
            "has the identity column id, which is not of type long",
            plain
                .columns(
                    column(
                        "id",
                        "string",
                        true,
                        "\"delta.identity.start\":1,\"delta.identity.step\":1"))
                .metadataLine()));
    breaches.add(
        breach(
            "generated variant",
            plain,
            "has id, a generated column of type variant",
            plain
                .columns(column("id", "variant", true, "\"delta.generationExpression\":\"x\""))
                .metadataLine()));
    // Partition columns
    breaches.add(
        breach(
            "partition column of another case",
            plain,
            "metaData.partitionColumns names DAY, but the schema has day",
            plain.partitions("DAY").metadataLine()));
    breaches.add(
        breach(
            "partition column twice",
            plain,
            "metaData.partitionColumns names day twice",
            plain.partitions("day", "day").metadataLine()));
    breaches.add(
        breach(
            "partition column of a struct",
            plain,
            "metaData.partitionColumns names s, which is of type struct",
            plain
                .columns(column("s", "{\"type\":\"struct\",\"fields\":[]}"))
                .partitions("s")
                .metadataLine()));
    // Clustering
    Table clustering = plain.writer("clustering");
    breaches.add(
        breach(
            "clustering by no column",
            clustering,
            "names the column other, which the table does not have",
            domain("delta.clustering", "{\"clusteringColumns\":[[\"other\"]]}", false)));
    breaches.add(
        breach(
            "clustering of a partitioned table",
            clustering.partitions("day"),
            "a table is clustered or partitioned",
            domain("delta.clustering", "{\"clusteringColumns\":[[\"id\"]]}", false)));
    breaches.add(
        breach(
            "clustering that is no list",
            clustering,
            "must have clusteringColumns",
            domain("delta.clustering", "{}", false)));
    // Column mapping
    breaches.add(
        breach(
            "column without an id",
            plain,
            "lacks delta.columnMapping.id of id",
            mapping.property("delta.columnMapping.maxColumnId", "2").metadataLine()));
    breaches.add(
        breach(
            "two columns of one id",
            plain,
            "gives two columns the delta.columnMapping.id 1",
            mapped.columns(mapped("id", 1, "p1"), mapped("day", 1, "p2")).metadataLine()));
    breaches.add(
        breach(
            "two columns of one physical name",
            plain,
            "gives two columns the delta.columnMapping.physicalName p1",
            mapped.columns(mapped("id", 1, "p1"), mapped("day", 2, "p1")).metadataLine()));
    breaches.add(
        breach(
            "id above the highest",
            plain,
            "sets delta.columnMapping.maxColumnId to 2, but a column has the id 3",
            mapped.columns(mapped("id", 1, "p1"), mapped("day", 3, "p2")).metadataLine()));
    return breaches;
  }

  @ParameterizedTest
  @CsvSource({
    "file:///etc/passwd, leads out",
    "http://example.org/x, leads out",
    "s3://bucket/x, leads out",
    "/etc/passwd, leads out",
    "//host/x, leads out",
    "../x, leads out",
    "a/../../x, leads out",
    "a/../x, leads out",
    "./x, leads out",
    "%2e%2e/x, leads out",
    "..%2Fx, leads out",
    "a%2F..%2F..%2Fx, leads out",
    "%2Fetc%2Fpasswd, is empty",
    "file:///tables/one/../two/x, leads out",
    "file:///tables/onetwo/x, leads out",
    "'', 1 to 4096 characters",
    "a b, is no URI",
    "a%zz, is no URI",
    "a:b, written %3A",
    "a#b, written %3F",
    "a?b, written %3F",
    "a//b, is empty",
    "a/, is empty",
    "file:///tables/one/, is empty",
    "a%00b, control character",
    "_delta_log/00000000000000000000.json, folder of the log",
    "%5fdelta_log/x, folder of the log",
    "file:///tables/one/_delta_log/x, folder of the log"
  })
  void aPathOutsideTheTableIsRefused(String path, String why) {
    for (String action : List.of("add", "remove", "cdc")) {
      assertThatExceptionOfType(DeltaTableException.class)
          .as(action)
          .isThrownBy(() -> read(Table.plain(), file(action, path)))
          .withMessageContaining(action + ".path")
          .withMessageContaining(why);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "part-0.parquet",
    "day=2026-01-01/part-0.parquet",
    "ts=2026-01-01%2000%253A00%253A00/x",
    "a%20b%3Ac.parquet",
    "größe=1/x",
    "..a/x",
    "a..b",
    "_change_data/x",
    "_part=1/x",
    "file:///tables/one/x",
    "file:/tables/one/x",
    "/tables/one/x"
  })
  void aPathInTheTableIsTaken(String path) throws IOException {
    read(Table.plain(), add(path));
    read(Table.plain(), remove(path));
  }

  /** What real writers do, near the edge of a rule. */
  @Test
  void whatKeepsTheRulesIsTaken() throws IOException {
    Table plain = Table.plain();
    // A new deletion vector in place of none, or of another one.
    String counted = "\"{\\\"numRecords\\\":9,\\\"minValues\\\":{\\\"id\\\":NaN}}\"";
    read(plain, remove("a"), add("a", "deletionVector", VECTOR, "stats", counted));
    read(
        plain,
        remove("a", "deletionVector", VECTOR),
        add("a", "deletionVector", VECTOR.replace("4,", "50,"), "stats", counted));
    String inline =
        VECTOR
            .replace("\"u\"", "\"i\"")
            .replace("\"offset\":4,", "")
            .replace("ab^-aqEH.-t@S}K{vb[*k^", INLINE);
    read(plain, remove("a"), add("a", "deletionVector", inline, "stats", counted));
    // Compaction of an append-only table, and taking the restriction away.
    Table appendOnly = plain.writer("appendOnly").property("delta.appendOnly", "true");
    read(
        appendOnly,
        remove("a", "dataChange", "false"),
        add("b", "dataChange", "false"),
        appendOnly.property("delta.appendOnly", "false").metadataLine());
    // Without the feature the property has no meaning; it was so before.
    read(plain.property("delta.appendOnly", "true"), remove("a"));
    // Metadata after the files that keep to it, and the partition values of files that go.
    Table byDay = plain.partitions("day");
    String day = "{\"day\":\"2026-01-01\"}";
    read(
        plain,
        add("a", "partitionValues", day),
        remove("b", "partitionValues", "{}"),
        byDay.metadataLine());
    read(
        byDay,
        add("a", "partitionValues", "{\"day\":null}"),
        file("cdc", "c", "partitionValues", day));
    // A table that lacked a feature before the rule goes on as it was.
    Table lacking = plain.columns(column("id", "long", false, ""));
    read(lacking, lacking.property("owner", "me").metadataLine());
    // Row tracking: fresh ids under the new mark, old ones again, and none while suspended.
    Table tracked =
        plain.writer("rowTracking").domain("delta.rowTracking", "{\"rowIdHighWaterMark\":10}");
    read(
        tracked,
        add("a", "baseRowId", "11", "defaultRowCommitVersion", "9", "stats", counted),
        add("b", "baseRowId", "0", "defaultRowCommitVersion", "2"),
        domain("delta.rowTracking", "{\"rowIdHighWaterMark\":19}", false));
    read(tracked.property("delta.rowTrackingSuspended", "true"), add("a"));
    read(tracked, domain("delta.rowTracking", "{\"rowIdHighWaterMark\":10}", true));
    // CHAR and VARCHAR are strings that say so in their metadata.
    read(
        plain,
        plain
            .columns(column("c", "string", true, "\"__CHAR_VARCHAR_TYPE_STRING\":\"varchar(10)\""))
            .metadataLine());
    // Clustering by a nested column, by a physical name, and no more.
    Table clustering = plain.writer("clustering");
    read(
        clustering,
        domain("delta.clustering", "{\"clusteringColumns\":[[\"id\"],\"day\"]}", false));
    read(
        clustering.partitions("day"),
        domain("delta.clustering", "{\"clusteringColumns\":[]}", false));
    // The preview of a feature does for it.
    read(
        plain,
        plain.feature("variantType-preview").protocolLine(),
        plain.columns(column("v", "variant")).metadataLine());
    // Someone else's action and domain.
    read(plain, "{\"future\":{}}", domain("mine", "any text", false));
  }

  /** Whether a change of the description lets the files stay that were written before it. */
  @Test
  void aChangeThatStrandsFilesIsTold() throws IOException {
    Table plain = Table.plain();
    assertThat(read(plain, plain.partitions("day").metadataLine()).mustReplaceAll())
        .hasValueSatisfying(
            change -> assertThat(change).contains("metaData.partitionColumns", "[]", "[day]"));
    assertThat(
            read(plain, plain.columns(column("id", "string"), column("day", "date")).metadataLine())
                .mustReplaceAll())
        .hasValueSatisfying(
            change -> assertThat(change).contains("changes the type of id from long to string"));
    String struct = "{\"type\":\"struct\",\"fields\":[" + column("b", "long") + "]}";
    assertThat(
            read(plain, plain.columns(column("id", struct), column("day", "date")).metadataLine())
                .mustReplaceAll())
        .isPresent();
    // A mapping that begins must keep the names that the files have.
    Table mapping =
        plain
            .feature("columnMapping")
            .property("delta.columnMapping.mode", "name")
            .property("delta.columnMapping.maxColumnId", "2");
    Table kept = mapping.columns(mapped("id", 1, "id"));
    assertThat(read(mapped(plain), kept.metadataLine()).mustReplaceAll()).isEmpty();
    Table lost = mapping.columns(mapped("id", 1, "col-1"));
    assertThat(read(mapped(plain), lost.metadataLine()).mustReplaceAll())
        .hasValueSatisfying(change ->
            assertThat(change).contains("the column id the physical name col-1 in place of id"));
    assertThat(read(kept, lost.metadataLine()).mustReplaceAll()).isPresent();
    // Another column of that name is another column; a renamed one is the same.
    assertThat(
            read(kept, mapping.columns(mapped("id", 2, "col-2")).metadataLine()).mustReplaceAll())
        .isEmpty();
    assertThat(
            read(
                    kept.partitions("id"),
                    mapping.columns(mapped("key", 1, "id")).partitions("key").metadataLine())
                .mustReplaceAll())
        .isEmpty();
    // What the files of before can be read as.
    assertThat(read(plain, plain.property("owner", "me").metadataLine()).mustReplaceAll())
        .isEmpty();
    assertThat(
            read(plain, plain.columns(column("day", "date"), column("more", "long")).metadataLine())
                .mustReplaceAll())
        .isEmpty();
  }

  private static Table mapped(Table plain) {
    return plain.feature("columnMapping");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "byte;integer;false;true",
        "integer;long;false;false",
        "integer;long;true;true",
        "long;integer;true;true",
        "float;double;true;true",
        "long;double;true;false",
        "integer;double;true;true",
        "date;timestamp_ntz;true;true",
        "decimal(5,2);decimal(7,3);true;true",
        "decimal(5,2);decimal(6,4);true;false",
        "short;decimal(10,0);true;true",
        "long;decimal(19,0);true;false",
        "void;string;false;true",
        "string;long;true;false"
      })
  void aTypeMayWidenWhereTheTableHasTheFeature(String from, String to, boolean feature, boolean ok)
      throws IOException {
    Table table = Table.plain().feature("timestampNtz").columns(column("c", from));
    Table before = feature ? table.feature("typeWidening") : table;
    CommitRules rules = read(before, before.columns(column("c", to)).metadataLine());
    assertThat(rules.mustReplaceAll().isEmpty()).isEqualTo(ok);
  }

  @Test
  void knowsWhichFilesACommitReplaces() throws IOException {
    CommitRules rules =
        read(Table.plain(), remove("a%20b"), add("c"), remove("d", "deletionVector", VECTOR));
    List<Action> live = new ArrayList<>();
    String lines =
        String.join(
            "\n",
            add("file:/tables/one/a%20b"),
            add("c"),
            add("d", "deletionVector", VECTOR),
            add("d"),
            add("e"));
    CommitFile.parse(
        new ByteArrayInputStream(lines.getBytes(StandardCharsets.UTF_8)), LIMITS, live::add);
    assertThat(live.stream().map(Action.AddFile.class::cast).map(rules::replaces))
        .containsExactly(true, true, true, false, false);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "byte;127;128",
        "short;-32768;-32769",
        "integer;2147483647;2147483648",
        "long;9223372036854775807;1.0",
        "double;1.5E300;1.5d",
        "float;-Infinity;minus",
        "decimal(5,2);-1.25;1,25",
        "boolean;True;yes",
        "date;2026-02-28;2026-02-30",
        "date;+10000-1-1;20260101",
        "timestamp;2026-01-01 00:00:00.5;2026-01-01",
        "timestamp;2026-01-01T00:00:00.123456Z;now",
        "timestamp_ntz;2026-01-01 00:00:00;1767225600"
      })
  void aPartitionValueIsOfItsColumnsType(String type, String valid, String invalid) {
    DeltaType read =
        TableSchema.parse("{\"type\":\"struct\",\"fields\":[" + column("c", type) + "]}", List.of())
            .columns()
            .getFirst()
            .type();
    assertThat(PartitionValues.valid(read, valid)).as(valid).isTrue();
    assertThat(PartitionValues.valid(read, invalid)).as(invalid).isFalse();
  }

  @Test
  void fingerprintsKnowWhatWasAdded() {
    Fingerprints fingerprints = new Fingerprints();
    for (int i = 0; i < 10_000; i++) {
      assertThat(fingerprints.add("path " + i)).isTrue();
    }
    for (int i = 0; i < 10_000; i++) {
      assertThat(fingerprints.add("path " + i)).isFalse();
    }
    assertThat(fingerprints.contains("path 77")).isTrue();
    assertThat(fingerprints.contains("path -1")).isFalse();
  }
}
