package io.tidegate.delta;

import io.tidegate.delta.Action.AddFile;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/**
 * Leaves out files in which no row can match, by their partition values and statistics (Delta
 * protocol, "Per-file Statistics"). Whatever is not known keeps a file. Not for several threads.
 */
final class FilePruner implements FileIndex.Filter {
  private final List<Slot> slots = new ArrayList<>();
  private final StatsNode wantedStats = new StatsNode();
  private final Test test;

  FilePruner(TableSchema schema, Predicate predicate) {
    this.test = compile(schema, predicate);
  }

  /** What rows of a file can be for a predicate; a row may be null for it, and so neither. */
  private enum Outcome {
    EITHER(true, true),
    ONLY_TRUE(true, false),
    ONLY_FALSE(false, true),
    NEITHER(false, false);

    private final boolean canBeTrue;
    private final boolean canBeFalse;

    Outcome(boolean canBeTrue, boolean canBeFalse) {
      this.canBeTrue = canBeTrue;
      this.canBeFalse = canBeFalse;
    }

    static Outcome of(boolean canBeTrue, boolean canBeFalse) {
      if (canBeTrue) {
        return canBeFalse ? EITHER : ONLY_TRUE;
      }
      return canBeFalse ? ONLY_FALSE : NEITHER;
    }
  }

  /** A predicate on what is known of the columns of one file. */
  private interface Test {
    Outcome on(@Nullable Facts[] facts);
  }

  /**
   * What is known of one column in one file.
   *
   * @param min a text that no value is below, null if unknown; so is the maximum
   * @param exact whether min and max are the very value of every row: a partition value
   * @param allNull whether every row is known to be null
   * @param noNull whether no row is null
   */
  private record Facts(
      @Nullable String min, @Nullable String max, boolean exact, boolean allNull, boolean noNull) {
    private static final Facts ALL_NULL = new Facts(null, null, false, true, false);
  }

  /** A column that the predicate names; its place is its index in the facts. */
  private record Slot(String physicalName, boolean partition) {}

  /** The statistics that are looked at, as a tree like that of the statistics themselves. */
  private static final class StatsNode {
    private final Map<String, StatsNode> children = new HashMap<>();
    private int slot = -1;
  }

  @Override
  public boolean mayMatch(Map<String, @Nullable String> partitionValues) {
    return test.on(partitionFacts(partitionValues)).canBeTrue;
  }

  @Override
  public boolean mayMatch(AddFile file) {
    String stats = file.stats();
    if (stats == null || wantedStats.children.isEmpty()) {
      return true;
    }
    @Nullable Facts[] facts = partitionFacts(file.partitionValues());
    try (JsonParser json = ActionJson.MAPPER.createParser(stats)) {
      new StatsReader(slots.size()).read(json, wantedStats, facts);
    } catch (JacksonException e) {
      // Statistics help; broken ones do not hinder.
      return true;
    }
    return test.on(facts).canBeTrue;
  }

  private @Nullable Facts[] partitionFacts(Map<String, @Nullable String> partitionValues) {
    @Nullable Facts[] facts = new Facts[slots.size()];
    for (int i = 0; i < facts.length; i++) {
      Slot slot = slots.get(i);
      if (slot.partition() && partitionValues.containsKey(slot.physicalName())) {
        String value = partitionValues.get(slot.physicalName());
        facts[i] =
            value == null || value.isEmpty()
                ? Facts.ALL_NULL
                : new Facts(value, value, true, false, true);
      }
    }
    return facts;
  }

  private Test compile(TableSchema schema, Predicate predicate) {
    return switch (predicate) {
      case Predicate.Comparison comparison -> comparison(schema, comparison);
      case Predicate.In in ->
          any(
              in.literals().stream()
                  .map(literal ->
                      comparison(
                          schema,
                          new Predicate.Comparison(in.column(), Predicate.Operator.EQUAL, literal)))
                  .toList());
      case Predicate.IsNull isNull -> isNull(schema, isNull);
      case Predicate.Not not -> negation(compile(schema, not.operand()));
      case Predicate.And and ->
          all(and.operands().stream().map(operand -> compile(schema, operand)).toList());
      case Predicate.Or or ->
          any(or.operands().stream().map(operand -> compile(schema, operand)).toList());
      case Predicate.Unknown unknown -> unknown();
    };
  }

  private static Test unknown() {
    return facts -> Outcome.EITHER;
  }

  private static Test negation(Test operand) {
    return facts -> {
      Outcome outcome = operand.on(facts);
      return Outcome.of(outcome.canBeFalse, outcome.canBeTrue);
    };
  }

  private static Test all(List<Test> operands) {
    return facts -> {
      boolean canBeTrue = true;
      boolean canBeFalse = false;
      for (Test operand : operands) {
        Outcome outcome = operand.on(facts);
        canBeTrue &= outcome.canBeTrue;
        canBeFalse |= outcome.canBeFalse;
      }
      return Outcome.of(canBeTrue, canBeFalse);
    };
  }

  private static Test any(List<Test> operands) {
    return facts -> {
      boolean canBeTrue = false;
      boolean canBeFalse = true;
      for (Test operand : operands) {
        Outcome outcome = operand.on(facts);
        canBeTrue |= outcome.canBeTrue;
        canBeFalse &= outcome.canBeFalse;
      }
      return Outcome.of(canBeTrue, canBeFalse);
    };
  }

  private Test isNull(TableSchema schema, Predicate.IsNull predicate) {
    Optional<Found> found = find(schema, predicate.column());
    if (found.isEmpty()) {
      return unknown();
    }
    int slot = found.get().slot();
    return facts -> {
      Facts known = facts[slot];
      return known == null ? Outcome.EITHER : Outcome.of(!known.noNull(), !known.allNull());
    };
  }

  private Test comparison(TableSchema schema, Predicate.Comparison predicate) {
    Optional<Found> found = find(schema, predicate.column());
    if (found.isEmpty()) {
      return unknown();
    }
    return Domain.of(found.get().type())
        .map(domain -> comparison(domain, found.get().slot(), predicate))
        .orElseGet(FilePruner::unknown);
  }

  private static <T> Test comparison(Domain<T> domain, int slot, Predicate.Comparison predicate) {
    T value = domain.value(predicate.literal());
    if (value == null) {
      return unknown();
    }
    return facts -> {
      Facts known = facts[slot];
      if (known == null) {
        return Outcome.EITHER;
      }
      if (known.allNull()) {
        return Outcome.NEITHER;
      }
      T min = bound(domain, known, known.min(), false);
      T max = bound(domain, known, known.max(), true);
      // Unknown bounds count as if the value were well inside.
      int toMin = min == null ? 1 : domain.compare(value, min);
      int toMax = max == null ? -1 : domain.compare(value, max);
      boolean canEqual = toMin >= 0 && toMax <= 0;
      boolean unordered = domain.hasUnordered() && !known.exact();
      boolean canDiffer = unordered || toMin != 0 || toMax != 0;
      return switch (predicate.operator()) {
        case EQUAL -> Outcome.of(canEqual, canDiffer);
        case NOT_EQUAL -> Outcome.of(canDiffer, canEqual);
        case LESS_THAN -> Outcome.of(toMin > 0, unordered || toMax <= 0);
        case LESS_THAN_OR_EQUAL -> Outcome.of(toMin >= 0, unordered || toMax < 0);
        case GREATER_THAN -> Outcome.of(toMax < 0, unordered || toMin >= 0);
        case GREATER_THAN_OR_EQUAL -> Outcome.of(toMax <= 0, unordered || toMin > 0);
      };
    };
  }

  private static <T> @Nullable T bound(
      Domain<T> domain, Facts known, @Nullable String text, boolean upper) {
    if (text == null) {
      return null;
    }
    if (known.exact()) {
      return domain.partitionValue(text, upper);
    }
    return upper ? domain.upper(text) : domain.lower(text);
  }

  /** A column of the predicate: where its facts are, and its type. */
  private record Found(int slot, DeltaType type) {}

  private Optional<Found> find(TableSchema schema, Predicate.Column column) {
    Optional<TableSchema.Column> top = schema.column(column.path().getFirst());
    // A collation has an order of its own, in which texts that differ may be equal.
    if (top.isEmpty() || top.get().fieldJson().contains("\"__COLLATIONS\"")) {
      return Optional.empty();
    }
    DeltaType type = top.get().type();
    List<String> physicalPath = new ArrayList<>();
    physicalPath.add(top.get().physicalName());
    for (String name : column.path().subList(1, column.path().size())) {
      if (!(type instanceof DeltaType.Struct struct)) {
        return Optional.empty();
      }
      Optional<DeltaType.Field> field =
          struct.fields().stream().filter(each -> each.name().equalsIgnoreCase(name)).findFirst();
      if (field.isEmpty()) {
        return Optional.empty();
      }
      physicalPath.add(field.get().physicalName());
      type = field.get().type();
    }
    boolean partition = top.get().partitionIndex() != null;
    if (partition) {
      slots.add(new Slot(top.get().physicalName(), true));
      return Optional.of(new Found(slots.size() - 1, type));
    }
    StatsNode node = wantedStats;
    for (String name : physicalPath) {
      node = node.children.computeIfAbsent(name, key -> new StatsNode());
    }
    if (node.slot < 0) {
      node.slot = slots.size();
      slots.add(new Slot(top.get().physicalName(), false));
    }
    return Optional.of(new Found(node.slot, type));
  }

  /** Takes from the statistics of one file what the predicate needs, and skips the rest. */
  private static final class StatsReader {
    private final @Nullable String[] min;
    private final @Nullable String[] max;
    private final @Nullable String[] nullCount;

    StatsReader(int slots) {
      this.min = new String[slots];
      this.max = new String[slots];
      this.nullCount = new String[slots];
    }

    void read(JsonParser json, StatsNode wanted, @Nullable Facts[] facts) {
      String records = null;
      if (json.nextToken() != JsonToken.START_OBJECT) {
        return;
      }
      for (String name = json.nextName(); name != null; name = json.nextName()) {
        json.nextToken();
        switch (name) {
          case "numRecords" -> records = scalar(json);
          case "minValues" -> collect(json, wanted, min);
          case "maxValues" -> collect(json, wanted, max);
          case "nullCount" -> collect(json, wanted, nullCount);
          default -> json.skipChildren();
        }
      }
      for (int slot = 0; slot < facts.length; slot++) {
        if (facts[slot] == null) {
          facts[slot] = facts(slot, records);
        }
      }
    }

    /** With wide bounds only "all" and "none" are to be relied on, so nothing else is used. */
    private Facts facts(int slot, @Nullable String records) {
      String nulls = nullCount[slot];
      BigDecimal count = number(nulls);
      BigDecimal all = number(records);
      boolean noNull = count != null && count.signum() == 0;
      boolean allNull = count != null && all != null && count.compareTo(all) == 0;
      return new Facts(min[slot], max[slot], false, allNull && !noNull, noNull);
    }

    private static @Nullable BigDecimal number(@Nullable String text) {
      try {
        return text == null ? null : new BigDecimal(text);
      } catch (NumberFormatException e) {
        return null;
      }
    }

    private static void collect(JsonParser json, StatsNode wanted, @Nullable String[] values) {
      if (json.currentToken() != JsonToken.START_OBJECT) {
        json.skipChildren();
        return;
      }
      for (String name = json.nextName(); name != null; name = json.nextName()) {
        json.nextToken();
        StatsNode node = wanted.children.get(name);
        if (node == null) {
          json.skipChildren();
        } else if (json.currentToken() == JsonToken.START_OBJECT) {
          collect(json, node, values);
        } else if (node.slot >= 0) {
          values[node.slot] = scalar(json);
        } else {
          json.skipChildren();
        }
      }
    }

    private static @Nullable String scalar(JsonParser json) {
      JsonToken token = json.currentToken();
      if (token != null && token.isScalarValue() && token != JsonToken.VALUE_NULL) {
        return json.getString();
      }
      json.skipChildren();
      return null;
    }
  }
}
