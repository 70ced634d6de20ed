package io.tidegate.testing;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.postgresql.PostgreSQLContainer;

/**
 * A real PostgreSQL for tests: one server for each test JVM, in a container where a Docker engine
 * answers and can start one, else the embedded one; a new database for each caller.
 *
 * @param jdbcUrl without credentials
 * @param username a superuser
 * @param password the superuser's password
 */
public record TestDatabase(String jdbcUrl, String username, String password) {
  private static final Logger LOG = LoggerFactory.getLogger(TestDatabase.class);
  private static final AtomicInteger COUNTER = new AtomicInteger();
  private static @Nullable Server server;

  /** Where the server is; {@code host:port}. */
  private record Server(String address, String username, String password) {
    String url(String database) {
      return "jdbc:postgresql://" + address + "/" + database;
    }
  }

  /** Creates an empty database. */
  public static TestDatabase create() {
    Server running = server();
    String name = "test_" + ProcessHandle.current().pid() + "_" + COUNTER.incrementAndGet();
    try (Connection connection =
            java.sql.DriverManager.getConnection(
                running.url("postgres"), running.username(), running.password());
        Statement statement = connection.createStatement()) {
      statement.execute("CREATE DATABASE " + name);
    } catch (SQLException e) {
      throw new IllegalStateException("Cannot create a test database", e);
    }
    return new TestDatabase(running.url(name), running.username(), running.password());
  }

  private static synchronized Server server() {
    if (server == null) {
      Server container = startContainer();
      server = container != null ? container : startEmbedded();
    }
    return server;
  }

  // Testcontainers throws where an engine answers but an image cannot be had; then the embedded
  // server runs the same suite.
  @SuppressWarnings("resource") // The container lives as long as the JVM.
  private static @Nullable Server startContainer() {
    try {
      if (!DockerClientFactory.instance().isDockerAvailable()) {
        skipped("no Docker engine answers");
        return null;
      }
      PostgreSQLContainer container = new PostgreSQLContainer("postgres:18");
      container.setCommand("postgres", "-c", "fsync=off", "-c", "max_connections=200");
      container.start();
      return new Server(
          container.getHost() + ":" + container.getMappedPort(5432),
          container.getUsername(),
          container.getPassword());
    } catch (RuntimeException e) {
      LOG.info("No PostgreSQL container ({}); the embedded server is used", e.getMessage());
      skipped("the Docker engine could not start its container");
      return null;
    }
  }

  /** Tells the launcher, which names at its end what could not be run here. */
  private static void skipped(String reason) {
    String file = System.getenv("TIDEGATE_SKIPPED");
    if (file == null) {
      return;
    }
    try {
      Files.writeString(
          Path.of(file),
          "skipped: PostgreSQL in a container (the embedded one runs the same suite), because "
              + reason
              + "\n",
          StandardOpenOption.CREATE,
          StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot say what is skipped", e);
    }
  }

  @SuppressWarnings("resource") // Stopped by its own shutdown hook.
  private static Server startEmbedded() {
    try {
      EmbeddedPostgres postgres =
          EmbeddedPostgres.builder()
              .setServerConfig("max_connections", "200")
              .setServerConfig("unix_socket_directories", "")
              // A machine that is busy with other builds is slow to start it.
              .setPGStartupWait(Duration.ofMinutes(1))
              .start();
      return new Server("localhost:" + postgres.getPort(), "postgres", "postgres");
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot start the embedded PostgreSQL", e);
    }
  }
}
