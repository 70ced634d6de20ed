package io.tidegate.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The embedded PostgreSQL as the server starts it. */
class EmbeddedDatabaseTest {

  @BeforeAll
  static void unpackBesideTheBuild() {
    System.setProperty("tidegate.home", Path.of("..").toAbsolutePath().normalize().toString());
  }

  @Test
  void isDurableGuardedAndTheSameEverywhere(@TempDir Path root) throws IOException, SQLException {
    try (DataFolder folder = DataFolder.open(root)) {
      try (EmbeddedDatabase database = EmbeddedDatabase.start(folder);
          Connection superuser = database.superuser();
          Statement statement = superuser.createStatement()) {
        assertThat(answer(statement, "SHOW fsync")).isEqualTo("on");
        assertThat(answer(statement, "SHOW synchronous_commit")).isEqualTo("on");
        assertThat(answer(statement, "SHOW full_page_writes")).isEqualTo("on");
        assertThat(answer(statement, "SHOW listen_addresses")).isEqualTo("127.0.0.1");
        assertThat(answer(statement, "SHOW unix_socket_directories")).isEmpty();
        // Java's idea of lower case and of order is PostgreSQL's, whatever locale this runs in.
        assertThat(answer(statement, "SELECT lower('ÄÉЖ')")).isEqualTo("äéж");
        assertThat(
                answer(
                    statement,
                    "SELECT string_agg(t, '' ORDER BY t) FROM unnest(ARRAY['b','B','a','ä']) t"))
            .isEqualTo("Babä");
        for (String role : new String[] {"postgres", "tidegate"}) {
          assertThatThrownBy(() -> DriverManager.getConnection(database.url(), role, "").close())
              .isInstanceOf(SQLException.class)
              .hasMessageContaining("password");
        }
        statement.execute("CREATE TABLE kept AS SELECT 'yes' AS answer");
      }
      // Nothing complains, neither at the start nor about settings that cannot be taken over.
      assertThat(folder.logs().resolve("postgres.log"))
          .content()
          .contains("database system is shut down")
          .doesNotContain("ERROR", "FATAL:  could", "WARNING", "cannot be changed");
      try (EmbeddedDatabase again = EmbeddedDatabase.start(folder);
          Connection superuser = again.superuser();
          Statement statement = superuser.createStatement()) {
        assertThat(answer(statement, "SELECT answer FROM kept")).isEqualTo("yes");
      }
    }
  }

  @Test
  void aFirstStartThatWasBrokenOffIsBegunAnew(@TempDir Path root) throws IOException, SQLException {
    try (DataFolder folder = DataFolder.open(root)) {
      Files.createDirectories(folder.postgres());
      Files.writeString(folder.postgres().resolve("PG_VERSION"), "18");
      // A pid that is used again by something else: this process.
      Files.writeString(
          folder.postgres().resolve("postmaster.pid"), ProcessHandle.current().pid() + "\n");
      // An initdb that is still at work there: a shell of that name, which waits for input.
      Path program = Files.copy(Path.of("/bin/bash"), root.resolve("initdb"));
      Process initdb =
          new ProcessBuilder(
                  program.toString(), "-c", "read line", "-D", folder.postgres().toString())
              .start();
      // Somebody who looks into the folder.
      Process reader =
          new ProcessBuilder("tail", "-f", folder.postgres().resolve("PG_VERSION").toString())
              .start();
      try (EmbeddedDatabase database = EmbeddedDatabase.start(folder);
          Connection superuser = database.superuser();
          Statement statement = superuser.createStatement()) {
        assertThat(answer(statement, "SELECT current_database()")).isEqualTo("tidegate");
        assertThat(initdb.isAlive()).as("it would go on writing there").isFalse();
        assertThat(reader.isAlive()).as("it does not write there").isTrue();
      } finally {
        initdb.destroyForcibly();
        reader.destroyForcibly();
      }
    }
  }

  @Test
  @Timeout(60)
  void isStartedAgainWhenItEndsByItself(@TempDir Path root) throws Exception {
    try (DataFolder folder = DataFolder.open(root)) {
      try (EmbeddedDatabase database = EmbeddedDatabase.start(folder)) {
        String url = database.url();
        try (Connection superuser = database.superuser();
            Statement statement = superuser.createStatement()) {
          statement.execute("CREATE TABLE kept AS SELECT 'yes' AS answer");
        }
        for (boolean hard : new boolean[] {true, false}) {
          ProcessHandle postmaster = postmaster(folder);
          assertThat(hard ? postmaster.destroyForcibly() : postmaster.destroy()).isTrue();
          postmaster.onExit().get(30, TimeUnit.SECONDS);
          try (Connection superuser = whenItAnswers(database);
              Statement statement = superuser.createStatement()) {
            assertThat(answer(statement, "SELECT answer FROM kept")).isEqualTo("yes");
            assertThat(answer(statement, "SHOW fsync")).isEqualTo("on");
          }
          assertThat(database.url()).isEqualTo(url);
        }
      }
      assertThat(folder.postgres().resolve("postmaster.pid")).doesNotExist();
    }
  }

  @Test
  @Timeout(60)
  void makesNoEmptyDatabaseWhereOneWas(@TempDir Path root) throws Exception {
    try (DataFolder folder = DataFolder.open(root);
        EmbeddedDatabase database = EmbeddedDatabase.start(folder)) {
      database.awaitReady();
      ProcessHandle postmaster = postmaster(folder);
      Files.move(folder.postgres(), root.resolve("elsewhere"));
      postmaster.destroyForcibly();
      assertThatThrownBy(
              () -> {
                while (true) {
                  try {
                    database.superuser().close();
                  } catch (SQLException e) {
                    TimeUnit.MILLISECONDS.sleep(20);
                  }
                }
              })
          .isInstanceOf(StartFailure.class)
          .hasMessageContaining("no database any more");
      assertThat(folder.postgres()).doesNotExist();
    }
  }

  private static ProcessHandle postmaster(DataFolder folder) throws IOException {
    String pid = Files.readAllLines(folder.postgres().resolve("postmaster.pid")).getFirst();
    return ProcessHandle.of(Long.parseLong(pid.strip())).orElseThrow();
  }

  private static Connection whenItAnswers(EmbeddedDatabase database) throws Exception {
    long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    while (true) {
      try {
        return database.superuser();
      } catch (SQLException | StartFailure e) {
        if (System.nanoTime() > until) {
          throw e;
        }
        TimeUnit.MILLISECONDS.sleep(20);
      }
    }
  }

  @Test
  void whatPreventsAStartIsTold(@TempDir Path root) throws IOException {
    try (DataFolder folder = DataFolder.open(root)) {
      Files.createDirectories(folder.logs().resolve("postgres.log"));
      try (EmbeddedDatabase database = EmbeddedDatabase.start(folder)) {
        assertThatThrownBy(database::awaitReady)
            .isInstanceOf(StartFailure.class)
            .hasMessageContaining("PostgreSQL does not start")
            .hasMessageContaining("postgres.log");
      }
    }
  }

  private static String answer(Statement statement, String query) throws SQLException {
    try (ResultSet rows = statement.executeQuery(query)) {
      assertThat(rows.next()).isTrue();
      return rows.getString(1);
    }
  }
}
