package io.tidegate.catalog;

import io.tidegate.kit.errors.ApiException;
import io.tidegate.kit.errors.ErrorCode;
import java.text.Normalizer;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Names: kept in lower case, as Unity Catalog does, and in the composed form of Unicode (NFC), so
 * that neither case nor the spelling of an accent tells two apart.
 */
final class Names {
  private static final int MAX_LENGTH = 255;

  /** What cannot stand in a path as it is; stock clients do not escape names. */
  private static final String NOT_IN_A_PATH = "/\\%?#;";

  /** Who acts where no principal does; a principal of that name could be taken for it. */
  private static final Set<String> RESERVED = Set.of("system", "service");

  private Names() {}

  /**
   * A name for a new catalog, schema or table.
   *
   * @param field the field's name, for the error
   * @throws ApiException INVALID_ARGUMENT if it is missing, too long or has a forbidden character
   */
  static String required(String field, @Nullable String name) {
    return checked(field, name, ".");
  }

  /** A name for a new principal or team: an e-mail address may be one, so that dots are allowed. */
  static String grantee(String field, @Nullable String name) {
    String checked = checked(field, name, "");
    if (RESERVED.contains(checked)) {
      throw new ApiException(
          ErrorCode.INVALID_ARGUMENT, field + " must not be '" + checked + "': it is reserved");
    }
    // In a path these would name a folder.
    if (checked.equals(".") || checked.equals("..")) {
      throw new ApiException(ErrorCode.INVALID_ARGUMENT, field + " must not be made of dots");
    }
    return checked;
  }

  private static String checked(String field, @Nullable String name, String forbidden) {
    if (name == null || name.isBlank()) {
      throw new ApiException(ErrorCode.INVALID_ARGUMENT, field + " is required");
    }
    if (!isWellFormed(name)
        || name.codePoints()
            .anyMatch(character ->
                NOT_IN_A_PATH.indexOf(character) >= 0
                    || forbidden.indexOf(character) >= 0
                    || isUnseen(character))) {
      throw new ApiException(
          ErrorCode.INVALID_ARGUMENT,
          field
              + " must not contain a space, a control or invisible character, "
              + (forbidden.isEmpty() ? "" : "'.', ")
              + "'/', '\\', '%', '?', '#' or ';'");
    }
    String kept = lookup(name);
    if (kept.length() > MAX_LENGTH) {
      throw new ApiException(
          ErrorCode.INVALID_ARGUMENT, field + " must have at most " + MAX_LENGTH + " characters");
    }
    return kept;
  }

  // Whatever would make two names look alike, or one look like nothing.
  private static boolean isUnseen(int character) {
    return Character.isISOControl(character)
        || Character.isWhitespace(character)
        || Character.isSpaceChar(character)
        || Character.getType(character) == Character.FORMAT;
  }

  /** Whether a text has no half of a surrogate pair, which no encoding can write. */
  static boolean isWellFormed(String text) {
    return text.codePoints()
        .noneMatch(character ->
            character >= Character.MIN_SURROGATE && character <= Character.MAX_SURROGATE);
  }

  /** A name by which something is looked up. */
  static String lookup(String name) {
    return Normalizer.normalize(
        Normalizer.normalize(name, Normalizer.Form.NFC).toLowerCase(Locale.ROOT),
        Normalizer.Form.NFC);
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
