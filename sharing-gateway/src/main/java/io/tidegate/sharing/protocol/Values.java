package io.tidegate.sharing.protocol;

import io.tidegate.delta.Predicate.Literal;
import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.util.Optional;

/** Reads the values in hints. */
final class Values {
  // A number with a huge exponent costs much to compare and is in no table.
  private static final int LONGEST_NUMBER = 400;
  private static final int LARGEST_SCALE = 400;

  private Values() {}

  static Optional<BigDecimal> number(String text) {
    try {
      if (text.length() > LONGEST_NUMBER) {
        return Optional.empty();
      }
      BigDecimal number = new BigDecimal(text.strip());
      return Math.abs((long) number.scale()) > LARGEST_SCALE
          ? Optional.empty()
          : Optional.of(number);
    } catch (NumberFormatException e) {
      return Optional.empty();
    }
  }

  static Optional<Literal> date(String text) {
    try {
      return Optional.of(new Literal.Date(LocalDate.parse(text.strip())));
    } catch (DateTimeException e) {
      return Optional.empty();
    }
  }

  /**
   * An instant. A time without an offset is of the client's time zone, which is not known here, and
   * so is none.
   */
  static Optional<Literal> timestamp(String text) {
    try {
      return Optional.of(
          new Literal.Timestamp(OffsetDateTime.parse(text.strip().replace(' ', 'T')).toInstant()));
    } catch (DateTimeException e) {
      return Optional.empty();
    }
  }

  static Optional<Literal> localTimestamp(String text) {
    try {
      return Optional.of(
          new Literal.LocalTimestamp(LocalDateTime.parse(text.strip().replace(' ', 'T'))));
    } catch (DateTimeException e) {
      return Optional.empty();
    }
  }
}
