package io.tidegate.delta;

import io.tidegate.delta.Predicate.Literal;
import java.math.BigDecimal;
import java.math.MathContext;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The values of one type, as literals, statistics and partition values write them. Every method
 * gives null for what cannot be compared.
 */
abstract class Domain<T> {
  /** Statistics of decimals may have gone through a double. */
  private static final BigDecimal DOUBLE_PRECISION = new BigDecimal("1e-15");

  private static final Domain<BigDecimal> WHOLE = new Numbers();
  private static final Domain<BigDecimal> DECIMAL = new Decimals();
  private static final Domain<BigDecimal> FLOATING = new FloatingNumbers();
  private static final Domain<String> TEXT = new Texts();
  private static final Domain<Boolean> BOOLEAN = new Booleans();
  private static final Domain<LocalDate> DATE = new Dates();
  private static final Domain<Instant> TIMESTAMP = new Timestamps();
  private static final Domain<LocalDateTime> LOCAL_TIMESTAMP = new LocalTimestamps();

  /** The values of a type; empty for one whose values have no order here. */
  static Optional<Domain<?>> of(DeltaType type) {
    return switch (type) {
      case DeltaType.Primitive(String name) ->
          switch (name) {
            case "byte", "short", "integer", "long" -> Optional.of(WHOLE);
            case "float", "double" -> Optional.of(FLOATING);
            case "string" -> Optional.of(TEXT);
            case "boolean" -> Optional.of(BOOLEAN);
            case "date" -> Optional.of(DATE);
            case "timestamp" -> Optional.of(TIMESTAMP);
            case "timestamp_ntz" -> Optional.of(LOCAL_TIMESTAMP);
            default -> Optional.empty();
          };
      case DeltaType.Decimal decimal -> Optional.of(DECIMAL);
      case DeltaType.Struct struct -> Optional.empty();
      case DeltaType.Array array -> Optional.empty();
      case DeltaType.Dictionary dictionary -> Optional.empty();
    };
  }

  abstract @Nullable T value(Literal literal);

  /** A value that none in the file is below, from its minimum in the statistics. */
  abstract @Nullable T lower(String min);

  /** A value that none in the file is above, from its maximum in the statistics. */
  abstract @Nullable T upper(String max);

  /** A bound of a partition's only value. */
  @Nullable T partitionValue(String value, boolean upper) {
    return upper ? upper(value) : lower(value);
  }

  /**
   * Whether a file may hold a value that statistics say nothing about: NaN, which writers leave out
   * of them, and of which no comparison but "not equal" is true.
   */
  boolean hasUnordered() {
    return false;
  }

  abstract int compare(T first, T second);

  private static @Nullable BigDecimal number(Literal literal) {
    return switch (literal) {
      case Literal.Number(BigDecimal value) -> value;
      case Literal.Text(String value) -> number(value);
      case Literal.Bool ignored -> null;
      case Literal.Date ignored -> null;
      case Literal.Timestamp ignored -> null;
      case Literal.LocalTimestamp ignored -> null;
    };
  }

  private static @Nullable BigDecimal number(String text) {
    try {
      BigDecimal number = new BigDecimal(text.strip());
      // Beyond any type's range; arithmetic on it would be dear.
      return Math.abs((long) number.scale()) > 1000 ? null : number;
    } catch (NumberFormatException e) {
      return null;
    }
  }

  /** Whole numbers, exact everywhere. */
  private static class Numbers extends Domain<BigDecimal> {
    /** What a text with a fraction is for a whole number depends on who casts it. */
    @Override
    @Nullable BigDecimal value(Literal literal) {
      BigDecimal number = number(literal);
      return number != null
              && literal instanceof Literal.Text
              && !new Literal.Number(number).isWhole()
          ? null
          : number;
    }

    @Override
    @Nullable BigDecimal lower(String min) {
      return number(min);
    }

    @Override
    @Nullable BigDecimal upper(String max) {
      return number(max);
    }

    @Override
    int compare(BigDecimal first, BigDecimal second) {
      return first.compareTo(second);
    }
  }

  private static final class Decimals extends Numbers {
    @Override
    @Nullable BigDecimal value(Literal literal) {
      return number(literal);
    }

    @Override
    @Nullable BigDecimal lower(String min) {
      BigDecimal number = number(min);
      return number == null ? null : number.subtract(slack(number));
    }

    @Override
    @Nullable BigDecimal upper(String max) {
      BigDecimal number = number(max);
      return number == null ? null : number.add(slack(number));
    }

    @Override
    @Nullable BigDecimal partitionValue(String value, boolean upper) {
      return number(value);
    }

    private static BigDecimal slack(BigDecimal number) {
      return number.abs().multiply(DOUBLE_PRECISION, MathContext.DECIMAL64);
    }
  }

  /**
   * Floating-point numbers. A column may have been widened from float to double, and a literal may
   * be either, so that bounds are taken a step of a float wider.
   */
  private static final class FloatingNumbers extends Numbers {
    @Override
    @Nullable BigDecimal value(Literal literal) {
      return number(literal);
    }

    @Override
    boolean hasUnordered() {
      return true;
    }

    @Override
    @Nullable BigDecimal lower(String min) {
      BigDecimal number = number(min);
      return number == null ? null : step(number.doubleValue(), false);
    }

    @Override
    @Nullable BigDecimal upper(String max) {
      BigDecimal number = number(max);
      return number == null ? null : step(number.doubleValue(), true);
    }

    private static @Nullable BigDecimal step(double value, boolean up) {
      float narrow = (float) value;
      double wider = up ? Math.nextUp(narrow) : Math.nextDown(narrow);
      if (Float.isInfinite(narrow) || Double.isInfinite(wider)) {
        wider = up ? Math.nextUp(value) : Math.nextDown(value);
      }
      return Double.isFinite(wider) ? new BigDecimal(wider) : null;
    }
  }

  /** Texts in the order of their code points, which is that of their UTF-8 bytes. */
  private static final class Texts extends Domain<String> {
    private static final String LAST = Character.toString(Character.MAX_CODE_POINT);

    @Override
    @Nullable String value(Literal literal) {
      return literal instanceof Literal.Text(String value) ? value : null;
    }

    @Override
    String lower(String min) {
      return min;
    }

    /** Writers cut long texts and end them with a mark, which once was U+FFFD. */
    @Override
    String upper(String max) {
      return max.endsWith("\uFFFD") ? max.substring(0, max.length() - 1) + LAST : max;
    }

    @Override
    String partitionValue(String value, boolean upper) {
      return value;
    }

    @Override
    int compare(String first, String second) {
      int length = Math.min(first.length(), second.length());
      for (int i = 0; i < length; i++) {
        char a = first.charAt(i);
        char b = second.charAt(i);
        if (a != b) {
          // Halves of a pair stand for code points above all that one char holds.
          boolean pairA = Character.isSurrogate(a);
          boolean pairB = Character.isSurrogate(b);
          return pairA == pairB ? Character.compare(a, b) : pairA ? 1 : -1;
        }
      }
      return Integer.compare(first.length(), second.length());
    }
  }

  private static final class Booleans extends Domain<Boolean> {
    @Override
    @Nullable Boolean value(Literal literal) {
      return switch (literal) {
        case Literal.Bool(boolean value) -> (Boolean) value;
        case Literal.Text(String value) -> lower(value);
        default -> null;
      };
    }

    @Override
    @Nullable Boolean lower(String min) {
      if (min.equalsIgnoreCase("true")) {
        return true;
      }
      return min.equalsIgnoreCase("false") ? (Boolean) false : null;
    }

    @Override
    @Nullable Boolean upper(String max) {
      return lower(max);
    }

    @Override
    int compare(Boolean first, Boolean second) {
      return first.compareTo(second);
    }
  }

  private static final class Dates extends Domain<LocalDate> {
    @Override
    @Nullable LocalDate value(Literal literal) {
      return switch (literal) {
        case Literal.Date(LocalDate value) -> value;
        case Literal.Text(String value) -> lower(value);
        default -> null;
      };
    }

    @Override
    @Nullable LocalDate lower(String min) {
      try {
        return LocalDate.parse(min);
      } catch (DateTimeException e) {
        return null;
      }
    }

    @Override
    @Nullable LocalDate upper(String max) {
      return lower(max);
    }

    @Override
    int compare(LocalDate first, LocalDate second) {
      return first.compareTo(second);
    }
  }

  /**
   * Instants. Statistics cut them to the millisecond below, and Spark cuts a literal in a hint to a
   * millisecond, so that bounds are taken a millisecond wider, those of a partition too.
   */
  private static final class Timestamps extends Domain<Instant> {
    @Override
    @Nullable Instant value(Literal literal) {
      return switch (literal) {
        case Literal.Timestamp(Instant value) -> value;
        case Literal.Text(String value) -> instant(value);
        default -> null;
      };
    }

    /** Only what names its offset: a time without one is of a zone that is not known here. */
    private static @Nullable Instant instant(String text) {
      try {
        return OffsetDateTime.parse(text.strip().replace(' ', 'T')).toInstant();
      } catch (DateTimeException e) {
        return null;
      }
    }

    @Override
    @Nullable Instant lower(String min) {
      Instant instant = instant(min);
      return instant == null ? null : instant.minusMillis(1);
    }

    @Override
    @Nullable Instant upper(String max) {
      Instant instant = instant(max);
      return instant == null ? null : instant.plusMillis(1);
    }

    @Override
    int compare(Instant first, Instant second) {
      return first.compareTo(second);
    }
  }

  private static final class LocalTimestamps extends Domain<LocalDateTime> {
    @Override
    @Nullable LocalDateTime value(Literal literal) {
      return switch (literal) {
        case Literal.LocalTimestamp(LocalDateTime value) -> value;
        case Literal.Text(String value) -> lower(value);
        default -> null;
      };
    }

    @Override
    @Nullable LocalDateTime lower(String min) {
      String text = min.strip().replace(' ', 'T');
      try {
        return text.endsWith("Z")
            ? OffsetDateTime.parse(text).withOffsetSameInstant(ZoneOffset.UTC).toLocalDateTime()
            : LocalDateTime.parse(text);
      } catch (DateTimeException e) {
        return null;
      }
    }

    @Override
    @Nullable LocalDateTime upper(String max) {
      LocalDateTime time = lower(max);
      return time == null ? null : time.plus(1, ChronoUnit.MILLIS);
    }

    @Override
    @Nullable LocalDateTime partitionValue(String value, boolean upper) {
      return lower(value);
    }

    @Override
    int compare(LocalDateTime first, LocalDateTime second) {
      return first.compareTo(second);
    }
  }
}
