package io.tidegate.sharing.naming;

import io.tidegate.kit.errors.ApiException;
import io.tidegate.kit.errors.ErrorCode;
import org.jspecify.annotations.Nullable;

/** Refuses what the API has and this server does not do, so that nobody takes it for done. */
public final class Unsupported {
  private Unsupported() {}

  /**
   * Refuses a field or parameter that asks for something; left out or empty it asks for nothing.
   *
   * @param field its name, for the message
   * @param why what the server does in its place, after the name and a colon
   * @throws ApiException NOT_IMPLEMENTED
   */
  public static void refuse(String field, @Nullable String value, String why) {
    if (value != null && !value.isEmpty()) {
      throw new ApiException(ErrorCode.NOT_IMPLEMENTED, field + ": " + why);
    }
  }
}
