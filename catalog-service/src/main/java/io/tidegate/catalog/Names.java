package io.tidegate.catalog;

import io.tidegate.kit.errors.ApiException;
import io.tidegate.kit.errors.ErrorCode;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The names of securables: kept in lower case, as Unity Catalog does, so that case never tells two
 * apart.
 */
final class Names {
  private static final int MAX_LENGTH = 255;

  private Names() {}

  /**
   * A name for something new.
   *
   * @param field the field's name, for the error
   * @throws ApiException INVALID_ARGUMENT if it is missing, too long or has a forbidden character
   */
  static String required(String field, @Nullable String name) {
    if (name == null || name.isBlank()) {
      throw new ApiException(ErrorCode.INVALID_ARGUMENT, field + " is required");
    }
    if (name.length() > MAX_LENGTH) {
      throw new ApiException(
          ErrorCode.INVALID_ARGUMENT, field + " must have at most " + MAX_LENGTH + " characters");
    }
    for (int i = 0; i < name.length(); i++) {
      char character = name.charAt(i);
      if (character == '.'
          || character == '/'
          || character == '\\'
          || character <= ' '
          || character == 0x7f
          || Character.isISOControl(character)
          || Character.isSurrogate(character) && !isPaired(name, i)) {
        throw new ApiException(
            ErrorCode.INVALID_ARGUMENT,
            field + " must not contain a space, a control character, '.', '/' or '\\'");
      }
    }
    return name.toLowerCase(Locale.ROOT);
  }

  private static boolean isPaired(String text, int index) {
    return Character.isHighSurrogate(text.charAt(index))
        ? index + 1 < text.length() && Character.isLowSurrogate(text.charAt(index + 1))
        : index > 0 && Character.isHighSurrogate(text.charAt(index - 1));
  }

  /** A name by which something is looked up. */
  static String lookup(String name) {
    return name.toLowerCase(Locale.ROOT);
  }

  /**
   * The parts of a full name.
   *
   * @throws ApiException INVALID_ARGUMENT if it has not that many
   */
  static List<String> parts(String field, String fullName, int count) {
    List<String> parts = List.of(fullName.split("\\.", -1));
    if (parts.size() != count || parts.stream().anyMatch(String::isBlank)) {
      throw new ApiException(
          ErrorCode.INVALID_ARGUMENT,
          field + " must have " + count + " parts, separated by dots: " + printable(fullName));
    }
    return parts.stream().map(Names::lookup).toList();
  }

  /** A text from a request, fit for an error message. */
  static String printable(String text) {
    String cut = text.length() > 200 ? text.substring(0, 200) + "…" : text;
    return cut.replaceAll("\\p{Cntrl}", "?");
  }
}
