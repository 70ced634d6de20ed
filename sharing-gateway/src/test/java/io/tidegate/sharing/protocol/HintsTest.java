package io.tidegate.sharing.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.delta.Predicate;
import io.tidegate.delta.Predicate.Column;
import io.tidegate.delta.Predicate.Comparison;
import io.tidegate.delta.Predicate.Literal;
import io.tidegate.delta.Predicate.Operator;
import io.tidegate.delta.TableSchema;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What hints say. */
class HintsTest {
  private static final TableSchema SCHEMA =
      TableSchema.parse(
          """
          {"type":"struct","fields":[
            {"name":"n","type":"long","nullable":true,"metadata":{}},
            {"name":"s","type":"string","nullable":true,"metadata":{}},
            {"name":"d","type":"date","nullable":true,"metadata":{}},
            {"name":"t","type":"timestamp","nullable":true,"metadata":{}},
            {"name":"f","type":"double","nullable":true,"metadata":{}},
            {"name":"b","type":"boolean","nullable":true,"metadata":{}}]}
          """,
          List.of());
  private static final Predicate UNKNOWN = new Predicate.Unknown();

  private static Comparison number(String column, Operator operator, long value) {
    return new Comparison(Column.of(column), operator, Literal.of(value));
  }

  @ParameterizedTest
  @CsvSource({
    "=, EQUAL",
    "<>, NOT_EQUAL",
    "!=, NOT_EQUAL",
    "<, LESS_THAN",
    "<=, LESS_THAN_OR_EQUAL",
    ">, GREATER_THAN",
    ">=, GREATER_THAN_OR_EQUAL"
  })
  void sqlComparisons(String symbol, Operator operator) {
    assertThat(SqlHint.parse("n " + symbol + " 5")).isEqualTo(number("n", operator, 5));
    assertThat(SqlHint.parse("`n`" + symbol + "-5")).isEqualTo(number("n", operator, -5));
  }

  @Test
  void sqlWithTheValueFirstIsMirrored() {
    assertThat(SqlHint.parse("5 < n")).isEqualTo(number("n", Operator.GREATER_THAN, 5));
    assertThat(SqlHint.parse("5 >= n")).isEqualTo(number("n", Operator.LESS_THAN_OR_EQUAL, 5));
    assertThat(SqlHint.parse("'x' = s"))
        .isEqualTo(new Comparison(Column.of("s"), Operator.EQUAL, Literal.of("x")));
  }

  @Test
  void sqlLiterals() {
    assertThat(literal("s = 'it''s'")).isEqualTo(Literal.of("it's"));
    assertThat(literal("n = 1.50e3")).isEqualTo(new Literal.Number(new BigDecimal("1.50e3")));
    assertThat(literal("b = TRUE")).isEqualTo(new Literal.Bool(true));
    assertThat(literal("d = DATE '2026-01-31'"))
        .isEqualTo(new Literal.Date(LocalDate.of(2026, 1, 31)));
    assertThat(literal("d = CAST('2026-01-31' AS DATE)"))
        .isEqualTo(new Literal.Date(LocalDate.of(2026, 1, 31)));
    assertThat(literal("t = timestamp '2026-01-31 12:00:00+01:00'"))
        .isEqualTo(new Literal.Timestamp(Instant.parse("2026-01-31T11:00:00Z")));
    assertThat(literal("t = TIMESTAMP_NTZ '2026-01-31 12:00:00.5'"))
        .isEqualTo(new Literal.LocalTimestamp(LocalDateTime.parse("2026-01-31T12:00:00.5")));
    assertThat(literal("n = cast('7' as bigint)")).isEqualTo(Literal.of(7));
    assertThat(literal("n = CAST(7.0 AS INT)"))
        .isEqualTo(new Literal.Number(new BigDecimal("7.0")));
  }

  @ParameterizedTest
  @ValueSource(strings = {"5L", "5BD", "5.0D", "5e0f", "5S", "5y"})
  void sqlNumbersMayNameTheirTypeAsSparkDoes(String number) {
    assertThat(((Literal.Number) literal("n = " + number)).value())
        .isEqualByComparingTo(BigDecimal.valueOf(5));
  }

  private static Literal literal(String sql) {
    return ((Comparison) SqlHint.parse(sql)).literal();
  }

  @Test
  void sqlCombinations() {
    Comparison low = number("n", Operator.GREATER_THAN_OR_EQUAL, 1);
    Comparison high = number("n", Operator.LESS_THAN_OR_EQUAL, 9);
    Predicate.IsNull isNull = new Predicate.IsNull(Column.of("s"));
    assertThat(SqlHint.parse("n >= 1 AND n <= 9 OR s IS NULL"))
        .isEqualTo(Predicate.Or.of(Predicate.And.of(low, high), isNull));
    assertThat(SqlHint.parse("n >= 1 and (n <= 9 or s is null)"))
        .isEqualTo(Predicate.And.of(low, Predicate.Or.of(high, isNull)));
    assertThat(SqlHint.parse("NOT (s IS NOT NULL)"))
        .isEqualTo(new Predicate.Not(new Predicate.Not(isNull)));
    assertThat(SqlHint.parse("n BETWEEN 1 AND 9")).isEqualTo(Predicate.And.of(low, high));
    assertThat(SqlHint.parse("n NOT BETWEEN 1 AND 9"))
        .isEqualTo(new Predicate.Not(Predicate.And.of(low, high)));
    assertThat(SqlHint.parse("n IN (1, 2)"))
        .isEqualTo(new Predicate.In(Column.of("n"), List.of(Literal.of(1), Literal.of(2))));
    assertThat(SqlHint.parse("a.`b c`.\"d\" = 1"))
        .isEqualTo(new Comparison(Column.of("a", "b c", "d"), Operator.EQUAL, Literal.of(1)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "string",
        "",
        "n",
        "n =",
        "= 5",
        "n = m",
        "5 = 5",
        "n LIKE 'a%'",
        "n = 'unended",
        "f(n) = 5",
        "n = 5 5",
        "(n = 5",
        "n = NULL",
        "n <=> 5",
        "n = 1e999999999",
        "n NOT 5",
        "d = DATE 'nonsense'",
        "n ; drop",
        // An escape to Spark, a character to others.
        "s = 'a\\\\b'",
        "s = 'it\\'s'",
        // A time in the client's zone, whichever that is.
        "t <= TIMESTAMP '2026-01-31 12:00:00'",
        "t <= CAST('2026-01-31 12:00:00' AS TIMESTAMP)",
        "n = CAST('1.7' AS INT)",
        "n = CAST(1.7 AS BIGINT)",
        "s = CAST(5 AS STRING)",
        "n = 5LL",
        "n = 5Lx",
        "n = 5 --",
        "\u0000"
      })
  void sqlThatIsNotUnderstoodSaysNothing(String sql) {
    assertThat(SqlHint.parse(sql)).isEqualTo(UNKNOWN);
  }

  @Test
  void deepOrLongSqlSaysNothing() {
    assertThat(SqlHint.parse("(".repeat(100_000) + "n = 1" + ")".repeat(100_000)))
        .isEqualTo(UNKNOWN);
    assertThat(SqlHint.parse("s = '" + "''".repeat(100_000) + "'")).isInstanceOf(Comparison.class);
    assertThat(SqlHint.parse("NOT ".repeat(100_000) + "n = 1")).isInstanceOf(Comparison.class);
  }

  @Property(tries = 300)
  void noTextBreaksTheParsers(@ForAll String text) {
    assertThat(SqlHint.parse(text)).isNotNull();
    assertThat(JsonHint.parse(text, SCHEMA)).isNotNull();
  }

  private static String column(String name, String type) {
    return "{\"op\":\"column\",\"name\":\"" + name + "\",\"valueType\":\"" + type + "\"}";
  }

  private static String value(String value, String type) {
    return "{\"op\":\"literal\",\"value\":\"" + value + "\",\"valueType\":\"" + type + "\"}";
  }

  private static String op(String op, String... children) {
    return "{\"op\":\"" + op + "\",\"children\":[" + String.join(",", children) + "]}";
  }

  @ParameterizedTest
  @CsvSource({
    "equal, EQUAL, EQUAL",
    "lessThan, LESS_THAN, GREATER_THAN",
    "lessThanOrEqual, LESS_THAN_OR_EQUAL, GREATER_THAN_OR_EQUAL",
    "greaterThan, GREATER_THAN, LESS_THAN",
    "greaterThanOrEqual, GREATER_THAN_OR_EQUAL, LESS_THAN_OR_EQUAL"
  })
  void jsonComparisons(String name, Operator operator, Operator mirrored) {
    assertThat(JsonHint.parse(op(name, column("n", "long"), value("5", "long")), SCHEMA))
        .isEqualTo(number("n", operator, 5));
    assertThat(JsonHint.parse(op(name, value("5", "int"), column("n", "int")), SCHEMA))
        .isEqualTo(number("n", mirrored, 5));
  }

  @Test
  void jsonCombinations() {
    String equal = op("equal", column("s", "string"), value("x", "string"));
    String isNull = op("isNull", column("d", "date"));
    Comparison first = new Comparison(Column.of("s"), Operator.EQUAL, Literal.of("x"));
    Predicate.IsNull second = new Predicate.IsNull(Column.of("d"));
    assertThat(JsonHint.parse(op("and", equal, isNull), SCHEMA))
        .isEqualTo(Predicate.And.of(first, second));
    assertThat(JsonHint.parse(op("or", equal, isNull), SCHEMA))
        .isEqualTo(Predicate.Or.of(first, second));
    assertThat(JsonHint.parse(op("not", isNull), SCHEMA)).isEqualTo(new Predicate.Not(second));
    assertThat(JsonHint.parse(op("and", equal, op("like", equal)), SCHEMA))
        .isEqualTo(Predicate.And.of(first, UNKNOWN));
  }

  @Test
  void jsonThatIsNotUnderstoodSaysNothing() {
    for (String hint :
        List.of(
            "",
            "nonsense",
            "[]",
            "{}",
            "{\"op\":5}",
            op("equal", column("n", "long")),
            op("equal", column("n", "long"), column("n", "long")),
            op("equal", column("nothing", "long"), value("1", "long")),
            op("equal", column("n", "long"), value("x", "long")),
            // Compared as text, 10 comes before 9.
            op("lessThan", column("n", "string"), value("9", "string")),
            op("equal", column("d", "date"), value("yesterday", "date")),
            op("not"),
            op("and"),
            op("or"),
            // A whole number is what is left of the column's values, not what they are.
            op("equal", column("f", "int"), value("5", "int")),
            op("equal", column("n", "float"), value("5", "float")),
            op("equal", column("n", "long"), value("5.5", "long")),
            op("lessThan", column("t", "timestamp"), value("2026-01-31 12:00:00", "timestamp")))) {
      assertThat(JsonHint.parse(hint, SCHEMA)).as(hint).isEqualTo(UNKNOWN);
    }
    assertThat(JsonHint.parse(op("not", op("and")), SCHEMA)).isEqualTo(new Predicate.Not(UNKNOWN));
    String deep = op("isNull", column("d", "date"));
    for (int i = 0; i < 200; i++) {
      deep = op("not", deep);
    }
    assertThat(JsonHint.parse(deep, SCHEMA)).isNotNull();
  }
}
