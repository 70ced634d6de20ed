package io.tidegate.commits;

import io.tidegate.testing.TestDatabase;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.Semaphore;

/**
 * Cuts connections to a database, and cancels statements, at whatever they are: as often as it is
 * asked to.
 */
final class Aborter implements AutoCloseable {
  /** What is at work at that moment, between the statements of a transaction too. */
  private static final String AT_WORK =
      "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
          + " AND pid <> pg_backend_pid() AND state <> 'idle' ORDER BY pid";

  /** How often it looks for something at work before it lets one go. */
  private static final int LOOKS = 200;

  private final Random random = new Random(4);
  private final Semaphore wanted = new Semaphore(0);
  private final TestDatabase database;
  private final FutureTask<Integer> aborting = new FutureTask<>(abortAll());
  private volatile boolean closed;

  Aborter(TestDatabase database) {
    this.database = database;
    Thread.ofVirtual().name("aborter").start(aborting);
  }

  /** Asks for one more, soon. */
  void abortOne() {
    wanted.release();
  }

  private Callable<Integer> abortAll() {
    return () -> {
      int aborted = 0;
      try (Connection connection =
          DriverManager.getConnection(
              database.jdbcUrl(), database.username(), database.password())) {
        wanted.acquire();
        while (!closed) {
          aborted += abort(connection) ? 1 : 0;
          wanted.acquire();
        }
      }
      return aborted;
    };
  }

  private boolean abort(Connection connection) throws SQLException {
    for (int look = 0; look < LOOKS; look++) {
      List<Integer> processes = new ArrayList<>();
      try (PreparedStatement statement = connection.prepareStatement(AT_WORK);
          ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          processes.add(rows.getInt(1));
        }
      }
      if (!processes.isEmpty()) {
        String how = random.nextBoolean() ? "pg_cancel_backend" : "pg_terminate_backend";
        try (PreparedStatement statement = connection.prepareStatement("SELECT " + how + "(?)")) {
          statement.setInt(1, processes.get(random.nextInt(processes.size())));
          return statement.execute();
        }
      }
    }
    return false;
  }

  /** Ends it; it can be called again. */
  @Override
  public void close() throws InterruptedException, ExecutionException {
    aborted();
  }

  /** Ends it and tells how many it has aborted. */
  int aborted() throws InterruptedException, ExecutionException {
    closed = true;
    wanted.release();
    return aborting.get();
  }
}
