package io.tidegate.kit.database;

import io.tidegate.events.EventStoreMigration;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.springframework.beans.factory.InitializingBean;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.stereotype.Component;

/**
 * Brings every service's schema up to date when the process starts, before anything else uses the
 * data source. Each schema has two histories: the event store's and the service's own.
 */
@Component
final class Migrations implements InitializingBean {
  private final ObjectProvider<DataSource> dataSource;
  private final List<ServiceSchema> schemas;

  Migrations(ObjectProvider<DataSource> dataSource, ObjectProvider<ServiceSchema> schemas) {
    this.dataSource = dataSource;
    this.schemas = schemas.orderedStream().toList();
  }

  @Override
  public void afterPropertiesSet() {
    for (ServiceSchema schema : schemas) {
      DataSource database = dataSource.getObject();
      // Flyway's own lock comes too late for two replicas that find an empty schema.
      try (Connection connection = database.getConnection()) {
        lock(connection, "pg_advisory_lock", schema);
        try {
          createIfMissing(connection, schema.name());
          EventStoreMigration.migrate(database, schema.name());
          migrate(database, schema.name());
        } finally {
          lock(connection, "pg_advisory_unlock", schema);
        }
      } catch (SQLException e) {
        throw new IllegalStateException("Cannot migrate the database schema " + schema.name(), e);
      }
    }
  }

  private static void lock(Connection connection, String function, ServiceSchema schema)
      throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement("SELECT %s(hashtextextended(?, 0))".formatted(function))) {
      statement.setString(1, "tidegate migrations " + schema.name());
      statement.execute();
    }
  }

  // A role that owns nothing but its schema may not even say CREATE SCHEMA IF NOT EXISTS.
  private static void createIfMissing(Connection connection, String schema) throws SQLException {
    try (PreparedStatement exists =
            connection.prepareStatement("SELECT to_regnamespace(?) IS NOT NULL");
        Statement create = connection.createStatement()) {
      exists.setString(1, schema);
      try (ResultSet row = exists.executeQuery()) {
        if (!row.next() || !row.getBoolean(1)) {
          create.execute("CREATE SCHEMA " + schema);
        }
      }
    }
  }

  private static void migrate(DataSource database, String schema) {
    Flyway.configure()
        .dataSource(database)
        .createSchemas(false)
        .schemas(schema)
        .defaultSchema(schema)
        .table("flyway_history")
        .locations("classpath:db/" + schema)
        .failOnMissingLocations(true)
        .placeholders(Map.of("schema", schema))
        // Two histories share the schema: whichever comes second finds it non-empty.
        .baselineOnMigrate(true)
        .baselineVersion("0")
        .load()
        .migrate();
  }
}
