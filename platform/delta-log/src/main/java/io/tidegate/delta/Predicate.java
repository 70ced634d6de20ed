package io.tidegate.delta;

import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.util.List;

/**
 * What rows are wanted, with SQL's three-valued logic: a comparison with null is neither true nor
 * false. Columns are named as a user names them, whatever the case of their letters; a column that
 * the table lacks, or a value that does not fit the column's type, makes what holds it unknown.
 */
public sealed interface Predicate {

  /** How a column compares to a value. */
  enum Operator {
    EQUAL,
    NOT_EQUAL,
    LESS_THAN,
    LESS_THAN_OR_EQUAL,
    GREATER_THAN,
    GREATER_THAN_OR_EQUAL
  }

  /**
   * A value to compare with. A text fits every type whose values are written so: numbers, {@code
   * true}, dates as {@code 2026-01-31}, timestamps with an offset.
   */
  sealed interface Literal {
    record Text(String value) implements Literal {}

    record Number(BigDecimal value) implements Literal {
      public boolean isWhole() {
        return value.signum() == 0 || value.stripTrailingZeros().scale() <= 0;
      }
    }

    record Bool(boolean value) implements Literal {}

    record Date(LocalDate value) implements Literal {}

    record Timestamp(Instant value) implements Literal {}

    record LocalTimestamp(LocalDateTime value) implements Literal {}

    static Literal of(String value) {
      return new Text(value);
    }

    static Literal of(long value) {
      return new Number(BigDecimal.valueOf(value));
    }
  }

  /**
   * A column, or a field in a struct column.
   *
   * @param path the column's name, then those of the fields
   */
  record Column(List<String> path) {
    public Column {
      path = List.copyOf(path);
      if (path.isEmpty()) {
        throw new IllegalArgumentException("A column has a name");
      }
    }

    public static Column of(String... path) {
      return new Column(List.of(path));
    }
  }

  record Comparison(Column column, Operator operator, Literal literal) implements Predicate {}

  record In(Column column, List<Literal> literals) implements Predicate {
    public In {
      literals = List.copyOf(literals);
    }
  }

  record IsNull(Column column) implements Predicate {}

  record Not(Predicate operand) implements Predicate {}

  /** All of them; none is true. */
  record And(List<Predicate> operands) implements Predicate {
    public And {
      operands = List.copyOf(operands);
    }

    public static And of(Predicate... operands) {
      return new And(List.of(operands));
    }
  }

  /** Any of them; none is false. */
  record Or(List<Predicate> operands) implements Predicate {
    public Or {
      operands = List.copyOf(operands);
    }

    public static Or of(Predicate... operands) {
      return new Or(List.of(operands));
    }
  }

  /** Something that is not understood: any row may or may not match it. */
  record Unknown() implements Predicate {}
}
