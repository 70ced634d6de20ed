package io.tidegate.catalog;

import io.tidegate.kit.errors.ApiException;
import io.tidegate.kit.errors.ErrorCode;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The key-value pairs that catalogs, schemas and tables carry. */
final class Properties {
  private static final int MAX_COUNT = 1000;

  private Properties() {}

  /** As given, none if null; INVALID_ARGUMENT if there are too many or one has no value. */
  static Map<String, String> checked(@Nullable Map<String, @Nullable String> properties) {
    if (properties == null) {
      return Map.of();
    }
    if (properties.size() > MAX_COUNT) {
      throw new ApiException(
          ErrorCode.INVALID_ARGUMENT, "properties must have at most " + MAX_COUNT + " entries");
    }
    Map<String, String> checked = new LinkedHashMap<>();
    properties.forEach((key, value) -> {
      if (value == null) {
        throw new ApiException(
            ErrorCode.INVALID_ARGUMENT,
            "properties." + Names.printable(key) + " must have a value");
      }
      checked.put(key, value);
    });
    return checked;
  }
}
