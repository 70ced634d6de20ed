package io.tidegate.events;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.support.SQLExceptionSubclassTranslator;

/** Sees to it that the current feed epoch is of the cluster and timeline that the store is on. */
final class FeedEpochs {
  private final String schema;
  private final DataSource dataSource;
  private volatile @Nullable String verifiedCluster;
  private volatile boolean doubted;

  FeedEpochs(String schema, DataSource dataSource) {
    this.schema = schema;
    this.dataSource = dataSource;
  }

  /** The name whose hash is the advisory lock between appends and the beginning of an epoch. */
  static String lockName(String schema) {
    return "tidegate event epoch " + schema;
  }

  /** Makes the next {@link #ensureCurrent} look again, for instance after a lost connection. */
  void doubt() {
    doubted = true;
  }

  /** Whether the last epoch is known to be of this cluster; if not, that is looked up again. */
  boolean isCurrent(String cluster) {
    if (cluster.equals(verifiedCluster)) {
      return true;
    }
    doubt();
    return false;
  }

  /**
   * Begins a new epoch if the last one is of another cluster or timeline. Done on a connection of
   * its own: an epoch stays begun even if the caller's transaction is rolled back.
   */
  void ensureCurrent() {
    if (verifiedCluster != null && !doubted) {
      return;
    }
    // Lifted before looking: a doubt that comes up meanwhile stays.
    doubted = false;
    try (Connection connection = dataSource.getConnection()) {
      boolean autoCommit = connection.getAutoCommit();
      connection.setAutoCommit(true);
      try {
        verifiedCluster = verify(connection);
      } finally {
        connection.setAutoCommit(autoCommit);
      }
    } catch (SQLException e) {
      doubted = true;
      throw new SQLExceptionSubclassTranslator().translate("begin feed epoch", null, e);
    }
  }

  private String verify(Connection connection) throws SQLException {
    String cluster = text(connection, "SELECT " + EventSql.CLUSTER);
    if (cluster == null) {
      throw new IllegalStateException("PostgreSQL does not tell which cluster it is");
    }
    if (!cluster.equals(clusterOfEpoch(connection))) {
      connection.setAutoCommit(false);
      try {
        begin(connection, cluster);
        connection.commit();
      } finally {
        connection.rollback();
        connection.setAutoCommit(true);
      }
    }
    return cluster;
  }

  private void begin(Connection connection, String cluster) throws SQLException {
    try (PreparedStatement lock =
        connection.prepareStatement("SELECT pg_advisory_xact_lock(hashtextextended(?, 0))")) {
      lock.setString(1, lockName(schema));
      lock.execute();
    }
    // Another replica may have begun it while this one waited for the lock.
    if (cluster.equals(clusterOfEpoch(connection))) {
      return;
    }
    try (PreparedStatement insert =
        connection.prepareStatement(
            """
            INSERT INTO %1$s.feed_epochs (epoch, cluster)
            SELECT coalesce(max(epoch) + 1, 0), ? FROM %1$s.feed_epochs\
            """
                .formatted(schema))) {
      insert.setString(1, cluster);
      insert.executeUpdate();
    }
  }

  private @Nullable String clusterOfEpoch(Connection connection) throws SQLException {
    return text(
        connection,
        "SELECT cluster FROM %s.feed_epochs ORDER BY epoch DESC LIMIT 1".formatted(schema));
  }

  private static @Nullable String text(Connection connection, String query) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(query)) {
      return rows.next() ? rows.getString(1) : null;
    }
  }
}
