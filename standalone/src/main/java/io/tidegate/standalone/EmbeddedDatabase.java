package io.tidegate.standalone;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A real PostgreSQL whose data stay in the data folder. It is durable (a commit is on disk when it
 * is acknowledged), listens on loopback only and asks for a password.
 */
final class EmbeddedDatabase implements AutoCloseable {
  private static final String DATABASE = "tidegate";
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final EmbeddedPostgres postgres;
  private final String password;

  private EmbeddedDatabase(EmbeddedPostgres postgres, String password) {
    this.postgres = postgres;
    this.password = password;
  }

  /**
   * Starts the server on a free port; stops one first that a killed process left behind.
   *
   * @throws StartFailure if it does not come up
   */
  static EmbeddedDatabase start(DataFolder folder) {
    Path data = folder.postgres();
    String password = folder.secret("postgres.password");
    try {
      stopLeftover(data);
      boolean fresh = !Files.exists(data.resolve("PG_VERSION"));
      if (!fresh && !Files.exists(data.resolve("tidegate.ready"))) {
        // The first start was killed before the cluster was set up; nothing is in it yet.
        org.springframework.util.FileSystemUtils.deleteRecursively(data);
        fresh = true;
      }
      Path log = folder.logs().resolve("postgres.log");
      EmbeddedPostgres.Builder builder =
          EmbeddedPostgres.builder()
              .setDataDirectory(data)
              .setCleanDataDirectory(false)
              .setRegisterShutdownHook(false)
              .setPort(freePort())
              .setPGStartupWait(PATIENCE)
              .setOutputRedirector(ProcessBuilder.Redirect.appendTo(log.toFile()))
              .setErrorRedirector(ProcessBuilder.Redirect.appendTo(log.toFile()))
              .setServerConfig("fsync", "on")
              .setServerConfig("synchronous_commit", "on")
              .setServerConfig("full_page_writes", "on")
              .setServerConfig("listen_addresses", "127.0.0.1")
              .setServerConfig("unix_socket_directories", "")
              .setServerConfig("max_connections", "100")
              .setServerConfig("shared_buffers", "64MB")
              .setServerConfig("idle_in_transaction_session_timeout", "60s");
      if (!fresh) {
        builder.setConnectConfig("password", password);
      }
      EmbeddedDatabase database = new EmbeddedDatabase(builder.start(), password);
      try {
        if (fresh) {
          database.setUp(data);
        }
        database.verify(data);
        return database;
      } catch (SQLException | IOException | RuntimeException e) {
        database.close();
        throw e;
      }
    } catch (IOException | SQLException | IllegalStateException e) {
      throw new StartFailure(
          "The embedded PostgreSQL does not start: "
              + e.getMessage()
              + " (see "
              + folder.logs().resolve("postgres.log")
              + ")",
          e);
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  // After a kill -9 of the JVM the server lives on. Its pid file may also name a process that has
  // nothing to do with it: pids are reused.
  private static void stopLeftover(Path data) throws IOException {
    Path pidFile = data.resolve("postmaster.pid");
    if (!Files.exists(pidFile)) {
      return;
    }
    List<String> lines = Files.readAllLines(pidFile);
    if (lines.isEmpty() || !lines.getFirst().strip().matches("[0-9]+")) {
      Files.delete(pidFile);
      return;
    }
    long pid = Long.parseLong(lines.getFirst().strip());
    Optional<ProcessHandle> leftover =
        ProcessHandle.of(pid).filter(process -> isServerOf(process, data));
    if (leftover.isEmpty()) {
      // Where no process has the pid, PostgreSQL sees so itself; and by what this file says it
      // sees whether children of the old server are still at the data.
      if (ProcessHandle.of(pid).isPresent()) {
        Files.deleteIfExists(pidFile);
      }
      return;
    }
    ProcessHandle process = leftover.get();
    try {
      // INT is PostgreSQL's fast shutdown: it does not wait for clients.
      new ProcessBuilder("kill", "-INT", Long.toString(process.pid())).start().waitFor();
      process.onExit().get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("Interrupted while a left-over PostgreSQL was stopped", e);
    } catch (ExecutionException | TimeoutException e) {
      throw new IOException(
          "The PostgreSQL of an earlier run (process " + process.pid() + ") does not stop", e);
    }
  }

  private static boolean isServerOf(ProcessHandle process, Path data) {
    String command = process.info().commandLine().orElse("");
    return command.contains("postgres") && command.contains(data.toString());
  }

  private void setUp(Path data) throws SQLException, IOException {
    try (Connection connection =
            DriverManager.getConnection(postgres.getJdbcUrl("postgres", "postgres"));
        Statement statement = connection.createStatement()) {
      statement.execute("ALTER ROLE postgres PASSWORD '" + password + "'");
      statement.execute("CREATE ROLE tidegate LOGIN PASSWORD '" + password + "'");
      statement.execute("CREATE DATABASE tidegate OWNER tidegate");
      Files.writeString(
          data.resolve("pg_hba.conf"),
          "host all all 127.0.0.1/32 scram-sha-256" + System.lineSeparator());
      statement.execute("SELECT pg_reload_conf()");
    }
    Files.createFile(data.resolve("tidegate.ready"));
  }

  private void verify(Path data) throws SQLException {
    Map<String, String> wanted =
        Map.of("data_directory", data.toString(), "fsync", "on", "synchronous_commit", "on");
    try (Connection connection =
            DriverManager.getConnection(url("postgres"), "postgres", password);
        Statement statement = connection.createStatement()) {
      for (Map.Entry<String, String> setting : wanted.entrySet()) {
        try (ResultSet row = statement.executeQuery("SHOW " + setting.getKey())) {
          row.next();
          if (!row.getString(1).equals(setting.getValue())) {
            throw new IllegalStateException(
                "its "
                    + setting.getKey()
                    + " is "
                    + row.getString(1)
                    + ", not "
                    + setting.getValue());
          }
        }
      }
    }
  }

  private String url(String database) {
    return "jdbc:postgresql://127.0.0.1:" + postgres.getPort() + "/" + database;
  }

  /** The URL of Tidegate's database, without credentials. */
  String url() {
    return url(DATABASE);
  }

  String username() {
    return "tidegate";
  }

  String password() {
    return password;
  }

  /** A connection of the superuser to Tidegate's database. */
  Connection superuser() throws SQLException {
    return DriverManager.getConnection(url(), "postgres", password);
  }

  @Override
  public void close() throws IOException {
    postgres.close();
  }
}
