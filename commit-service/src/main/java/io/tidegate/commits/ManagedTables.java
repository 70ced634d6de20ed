package io.tidegate.commits;

import static io.tidegate.commits.Texts.invalid;
import static io.tidegate.commits.Texts.required;

import io.tidegate.commits.CommitEvent.CommitRatified;
import io.tidegate.commits.CommitEvent.TableClosed;
import io.tidegate.commits.CommitEvent.TableFilesRemoved;
import io.tidegate.commits.DeltaApi.CreateTable;
import io.tidegate.commits.StagingTables.Stage;
import io.tidegate.commits.StagingTables.StagingTable;
import io.tidegate.commits.TableStates.State;
import io.tidegate.commits.WorkQueue.Kind;
import io.tidegate.delta.CommitFile;
import io.tidegate.delta.LogPaths;
import io.tidegate.events.EventMetadata;
import io.tidegate.events.EventStore;
import io.tidegate.events.ExpectedVersion;
import io.tidegate.events.StreamAppend;
import io.tidegate.kit.errors.ApiException;
import io.tidegate.kit.errors.ErrorCode;
import io.tidegate.kit.security.Caller;
import io.tidegate.kit.web.Actors;
import io.tidegate.objects.ObjectInfo;
import io.tidegate.objects.ObjectStore;
import io.tidegate.ports.CatalogDirectory;
import io.tidegate.ports.NewTable;
import io.tidegate.ports.TableAccess;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * The life of a managed table. It is made in two steps, in two services: the catalog registers it,
 * then its commit stream is opened. Whoever dies in between leaves a registered table without a
 * stream, which the catalog's feed, or the same request again, brings to its end.
 */
@Component
class ManagedTables {
  private static final int PURGE_STEP = 500;

  private final CatalogDirectory catalog;
  private final StagingTables stagingTables;
  private final TableStates states;
  private final CommitReader reader;
  private final TableStorage storage;
  private final EventStore events;
  private final WorkQueue work;
  private final CommitSettings settings;
  private final JdbcClient jdbc;
  private final TransactionTemplate transactions;

  ManagedTables(
      CatalogDirectory catalog,
      StagingTables stagingTables,
      TableStates states,
      CommitReader reader,
      TableStorage storage,
      @Qualifier("commitEvents") EventStore events,
      WorkQueue work,
      CommitSettings settings,
      JdbcClient jdbc,
      PlatformTransactionManager transactions) {
    this.catalog = catalog;
    this.stagingTables = stagingTables;
    this.states = states;
    this.reader = reader;
    this.storage = storage;
    this.events = events;
    this.work = work;
    this.settings = settings;
    this.jdbc = jdbc;
    this.transactions = new TransactionTemplate(transactions);
  }

  /** Version 0 as the client has written it. */
  private record FirstCommit(CommitFile file, TableMetadata metadata, long timestamp) {}

  /**
   * Makes a table of a staging table; the same request again answers as the first one did.
   *
   * @throws ApiException TABLE_NOT_FOUND if there is no staging table at the location,
   *     PERMISSION_DENIED if it is another caller's, INVALID_ARGUMENT naming what is wrong with the
   *     request or with version 0, ALREADY_EXISTS if the name is taken
   */
  TableAccess create(
      Caller caller, String catalogName, String schemaName, String name, CreateTable request) {
    String location = required("location", request.location());
    StagingTable staged =
        storage
            .tableAt(location)
            .flatMap(stagingTables::find)
            .orElseThrow(() ->
                new ApiException(
                    ErrorCode.TABLE_NOT_FOUND,
                    "location is that of no staging table: " + Texts.shown(location)));
    if (!staged.isOf(caller)) {
      throw new ApiException(
          ErrorCode.PERMISSION_DENIED, "The staging table at location is another principal's");
    }
    if (!staged.catalog().equalsIgnoreCase(catalogName)
        || !staged.schema().equalsIgnoreCase(schemaName)
        || !staged.name().equalsIgnoreCase(name)) {
      throw invalid(
          "location was given for the table %s.%s.%s"
              .formatted(staged.catalog(), staged.schema(), staged.name()));
    }
    if (staged.isOver()) {
      throw StagingTables.gone(staged.id());
    }
    if (staged.stage() == Stage.CREATED) {
      return created(caller, staged, request);
    }
    FirstCommit first = firstCommit(staged);
    Uniform uniform = compare(request, staged, first.metadata(), first.timestamp());
    if (!catalog.schema(caller, catalogName, schemaName).mayCreateTables()) {
      throw new ApiException(
          ErrorCode.PERMISSION_DENIED,
          "The caller lacks CREATE TABLE on schema " + catalogName + "." + schemaName);
    }
    stagingTables.claim(staged, uniform);
    TableAccess table = register(caller, staged, first);
    open(staged.id(), table.fullName(), first, Actors.metadata(caller));
    return table;
  }

  /** The request was answered before; its version 0 may be gone from the log by now. */
  private TableAccess created(Caller caller, StagingTable staged, CreateTable request) {
    TableAccess table = catalog.table(caller, staged.id());
    CommitRatified first = states.ratified(staged.id(), 0).orElseThrow().commit();
    compare(request, staged, Objects.requireNonNull(first.metadata()), first.timestamp());
    return table;
  }

  private TableAccess register(Caller caller, StagingTable staged, FirstCommit first) {
    try {
      return catalog.register(
          caller,
          new NewTable(
              staged.id(),
              staged.catalog(),
              staged.schema(),
              staged.name(),
              TableAccess.Type.MANAGED,
              staged.location(),
              first.metadata().comment(),
              first.metadata().schemaString(),
              first.metadata().partitionColumns(),
              first.metadata().shownProperties(0, first.timestamp()),
              0));
    } catch (ApiException e) {
      if (e.code().status() < 500) {
        stagingTables.release(staged);
      }
      throw e;
    }
  }

  private FirstCommit firstCommit(StagingTable staged) {
    String name = "_delta_log/00000000000000000000.json";
    CommitReader.Proposed proposed =
        reader
            .first(staged.location(), new LogPaths(staged.location()).published(0), name)
            .orElseThrow(() -> invalid("location: there is no commit " + name));
    CommitFile file = proposed.file();
    if (file.protocol() == null || file.metadata() == null) {
      throw invalid("The commit " + name + " lacks a protocol or a metaData action");
    }
    TableMetadata metadata =
        TableMetadata.of(file.protocol(), file.metadata(), file.domainMetadata());
    ManagedTableContract.violation(staged.id(), metadata)
        .ifPresent(violation -> {
          throw invalid("The table at location cannot be a managed one: " + violation);
        });
    CommitReader.requireSane(metadata, name);
    return new FirstCommit(file, metadata, proposed.timestamp());
  }

  /**
   * What the request says must be what the commit says; what it leaves out does not count.
   *
   * @return where its Iceberg metadata is, which no log says
   */
  private static @Nullable Uniform compare(
      CreateTable request, StagingTable staged, TableMetadata actual, long actualTimestamp) {
    Descriptions.Spoken spoken = Descriptions.Spoken.wholly(actual);
    Descriptions.protocol("protocol", required("protocol", request.protocol()), actual);
    Descriptions.properties(
        "properties", required("properties", request.properties()), actual, spoken);
    Descriptions.columns("columns", required("columns", request.columns()), actual, spoken);
    if (request.partitionColumns() != null) {
      Descriptions.partitionColumns("partition-columns", request.partitionColumns(), actual);
    }
    if (request.comment() != null) {
      Descriptions.comment("comment", request.comment(), actual, spoken);
    }
    if (request.domainMetadata() != null) {
      Descriptions.domains("domain-metadata", request.domainMetadata(), actual, spoken);
    }
    long timestamp = required("last-commit-timestamp-ms", request.lastCommitTimestampMs());
    if (timestamp != actualTimestamp) {
      throw invalid(
          "last-commit-timestamp-ms is %d, but the in-commit timestamp of version 0 is %d"
              .formatted(timestamp, actualTimestamp));
    }
    return Uniform.checked("uniform", request.uniform(), actual, staged.location(), 0, null);
  }

  private void open(UUID id, String fullName, FirstCommit first, EventMetadata actor) {
    CommitFile file = first.file();
    transactions.executeWithoutResult(status -> {
      StagingTable staged = stagingTables.lock(id).orElseThrow(() -> StagingTables.gone(id));
      switch (staged.stage()) {
        case CREATED -> {
          return;
        }
        case EXPIRED, DROPPED -> throw StagingTables.gone(id);
        case STAGED, CREATING -> {
          // Goes on below.
        }
      }
      events.append(
          List.of(
              StreamAppend.of(
                  CommitEvent.commits(id),
                  ExpectedVersion.noStream(),
                  new CommitRatified(
                      id,
                      0,
                      "00000000000000000000.json",
                      file.length(),
                      first.timestamp(),
                      first.timestamp(),
                      CommitReader.transaction(file),
                      file.contentHash(),
                      CommitReader.operation(file),
                      actor.principal(),
                      first.metadata(),
                      null,
                      staged.uniform(),
                      staged.location().toString()),
                  fullName)),
          actor);
      stagingTables.set(id, Stage.CREATED);
    });
  }

  /** The catalog has registered a managed table: its commit stream must be open soon. */
  void registered(UUID id) {
    StagingTable staged = stagingTables.find(id).orElse(null);
    if (staged != null && staged.stage().awaitsCreation()) {
      work.add(Kind.OPEN, id);
    }
  }

  /**
   * Opens the commit stream of a table that the catalog has registered, if it is not open: even if
   * the time of its staging table is over.
   */
  void finishOpening(UUID id) {
    StagingTable staged = stagingTables.find(id).orElse(null);
    if (staged == null || !staged.stage().awaitsCreation()) {
      return;
    }
    open(
        id,
        staged.fullName(),
        firstCommit(staged),
        new EventMetadata(staged.ownerName(), Actors.system().requestId()));
  }

  /**
   * A staging table's time is over. Perhaps the catalog has registered it, and nobody heard: it
   * says now whether it did.
   *
   * @return how long it still has; empty if it is over, or is a table
   */
  Optional<Duration> giveUp(UUID id) {
    StagingTable staged = stagingTables.find(id).orElse(null);
    if (staged != null && staged.stage().awaitsCreation() && isRegistered(staged)) {
      finishOpening(id);
      return Optional.empty();
    }
    return stagingTables.expire(id);
  }

  private boolean isRegistered(StagingTable staged) {
    try {
      catalog.table(catalog.principal(staged.ownerId()), staged.id());
      return true;
    } catch (ApiException e) {
      return switch (e.code()) {
        case TABLE_NOT_FOUND, PRINCIPAL_NOT_FOUND -> false;
        // It exists, whatever has become of the owner's rights.
        case PERMISSION_DENIED -> true;
        default -> throw e;
      };
    }
  }

  /** The state of a managed table that the catalog knows. */
  State state(TableAccess table) {
    Optional<State> state = states.state(table.id());
    if (state.isEmpty()) {
      finishOpening(table.id());
      state = states.state(table.id());
    }
    return state
        .filter(known -> !known.closed())
        .orElseThrow(() ->
            new ApiException(
                ErrorCode.TABLE_NOT_FOUND,
                "Table " + table.fullName() + " has no commits here, or was dropped"));
  }

  /** A table was dropped: nothing more is ratified, and its files go when their time has come. */
  void close(UUID id, EventMetadata actor) {
    transactions.executeWithoutResult(status -> {
      StagingTable staged = stagingTables.lock(id).orElse(null);
      if (staged == null || staged.stage() == Stage.DROPPED || staged.stage() == Stage.EXPIRED) {
        return;
      }
      stagingTables.set(id, Stage.DROPPED);
      // Whoever ratifies holds this row, and looks whether the table is closed.
      jdbc.sql("SELECT 1 FROM commits.tables WHERE id = :id FOR NO KEY UPDATE")
          .param("id", id)
          .query(row -> {});
      events.append(
          List.of(
              StreamAppend.of(
                  CommitEvent.lifecycle(id),
                  ExpectedVersion.any(),
                  new TableClosed(
                      id,
                      Instant.now()
                          .plus(settings.droppedFilesKept())
                          .truncatedTo(ChronoUnit.MILLIS)),
                  staged.fullName())),
          actor);
      work.add(Kind.PURGE, id, settings.droppedFilesKept());
    });
  }

  /**
   * Removes the files of a table that is gone, and nothing outside its own folder below the managed
   * root.
   *
   * @param step called after each file
   */
  void purge(UUID id, Runnable step) throws IOException {
    StagingTable staged = stagingTables.find(id).orElse(null);
    if (staged == null || staged.stage() != Stage.DROPPED && staged.stage() != Stage.EXPIRED) {
      return;
    }
    if (!storage.tableAt(staged.location().toString()).equals(Optional.of(id))) {
      throw new IOException("The files of table " + id + " are not below the managed root");
    }
    URI folder = URI.create(staged.location() + "/");
    ObjectStore files = storage.files(staged.location());
    long removed = 0;
    List<ObjectInfo> page = files.list(folder, null, PURGE_STEP, true);
    while (!page.isEmpty()) {
      for (ObjectInfo file : page) {
        files.delete(file.uri());
        step.run();
      }
      removed += page.size();
      page = files.list(folder, page.getLast().uri(), PURGE_STEP, true);
    }
    TableFilesRemoved event = new TableFilesRemoved(id, removed);
    transactions.executeWithoutResult(status ->
        events.append(
            List.of(
                StreamAppend.of(
                    CommitEvent.lifecycle(id), ExpectedVersion.any(), event, id.toString())),
            Actors.system()));
  }
}
