package io.tidegate.events;

import java.util.regex.Pattern;

/** Guards the one thing that goes into SQL text from outside. */
final class SchemaName {
  private static final Pattern PLAIN = Pattern.compile("[a-z_][a-z0-9_]{0,39}");

  private SchemaName() {}

  static String checked(String schema) {
    if (!PLAIN.matcher(schema).matches()) {
      throw new IllegalArgumentException("Not a plain schema name: " + schema);
    }
    return schema;
  }
}
