package io.tidegate.commits;

import io.tidegate.kit.errors.ApiException;
import io.tidegate.kit.errors.ErrorCode;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Checks of what requests say. */
final class Texts {
  private static final int SHOWN = 200;
  private static final long MAX_TIME = Instant.parse("9999-12-31T23:59:59.999Z").toEpochMilli();

  private Texts() {}

  /** A text from a request, fit for an error message. */
  static String shown(String text) {
    String cut = text.length() > SHOWN ? text.substring(0, SHOWN) + "…" : text;
    return cut.replaceAll("\\p{Cntrl}", "?");
  }

  /** Whether the database can keep a text: no U+0000, no half of a surrogate pair. */
  static boolean storable(String text) {
    return text.codePoints().noneMatch(point -> point == 0 || point >= 0xd800 && point <= 0xdfff);
  }

  /** A field that must be there. */
  static <T> T required(String field, @Nullable T value) {
    if (value == null) {
      throw invalid(field + " is required");
    }
    return value;
  }

  /** A number that must be there and above zero. */
  static long positive(String field, @Nullable Long value) {
    long number = required(field, value);
    if (number <= 0) {
      throw invalid(field + " must be above 0, but is " + number);
    }
    return number;
  }

  /** A time that must be there, in milliseconds since 1970 and before the year 10000. */
  static long time(String field, @Nullable Long value) {
    long time = positive(field, value);
    if (time > MAX_TIME) {
      throw invalid(field + " is " + time + ": no time in milliseconds before the year 10000");
    }
    return time;
  }

  /** A UUID that must be there. */
  static UUID uuid(String field, @Nullable String value) {
    String text = required(field, value);
    try {
      UUID uuid = UUID.fromString(text);
      if (uuid.toString().equalsIgnoreCase(text)) {
        return uuid;
      }
    } catch (IllegalArgumentException e) {
      // Said below.
    }
    throw invalid(field + " is not a UUID: " + shown(text));
  }

  static ApiException invalid(String message) {
    return new ApiException(ErrorCode.INVALID_ARGUMENT, message);
  }
}
