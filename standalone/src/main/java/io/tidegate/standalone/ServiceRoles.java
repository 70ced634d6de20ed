package io.tidegate.standalone;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Who owns the services' schemas: a role for each service where they are processes of their own,
 * else the one role of the one process. A data folder may go from one form to the other and back.
 */
final class ServiceRoles {
  /** Of the services; each is also the name of its schema. */
  static final List<String> NAMES = List.of("catalog", "commits", "sharing");

  private ServiceRoles() {}

  /**
   * Gives each service's schema to the service's own role; makes both where they are missing.
   *
   * @param script {@code deploy/roles.sql}
   * @param passwords of the roles, by their names; without quotes in them
   */
  static void separate(Connection superuser, Path script, Map<String, String> passwords)
      throws SQLException, IOException {
    inOneTransaction(
        superuser,
        statement -> {
          if (!roleExists(superuser)) {
            // It is written for psql, which docker-compose uses; its variables are filled here.
            String sql = Files.readString(script);
            for (String name : NAMES) {
              sql = sql.replace(":'" + name + "_password'", "'" + passwords.get(name) + "'");
            }
            statement.execute(sql);
          }
          for (String name : NAMES) {
            give(statement, name, name);
          }
        });
  }

  /** Takes back what {@link #separate} gave, if the data folder has ever been run that way. */
  static void together(DataFolder folder, EmbeddedDatabase database)
      throws SQLException, IOException {
    if (folder.hasSecret(secret(NAMES.getFirst()))) {
      try (Connection superuser = database.superuser()) {
        together(superuser, database.username());
      }
    }
  }

  /** What the password of a role is kept under in the data folder. */
  static String secret(String role) {
    return role + ".password";
  }

  /** Gives all schemas that there are to one role. */
  static void together(Connection superuser, String owner) throws SQLException, IOException {
    inOneTransaction(
        superuser,
        statement -> {
          for (String name : NAMES) {
            give(statement, name, owner);
          }
        });
  }

  private static boolean roleExists(Connection superuser) throws SQLException {
    try (PreparedStatement query =
        superuser.prepareStatement("SELECT 1 FROM pg_roles WHERE rolname = ?")) {
      query.setString(1, NAMES.getFirst());
      try (ResultSet row = query.executeQuery()) {
        return row.next();
      }
    }
  }

  /** The schema and its tables; sequences and indexes go with their tables. */
  private static void give(Statement statement, String schema, String owner) throws SQLException {
    List<String> changes = new ArrayList<>();
    try (ResultSet rows =
        statement.executeQuery(
            """
            SELECT format('ALTER SCHEMA %%I OWNER TO %%I', nspname, '%2$s')
              FROM pg_namespace
             WHERE nspname = '%1$s' AND nspowner <> '%2$s'::regrole
            UNION ALL
            SELECT format('ALTER TABLE %%I.%%I OWNER TO %%I', nspname, relname, '%2$s')
              FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
             WHERE nspname = '%1$s' AND relkind IN ('r', 'p') AND relowner <> '%2$s'::regrole
            """
                .formatted(schema, owner))) {
      while (rows.next()) {
        changes.add(rows.getString(1));
      }
    }
    for (String change : changes) {
      statement.execute(change);
    }
  }

  /** What is done in a transaction. */
  private interface Work {
    void with(Statement statement) throws SQLException, IOException;
  }

  private static void inOneTransaction(Connection connection, Work work)
      throws SQLException, IOException {
    connection.setAutoCommit(false);
    try (Statement statement = connection.createStatement()) {
      work.with(statement);
      connection.commit();
    }
  }
}
