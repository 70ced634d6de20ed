package io.tidegate.delta;

import io.tidegate.delta.DeltaTableException.Reason;
import java.util.function.Consumer;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/** All fields of a schema, the nested ones too, as its JSON text has them. */
final class SchemaFields {
  private static final int MAX_DEPTH = 100;

  private SchemaFields() {}

  /**
   * A field of a struct, at whatever depth.
   *
   * @param path the names that lead to it, joined by dots, for messages
   * @param json the field as the schema has it: name, type, nullable, metadata
   * @param inCollection whether an array or a map is on the way to it
   */
  record SchemaField(String path, JsonNode json, boolean inCollection) {
    JsonNode metadata() {
      return json.path("metadata");
    }

    boolean nullable() {
      return json.path("nullable").asBoolean(true);
    }
  }

  /** What is told of a schema on the way through it. */
  interface Visitor {
    void field(SchemaField field);

    /** A type without parts, wherever it stands: {@code long}, {@code decimal(10,2)}, … */
    void primitive(String path, String type);

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

  /** Shows every field, the outer before the inner ones. */
  static void forEach(JsonNode schema, Consumer<SchemaField> action) {
    walk(
        schema,
        new Visitor() {
          @Override
          public void field(SchemaField field) {
            action.accept(field);
          }

          @Override
          public void primitive(String path, String type) {}
        });
  }

  /**
   * Goes through a schema.
   *
   * @throws DeltaTableException CORRUPT if it is nested very deeply
   */
  static void walk(JsonNode schema, Visitor visitor) {
    walk("", schema, false, 0, visitor);
  }

  private static void walk(
      String path, JsonNode type, boolean inCollection, int depth, Visitor visitor) {
    if (depth > MAX_DEPTH) {
      throw new DeltaTableException(
          Reason.CORRUPT, "The schema is nested more than " + MAX_DEPTH + " deep");
    }
    if (type.isString()) {
      visitor.primitive(path, type.asString());
      return;
    }
    switch (type.path("type").asString("")) {
      case "struct" -> {
        visitor.struct(path, type.path("fields"));
        for (JsonNode field : type.path("fields").values()) {
          String name = field.path("name").asString("");
          String inner = path.isEmpty() ? name : path + "." + name;
          visitor.field(new SchemaField(inner, field, inCollection));
          walk(inner, field.path("type"), inCollection, depth + 1, visitor);
        }
      }
      case "array" -> walk(path + ".element", type.path("elementType"), true, depth + 1, visitor);
      case "map" -> {
        walk(path + ".key", type.path("keyType"), true, depth + 1, visitor);
        walk(path + ".value", type.path("valueType"), true, depth + 1, visitor);
      }
      case "udt" -> walk(path, type.path("sqlType"), inCollection, depth + 1, visitor);
      default -> {
        // TableSchema says that there is no such type.
      }
    }
  }
}
