package io.tidegate.kit.database;

import java.util.regex.Pattern;

/**
 * The PostgreSQL schema of one service. Declared as a bean, it is created and migrated before
 * anything reads or writes it: the event store's tables from {@code classpath:db/event-store}, then
 * the service's own from {@code classpath:db/<name>}. Both may use the placeholder {@code
 * ${schema}}.
 *
 * @param name lower-case letters, digits and underscores, at most 40
 */
public record ServiceSchema(String name) {
  private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9_]{0,39}");

  public ServiceSchema {
    if (!NAME.matcher(name).matches()) {
      throw new IllegalArgumentException("Not the name of a schema: " + name);
    }
  }
}
