package io.tidegate.events;

import java.util.Map;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;

/** Creates and migrates the event store's tables. */
public final class EventStoreMigration {
  /** The Flyway history table, apart from that of the service's own tables. */
  public static final String HISTORY_TABLE = "flyway_event_store";

  private EventStoreMigration() {}

  /**
   * Brings a schema's event store tables up to date; creates the schema if it is missing. Other
   * tables of the schema, and their migration history, are left alone.
   *
   * @param dataSource a role that owns the schema, or may create it
   * @param schema the schema's name: lower-case letters, digits and underscores
   */
  public static void migrate(DataSource dataSource, String schema) {
    Flyway.configure()
        .dataSource(dataSource)
        .schemas(SchemaName.checked(schema))
        .defaultSchema(schema)
        .table(HISTORY_TABLE)
        .locations("classpath:db/event-store")
        .placeholders(Map.of("schema", schema))
        // Two histories share the schema, so whichever comes second finds it non-empty.
        .baselineOnMigrate(true)
        .baselineVersion("0")
        .load()
        .migrate();
  }
}
