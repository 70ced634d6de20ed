package io.tidegate.events;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import javax.sql.DataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.jdbc.support.SQLExceptionSubclassTranslator;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Replays a projection into tables beside the live ones while these go on being updated, and then
 * switches over in one short transaction.
 *
 * <p>The switch takes an exclusive lock on the live tables. Whoever has written to them has then
 * committed, so that reading the rest of the events catches all of it; whoever waits to write to
 * them finds, once let in, the new tables under the old names. So each event gets into the new
 * tables exactly once, and appends wait only for that moment, if they touch this projection.
 */
public final class ProjectionRebuilder {
  private static final Logger LOG = LoggerFactory.getLogger(ProjectionRebuilder.class);

  /** What the names of the tables beside the live ones end in. */
  static final String SUFFIX = "__rebuild";

  private static final Pattern PLAIN = Pattern.compile("[a-z_][a-z0-9_]{0,49}");
  private static final int BATCH = 1_000;

  /**
   * How long the switch queues for the live tables. It is shorter than PostgreSQL's deadlock check
   * (1 s), so that where the switch and an append wait for each other the switch gives way.
   */
  private static final int LOCK_MILLIS = 250;

  private static final int ATTEMPTS = 60;
  private static final Duration PAUSE = Duration.ofMillis(100);
  private static final FeedPlace END =
      new FeedPlace(Integer.MAX_VALUE, Long.MAX_VALUE, Long.MAX_VALUE);

  /** What to do when the tables have been rebuilt. */
  public enum Switch {
    /** Switch over; the tables are not compared. */
    ALWAYS,
    /** Switch over only if the rebuilt tables equal the live ones. */
    IF_EQUAL,
    /** Compare only, and leave the live tables as they are; appends go on reading them. */
    NEVER
  }

  /**
   * A table's content in short.
   *
   * @param rows the number of rows
   * @param checksum over all values of all rows, whatever their order
   */
  public record Content(long rows, String checksum) {}

  /**
   * A live table and its rebuilt twin, at the same event.
   *
   * @param table the table's name
   */
  public record Compared(String table, Content live, Content rebuilt) {
    public boolean equal() {
      return live.equals(rebuilt);
    }
  }

  /**
   * What a rebuild did.
   *
   * @param events how many events were replayed
   * @param compared each table; empty if they were not compared
   * @param switched whether the rebuilt tables are live now
   */
  public record Report(String projection, long events, List<Compared> compared, boolean switched) {
    public Report {
      compared = List.copyOf(compared);
    }

    /** Whether all tables that were compared are equal. */
    public boolean equal() {
      return compared.stream().allMatch(Compared::equal);
    }
  }

  private final PostgresEventStore store;
  private final String schema;
  private final DataSource dataSource;
  private final JdbcTemplate jdbc;
  private final TransactionTemplate transactions;

  /**
   * Makes a rebuilder for a store's projections.
   *
   * @param store its data source must allow two connections at a time
   */
  public ProjectionRebuilder(PostgresEventStore store) {
    this.store = store;
    this.schema = store.schema();
    this.dataSource = store.dataSource();
    this.jdbc = new JdbcTemplate(dataSource);
    this.transactions = new TransactionTemplate(new JdbcTransactionManager(dataSource));
  }

  /**
   * Rebuilds a projection, be it one that is updated in the appending transaction or one that
   * follows the feed (which is rebuilt up to where its follower is).
   *
   * @throws IllegalStateException if the projection is being rebuilt already, or other transactions
   *     never let go of its tables
   */
  public Report rebuild(Projection projection, Switch when) throws InterruptedException {
    if (projection.tables().isEmpty()) {
      throw new IllegalArgumentException("Projection without tables: " + projection.name());
    }
    for (String table : projection.tables()) {
      if (!PLAIN.matcher(table).matches()) {
        throw new IllegalArgumentException("Not a plain table name: " + table);
      }
    }
    try (Connection connection = dataSource.getConnection()) {
      connection.setAutoCommit(true);
      if (!advisory(connection, "pg_try_advisory_lock", projection)) {
        throw new IllegalStateException(
            "Projection %s is being rebuilt already".formatted(projection.name()));
      }
      try {
        return new Run(projection, when).run();
      } finally {
        advisory(connection, "pg_advisory_unlock", projection);
      }
    } catch (SQLException e) {
      throw new SQLExceptionSubclassTranslator().translate("lock of a rebuild", null, e);
    }
  }

  private boolean advisory(Connection connection, String function, Projection projection)
      throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement("SELECT %s(hashtextextended(?, 0))".formatted(function))) {
      statement.setString(1, "tidegate rebuild " + schema + "/" + projection.name());
      try (ResultSet row = statement.executeQuery()) {
        return row.next() && row.getBoolean(1);
      }
    }
  }

  /** An index of a live table and its twin beside it. */
  private record IndexPair(String live, String beside) {}

  private final class Run {
    private final Projection projection;
    private final Switch when;
    private final List<String> tables;
    private final boolean follows;
    private final Projection.Target beside =
        new Projection.Target(schema, SUFFIX, JdbcClient.create(dataSource));
    private FeedPlace reached = FeedPlace.START;
    private long events;

    Run(Projection projection, Switch when) {
      this.projection = projection;
      this.when = when;
      this.tables = projection.tables().stream().sorted().toList();
      this.follows = !store.updatesInTransaction(projection);
    }

    Report run() throws InterruptedException {
      dropBeside();
      createBeside();
      boolean switched = false;
      try {
        Report report = replayAndFinish();
        switched = report.switched();
        LOG.info(
            "Projection {} replayed from {} events: {}",
            projection.name(),
            report.events(),
            switched ? "switched over" : "live tables left as they are");
        return report;
      } finally {
        if (!switched) {
          dropBeside();
        }
      }
    }

    private Report replayAndFinish() throws InterruptedException {
      for (int attempt = 1; ; attempt++) {
        catchUp();
        try {
          Report report = transactions.execute(status -> finish());
          if (report == null) {
            throw new IllegalStateException("The switch gave no report");
          }
          return report;
        } catch (DataAccessException e) {
          if (!gaveWay(e)) {
            throw e;
          }
          if (attempt == ATTEMPTS) {
            throw new IllegalStateException(
                "Other transactions never let go of the tables of projection " + projection.name(),
                e);
          }
          Thread.sleep(PAUSE);
        }
      }
    }

    // lock_not_available (the time to queue is over) or deadlock_detected
    private static boolean gaveWay(DataAccessException exception) {
      return exception.getMostSpecificCause() instanceof SQLException cause
          && ("55P03".equals(cause.getSQLState()) || "40P01".equals(cause.getSQLState()));
    }

    private void dropBeside() {
      for (String table : tables) {
        jdbc.execute("DROP TABLE IF EXISTS " + beside.table(table));
      }
    }

    private void createBeside() {
      for (String table : tables) {
        // LIKE takes all but the storage parameters.
        String parameters =
            jdbc.queryForObject(
                """
                SELECT coalesce('WITH (' || array_to_string(reloptions, ', ') || ')', '')
                  FROM pg_class WHERE oid = ?::regclass\
                """,
                String.class,
                schema + "." + table);
        jdbc.execute(
            "CREATE TABLE %s (LIKE %s.%s INCLUDING ALL) %s"
                .formatted(beside.table(table), schema, table, parameters));
      }
    }

    // In pages, each in a transaction of its own, up to where the feed (or the follower) is.
    private void catchUp() {
      FeedPlace end = follows ? followerPosition("") : store.feedEnd();
      boolean more = true;
      while (more) {
        more = Boolean.TRUE.equals(transactions.execute(status -> replayPage(end)));
      }
      for (String table : tables) {
        jdbc.execute("ANALYZE " + beside.table(table));
      }
    }

    private boolean replayPage(FeedPlace end) {
      List<RecordedEvent> page = store.between(reached, end, BATCH);
      for (RecordedEvent event : page) {
        projection.apply(event, beside);
      }
      if (!page.isEmpty()) {
        reached = FeedPlace.of(page.getLast().cursor(), schema);
        events += page.size();
      }
      return page.size() == BATCH;
    }

    // A follower's row stays locked, so that it does not move on before this transaction ends.
    private FeedPlace followerPosition(String lock) {
      return jdbc
          .query(
              "SELECT cursor FROM %s.feed_positions WHERE name = ? %s".formatted(schema, lock),
              (row, number) -> FeedPlace.of(new FeedCursor(row.getString("cursor")), schema),
              FeedFollower.positionName(projection))
          .stream()
          .findFirst()
          .orElse(FeedPlace.START);
    }

    private Report finish() {
      // Replayed again should this transaction be undone.
      FeedPlace reachedBefore = reached;
      long eventsBefore = events;
      boolean done = false;
      try {
        Report report = lockedFinish();
        done = true;
        return report;
      } finally {
        if (!done) {
          reached = reachedBefore;
          events = eventsBefore;
        }
      }
    }

    private Report lockedFinish() {
      lockLive(when == Switch.NEVER ? "SHARE" : "ACCESS EXCLUSIVE");
      FeedPlace end = follows ? followerPosition("FOR UPDATE") : END;
      boolean more = true;
      while (more) {
        more = replayPage(end);
      }
      List<Compared> compared = when == Switch.ALWAYS ? List.of() : compare();
      boolean switching =
          switch (when) {
            case ALWAYS -> true;
            case IF_EQUAL -> compared.stream().allMatch(Compared::equal);
            case NEVER -> false;
          };
      if (switching) {
        tables.forEach(this::replace);
      }
      return new Report(projection.name(), events, compared, switching);
    }

    private void lockLive(String mode) {
      jdbc.execute("SET LOCAL lock_timeout = " + LOCK_MILLIS);
      jdbc.execute(
          "LOCK TABLE %s IN %s MODE"
              .formatted(
                  String.join(", ", tables.stream().map(table -> schema + "." + table).toList()),
                  mode));
      jdbc.execute("SET LOCAL lock_timeout = 0");
    }

    private List<Compared> compare() {
      List<Compared> compared = new ArrayList<>();
      for (String table : tables) {
        compared.add(
            new Compared(table, content(schema + "." + table), content(beside.table(table))));
      }
      return compared;
    }

    private Content content(String table) {
      return jdbc.queryForObject(
          """
          SELECT count(*) AS rows,
                 coalesce(sum(hashtextextended(ROW(t.*)::text, 0)::numeric), 0)::text AS checksum
            FROM %s t\
          """
              .formatted(table),
          (row, number) -> new Content(row.getLong("rows"), row.getString("checksum")));
    }

    private void replace(String table) {
      List<IndexPair> indexes = indexes(table);
      jdbc.execute("DROP TABLE %s.%s".formatted(schema, table));
      jdbc.execute("ALTER TABLE %s RENAME TO %s".formatted(beside.table(table), table));
      for (IndexPair index : indexes) {
        // Migrations to come find their indexes and constraints under the names that they gave.
        if (!index.live().equals(index.beside())) {
          jdbc.execute(
              "ALTER INDEX %s.%s RENAME TO %s".formatted(schema, index.beside(), index.live()));
        }
      }
    }

    // Pairs the indexes by what they are; of equal ones any pairing will do.
    private List<IndexPair> indexes(String table) {
      return jdbc.query(
          """
          WITH indexes AS (
            SELECT c.relname AS owner, quote_ident(i.relname) AS name,
                   row_number() OVER (PARTITION BY c.relname, d.definition ORDER BY i.relname) AS nth,
                   d.definition
              FROM pg_index x
              JOIN pg_class c ON c.oid = x.indrelid
              JOIN pg_class i ON i.oid = x.indexrelid
             CROSS JOIN LATERAL (
                   SELECT concat_ws(' ', x.indisprimary, x.indisunique,
                                    (SELECT contype FROM pg_constraint WHERE conindid = i.oid
                                      AND conrelid = c.oid),
                                    substr(pg_get_indexdef(i.oid),
                                           strpos(pg_get_indexdef(i.oid), ' USING '))) AS definition
                   ) d
             WHERE c.relnamespace = ?::regnamespace AND c.relname IN (?, ?))
          SELECT live.name AS live, beside.name AS beside
            FROM indexes live JOIN indexes beside USING (definition, nth)
           WHERE live.owner = ? AND beside.owner = ?\
          """,
          (row, number) -> new IndexPair(row.getString("live"), row.getString("beside")),
          schema,
          table,
          table + SUFFIX,
          table,
          table + SUFFIX);
    }
  }
}
