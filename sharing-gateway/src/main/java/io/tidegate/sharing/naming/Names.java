package io.tidegate.sharing.naming;

import io.tidegate.kit.errors.ApiException;
import io.tidegate.kit.errors.ErrorCode;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Checks names, and says how they are compared. */
public final class Names {
  /** The protocol's limit, in characters. */
  private static final int LONGEST = 255;

  // What would be ambiguous in a three-part name or in the path of a URL, and what a client that
  // reads line by line would take for the end of a line.
  private static final Pattern FORBIDDEN =
      Pattern.compile("[./\\\\%;?#\\p{Cntrl}\\u0085\\u2028\\u2029]");

  // The protocol lets a share's name have dots but no spaces.
  private static final Pattern FORBIDDEN_IN_SHARES =
      Pattern.compile("[/\\\\%;?#\\p{Cntrl}\\p{Z}\\u0085]");

  private static final int LONGEST_COMMENT = 4096;

  private Names() {}

  /** What a name is compared by: the protocol's names are case-insensitive. */
  public static String key(String name) {
    return name.toLowerCase(Locale.ROOT);
  }

  /**
   * A name that may be given to something.
   *
   * @param field the request's field, for the message
   * @throws ApiException INVALID_ARGUMENT if it is missing, too long or has a forbidden character
   */
  public static String checked(String field, @Nullable String name) {
    String given = given(field, name);
    if (FORBIDDEN.matcher(given).find() || !given.equals(given.strip())) {
      throw invalid(
          field,
          "may not begin or end with a space, nor contain a control character or one of . / \\ % ;"
              + " ? #");
    }
    return given;
  }

  /**
   * A name that may be given to a share.
   *
   * @param field the request's field, for the message
   * @throws ApiException INVALID_ARGUMENT if it is missing, too long or has a forbidden character
   */
  public static String checkedShare(String field, @Nullable String name) {
    String given = given(field, name);
    // Clients take a segment of dots out of a path.
    if (FORBIDDEN_IN_SHARES.matcher(given).find() || given.equals(".") || given.equals("..")) {
      throw invalid(
          field,
          "may not contain a space, a control character or one of / \\ % ; ? #, nor be . or ..");
    }
    return given;
  }

  private static String given(String field, @Nullable String name) {
    if (name == null || name.isBlank()) {
      throw invalid(field, "is missing");
    }
    if (name.length() > LONGEST) {
      throw invalid(field, "has more than " + LONGEST + " characters");
    }
    return name;
  }

  /**
   * A comment that may be kept.
   *
   * @param field the request's field, for the message
   */
  public static @Nullable String checkedComment(String field, @Nullable String comment) {
    if (comment != null && comment.length() > LONGEST_COMMENT) {
      throw invalid(field, "has more than " + LONGEST_COMMENT + " characters");
    }
    if (comment != null && comment.indexOf('\0') >= 0) {
      throw invalid(field, "contains a null character");
    }
    return comment;
  }

  /** The parts of {@code catalog.schema.table}. */
  public static List<String> threeParts(String field, @Nullable String name) {
    List<String> parts = name == null ? List.of() : List.of(name.split("\\.", -1));
    if (parts.size() != 3 || parts.stream().anyMatch(String::isBlank)) {
      throw invalid(field, "must be of the form catalog.schema.table");
    }
    return parts;
  }

  private static ApiException invalid(String field, String what) {
    return new ApiException(ErrorCode.INVALID_ARGUMENT, field + " " + what);
  }
}
