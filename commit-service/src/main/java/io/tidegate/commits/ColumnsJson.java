package io.tidegate.commits;

import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * The columns of a table as the Delta REST API has them: a Delta struct type in which the parts of
 * arrays and maps are written with hyphens ({@code element-type}), where the log has {@code
 * elementType}.
 */
final class ColumnsJson {
  private static final Map<String, String> TO_API =
      Map.of(
          "elementType", "element-type",
          "containsNull", "contains-null",
          "keyType", "key-type",
          "valueType", "value-type",
          "valueContainsNull", "value-contains-null");
  private static final String IDENTITY_HIGH_WATER_MARK = "delta.identity.highWaterMark";
  private static final int MAX_DEPTH = 100;

  private static final String CHAR_VARCHAR = "__CHAR_VARCHAR_TYPE_STRING";
  private static final Pattern CHARACTERS = Pattern.compile("(char|varchar)\\(\\d+\\)");

  private ColumnsJson() {}

  /** The columns of a schema string, in the API's spelling. */
  static JsonNode ofSchema(String schemaString) {
    return spelled(Json.tree(schemaString));
  }

  private static JsonNode spelled(JsonNode type) {
    if (!(type instanceof ObjectNode object)) {
      return type;
    }
    String simple = simpleType(object);
    if (simple != null) {
      return JsonNodeFactory.instance.stringNode(simple);
    }
    ObjectNode copy = JsonNodeFactory.instance.objectNode();
    for (Map.Entry<String, JsonNode> member : object.properties()) {
      String name = member.getKey();
      JsonNode value = member.getValue();
      switch (name) {
        case "metadata" -> copy.set(name, value);
        case "fields" -> {
          var fields = copy.putArray(name);
          value.forEach(field -> fields.add(spelled(field)));
        }
        default -> copy.set(TO_API.getOrDefault(name, name), spelled(value));
      }
    }
    return copy;
  }

  /**
   * Some clients write {@code {"type": "long"}} where the API has {@code "long"}.
   *
   * @return null if it is no such type
   */
  private static @Nullable String simpleType(ObjectNode type) {
    JsonNode name = type.get("type");
    if (name == null || !name.isString() || type.has("fields") || type.has("name")) {
      return null;
    }
    if (type.size() == 1) {
      return name.asString();
    }
    return type.size() == 3 && type.has("precision") && type.has("scale")
        ? "decimal(" + type.get("precision") + "," + type.get("scale") + ")"
        : null;
  }

  /** How much of columns is compared. */
  enum Extent {
    NAMES_AND_TYPES,
    /**
     * Nullability and metadata, too; but not an identity column's high-water mark, which moves with
     * every row.
     */
    WHOLE
  }

  /**
   * Where columns of a request differ from a schema.
   *
   * @param field the field that holds them, for the message
   * @param given in either spelling; what it does not say of a column's metadata does not count
   * @return the first difference, empty if there is none
   */
  static Optional<String> difference(
      String field, JsonNode given, String schemaString, Extent extent) {
    return difference(field, spelled(given), ofSchema(schemaString), extent, "", 0);
  }

  /** As {@code declared} is what the column around says that its strings are. */
  private static Optional<String> difference(
      String path, JsonNode given, JsonNode actual, Extent extent, String declared, int depth) {
    if (depth > MAX_DEPTH) {
      return Optional.of(path + " is nested too deeply");
    }
    if (!(actual instanceof ObjectNode object)) {
      return given.equals(actual) || isDeclared(given, actual, declared)
          ? Optional.empty()
          : Optional.of(path + " is " + shown(given) + ", but in the commit " + shown(actual));
    }
    if (!given.isObject()) {
      return Optional.of(path + " is " + shown(given) + ", but in the commit an object");
    }
    String strings = object.path("metadata").path(CHAR_VARCHAR).asString(declared);
    for (Map.Entry<String, JsonNode> member : object.properties()) {
      String name = member.getKey();
      Optional<String> difference =
          switch (name) {
            case "metadata" ->
                extent == Extent.WHOLE
                    ? metadata(path, given.path(name), member.getValue())
                    : Optional.<String>empty();
            case "fields" -> fields(path, given.path(name), member.getValue(), extent, depth);
            case "nullable", "contains-null", "value-contains-null" ->
                extent == Extent.WHOLE
                    ? difference(
                        path + "." + name,
                        given.path(name),
                        member.getValue(),
                        extent,
                        strings,
                        depth + 1)
                    : Optional.<String>empty();
            default ->
                difference(
                    path + "." + name,
                    given.path(name),
                    member.getValue(),
                    extent,
                    strings,
                    depth + 1);
          };
      if (difference.isPresent()) {
        return difference;
      }
    }
    return Optional.empty();
  }

  /** The log has {@code char(5)} and {@code varchar(10)} as strings; the column says what it is. */
  private static boolean isDeclared(JsonNode given, JsonNode actual, String declared) {
    String type = given.asString("").toLowerCase(Locale.ROOT).replace(" ", "");
    return actual.asString("").equals("string")
        && CHARACTERS.matcher(type).matches()
        && Pattern.compile("(^|[^a-z])" + Pattern.quote(type))
            .matcher(declared.toLowerCase(Locale.ROOT).replace(" ", ""))
            .find();
  }

  private static Optional<String> metadata(String path, JsonNode given, JsonNode actual) {
    for (Map.Entry<String, JsonNode> entry : given.properties()) {
      if (!entry.getKey().equals(IDENTITY_HIGH_WATER_MARK)
          && !entry.getValue().equals(actual.path(entry.getKey()))) {
        return Optional.of(
            path
                + ".metadata."
                + entry.getKey()
                + " is "
                + shown(entry.getValue())
                + ", but in the commit "
                + shown(actual.path(entry.getKey())));
      }
    }
    return Optional.empty();
  }

  private static Optional<String> fields(
      String path, JsonNode given, JsonNode actual, Extent extent, int depth) {
    if (!given.isArray() || given.size() != actual.size()) {
      return Optional.of(
          path + ".fields has " + given.size() + " entries, but in the commit " + actual.size());
    }
    for (int i = 0; i < actual.size(); i++) {
      Optional<String> difference =
          difference(
              path + ".fields[" + i + "]", given.get(i), actual.get(i), extent, "", depth + 1);
      if (difference.isPresent()) {
        return difference;
      }
    }
    return Optional.empty();
  }

  private static String shown(JsonNode value) {
    return value.isMissingNode() ? "not there" : Texts.shown(value.toString());
  }
}
