package io.tidegate.kit.errors;

import java.net.URI;
import java.time.temporal.Temporal;
import java.util.Arrays;
import java.util.Collection;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Collectors;

/** Names a Java type as a caller of a JSON API knows it. */
final class WantedType {
  private WantedType() {}

  static String name(Class<?> type) {
    if (type.isEnum()) {
      return "one of "
          + Arrays.stream(type.getEnumConstants())
              .map(Object::toString)
              .collect(Collectors.joining(", "));
    }
    if (type == boolean.class || type == Boolean.class) {
      return "true or false";
    }
    if (type == double.class
        || type == float.class
        || type == Double.class
        || type == Float.class
        || type == java.math.BigDecimal.class) {
      return "a number";
    }
    if (type == int.class || type == Integer.class) {
      return "an integer between " + Integer.MIN_VALUE + " and " + Integer.MAX_VALUE;
    }
    if (type == long.class || type == Long.class || Number.class.isAssignableFrom(type)) {
      return "an integer";
    }
    if (type == UUID.class) {
      return "a UUID";
    }
    if (type == URI.class) {
      return "a URI";
    }
    if (Temporal.class.isAssignableFrom(type)) {
      return "a time in ISO 8601";
    }
    if (CharSequence.class.isAssignableFrom(type)) {
      return "a string of Unicode characters, without U+0000";
    }
    if (Collection.class.isAssignableFrom(type) || type.isArray()) {
      return "an array";
    }
    return Map.class.isAssignableFrom(type) || type.isRecord() ? "an object" : "of another type";
  }
}
