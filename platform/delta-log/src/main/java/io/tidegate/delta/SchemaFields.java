package io.tidegate.delta;

import io.tidegate.delta.DeltaTableException.Reason;
import java.util.function.Function;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/** All fields of a schema, the nested ones too, as its JSON text has them. */
final class SchemaFields {
  private static final int MAX_DEPTH = 100;

  private SchemaFields() {}

  /**
   * A field of a struct, at whatever depth.
   *
   * @param path the names that lead to it, joined by dots
   * @param json the field as the schema has it: name, type, nullable, metadata
   * @param inCollection whether an array or a map is on the way to it
   */
  record SchemaField(String path, JsonNode json, boolean inCollection) {
    String name() {
      return json.path("name").asString("");
    }

    JsonNode metadata() {
      return json.path("metadata");
    }

    boolean nullable() {
      return json.path("nullable").asBoolean(true);
    }
  }

  /** What is told of a schema on the way through it, the outer before the inner. */
  interface Visitor {
    default void field(SchemaField field) {}

    /**
     * A type, wherever it stands.
     *
     * @param owner the path of the nearest field around it
     * @param type the name of one without parts, as {@code long} or {@code decimal(10,2)}; {@code
     *     struct}, {@code array} or {@code map} for another
     */
    default void type(String path, String owner, String type) {}

    /** The fields of one struct are about to come. */
    default void struct(String path, JsonNode fields) {}
  }

  /**
   * The schema as a tree.
   *
   * @throws DeltaTableException CORRUPT if it is no JSON
   */
  static JsonNode tree(String schemaString) {
    try {
      return ActionJson.MAPPER.readTree(schemaString);
    } catch (JacksonException e) {
      throw new DeltaTableException(
          Reason.CORRUPT, "The schema is not JSON: " + e.getOriginalMessage(), e);
    }
  }

  /** Goes through a schema by the names of its columns. */
  static void walk(JsonNode schema, Visitor visitor) {
    walk(schema, field -> field.path("name").asString(""), visitor);
  }

  /**
   * Goes through a schema.
   *
   * @param naming what a field is called in paths
   * @throws DeltaTableException CORRUPT if it is nested very deeply
   */
  static void walk(JsonNode schema, Function<JsonNode, String> naming, Visitor visitor) {
    new Walk(naming, visitor).type("", "", schema, false, 0);
  }

  private record Walk(Function<JsonNode, String> naming, Visitor visitor) {
    void type(String path, String owner, JsonNode type, boolean inCollection, int depth) {
      if (depth > MAX_DEPTH) {
        throw new DeltaTableException(
            Reason.CORRUPT, "The schema is nested more than " + MAX_DEPTH + " deep");
      }
      if (type.isString()) {
        visitor.type(path, owner, type.asString());
        return;
      }
      String kind = type.path("type").asString("");
      switch (kind) {
        case "struct" -> {
          visitor.type(path, owner, kind);
          visitor.struct(path, type.path("fields"));
          for (JsonNode field : type.path("fields").values()) {
            String name = naming.apply(field);
            String inner = path.isEmpty() ? name : path + "." + name;
            visitor.field(new SchemaField(inner, field, inCollection));
            type(inner, inner, field.path("type"), inCollection, depth + 1);
          }
        }
        case "array" -> {
          visitor.type(path, owner, kind);
          type(path + ".element", owner, type.path("elementType"), true, depth + 1);
        }
        case "map" -> {
          visitor.type(path, owner, kind);
          type(path + ".key", owner, type.path("keyType"), true, depth + 1);
          type(path + ".value", owner, type.path("valueType"), true, depth + 1);
        }
        case "udt" -> type(path, owner, type.path("sqlType"), inCollection, depth + 1);
        default -> {
          // TableSchema says that there is no such type.
        }
      }
    }
  }
}
