package io.tidegate.sharing.protocol;

import io.tidegate.delta.Predicate;
import io.tidegate.delta.Predicate.Column;
import io.tidegate.delta.Predicate.Literal;
import io.tidegate.delta.Predicate.Operator;
import io.tidegate.delta.TableSchema;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.StreamSupport;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * Reads a predicate in the protocol's JSON form (PROTOCOL.md, "JSON predicates for Filtering").
 * What is not understood says nothing: any row may match it.
 */
final class JsonHint {
  private static final int DEEPEST = 100;
  private static final Predicate UNKNOWN = new Predicate.Unknown();

  private final TableSchema schema;

  private JsonHint(TableSchema schema) {
    this.schema = schema;
  }

  /**
   * What a hint says.
   *
   * @param schema of the table: a comparison as another type than the column's is not understood,
   *     because values may be in another order then
   */
  static Predicate parse(String json, TableSchema schema) {
    try {
      return new JsonHint(schema).predicate(ProtocolJson.MAPPER.readTree(json), 0);
    } catch (JacksonException e) {
      return UNKNOWN;
    }
  }

  private Predicate predicate(JsonNode node, int depth) {
    if (depth > DEEPEST) {
      return UNKNOWN;
    }
    List<JsonNode> children =
        StreamSupport.stream(node.path("children").spliterator(), false).toList();
    return switch (node.path("op").asString("").toLowerCase(Locale.ROOT)) {
      case "and" ->
          children.isEmpty()
              ? UNKNOWN
              : new Predicate.And(
                  children.stream().map(child -> predicate(child, depth + 1)).toList());
      case "or" ->
          children.isEmpty()
              ? UNKNOWN
              : new Predicate.Or(
                  children.stream().map(child -> predicate(child, depth + 1)).toList());
      case "not" ->
          children.size() == 1
              ? new Predicate.Not(predicate(children.getFirst(), depth + 1))
              : UNKNOWN;
      case "isnull" ->
          children.size() == 1
              ? column(children.getFirst()).<Predicate>map(Predicate.IsNull::new).orElse(UNKNOWN)
              : UNKNOWN;
      case "equal" -> comparison(children, Operator.EQUAL, Operator.EQUAL);
      case "lessthan" -> comparison(children, Operator.LESS_THAN, Operator.GREATER_THAN);
      case "lessthanorequal" ->
          comparison(children, Operator.LESS_THAN_OR_EQUAL, Operator.GREATER_THAN_OR_EQUAL);
      case "greaterthan" -> comparison(children, Operator.GREATER_THAN, Operator.LESS_THAN);
      case "greaterthanorequal" ->
          comparison(children, Operator.GREATER_THAN_OR_EQUAL, Operator.LESS_THAN_OR_EQUAL);
      default -> UNKNOWN;
    };
  }

  /**
   * A comparison of a column and a literal.
   *
   * @param mirrored the operator if the literal comes first
   */
  private Predicate comparison(List<JsonNode> children, Operator operator, Operator mirrored) {
    if (children.size() != 2) {
      return UNKNOWN;
    }
    Optional<Column> first = column(children.get(0));
    Optional<Column> second = column(children.get(1));
    if (first.isPresent() == second.isPresent()) {
      return UNKNOWN;
    }
    Optional<Literal> literal = literal(children.get(first.isPresent() ? 1 : 0));
    if (literal.isEmpty()) {
      return UNKNOWN;
    }
    return first
        .<Predicate>map(column -> new Predicate.Comparison(column, operator, literal.get()))
        .or(() -> second.map(column -> new Predicate.Comparison(column, mirrored, literal.get())))
        .orElse(UNKNOWN);
  }

  private Optional<Column> column(JsonNode node) {
    String name = node.path("name").asString("");
    if (!isOp(node, "column") || name.isEmpty()) {
      return Optional.empty();
    }
    boolean sameType =
        schema.column(name).filter(column -> fits(column.typeText(), valueType(node))).isPresent();
    return sameType ? Optional.of(Column.of(name)) : Optional.empty();
  }

  /** Whether a column's values stay what they are when they are cast to a value type. */
  private static boolean fits(String type, String valueType) {
    return switch (valueType) {
      case "bool" -> type.equals("boolean");
      case "int", "long" -> List.of("tinyint", "smallint", "int", "bigint").contains(type);
      case "float" -> List.of("tinyint", "smallint", "float", "double").contains(type);
      case "double" ->
          List.of("tinyint", "smallint", "int", "float", "double").contains(type)
              || type.startsWith("decimal");
      case "string" -> type.equals("string");
      case "date" -> type.equals("date");
      case "timestamp" -> type.equals("timestamp");
      default -> false;
    };
  }

  private static Optional<Literal> literal(JsonNode node) {
    JsonNode value = node.path("value");
    if (!isOp(node, "literal") || !value.isValueNode() || value.isNull()) {
      return Optional.empty();
    }
    String text = value.asString();
    return switch (valueType(node)) {
      case "bool" ->
          switch (text.toLowerCase(Locale.ROOT)) {
            case "true" -> Optional.of(new Literal.Bool(true));
            case "false" -> Optional.of(new Literal.Bool(false));
            default -> Optional.empty();
          };
      case "int", "long" ->
          Values.number(text)
              .filter(number -> new Literal.Number(number).isWhole())
              .map(Literal.Number::new);
      case "float", "double" -> Values.number(text).map(Literal.Number::new);
      case "string" -> Optional.of(new Literal.Text(text));
      case "date" -> Values.date(text);
      case "timestamp" -> Values.timestamp(text);
      default -> Optional.empty();
    };
  }

  private static boolean isOp(JsonNode node, String op) {
    return node.path("op").asString("").equalsIgnoreCase(op);
  }

  private static String valueType(JsonNode node) {
    return node.path("valueType").asString("").toLowerCase(Locale.ROOT);
  }
}
