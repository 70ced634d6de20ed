package io.tidegate.catalog;

import io.tidegate.events.EventMetadata;
import io.tidegate.events.EventStore;
import io.tidegate.kit.security.Caller;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.UUID;
import javax.sql.DataSource;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.support.JdbcTransactionManager;

/** The file with an administrator's token, which opens the door to whoever owns the data. */
public final class AdminToken {
  private static final Set<PosixFilePermission> PRIVATE =
      PosixFilePermissions.fromString("rw-------");
  private static final EventMetadata BY = new EventMetadata("system", "admin-token");

  private AdminToken() {}

  /**
   * Sees to it that the file holds a token of an active administrator that works: one that does
   * stays, else a new one that never expires is made, with its event. It needs the database and no
   * running service, and a running service accepts the token at once.
   *
   * @param owner connections that may write the catalog's schema
   * @return whether a new one was made
   * @throws IllegalStateException if there is no active administrator
   * @throws UncheckedIOException if the file cannot be read or written; then nothing was made
   */
  public static boolean renew(DataSource owner, Path file) {
    try (EventStore events = new CatalogServiceConfiguration().catalogEvents(owner)) {
      EventWriter writer = new EventWriter(events, new JdbcTransactionManager(owner));
      return renew(JdbcClient.create(owner), writer, file);
    }
  }

  private static boolean renew(JdbcClient jdbc, EventWriter writer, Path file) {
    Tokens tokens = new Tokens(jdbc, writer);
    return writer.make(() -> {
      lock(jdbc);
      if (Files.exists(file) && tokens.authenticate(read(file)).filter(Caller::admin).isPresent()) {
        keepPrivate(file);
        return false;
      }
      Tokens.Owner admin = administrator(jdbc);
      // The file comes before the end of the transaction: to repeat mends a crash in between.
      String text =
          tokens
              .create(admin.id(), admin.name(), "made by ./tidegate admin-token", null, BY)
              .text();
      write(file, text);
      return true;
    });
  }

  private static Tokens.Owner administrator(JdbcClient jdbc) {
    return jdbc.sql(
            "SELECT id, name FROM catalog.principals WHERE admin AND active"
                + " ORDER BY (name = ?) DESC, created_at, name LIMIT 1 FOR SHARE")
        .param(Bootstrap.ADMIN)
        .query((row, number) ->
            new Tokens.Owner(row.getObject("id", UUID.class), row.getString("name")))
        .optional()
        .orElseThrow(() -> new IllegalStateException("There is no active administrator"));
  }

  /** Lets one process at a time decide about the file, until the transaction ends. */
  static void lock(JdbcClient jdbc) {
    jdbc.sql("SELECT pg_advisory_xact_lock(hashtextextended('tidegate/bootstrap', 0))")
        .query(row -> {});
  }

  static String read(Path file) {
    try {
      return Files.readString(file).strip();
    } catch (IOException e) {
      throw new UncheckedIOException("The administrator's token cannot be read from " + file, e);
    }
  }

  /** Writes a file that only its owner may read; it appears whole or not at all. */
  static void write(Path file, String token) {
    try {
      Path draft =
          Files.createTempFile(
              file.toAbsolutePath().getParent(),
              ".token",
              null,
              PosixFilePermissions.asFileAttribute(PRIVATE));
      Files.writeString(draft, token + "\n");
      Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new UncheckedIOException("The administrator's token cannot be kept in " + file, e);
    }
  }

  private static void keepPrivate(Path file) {
    try {
      Files.setPosixFilePermissions(file, PRIVATE);
    } catch (IOException e) {
      throw new UncheckedIOException("Others may read " + file, e);
    }
  }
}
