package io.tidegate.delta;

import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** The type of a column (Delta protocol, section "Schema Serialization Format"). */
public sealed interface DeltaType {

  /** The type as SQL writes it: {@code bigint}, {@code struct<a:int>}, {@code array<string>}. */
  String text();

  /** The type's name in the Unity Catalog API: {@code LONG}, {@code STRUCT}, … */
  String typeName();

  /**
   * A type without parts.
   *
   * @param name as the protocol has it: {@code long}, {@code string}, {@code timestamp_ntz}, …
   */
  record Primitive(String name) implements DeltaType {
    @Override
    public String text() {
      return switch (name) {
        case "long" -> "bigint";
        case "integer" -> "int";
        case "short" -> "smallint";
        case "byte" -> "tinyint";
        default -> name;
      };
    }

    @Override
    public String typeName() {
      return switch (name) {
        case "long" -> "LONG";
        case "integer" -> "INT";
        case "short" -> "SHORT";
        case "byte" -> "BYTE";
        case "string" -> "STRING";
        case "float" -> "FLOAT";
        case "double" -> "DOUBLE";
        case "boolean" -> "BOOLEAN";
        case "binary" -> "BINARY";
        case "date" -> "DATE";
        case "timestamp" -> "TIMESTAMP";
        case "timestamp_ntz" -> "TIMESTAMP_NTZ";
        case "variant" -> "VARIANT";
        case "void", "null" -> "NULL";
        default -> name.startsWith("interval") ? "INTERVAL" : "USER_DEFINED_TYPE";
      };
    }
  }

  /** A decimal number. */
  record Decimal(int precision, int scale) implements DeltaType {
    @Override
    public String text() {
      return "decimal(" + precision + "," + scale + ")";
    }

    @Override
    public String typeName() {
      return "DECIMAL";
    }
  }

  /** Named values. */
  record Struct(List<Field> fields) implements DeltaType {
    private static final Pattern PLAIN_NAME = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*");

    public Struct {
      fields = List.copyOf(fields);
    }

    @Override
    public String text() {
      return fields.stream()
          .map(field -> quoted(field.name()) + ":" + field.type().text())
          .collect(Collectors.joining(",", "struct<", ">"));
    }

    // Only where it must be: some clients read the plain form alone.
    private static String quoted(String name) {
      return PLAIN_NAME.matcher(name).matches() ? name : "`" + name.replace("`", "``") + "`";
    }

    @Override
    public String typeName() {
      return "STRUCT";
    }
  }

  /**
   * A value of a struct.
   *
   * @param physicalName its name in data files and statistics (Delta protocol, "Column Mapping");
   *     the name itself where it has no other
   */
  record Field(String name, String physicalName, DeltaType type, boolean nullable) {}

  /** Values of one type in an order. */
  record Array(DeltaType element, boolean containsNull) implements DeltaType {
    @Override
    public String text() {
      return "array<" + element.text() + ">";
    }

    @Override
    public String typeName() {
      return "ARRAY";
    }
  }

  /** Values by key. */
  record Dictionary(DeltaType key, DeltaType value, boolean valueContainsNull)
      implements DeltaType {
    @Override
    public String text() {
      return "map<" + key.text() + "," + value.text() + ">";
    }

    @Override
    public String typeName() {
      return "MAP";
    }
  }
}
