package io.tidegate.catalog;

import io.tidegate.delta.Action.CommitInfo;
import io.tidegate.delta.Action.Metadata;
import io.tidegate.delta.Action.Protocol;
import io.tidegate.delta.CommitFile;
import io.tidegate.delta.DeltaTableException;
import io.tidegate.delta.DeltaType;
import io.tidegate.delta.TableFeatures;
import io.tidegate.delta.TableSchema;
import io.tidegate.kit.errors.ApiException;
import io.tidegate.kit.errors.ErrorCode;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Version 0 of a plain Delta table that has columns and no rows, for clients that describe a table
 * and leave it to the catalog to make it. Every method throws INVALID_ARGUMENT naming the field.
 */
final class FirstVersion {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  /** What the protocol of old has without naming it (Delta protocol, writer version 2). */
  private static final Set<String> OF_WRITER_VERSION_2 = Set.of("appendOnly", "invariants");

  /** A column may be called that only with column mapping. */
  private static final String NOT_IN_A_NAME = " ,;{}()\n\t=";

  private FirstVersion() {}

  /** A column as a request has it; the types' texts are for people and not read. */
  record Column(
      @Nullable String name,
      @Nullable String typeName,
      @Nullable String typeJson,
      @Nullable Integer typePrecision,
      @Nullable Integer typeScale,
      @Nullable Boolean nullable,
      @Nullable String comment,
      @Nullable Integer partitionIndex) {}

  /**
   * The commit file.
   *
   * @param properties kept by the catalog, not by the log; those of Delta are refused
   */
  static byte[] of(
      List<Column> columns, Map<String, String> properties, @Nullable String comment, Instant now) {
    properties
        .keySet()
        .forEach(name -> {
          if (name.startsWith("delta.")) {
            throw invalid(
                "properties."
                    + Names.printable(name)
                    + " is a property of a Delta log, and there is none at storage_location yet:"
                    + " make the table with a Delta client, or leave the property out");
          }
        });
    ObjectNode schema = JSON.createObjectNode().put("type", "struct");
    ArrayNode fields = schema.putArray("fields");
    for (int i = 0; i < columns.size(); i++) {
      fields.add(field("columns[" + i + "]", columns.get(i)));
    }
    Metadata metadata =
        new Metadata(
            UUID.randomUUID().toString(),
            null,
            comment,
            schema.toString(),
            partitionColumns(columns),
            Map.of(),
            now.toEpochMilli());
    check(metadata);
    ObjectNode info = JSON.createObjectNode();
    info.put("timestamp", now.toEpochMilli());
    info.put("operation", "CREATE TABLE");
    info.set("operationParameters", JSON.createObjectNode());
    info.put("engineInfo", "Tidegate");
    return CommitFile.toBytes(List.of(new CommitInfo(info), protocol(metadata), metadata));
  }

  private static Protocol protocol(Metadata metadata) {
    if (OF_WRITER_VERSION_2.containsAll(TableFeatures.required(metadata, Set.of()).keySet())) {
      return new Protocol(1, 2, Set.of(), Set.of());
    }
    Protocol named = TableFeatures.named(new Protocol(3, 7, Set.of(), Set.of()), metadata);
    return named.readerFeatures().isEmpty()
        ? new Protocol(1, 7, Set.of(), named.writerFeatures())
        : named;
  }

  private static List<String> partitionColumns(List<Column> columns) {
    TreeMap<Integer, String> partitioning = new TreeMap<>();
    for (int i = 0; i < columns.size(); i++) {
      Integer index = columns.get(i).partitionIndex();
      String name = columns.get(i).name();
      if (index != null && name != null && partitioning.put(index, name) != null) {
        throw invalid("columns[" + i + "].partition_index is another column's, too: " + index);
      }
    }
    return new ArrayList<>(partitioning.values());
  }

  private static ObjectNode field(String at, Column column) {
    if (column.name() == null) {
      throw invalid(at + ".name is required");
    }
    JsonNode given = json(at, column);
    // Clients give the whole field, or its type alone.
    boolean whole = given.isObject() && given.has("name") && given.has("type");
    ObjectNode field = JSON.createObjectNode();
    field.put("name", column.name());
    field.set("type", whole ? given.get("type") : given);
    field.put(
        "nullable",
        column.nullable() == null
            ? !whole || given.path("nullable").asBoolean(true)
            : column.nullable());
    ObjectNode metadata = field.putObject("metadata");
    if (whole && given.path("metadata") instanceof ObjectNode own) {
      own.properties()
          .forEach(entry -> {
            if (entry.getKey().startsWith("delta.")) {
              throw invalid(
                  at + ".type_json has the metadata " + entry.getKey() + ", which only a log has");
            }
            metadata.set(entry.getKey(), entry.getValue());
          });
    }
    if (column.comment() != null) {
      metadata.put("comment", column.comment());
    }
    return field;
  }

  private static JsonNode json(String at, Column column) {
    String json = column.typeJson();
    if (json == null || json.isBlank()) {
      return JSON.getNodeFactory().stringNode(simpleType(at, column));
    }
    try {
      return JSON.readTree(json);
    } catch (JacksonException e) {
      throw invalid(at + ".type_json is no JSON: " + Names.printable(json));
    }
  }

  private static String simpleType(String at, Column column) {
    String name = column.typeName() == null ? "" : column.typeName().toUpperCase(Locale.ROOT);
    return switch (name) {
      case "LONG" -> "long";
      case "INT" -> "integer";
      case "SHORT" -> "short";
      case "BYTE" -> "byte";
      case "STRING" -> "string";
      case "FLOAT" -> "float";
      case "DOUBLE" -> "double";
      case "BOOLEAN" -> "boolean";
      case "BINARY" -> "binary";
      case "DATE" -> "date";
      case "TIMESTAMP" -> "timestamp";
      case "TIMESTAMP_NTZ" -> "timestamp_ntz";
      case "VARIANT" -> "variant";
      case "DECIMAL" -> {
        if (column.typePrecision() == null) {
          throw invalid(at + ".type_precision is required");
        }
        yield "decimal("
            + column.typePrecision()
            + ","
            + (column.typeScale() == null ? 0 : column.typeScale())
            + ")";
      }
      default -> throw invalid(at + ".type_json is required");
    };
  }

  private static void check(Metadata metadata) {
    List<TableSchema.Column> columns;
    try {
      columns = TableSchema.of(metadata).columns();
    } catch (DeltaTableException e) {
      throw invalid("columns: " + e.getMessage());
    }
    List<DeltaType.Field> fields = new ArrayList<>();
    boolean data = false;
    for (TableSchema.Column column : columns) {
      fields.add(
          new DeltaType.Field(column.name(), column.name(), column.type(), column.nullable()));
      data |= column.partitionIndex() == null;
      if (column.partitionIndex() != null && !isPartitioning(column.type())) {
        throw invalid(
            "columns: "
                + Names.printable(column.name())
                + " cannot partition a table, being of type "
                + column.typeText());
      }
    }
    if (!data) {
      throw invalid("columns must have one by which the table is not partitioned");
    }
    check("columns", new DeltaType.Struct(fields));
  }

  private static boolean isPartitioning(DeltaType type) {
    return type instanceof DeltaType.Decimal
        || type instanceof DeltaType.Primitive primitive && !primitive.name().equals("variant");
  }

  private static void check(String at, DeltaType type) {
    switch (type) {
      case DeltaType.Primitive primitive -> {
        switch (primitive.typeName()) {
          case "USER_DEFINED_TYPE", "INTERVAL", "NULL" ->
              throw invalid(at + " is of a type that no Delta table has: " + primitive.name());
          default -> {}
        }
      }
      case DeltaType.Decimal decimal -> {
        if (decimal.precision() < 1
            || decimal.precision() > 38
            || decimal.scale() > decimal.precision()) {
          throw invalid(at + " is of a type that no Delta table has: " + decimal.text());
        }
      }
      case DeltaType.Array array -> check(at + ".element", array.element());
      case DeltaType.Dictionary map -> {
        check(at + ".key", map.key());
        check(at + ".value", map.value());
      }
      case DeltaType.Struct struct -> {
        Set<String> names = new HashSet<>();
        for (DeltaType.Field field : struct.fields()) {
          String inner = at + "." + Names.printable(field.name());
          if (field.name().isEmpty()
              || field.name().chars().anyMatch(c -> NOT_IN_A_NAME.indexOf(c) >= 0)) {
            throw invalid(
                inner
                    + ": a name has at least one character, and no space nor any of , ; { } ( ) =");
          }
          if (!names.add(field.name().toLowerCase(Locale.ROOT))) {
            throw invalid(inner + " is there twice");
          }
          check(inner, field.type());
        }
      }
    }
  }

  private static ApiException invalid(String message) {
    return new ApiException(ErrorCode.INVALID_ARGUMENT, message);
  }
}
