package io.tidegate.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidegate.events.EventStoreMigration;
import io.tidegate.testing.TestDatabase;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.postgresql.ds.PGSimpleDataSource;

/** Each service's role reaches its own schema, with the tables that it made there, and no other. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ServiceRolesTest {
  private static final String DENIED = "42501";
  private static final Path SCRIPT = Path.of("../deploy/roles.sql");
  private static final Map<String, String> PASSWORDS =
      ServiceRoles.NAMES.stream().collect(Collectors.toMap(name -> name, name -> name + "-secret"));
  private static final String TOGETHER = "one_for_all";

  private final TestDatabase database = TestDatabase.create();

  @BeforeAll
  void runApart() throws Exception {
    try (Connection superuser = superuser()) {
      execute(superuser, "CREATE ROLE " + TOGETHER + " LOGIN PASSWORD '" + TOGETHER + "'");
      ServiceRoles.separate(superuser, SCRIPT, PASSWORDS);
    }
    for (String role : ServiceRoles.NAMES) {
      // As a service does when it starts: with nothing but its role.
      EventStoreMigration.migrate(dataSource(role), role);
    }
  }

  /** Roles belong to the whole server, which other tests use as well. */
  @AfterAll
  void dropRoles() throws Exception {
    try (Connection superuser = superuser()) {
      for (String role : List.of("catalog", "commits", "sharing", TOGETHER)) {
        execute(superuser, "DROP OWNED BY " + role + " CASCADE");
        execute(superuser, "DROP ROLE " + role);
      }
    }
  }

  @Test
  void noRoleReachesAnothersTables() throws Exception {
    for (String role : ServiceRoles.NAMES) {
      try (Connection connection = connect(role)) {
        assertThat(count(connection, role + ".events")).isZero();
        for (String other : ServiceRoles.NAMES) {
          if (!other.equals(role)) {
            denied(connection, "SELECT count(*) FROM " + other + ".events");
            denied(connection, "DELETE FROM " + other + ".streams");
            denied(connection, "DROP TABLE " + other + ".events");
            denied(connection, "ALTER TABLE " + other + ".events OWNER TO " + role);
            denied(connection, "CREATE TABLE " + other + ".mine (x int)");
            denied(connection, "GRANT USAGE ON SCHEMA " + other + " TO " + role);
            denied(connection, "SET ROLE " + other);
          }
        }
      }
    }
  }

  @Test
  void noRoleMakesAnythingOutsideItsSchema() throws Exception {
    for (String role : ServiceRoles.NAMES) {
      try (Connection connection = connect(role)) {
        denied(connection, "CREATE SCHEMA mine");
        denied(connection, "CREATE TABLE public.mine (x int)");
        denied(connection, "CREATE ROLE mine");
        denied(connection, "CREATE DATABASE mine");
        denied(connection, "COPY (SELECT 1) TO PROGRAM 'true'");
        denied(connection, "SELECT pg_read_file('PG_VERSION')");
        denied(connection, "SELECT rolpassword FROM pg_authid");
      }
    }
  }

  @Test
  void aDataFolderGoesFromOneFormToTheOtherAndBack() throws Exception {
    try (Connection superuser = superuser()) {
      ServiceRoles.together(superuser, TOGETHER);
      try (Connection one = connect(TOGETHER)) {
        for (String schema : ServiceRoles.NAMES) {
          assertThat(count(one, schema + ".events")).isZero();
          // What an upgrade does, which only an owner may.
          execute(one, "ALTER TABLE " + schema + ".events ADD COLUMN extra int");
          execute(one, "CREATE TABLE " + schema + ".made_together (id bigserial PRIMARY KEY)");
        }
      }
      try (Connection catalog = connect("catalog")) {
        denied(catalog, "SELECT count(*) FROM catalog.events");
      }

      ServiceRoles.separate(superuser, SCRIPT, PASSWORDS);
    }
    for (String role : ServiceRoles.NAMES) {
      try (Connection connection = connect(role)) {
        execute(connection, "INSERT INTO " + role + ".made_together DEFAULT VALUES");
        execute(connection, "ALTER TABLE " + role + ".events DROP COLUMN extra");
        execute(connection, "DROP TABLE " + role + ".made_together");
      }
    }
    try (Connection one = connect(TOGETHER)) {
      denied(one, "SELECT count(*) FROM catalog.events");
    }
    noRoleReachesAnothersTables();
  }

  private static void denied(Connection connection, String sql) {
    assertThatThrownBy(() -> execute(connection, sql))
        .as(sql)
        .asInstanceOf(InstanceOfAssertFactories.throwable(SQLException.class))
        .extracting(SQLException::getSQLState)
        .isEqualTo(DENIED);
  }

  private static void execute(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
      if (!connection.getAutoCommit()) {
        connection.commit();
      }
    }
  }

  private static long count(Connection connection, String table) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SELECT count(*) FROM " + table)) {
      row.next();
      return row.getLong(1);
    }
  }

  private Connection superuser() throws SQLException {
    return DriverManager.getConnection(
        database.jdbcUrl(), database.username(), database.password());
  }

  private Connection connect(String role) throws SQLException {
    return DriverManager.getConnection(
        database.jdbcUrl(), role, PASSWORDS.getOrDefault(role, TOGETHER));
  }

  private PGSimpleDataSource dataSource(String role) {
    PGSimpleDataSource source = new PGSimpleDataSource();
    source.setUrl(database.jdbcUrl());
    source.setUser(role);
    source.setPassword(PASSWORDS.get(role));
    return source;
  }
}
