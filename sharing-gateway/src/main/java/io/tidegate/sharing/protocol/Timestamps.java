package io.tidegate.sharing.protocol;

import io.tidegate.kit.errors.ApiException;
import io.tidegate.kit.errors.ErrorCode;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads timestamps of the protocol: ISO 8601, and the older form without a zone, taken as UTC. */
final class Timestamps {
  private static final Pattern PLAIN =
      Pattern.compile(
          "(\\d{4})-(\\d{1,2})-(\\d{1,2})(?:[ T](\\d{1,2}):(\\d{1,2}):(\\d{1,2})(?:\\.(\\d{1,9}))?)?");

  private Timestamps() {}

  /**
   * @param field the parameter's name, for the error
   * @throws ApiException INVALID_ARGUMENT if the text is no timestamp
   */
  static Instant parse(String field, String text) {
    try {
      Matcher plain = PLAIN.matcher(text.strip());
      if (plain.matches()) {
        return LocalDateTime.of(
                number(plain, 1),
                number(plain, 2),
                number(plain, 3),
                number(plain, 4),
                number(plain, 5),
                number(plain, 6),
                nanos(plain.group(7)))
            .toInstant(ZoneOffset.UTC);
      }
      OffsetDateTime moment = OffsetDateTime.parse(text.strip());
      // Java knows years of nine digits, of which the milliseconds cannot be counted.
      if (moment.getYear() < 0 || moment.getYear() > 9999) {
        throw new DateTimeException("a year of other than four digits");
      }
      return moment.toInstant();
    } catch (DateTimeException e) {
      throw new ApiException(
          ErrorCode.INVALID_ARGUMENT,
          field
              + " must be a timestamp like 2026-01-31T12:00:00Z, not "
              + text.substring(0, Math.min(text.length(), 60)));
    }
  }

  private static int number(Matcher matcher, int group) {
    String digits = matcher.group(group);
    return digits == null ? 0 : Integer.parseInt(digits);
  }

  private static int nanos(@Nullable String fraction) {
    return fraction == null ? 0 : Integer.parseInt((fraction + "00000000").substring(0, 9));
  }
}
