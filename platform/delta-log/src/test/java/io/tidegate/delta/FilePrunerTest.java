package io.tidegate.delta;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.delta.Action.AddFile;
import io.tidegate.delta.Predicate.And;
import io.tidegate.delta.Predicate.Column;
import io.tidegate.delta.Predicate.Comparison;
import io.tidegate.delta.Predicate.In;
import io.tidegate.delta.Predicate.IsNull;
import io.tidegate.delta.Predicate.Literal;
import io.tidegate.delta.Predicate.Not;
import io.tidegate.delta.Predicate.Operator;
import io.tidegate.delta.Predicate.Or;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.time.zone.ZoneRules;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.statistics.Statistics;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** A file with a row that matches is never left out; where statistics tell, others are. */
class FilePrunerTest {
  private static final TableSchema SCHEMA =
      TableSchema.parse(
          """
          {"type":"struct","fields":[
          {"name":"id","type":"long","nullable":true,
            "metadata":{"delta.columnMapping.physicalName":"p-id"}},
          {"name":"price","type":"decimal(10,2)","nullable":true,"metadata":{}},
          {"name":"wide","type":"double","nullable":true,"metadata":{}},
          {"name":"narrow","type":"float","nullable":true,"metadata":{}},
          {"name":"name","type":"string","nullable":true,"metadata":{}},
          {"name":"flag","type":"boolean","nullable":true,"metadata":{}},
          {"name":"date","type":"date","nullable":true,"metadata":{}},
          {"name":"at","type":"timestamp","nullable":true,"metadata":{}},
          {"name":"clock","type":"timestamp_ntz","nullable":true,"metadata":{}},
          {"name":"s","nullable":true,"metadata":{"delta.columnMapping.physicalName":"p-s"},
            "type":{"type":"struct","fields":[{"name":"x","type":"integer","nullable":true,
              "metadata":{"delta.columnMapping.physicalName":"p-x"}}]}},
          {"name":"day","type":"date","nullable":true,
            "metadata":{"delta.columnMapping.physicalName":"p-day"}},
          {"name":"kind","type":"integer","nullable":true,"metadata":{}}]}
          """,
          List.of("day", "kind"));

  private static final List<String> PARTITIONS = List.of("day", "kind");
  private static final List<String> COLUMNS =
      List.of(
          "id", "price", "wide", "narrow", "name", "flag", "date", "at", "clock", "s.x", "day",
          "kind");

  private static Column column(String name) {
    return Column.of(name.split("\\."));
  }

  private static List<String> physicalPath(String name) {
    return switch (name) {
      case "id" -> List.of("p-id");
      case "s.x" -> List.of("p-s", "p-x");
      default -> List.of(name);
    };
  }

  /** A value of a column, from few, so that predicates often meet them; null for SQL null. */
  private static @Nullable Object value(String column, Random random) {
    int n = random.nextInt(9) - 3;
    if (n == -3) {
      return null;
    }
    return switch (column) {
      case "id" -> n == 5 ? Long.MAX_VALUE : (long) n;
      case "price" -> BigDecimal.valueOf(n * 33L, 2);
      case "wide" -> n == 5 ? 1e300 : n == 4 ? Double.NaN : n == 3 ? -0.0 : n / 3.0;
      case "narrow" -> n / 10f;
      case "name" ->
          switch (n) {
            case -2 -> "";
            case -1 -> "\uFF5E";
            case 0 -> "\uD83D\uDE00";
            case 1 -> "a".repeat(32);
            case 2 -> "a".repeat(33);
            case 3 -> "a".repeat(40) + "b";
            default -> "n" + n;
          };
      case "flag" -> n % 2 == 0;
      case "date", "day" -> LocalDate.of(2026, 1, 1).plusDays(n);
      case "at" -> Instant.parse("2026-01-01T00:00:00Z").plus(n * 400L, ChronoUnit.MICROS);
      case "clock" -> LocalDateTime.parse("2026-01-01T00:00:00").plus(n * 400L, ChronoUnit.MICROS);
      default -> n;
    };
  }

  private static Literal literal(Object value, Random random) {
    boolean asText = random.nextInt(3) == 0;
    return switch (value) {
      case LocalDate date -> asText ? Literal.of(date.toString()) : new Literal.Date(date);
      case Instant instant ->
          asText
              ? Literal.of(instant.toString())
              // Spark's hints are in milliseconds.
              : new Literal.Timestamp(
                  random.nextBoolean() ? instant : instant.truncatedTo(ChronoUnit.MILLIS));
      case LocalDateTime time ->
          asText ? Literal.of(time.toString()) : new Literal.LocalTimestamp(time);
      case Boolean flag -> asText ? Literal.of(flag.toString()) : new Literal.Bool(flag);
      case String text -> Literal.of(text);
      // A literal for a float column comes as that float's own value, or as its short text.
      case Float number ->
          asText
              ? Literal.of(number.toString())
              : new Literal.Number(new BigDecimal(number.doubleValue()));
      case Double number -> new Literal.Number(new BigDecimal(number));
      default ->
          asText
              ? Literal.of(value.toString())
              : new Literal.Number(new BigDecimal(value.toString()));
    };
  }

  private static Object literalOf(String column, Random random) {
    while (true) {
      Object value = value(column, random);
      if (value != null && !isNaN(value)) {
        return value;
      }
    }
  }

  private static boolean isNaN(Object value) {
    return value instanceof Double number && number.isNaN();
  }

  /** A predicate beside the rows for which it is true. */
  private interface Truth {
    /** Null for unknown, as in SQL. */
    @Nullable Boolean on(Map<String, @Nullable Object> row);
  }

  private record Case(Predicate predicate, Truth truth) {}

  private static Case predicate(Random random, int depth) {
    int kind = random.nextInt(depth == 0 ? 5 : 9);
    String name = COLUMNS.get(random.nextInt(COLUMNS.size()));
    return switch (kind) {
      case 0, 1, 2 -> comparison(name, random);
      case 3 -> {
        List<Object> values = List.of(literalOf(name, random), literalOf(name, random));
        yield new Case(
            new In(column(name), values.stream().map(value -> literal(value, random)).toList()),
            row -> {
              Object value = row.get(name);
              return value == null
                  ? null
                  : (Boolean)
                      (!isNaN(value)
                          && values.stream().anyMatch(each -> compare(value, each) == 0));
            });
      }
      case 4 -> new Case(new IsNull(column(name)), row -> row.get(name) == null);
      case 5, 6 -> {
        Case operand = predicate(random, depth - 1);
        yield new Case(
            new Not(operand.predicate()),
            row -> {
              Boolean truth = operand.truth().on(row);
              return truth == null ? null : (Boolean) !truth;
            });
      }
      case 7 -> {
        Case a = predicate(random, depth - 1);
        Case b = predicate(random, depth - 1);
        yield new Case(
            And.of(a.predicate(), b.predicate()), row -> and(a.truth().on(row), b.truth().on(row)));
      }
      default -> {
        Case a = predicate(random, depth - 1);
        Case b = predicate(random, depth - 1);
        yield new Case(
            Or.of(a.predicate(), b.predicate()),
            row -> not(and(not(a.truth().on(row)), not(b.truth().on(row)))));
      }
    };
  }

  private static @Nullable Boolean not(@Nullable Boolean truth) {
    return truth == null ? null : (Boolean) !truth;
  }

  private static @Nullable Boolean and(@Nullable Boolean a, @Nullable Boolean b) {
    if (Boolean.FALSE.equals(a) || Boolean.FALSE.equals(b)) {
      return false;
    }
    return a == null || b == null ? null : (Boolean) true;
  }

  private static Case comparison(String name, Random random) {
    Operator operator = Operator.values()[random.nextInt(Operator.values().length)];
    Object wanted = literalOf(name, random);
    String asked = random.nextBoolean() ? name : name.toUpperCase(Locale.ROOT);
    return new Case(
        new Comparison(column(asked), operator, literal(wanted, random)),
        row -> {
          Object value = row.get(name);
          if (value == null) {
            return null;
          }
          if (isNaN(value)) {
            return operator == Operator.NOT_EQUAL;
          }
          int order = compare(value, wanted);
          return switch (operator) {
            case EQUAL -> order == 0;
            case NOT_EQUAL -> order != 0;
            case LESS_THAN -> order < 0;
            case LESS_THAN_OR_EQUAL -> order <= 0;
            case GREATER_THAN -> order > 0;
            case GREATER_THAN_OR_EQUAL -> order >= 0;
          };
        });
  }

  /** By code points for texts, by value for all others. */
  @SuppressWarnings("unchecked")
  private static int compare(Object a, Object b) {
    if (a instanceof String x && b instanceof String y) {
      return Arrays.compare(x.codePoints().toArray(), y.codePoints().toArray());
    }
    if (a instanceof Double x && b instanceof Double y) {
      return Double.compare(x + 0.0, y + 0.0); // So that both zeros are the same.
    }
    return ((Comparable<Object>) a).compareTo(b);
  }

  /**
   * Statistics as writers make them: texts cut to 32 characters, timestamps to milliseconds, and
   * NaN left out.
   */
  private static @Nullable String stats(List<Map<String, @Nullable Object>> rows, Random random) {
    if (random.nextInt(20) == 0) {
      return random.nextBoolean() ? null : "{\"numRecords\":" + rows.size() + "}";
    }
    ObjectNode stats = ActionJson.MAPPER.createObjectNode();
    stats.put("numRecords", rows.size());
    ObjectNode min = stats.putObject("minValues");
    ObjectNode max = stats.putObject("maxValues");
    ObjectNode nulls = stats.putObject("nullCount");
    for (String name : COLUMNS) {
      if (PARTITIONS.contains(name) || random.nextInt(10) == 0) {
        continue;
      }
      List<Object> values = new ArrayList<>();
      int missing = 0;
      for (Map<String, @Nullable Object> row : rows) {
        Object value = row.get(name);
        if (value == null) {
          missing++;
        } else if (!isNaN(value)) {
          values.add(value);
        }
      }
      put(nulls, name, ActionJson.MAPPER.valueToTree(missing));
      if (!values.isEmpty() && !name.equals("flag")) {
        values.sort(FilePrunerTest::compare);
        put(min, name, bound(values.getFirst(), false));
        put(max, name, bound(values.getLast(), true));
      }
    }
    if (random.nextInt(4) == 0) {
      // Deleted rows leave bounds wide: as if of more rows than there are.
      stats.put("numRecords", rows.size() + 3);
      stats.put("tightBounds", false);
    }
    return stats.toString();
  }

  private static void put(ObjectNode target, String name, JsonNode value) {
    ObjectNode node = target;
    List<String> path = physicalPath(name);
    for (String step : path.subList(0, path.size() - 1)) {
      node = node.withObject("/" + step);
    }
    node.set(path.getLast(), value);
  }

  private static JsonNode bound(Object value, boolean upper) {
    return switch (value) {
      case String text when text.codePointCount(0, text.length()) > 32 ->
          ActionJson.MAPPER.valueToTree(
              text.substring(0, text.offsetByCodePoints(0, 32)) + (upper ? "\uDBFF\uDFFF" : ""));
      case LocalDate date -> ActionJson.MAPPER.valueToTree(date.toString());
      case Instant instant ->
          ActionJson.MAPPER.valueToTree(
              DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSSXXX", Locale.ROOT)
                  .format(instant.truncatedTo(ChronoUnit.MILLIS).atOffset(ZoneOffset.UTC)));
      case LocalDateTime time ->
          ActionJson.MAPPER.valueToTree(
              DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSS", Locale.ROOT)
                  .format(time.truncatedTo(ChronoUnit.MILLIS)));
      default -> ActionJson.MAPPER.valueToTree(value);
    };
  }

  @Property(tries = 20_000, seed = "2026")
  void neverLeavesOutAMatch(@ForAll Random random) {
    Map<String, @Nullable Object> partition = new HashMap<>();
    for (String name : PARTITIONS) {
      partition.put(name, value(name, random));
    }
    List<Map<String, @Nullable Object>> rows = new ArrayList<>();
    int few = 1 + random.nextInt(3);
    for (int i = 0; i < few; i++) {
      Map<String, @Nullable Object> row = new HashMap<>();
      row.putAll(partition);
      for (String name : COLUMNS) {
        if (!PARTITIONS.contains(name)) {
          row.put(name, value(name, random));
        }
      }
      rows.add(row);
    }
    Map<String, @Nullable String> partitionValues = new HashMap<>();
    Object day = partition.get("day");
    Object kind = partition.get("kind");
    partitionValues.put("p-day", day == null ? null : day.toString());
    partitionValues.put(
        "kind", kind == null ? (random.nextBoolean() ? "" : null) : kind.toString());
    String stats = stats(rows, random);
    Case wanted = predicate(random, 3);

    boolean matches = false;
    for (Map<String, @Nullable Object> row : rows) {
      matches |= Boolean.TRUE.equals(wanted.truth().on(row));
    }
    boolean kept = keeps(wanted.predicate(), partitionValues, stats);

    if (matches) {
      assertThat(kept)
          .as("%s on %s with %s in %s", wanted.predicate(), rows, stats, partitionValues)
          .isTrue();
    }
    Statistics.collect(matches ? "match" : kept ? "kept for nothing" : "left out");
    Statistics.coverage(coverage -> {
      coverage.check("match").percentage(share -> share > 20);
      coverage.check("left out").percentage(share -> share > 10);
    });
  }

  private static boolean keeps(
      Predicate predicate, Map<String, @Nullable String> partitionValues, @Nullable String stats) {
    AddFile file =
        new AddFile("f", partitionValues, 1, 1, true, stats, null, null, null, null, null);
    FilePruner pruner = new FilePruner(SCHEMA, predicate);
    return pruner.mayMatch(partitionValues) && pruner.mayMatch(file);
  }

  private static boolean keeps(Predicate predicate) {
    Map<String, @Nullable String> partition = new HashMap<>();
    partition.put("p-day", "2026-01-05");
    partition.put("kind", null);
    return keeps(
        predicate,
        partition,
        """
        {"numRecords":10,
        "minValues":{"p-id":5,"price":1.50,"wide":0.5,"narrow":0.1,"name":"b","date":"2026-01-01",
          "at":"2026-01-01T00:00:00.000Z","clock":"2026-01-01T00:00:00.000","p-s":{"p-x":3}},
        "maxValues":{"p-id":9,"price":2.50,"wide":0.7,"narrow":0.2,"name":"d","date":"2026-01-31",
          "at":"2026-01-31T00:00:00.000Z","clock":"2026-01-31T00:00:00.000","p-s":{"p-x":3}},
        "nullCount":{"p-id":0,"price":10,"wide":0,"name":2,"p-s":{"p-x":0}}}
        """);
  }

  private static Predicate is(String name, Operator operator, Object literal) {
    return new Comparison(column(name), operator, literal(literal, new Random(1)));
  }

  @Example
  void leavesOutWhatStatisticsRuleOut() {
    assertThat(keeps(is("id", Operator.EQUAL, 7L))).isTrue();
    assertThat(keeps(is("id", Operator.EQUAL, 4L))).isFalse();
    assertThat(keeps(is("id", Operator.GREATER_THAN, 9L))).isFalse();
    assertThat(keeps(is("id", Operator.GREATER_THAN_OR_EQUAL, 9L))).isTrue();
    assertThat(keeps(is("id", Operator.LESS_THAN, 5L))).isFalse();
    assertThat(keeps(new IsNull(column("id")))).isFalse();
    assertThat(keeps(new Not(new IsNull(column("price"))))).isFalse();
    assertThat(keeps(is("price", Operator.EQUAL, BigDecimal.TWO))).isFalse();
    assertThat(keeps(is("wide", Operator.GREATER_THAN, 0.75))).isFalse();
    assertThat(keeps(is("name", Operator.LESS_THAN, "b"))).isFalse();
    assertThat(keeps(is("date", Operator.GREATER_THAN, LocalDate.of(2026, 1, 31)))).isFalse();
    assertThat(keeps(is("at", Operator.LESS_THAN, Instant.parse("2025-12-31T23:59:59Z"))))
        .isFalse();
    assertThat(keeps(is("s.x", Operator.NOT_EQUAL, 3))).isFalse();
    assertThat(keeps(is("s.x", Operator.EQUAL, 4))).isFalse();
    assertThat(keeps(is("day", Operator.EQUAL, LocalDate.of(2026, 1, 4)))).isFalse();
    assertThat(keeps(is("day", Operator.NOT_EQUAL, LocalDate.of(2026, 1, 5)))).isFalse();
    assertThat(keeps(is("kind", Operator.EQUAL, 1))).isFalse();
    assertThat(keeps(new Not(new IsNull(column("kind"))))).isFalse();
    assertThat(keeps(new In(column("id"), List.of(Literal.of(1), Literal.of(2))))).isFalse();
    assertThat(keeps(new In(column("id"), List.of(Literal.of(1), Literal.of(6))))).isTrue();
    assertThat(keeps(And.of(is("id", Operator.EQUAL, 7L), is("kind", Operator.EQUAL, 1))))
        .isFalse();
    assertThat(keeps(Or.of(is("id", Operator.EQUAL, 7L), is("kind", Operator.EQUAL, 1)))).isTrue();
  }

  @Example
  void anOldMarkOfACutTextStandsForAnything() {
    String stats =
        "{\"numRecords\":1,\"minValues\":{\"name\":\"a\"},\"maxValues\":{\"name\":\"ab\uFFFD\"}}";
    assertThat(keeps(is("name", Operator.EQUAL, "ab\uD83D\uDE00"), Map.of(), stats)).isTrue();
    assertThat(keeps(is("name", Operator.EQUAL, "ac"), Map.of(), stats)).isFalse();
  }

  /** Bounds of one value, as a writer in a time zone wrote them: to the millisecond and minute. */
  private static String boundsIn(ZoneId zone, Instant value) {
    String text =
        DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSSXXX", Locale.ROOT)
            .format(value.truncatedTo(ChronoUnit.MILLIS).atZone(zone));
    return "{\"numRecords\":1,\"minValues\":{\"at\":\"%s\"},\"maxValues\":{\"at\":\"%s\"}}"
        .formatted(text, text);
  }

  @Property(tries = 3_000, seed = "2026")
  void aTimeIsFoundWhateverTheTimeZoneOfTheWriter(@ForAll Random random) {
    List<String> zones = ZoneId.getAvailableZoneIds().stream().sorted().toList();
    ZoneId zone = ZoneId.of(zones.get(random.nextInt(zones.size())));
    long second = Instant.parse("1850-01-01T00:00:00Z").getEpochSecond();
    Instant value =
        Instant.ofEpochSecond(
            second + random.nextLong(5_600_000_000L), random.nextInt(1000) * 1000);
    String stats = boundsIn(zone, value);
    for (Operator operator :
        List.of(Operator.EQUAL, Operator.LESS_THAN_OR_EQUAL, Operator.GREATER_THAN_OR_EQUAL)) {
      assertThat(keeps(is("at", operator, value), Map.of(), stats)).as(stats).isTrue();
    }
  }

  @Example
  void anOffsetCutToMinutesHidesNoTime() {
    // Los Angeles was 7:52:58 behind, Accra, before Abidjan's time was taken, 52 seconds.
    Instant value = Instant.parse("1880-01-01T12:00:00Z");
    for (String zone :
        List.of("America/Los_Angeles", "Europe/Amsterdam", "-00:00:52", "+00:00:52")) {
      String stats = boundsIn(ZoneId.of(zone), value);
      assertThat(keeps(is("at", Operator.EQUAL, value), Map.of(), stats)).as(stats).isTrue();
      assertThat(keeps(is("at", Operator.EQUAL, value.plusSeconds(200)), Map.of(), stats))
          .isFalse();
    }
    String modern = boundsIn(ZoneId.of("Asia/Kolkata"), Instant.parse("2026-01-01T00:00:00Z"));
    assertThat(
            keeps(
                is("at", Operator.EQUAL, Instant.parse("2026-01-01T00:00:01Z")), Map.of(), modern))
        .isFalse();
  }

  @Example
  void noTimeZoneHasHadSecondsSince() {
    Instant since = Domain.WHOLE_MINUTES.minusDays(1).atStartOfDay().toInstant(ZoneOffset.UTC);
    for (String id : ZoneId.getAvailableZoneIds()) {
      ZoneRules rules = ZoneId.of(id).getRules();
      List<ZoneOffset> offsets = new ArrayList<>(List.of(rules.getOffset(since)));
      rules.getTransitions().stream()
          .filter(transition -> transition.getInstant().isAfter(since))
          .forEach(transition -> offsets.add(transition.getOffsetAfter()));
      assertThat(offsets).as(id).allMatch(offset -> offset.getTotalSeconds() % 60 == 0);
    }
  }

  private static String bounds(String column, String min, String max) {
    return "{\"numRecords\":1,\"minValues\":{\"%s\":\"%s\"},\"maxValues\":{\"%s\":\"%s\"}}"
        .formatted(column, min, column, max);
  }

  @Example
  void timesCutToTheSecondOrTheMinuteHideNoTime() {
    Instant value = Instant.parse("2026-01-01T12:00:59.999Z");
    LocalDateTime clock = LocalDateTime.parse("2026-01-01T12:00:59.999");
    for (String cut : List.of("2026-01-01T12:00:59", "2026-01-01T12:00")) {
      assertThat(
              keeps(is("at", Operator.EQUAL, value), Map.of(), bounds("at", cut + "Z", cut + "Z")))
          .isTrue();
      assertThat(keeps(is("clock", Operator.EQUAL, clock), Map.of(), bounds("clock", cut, cut)))
          .isTrue();
    }
    // Before 1970 cutting milliseconds off their count goes up.
    String up = bounds("clock", "1969-12-31T23:59:59.998", "1969-12-31T23:59:59.999");
    LocalDateTime before = LocalDateTime.parse("1969-12-31T23:59:59.997500");
    assertThat(keeps(is("clock", Operator.EQUAL, before), Map.of(), up)).isTrue();
  }

  @Example
  void daysOfTheJulianCalendarHideNoDay() {
    LocalDate proleptic = LocalDate.of(1500, 3, 11);
    String julian = bounds("date", "1500-03-01", "1500-03-01");
    assertThat(keeps(is("date", Operator.EQUAL, proleptic), Map.of(), julian)).isTrue();
    assertThat(keeps(is("date", Operator.EQUAL, proleptic.plusDays(30)), Map.of(), julian))
        .isFalse();
    Instant instant = proleptic.atStartOfDay().toInstant(ZoneOffset.UTC);
    String time = bounds("at", "1500-03-01T00:00:00.000Z", "1500-03-01T00:00:00.000Z");
    assertThat(keeps(is("at", Operator.EQUAL, instant), Map.of(), time)).isTrue();
    String modern = bounds("date", "1582-10-15", "1582-10-15");
    assertThat(keeps(is("date", Operator.EQUAL, LocalDate.of(1582, 10, 16)), Map.of(), modern))
        .isFalse();
  }

  @Example
  void aLongTextMayHaveBeenCutWithoutAMark() {
    String cut = "a".repeat(32);
    assertThat(keeps(is("name", Operator.EQUAL, cut + "b"), Map.of(), bounds("name", cut, cut)))
        .isTrue();
    assertThat(keeps(is("name", Operator.EQUAL, "b"), Map.of(), bounds("name", cut, cut)))
        .isFalse();
    String whole = "a".repeat(31);
    assertThat(keeps(is("name", Operator.EQUAL, whole + "b"), Map.of(), bounds("name", "a", whole)))
        .isFalse();
  }

  @Example
  void zerosOfEitherSignAreOne() {
    String stats = "{\"numRecords\":1,\"minValues\":{\"wide\":0.0},\"maxValues\":{\"wide\":-0.0}}";
    assertThat(keeps(is("wide", Operator.EQUAL, -0.0), Map.of(), stats)).isTrue();
    assertThat(keeps(is("wide", Operator.LESS_THAN_OR_EQUAL, -0.0), Map.of(), stats)).isTrue();
    assertThat(keeps(is("wide", Operator.GREATER_THAN_OR_EQUAL, 0.0), Map.of(), stats)).isTrue();
  }

  @Example
  void textsWithACollationAreNotCompared() {
    TableSchema collated =
        TableSchema.parse(
            """
            {"type":"struct","fields":[{"name":"name","type":"string","nullable":true,
              "metadata":{"__COLLATIONS":{"name":"spark.UTF8_LCASE"}}}]}
            """,
            List.of());
    String stats =
        "{\"numRecords\":1,\"minValues\":{\"name\":\"abc\"},\"maxValues\":{\"name\":\"abc\"}}";
    AddFile file = new AddFile("f", Map.of(), 1, 1, true, stats, null, null, null, null, null);
    assertThat(new FilePruner(collated, is("name", Operator.EQUAL, "ABC")).mayMatch(file)).isTrue();
  }

  @Example
  void keepsWhatItDoesNotUnderstand() {
    assertThat(keeps(is("none", Operator.EQUAL, 4L))).isTrue();
    assertThat(keeps(is("id.x", Operator.EQUAL, 4L))).isTrue();
    assertThat(keeps(is("s", Operator.EQUAL, 4L))).isTrue();
    assertThat(keeps(is("s.none", Operator.EQUAL, 4L))).isTrue();
    assertThat(keeps(is("id", Operator.EQUAL, "text"))).isTrue();
    assertThat(keeps(is("id", Operator.EQUAL, "9.5"))).isTrue();
    assertThat(keeps(is("id", Operator.EQUAL, LocalDate.EPOCH))).isTrue();
    assertThat(keeps(new Predicate.Unknown())).isTrue();
    assertThat(keeps(new Not(new Predicate.Unknown()))).isTrue();
    assertThat(keeps(And.of(new Predicate.Unknown(), is("id", Operator.EQUAL, 4L)))).isFalse();
    assertThat(keeps(is("at", Operator.EQUAL, LocalDateTime.of(2020, 1, 1, 0, 0)))).isTrue();
    assertThat(keeps(new Comparison(column("id"), Operator.EQUAL, Literal.of("1e999999999"))))
        .isTrue();
  }

  @Example
  void brokenStatisticsKeepTheFile() {
    Predicate four = is("id", Operator.EQUAL, 4L);
    for (String stats :
        List.of(
            "",
            "no json",
            "[]",
            "{\"minValues\":{\"p-id\":7",
            "{\"minValues\":[1],\"maxValues\":3,\"nullCount\":null}",
            "{\"minValues\":{\"p-id\":{\"a\":1}},\"maxValues\":{\"p-id\":[2]}}",
            "{\"minValues\":{\"p-id\":\"x\"},\"maxValues\":{\"p-id\":\"NaN\"}}",
            "{\"numRecords\":-1,\"nullCount\":{\"p-id\":-1}}x")) {
      boolean kept = keeps(four, Map.of(), stats);
      assertThat(kept).as(stats).isEqualTo(!stats.startsWith("{\"numRecords\":-1"));
    }
    assertThat(keeps(is("price", Operator.EQUAL, BigDecimal.ONE), Map.of(), null)).isTrue();
    BigDecimal third = BigDecimal.ONE.divide(BigDecimal.valueOf(3), 2, RoundingMode.HALF_UP);
    assertThat(keeps(is("price", Operator.EQUAL, third), Map.of(), "{}")).isTrue();
  }
}
