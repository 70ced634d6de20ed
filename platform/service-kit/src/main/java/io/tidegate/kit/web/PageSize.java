package io.tidegate.kit.web;

import io.tidegate.kit.errors.ApiException;
import io.tidegate.kit.errors.ErrorCode;
import org.jspecify.annotations.Nullable;

/** How many entries of a list a request asks for. */
public final class PageSize {
  private PageSize() {}

  /**
   * The size of a page, where zero asks for the server's own choice.
   *
   * @param field the parameter's name, for the error
   * @param requested as sent; null if it was not
   * @param defaultSize the size if none or zero is asked for
   * @param max the largest size; more is answered with this many
   * @throws ApiException INVALID_ARGUMENT if it is negative
   */
  public static int of(String field, @Nullable Integer requested, int defaultSize, int max) {
    int size = orZero(field, requested, defaultSize, max);
    return size == 0 ? defaultSize : size;
  }

  /**
   * The same, where zero asks for an empty page.
   *
   * @throws ApiException INVALID_ARGUMENT if it is negative
   */
  public static int orZero(String field, @Nullable Integer requested, int defaultSize, int max) {
    if (requested == null) {
      return defaultSize;
    }
    if (requested < 0) {
      throw new ApiException(
          ErrorCode.INVALID_ARGUMENT, field + " must not be negative, but is " + requested);
    }
    return Math.min(requested, max);
  }
}
