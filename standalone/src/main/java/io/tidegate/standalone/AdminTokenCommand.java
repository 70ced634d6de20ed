package io.tidegate.standalone;

import io.tidegate.catalog.AdminToken;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.datasource.DriverManagerDataSource;
import org.springframework.transaction.TransactionException;

/**
 * {@code ./tidegate admin-token}: makes a token for the administrator where the file has none that
 * works. Who may read the data folder may do that, while the server runs and while it does not.
 */
record AdminTokenCommand(Path data) {
  static final String NAME = "admin-token";
  private static final int PORT_LINE = 3;

  /**
   * Does it, and says what came of it; never the token itself.
   *
   * @throws StartFailure if there is no data folder, or its database does not answer
   */
  String run() {
    Path database = data.resolve("postgres");
    if (!Files.exists(database.resolve("tidegate.ready"))) {
      throw new StartFailure(
          "There is no Tidegate in " + data + " yet; ./tidegate up makes one, or use --data");
    }
    Optional<DataFolder> free = DataFolder.openIfFree(data);
    if (free.isEmpty()) {
      return renewed(runningUrl(database), password());
    }
    try (DataFolder folder = free.get();
        EmbeddedDatabase started = EmbeddedDatabase.start(folder)) {
      started.awaitReady();
      return renewed(started.url(), password());
    } catch (IOException e) {
      throw new StartFailure("The database does not stop: " + e.getMessage(), e);
    }
  }

  private Path file() {
    return data.resolve("admin.token");
  }

  private String renewed(String url, String password) {
    try {
      boolean made =
          AdminToken.renew(new DriverManagerDataSource(url, "postgres", password), file());
      return (made ? "A new administrator's token is in " : "The administrator's token works: ")
          + file();
    } catch (DataAccessException | TransactionException e) {
      throw new StartFailure(
          "No token can be made: the database does not answer, or is of an earlier version; start the"
              + " server once and try again ("
              + e.getMostSpecificCause().getMessage()
              + ")",
          e);
    } catch (UncheckedIOException | IllegalStateException e) {
      throw new StartFailure("No token can be made: " + e.getMessage(), e);
    }
  }

  private String password() {
    try {
      return Files.readString(data.resolve("secrets/postgres.password")).strip();
    } catch (IOException e) {
      throw new StartFailure("The database's password cannot be read: " + e, e);
    }
  }

  // PostgreSQL itself says where it listens.
  private static String runningUrl(Path database) {
    try {
      List<String> lines = Files.readAllLines(database.resolve("postmaster.pid"));
      if (lines.size() > PORT_LINE && lines.get(PORT_LINE).strip().matches("[0-9]{1,5}")) {
        return "jdbc:postgresql://127.0.0.1:" + lines.get(PORT_LINE).strip() + "/tidegate";
      }
    } catch (IOException e) {
      throw new StartFailure(
          "The server is starting or stopping: its database cannot be found; try again", e);
    }
    throw new StartFailure("The server is starting or stopping; try again");
  }
}
