package io.tidegate.commits;

import io.tidegate.commits.CommitEvent.StagingTableCreated;
import io.tidegate.commits.CommitEvent.StagingTableExpired;
import io.tidegate.commits.WorkQueue.Kind;
import io.tidegate.events.EventStore;
import io.tidegate.events.ExpectedVersion;
import io.tidegate.events.StreamAppend;
import io.tidegate.kit.errors.ApiException;
import io.tidegate.kit.errors.ErrorCode;
import io.tidegate.kit.security.Caller;
import io.tidegate.kit.web.Actors;
import java.net.URI;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/** Tables that were promised an id and a place. */
@Component
class StagingTables {
  /** Clocks differ a little. */
  private static final Duration SLACK = Duration.ofSeconds(1);

  /** Far more than the catalog may take to answer. */
  private static final Duration REGISTRATION = Duration.ofMinutes(10);

  private final JdbcClient jdbc;
  private final EventStore events;
  private final WorkQueue work;
  private final TableStorage storage;
  private final CommitSettings settings;
  private final TransactionTemplate transactions;

  StagingTables(
      JdbcClient jdbc,
      @Qualifier("commitEvents") EventStore events,
      WorkQueue work,
      TableStorage storage,
      CommitSettings settings,
      PlatformTransactionManager transactions) {
    this.jdbc = jdbc;
    this.events = events;
    this.work = work;
    this.storage = storage;
    this.settings = settings;
    this.transactions = new TransactionTemplate(transactions);
  }

  /** How far a staging table has come. */
  enum Stage {
    STAGED,
    /** The catalog is being asked to register it; only its answer ends this. */
    CREATING,
    CREATED,
    EXPIRED,
    DROPPED;

    /** Whether it still is a staging table. */
    boolean awaitsCreation() {
      return this == STAGED || this == CREATING;
    }
  }

  record StagingTable(
      UUID id,
      String catalog,
      String schema,
      String name,
      URI location,
      UUID ownerId,
      String ownerName,
      Stage stage,
      Instant expiresAt,
      @Nullable Uniform uniform) {

    String fullName() {
      return catalog + "." + schema + "." + name;
    }

    /** Only who made it may go on with it: not even an administrator may in their place. */
    boolean isOf(Caller caller) {
      return caller.principalId().equals(ownerId);
    }

    boolean isOver() {
      return switch (stage) {
        case STAGED -> !expiresAt.isAfter(Instant.now());
        case CREATING, CREATED -> false;
        case EXPIRED, DROPPED -> true;
      };
    }
  }

  StagingTable create(Caller caller, String catalog, String schema, String name) {
    UUID id = UUID.randomUUID();
    URI location = storage.managedLocation(id);
    Instant expiresAt =
        Instant.now().plus(settings.stagingLifetime()).truncatedTo(ChronoUnit.MILLIS);
    transactions.executeWithoutResult(status -> {
      jdbc.sql(
              """
              INSERT INTO commits.staging_tables
                (id, catalog_name, schema_name, table_name, location, owner_id, owner_name, state,
                 expires_at)
              VALUES (:id, :catalog, :schema, :name, :location, :owner, :ownerName, 'STAGED',
                      :expires)
              """)
          .param("id", id)
          .param("catalog", catalog)
          .param("schema", schema)
          .param("name", name)
          .param("location", location.toString())
          .param("owner", caller.principalId())
          .param("ownerName", caller.name())
          .param("expires", Timestamp.from(expiresAt))
          .update();
      events.append(
          List.of(
              StreamAppend.of(
                  CommitEvent.lifecycle(id),
                  ExpectedVersion.noStream(),
                  new StagingTableCreated(
                      id, catalog, schema, name, location.toString(), caller.name(), expiresAt),
                  catalog + "." + schema + "." + name)),
          Actors.metadata(caller));
      work.add(Kind.EXPIRE, id, settings.stagingLifetime().plus(SLACK));
    });
    return new StagingTable(
        id,
        catalog,
        schema,
        name,
        location,
        caller.principalId(),
        caller.name(),
        Stage.STAGED,
        expiresAt,
        null);
  }

  Optional<StagingTable> find(UUID id) {
    return find(id, "");
  }

  /** The same, and holds it until the caller's transaction ends. */
  Optional<StagingTable> lock(UUID id) {
    return find(id, " FOR UPDATE");
  }

  private Optional<StagingTable> find(UUID id, String lock) {
    return jdbc.sql("SELECT * FROM commits.staging_tables WHERE id = :id" + lock)
        .param("id", id)
        .query((row, number) -> stagingTable(row))
        .optional();
  }

  /**
   * Keeps a staging table from expiring while it is made a table.
   *
   * @param uniform where its Iceberg metadata is, for whoever finishes this
   * @throws ApiException TABLE_NOT_FOUND if it has expired, or the table was dropped
   */
  void claim(StagingTable table, @Nullable Uniform uniform) {
    int claimed =
        jdbc.sql(
                """
                UPDATE commits.staging_tables
                   SET state = 'CREATING', uniform = :uniform::jsonb,
                       expires_at = greatest(expires_at, now() + :registration * interval '1 second')
                 WHERE id = :id AND (state = 'CREATING' OR state = 'STAGED' AND expires_at > now())
                """)
            .param("uniform", uniform == null ? null : Json.write(uniform))
            .param("registration", REGISTRATION.toSeconds())
            .param("id", table.id())
            .update();
    if (claimed == 0 && find(table.id()).map(StagingTable::isOver).orElse(true)) {
      throw gone(table.id());
    }
  }

  /** The catalog has refused the table; it may be tried again until it expires. */
  void release(StagingTable table) {
    jdbc.sql(
            "UPDATE commits.staging_tables SET state = 'STAGED'"
                + " WHERE id = :id AND state = 'CREATING'")
        .param("id", table.id())
        .update();
    Duration left = Duration.between(Instant.now(), table.expiresAt());
    work.add(Kind.EXPIRE, table.id(), left.isNegative() ? SLACK : left.plus(SLACK));
  }

  /** Within the caller's transaction, which holds the row. */
  void set(UUID id, Stage stage) {
    jdbc.sql("UPDATE commits.staging_tables SET state = :state WHERE id = :id")
        .param("state", stage.name())
        .param("id", id)
        .update();
  }

  /**
   * Gives up a staging table that the catalog does not know; its files are removed.
   *
   * @return how long it still has; empty if it is over, or was made a table
   */
  Optional<Duration> expire(UUID id) {
    return transactions.execute(status -> {
      StagingTable table = lock(id).orElse(null);
      if (table == null || !table.stage().awaitsCreation()) {
        return Optional.empty();
      }
      Duration left = Duration.between(Instant.now(), table.expiresAt());
      if (left.isPositive()) {
        return Optional.of(left.plus(SLACK));
      }
      set(id, Stage.EXPIRED);
      events.append(
          List.of(
              StreamAppend.of(
                  CommitEvent.lifecycle(id),
                  ExpectedVersion.any(),
                  new StagingTableExpired(id),
                  id.toString())),
          Actors.system());
      work.add(Kind.PURGE, id);
      return Optional.empty();
    });
  }

  static ApiException gone(UUID id) {
    return new ApiException(
        ErrorCode.TABLE_NOT_FOUND, "There is no staging table " + id + ", or not any more");
  }

  private static StagingTable stagingTable(ResultSet row) throws SQLException {
    String uniform = row.getString("uniform");
    return new StagingTable(
        row.getObject("id", UUID.class),
        row.getString("catalog_name"),
        row.getString("schema_name"),
        row.getString("table_name"),
        URI.create(row.getString("location")),
        row.getObject("owner_id", UUID.class),
        row.getString("owner_name"),
        Stage.valueOf(row.getString("state")),
        row.getTimestamp("expires_at").toInstant(),
        uniform == null ? null : Json.read(uniform, Uniform.class));
  }
}
