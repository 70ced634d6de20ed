package io.tidegate.kit.errors;

import org.jspecify.annotations.Nullable;

/** Text from outside, made harmless for a log line or an error message. */
final class Printable {
  private static final int MAX = 1000;

  private Printable() {}

  /** Without control characters, and bounded. */
  static String of(@Nullable String text) {
    if (text == null) {
      return "";
    }
    StringBuilder printable = new StringBuilder();
    text.codePoints()
        .limit(MAX)
        .map(
            c -> Character.isISOControl(c) || Character.getType(c) == Character.SURROGATE ? '?' : c)
        .forEach(printable::appendCodePoint);
    return text.codePointCount(0, text.length()) > MAX ? printable + "…" : printable.toString();
  }
}
