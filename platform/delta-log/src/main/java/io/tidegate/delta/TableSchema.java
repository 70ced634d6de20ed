package io.tidegate.delta;

import io.tidegate.delta.Action.Metadata;
import io.tidegate.delta.DeltaTableException.Reason;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * A table's columns, read from the JSON text of its schema.
 *
 * @param columns in the schema's order
 */
public record TableSchema(List<Column> columns) {
  private static final Pattern DECIMAL =
      Pattern.compile("decimal(?:\\(\\s*(\\d{1,2})\\s*,\\s*(\\d{1,2})\\s*\\))?");
  private static final int DEFAULT_PRECISION = 10;

  /**
   * A column.
   *
   * @param position from 0
   * @param physicalName its name in data files, statistics and partition values (Delta protocol,
   *     "Column Mapping"); the name itself where it has no other
   * @param typeJson the type as the schema has it: {@code "long"}, with its quotes, or an object
   * @param fieldJson the whole field as the schema has it: name, type, nullable, metadata
   * @param comment null for none
   * @param partitionIndex its place among the partition columns from 0; null if it is none of them
   */
  public record Column(
      int position,
      String name,
      String physicalName,
      DeltaType type,
      String typeJson,
      String fieldJson,
      boolean nullable,
      @Nullable String comment,
      @Nullable Integer partitionIndex) {

    /** {@code bigint}, {@code decimal(10,2)}, {@code struct<a:int>}, … */
    public String typeText() {
      return type.text();
    }

    /**
     * The type's name in the Unity Catalog API: {@code LONG}, {@code DECIMAL}, {@code STRUCT}, …
     */
    public String typeName() {
      return type.typeName();
    }

    /** The number of digits of a decimal column, null for any other. */
    public @Nullable Integer typePrecision() {
      return type instanceof DeltaType.Decimal decimal ? (Integer) decimal.precision() : null;
    }

    /** The number of digits after the point of a decimal column, null for any other. */
    public @Nullable Integer typeScale() {
      return type instanceof DeltaType.Decimal decimal ? (Integer) decimal.scale() : null;
    }
  }

  public TableSchema {
    columns = List.copyOf(columns);
  }

  /** The columns of a table. */
  public static TableSchema of(Metadata metadata) {
    String mode = metadata.configuration().getOrDefault("delta.columnMapping.mode", "none");
    return parse(metadata.schemaString(), metadata.partitionColumns(), !mode.equals("none"));
  }

  /**
   * The columns that a schema names, each with its physical name where it has one.
   *
   * @param schemaString the JSON text of a Delta struct type
   * @param partitionColumns names of columns of it
   * @throws DeltaTableException CORRUPT if it is no such text, or lacks a partition column
   */
  public static TableSchema parse(String schemaString, List<String> partitionColumns) {
    return parse(schemaString, partitionColumns, true);
  }

  /** A column by its name, whatever the case of its letters. */
  public Optional<Column> column(String name) {
    for (Column column : columns) {
      if (column.name().equalsIgnoreCase(name)) {
        return Optional.of(column);
      }
    }
    return Optional.empty();
  }

  private static TableSchema parse(
      String schemaString, List<String> partitionColumns, boolean columnMapping) {
    JsonNode schema;
    try {
      schema = ActionJson.MAPPER.readTree(schemaString);
    } catch (JacksonException e) {
      throw new DeltaTableException(
          Reason.CORRUPT, "The schema is not JSON: " + e.getOriginalMessage(), e);
    }
    List<Column> columns = new ArrayList<>();
    for (JsonNode field : fields(schema, "the schema")) {
      String name = name(field);
      JsonNode type = type(field, name);
      columns.add(
          new Column(
              columns.size(),
              name,
              physicalName(field, name, columnMapping),
              type(type, name, columnMapping),
              type.toString(),
              field.toString(),
              field.path("nullable").asBoolean(true),
              field.path("metadata").path("comment").stringValueOpt().orElse(null),
              partitionIndex(partitionColumns, name)));
    }
    TableSchema parsed = new TableSchema(columns);
    for (String partitionColumn : partitionColumns) {
      if (parsed.column(partitionColumn).isEmpty()) {
        throw corrupt("The schema lacks the partition column " + partitionColumn);
      }
    }
    return parsed;
  }

  private static @Nullable Integer partitionIndex(List<String> partitionColumns, String name) {
    for (int i = 0; i < partitionColumns.size(); i++) {
      if (partitionColumns.get(i).equalsIgnoreCase(name)) {
        return i;
      }
    }
    return null;
  }

  private static Iterable<JsonNode> fields(JsonNode struct, String where) {
    JsonNode fields = struct.path("fields");
    if (!struct.path("type").asString("").equals("struct") || !fields.isArray()) {
      throw corrupt("In the schema, " + where + " is not a struct with fields");
    }
    return fields.values();
  }

  private static String name(JsonNode field) {
    JsonNode name = field.path("name");
    if (!name.isString()) {
      throw corrupt("In the schema, a field has no name");
    }
    return name.asString();
  }

  private static JsonNode type(JsonNode owner, String where) {
    JsonNode type = owner.get("type");
    if (type == null) {
      throw corrupt("In the schema, " + where + " has no type");
    }
    return type;
  }

  private static String physicalName(JsonNode field, String name, boolean columnMapping) {
    JsonNode physical = field.path("metadata").path("delta.columnMapping.physicalName");
    return columnMapping && physical.isString() ? physical.asString() : name;
  }

  private static DeltaType type(JsonNode type, String where, boolean columnMapping) {
    if (type.isString()) {
      return primitive(type.asString());
    }
    return switch (type.path("type").asString("")) {
      case "struct" -> {
        List<DeltaType.Field> fields = new ArrayList<>();
        for (JsonNode field : fields(type, where)) {
          String name = name(field);
          String inner = where + "." + name;
          fields.add(
              new DeltaType.Field(
                  name,
                  physicalName(field, name, columnMapping),
                  type(type(field, inner), inner, columnMapping),
                  field.path("nullable").asBoolean(true)));
        }
        yield new DeltaType.Struct(fields);
      }
      case "array" ->
          new DeltaType.Array(
              type(part(type, "elementType", where), where + ".element", columnMapping),
              type.path("containsNull").asBoolean(true));
      case "map" ->
          new DeltaType.Dictionary(
              type(part(type, "keyType", where), where + ".key", columnMapping),
              type(part(type, "valueType", where), where + ".value", columnMapping),
              type.path("valueContainsNull").asBoolean(true));
      case "udt" -> type(part(type, "sqlType", where), where, columnMapping);
      default -> throw corrupt("In the schema, " + where + " has an unknown type: " + type);
    };
  }

  private static JsonNode part(JsonNode type, String part, String where) {
    JsonNode value = type.get(part);
    if (value == null) {
      throw corrupt("In the schema, " + where + " has no " + part);
    }
    return value;
  }

  private static DeltaType primitive(String name) {
    Matcher decimal = DECIMAL.matcher(name);
    if (!decimal.matches()) {
      return new DeltaType.Primitive(name);
    }
    return decimal.group(1) == null
        ? new DeltaType.Decimal(DEFAULT_PRECISION, 0)
        : new DeltaType.Decimal(
            Integer.parseInt(decimal.group(1)), Integer.parseInt(decimal.group(2)));
  }

  private static DeltaTableException corrupt(String message) {
    return new DeltaTableException(Reason.CORRUPT, message);
  }
}
