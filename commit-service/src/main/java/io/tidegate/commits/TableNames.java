package io.tidegate.commits;

import org.jspecify.annotations.Nullable;

/** Names that requests give to tables; the catalog has the last word on them. */
final class TableNames {
  private static final int MAX_LENGTH = 255;

  /** What parts names, and what cannot stand in a path as it is: stock clients do not escape. */
  private static final String FORBIDDEN = "./\\%?#;";

  private TableNames() {}

  /**
   * A name that must be there.
   *
   * @throws io.tidegate.kit.errors.ApiException INVALID_ARGUMENT naming the field
   */
  static String required(String field, @Nullable String name) {
    String given = Texts.required(field, name);
    if (given.isBlank()) {
      throw Texts.invalid(field + " is empty");
    }
    if (given.length() > MAX_LENGTH) {
      throw Texts.invalid(field + " must have at most " + MAX_LENGTH + " characters");
    }
    if (given.chars().anyMatch(c -> c <= ' ' || c == 0x7f || FORBIDDEN.indexOf(c) >= 0)) {
      throw Texts.invalid(
          field
              + " must not contain a space, a control character, '.', '/', '\\', '%', '?', '#' or ';': "
              + Texts.shown(given));
    }
    return given;
  }
}
