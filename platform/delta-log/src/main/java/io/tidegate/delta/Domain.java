package io.tidegate.delta;

import io.tidegate.delta.Predicate.Literal;
import java.math.BigDecimal;
import java.math.MathContext;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The values of one type, as literals, statistics and partition values write them. Every method
 * gives null for what cannot be compared.
 */
abstract class Domain<T> {
  /** Statistics of decimals may have gone through a double. */
  private static final BigDecimal DOUBLE_PRECISION = new BigDecimal("1e-15");

  /** The first day of the Gregorian calendar. */
  private static final LocalDate GREGORIAN = LocalDate.of(1582, 10, 15);

  /** The Julian calendar's days and the Gregorian's are at most ten apart since the year 1. */
  private static final int CALENDAR_DAYS = 11;

  /** Since the day before no time zone has an offset with seconds. */
  static final LocalDate WHOLE_MINUTES = LocalDate.of(1972, 1, 10);

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
    private static final int SHORTEST_CUT = 32;

    @Override
    @Nullable String value(Literal literal) {
      return literal instanceof Literal.Text(String value) ? value : null;
    }

    @Override
    String lower(String min) {
      return min;
    }

    /**
     * Writers cut long texts and end them with a mark, which once was U+FFFD. A text that is as
     * long as those that were cut may lack it.
     */
    @Override
    String upper(String max) {
      if (max.endsWith("\uFFFD")) {
        return max.substring(0, max.length() - 1) + LAST;
      }
      return max.length() >= SHORTEST_CUT ? max + LAST : max;
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
        case Literal.Text(String value) -> date(value);
        default -> null;
      };
    }

    private static @Nullable LocalDate date(String text) {
      try {
        return LocalDate.parse(text);
      } catch (DateTimeException e) {
        return null;
      }
    }

    @Override
    @Nullable LocalDate lower(String min) {
      LocalDate date = date(min);
      return date != null && date.isBefore(GREGORIAN) ? date.minusDays(CALENDAR_DAYS) : date;
    }

    @Override
    @Nullable LocalDate upper(String max) {
      LocalDate date = date(max);
      return date != null && date.isBefore(GREGORIAN) ? date.plusDays(CALENDAR_DAYS) : date;
    }

    @Override
    @Nullable LocalDate partitionValue(String value, boolean upper) {
      return date(value);
    }

    @Override
    int compare(LocalDate first, LocalDate second) {
      return first.compareTo(second);
    }
  }

  /**
   * How far a time in statistics may be from the one that it stands for. Writers cut times to
   * milliseconds, or to what else their text shows, and Spark cuts a literal in a hint to a
   * millisecond. Those that write an offset cut it to minutes, where in the time before standard
   * time it has seconds: an offset of less than a minute is then written as {@code Z}. Early
   * writers had the Julian calendar for what was before the Gregorian one.
   */
  private static Duration slack(String text, LocalDate date) {
    Duration slack = text.indexOf('.') < 0 ? Duration.ofMinutes(1) : Duration.ofMillis(1);
    if (date.isBefore(WHOLE_MINUTES)) {
      slack = slack.plusMinutes(1);
    }
    return date.isBefore(GREGORIAN) ? slack.plusDays(CALENDAR_DAYS) : slack;
  }

  /** Instants. Those of a partition are not cut, but the literal may be. */
  private static final class Timestamps extends Domain<Instant> {
    @Override
    @Nullable Instant value(Literal literal) {
      return switch (literal) {
        case Literal.Timestamp(Instant value) -> value;
        case Literal.Text(String value) -> instant(value);
        default -> null;
      };
    }

    private static @Nullable Instant instant(String text) {
      OffsetDateTime time = time(text);
      return time == null ? null : time.toInstant();
    }

    /** Only what names its offset: a time without one is of a zone that is not known here. */
    private static @Nullable OffsetDateTime time(String text) {
      try {
        return OffsetDateTime.parse(text.strip().replace(' ', 'T'));
      } catch (DateTimeException e) {
        return null;
      }
    }

    @Override
    @Nullable Instant lower(String min) {
      OffsetDateTime time = time(min);
      return time == null ? null : time.toInstant().minus(slack(min, time.toLocalDate()));
    }

    @Override
    @Nullable Instant upper(String max) {
      OffsetDateTime time = time(max);
      return time == null ? null : time.toInstant().plus(slack(max, time.toLocalDate()));
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
        case Literal.Text(String value) -> time(value);
        default -> null;
      };
    }

    private static @Nullable LocalDateTime time(String value) {
      String text = value.strip().replace(' ', 'T');
      try {
        return text.endsWith("Z")
            ? OffsetDateTime.parse(text).withOffsetSameInstant(ZoneOffset.UTC).toLocalDateTime()
            : LocalDateTime.parse(text);
      } catch (DateTimeException e) {
        return null;
      }
    }

    @Override
    @Nullable LocalDateTime lower(String min) {
      LocalDateTime time = time(min);
      return time == null ? null : time.minus(slack(min, time.toLocalDate()));
    }

    @Override
    @Nullable LocalDateTime upper(String max) {
      LocalDateTime time = time(max);
      return time == null ? null : time.plus(slack(max, time.toLocalDate()));
    }

    @Override
    @Nullable LocalDateTime partitionValue(String value, boolean upper) {
      return time(value);
    }

    @Override
    int compare(LocalDateTime first, LocalDateTime second) {
      return first.compareTo(second);
    }
  }
}
