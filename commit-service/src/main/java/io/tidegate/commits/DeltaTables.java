package io.tidegate.commits;

import static io.tidegate.commits.Texts.invalid;
import static io.tidegate.commits.Texts.required;

import io.tidegate.commits.CommitEvent.CommitMetricsReported;
import io.tidegate.commits.DeltaApi.AddCommit;
import io.tidegate.commits.DeltaApi.AssertEtag;
import io.tidegate.commits.DeltaApi.AssertTableUuid;
import io.tidegate.commits.DeltaApi.Description;
import io.tidegate.commits.DeltaApi.Histogram;
import io.tidegate.commits.DeltaApi.Requirement;
import io.tidegate.commits.DeltaApi.SetLatestBackfilledVersion;
import io.tidegate.commits.DeltaApi.Update;
import io.tidegate.commits.TableStates.State;
import io.tidegate.delta.TableSnapshot;
import io.tidegate.events.EventStore;
import io.tidegate.events.ExpectedVersion;
import io.tidegate.events.StreamAppend;
import io.tidegate.kit.errors.ApiException;
import io.tidegate.kit.errors.ErrorCode;
import io.tidegate.kit.security.Caller;
import io.tidegate.kit.web.Actors;
import io.tidegate.ports.CatalogDirectory;
import io.tidegate.ports.TableAccess;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.stereotype.Component;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;
import tools.jackson.databind.json.JsonMapper;

/** What can be done with a table by its name, each time asking the catalog whether it may be. */
@Component
class DeltaTables {
  private static final Logger LOG = LoggerFactory.getLogger(DeltaTables.class);

  private final CatalogDirectory catalog;
  private final ManagedTables managedTables;
  private final ExternalTables externalTables;
  private final TableStates states;
  private final Ratifier ratifier;
  private final Publisher publisher;
  private final EventStore events;
  private final JsonMapper json;
  private final TransactionTemplate transactions;

  DeltaTables(
      CatalogDirectory catalog,
      ManagedTables managedTables,
      ExternalTables externalTables,
      TableStates states,
      Ratifier ratifier,
      Publisher publisher,
      @Qualifier("commitEvents") EventStore events,
      JsonMapper json,
      PlatformTransactionManager transactions) {
    this.catalog = catalog;
    this.managedTables = managedTables;
    this.externalTables = externalTables;
    this.states = states;
    this.ratifier = ratifier;
    this.publisher = publisher;
    this.events = events;
    this.json = json;
    this.transactions = new TransactionTemplate(transactions);
  }

  /** A table that the caller may read. */
  TableAccess readable(Caller caller, String catalogName, String schema, String table) {
    TableAccess access = catalog.table(caller, catalogName, schema, table);
    if (!access.mayRead()) {
      throw new ApiException(
          ErrorCode.PERMISSION_DENIED, "The caller lacks SELECT on table " + access.fullName());
    }
    return access;
  }

  /** A table that the caller may change. */
  TableAccess writable(Caller caller, String catalogName, String schema, String table) {
    TableAccess access = catalog.table(caller, catalogName, schema, table);
    if (!access.mayWrite()) {
      throw new ApiException(
          ErrorCode.PERMISSION_DENIED, "The caller lacks MODIFY on table " + access.fullName());
    }
    return access;
  }

  /** A table that the caller may both read and change. */
  TableAccess readableAndWritable(Caller caller, String catalogName, String schema, String table) {
    TableAccess access = writable(caller, catalogName, schema, table);
    if (!access.mayRead()) {
      throw new ApiException(
          ErrorCode.PERMISSION_DENIED, "The caller lacks SELECT on table " + access.fullName());
    }
    return access;
  }

  /** A table that the caller owns, or owns something above of. */
  TableAccess owned(Caller caller, String catalogName, String schema, String table) {
    TableAccess access = catalog.table(caller, catalogName, schema, table);
    if (!access.owned()) {
      throw new ApiException(
          ErrorCode.PERMISSION_DENIED, "The caller does not own table " + access.fullName());
    }
    return access;
  }

  /** A table as it is now. */
  DeltaApi.Table load(TableAccess table) {
    if (!table.format().equalsIgnoreCase("DELTA")) {
      throw new ApiException(
          ErrorCode.UNSUPPORTED_TABLE,
          "Table " + table.fullName() + " is no Delta table, but " + table.format());
    }
    return switch (table.type()) {
      case MANAGED -> managed(table, managedTables.state(table));
      case EXTERNAL -> external(table);
    };
  }

  private static DeltaApi.Table managed(TableAccess table, State state) {
    List<DeltaApi.Commit> commits =
        state.unpublished().reversed().stream()
            .map(commit ->
                new DeltaApi.Commit(
                    commit.version(),
                    commit.timestamp(),
                    commit.fileName(),
                    commit.size(),
                    commit.modified()))
            .toList();
    Uniform uniform = state.uniform();
    return new DeltaApi.Table(
        metadata(
            table,
            state.metadata(),
            state.etag(),
            Math.max(state.updatedAt().toEpochMilli(), table.updatedAt().toEpochMilli()),
            state.metadataVersion(),
            state.metadataTimestamp()),
        commits,
        uniform == null
            ? null
            : new DeltaApi.UniformMetadata(
                new DeltaApi.Iceberg(
                    uniform.metadataLocation(),
                    uniform.convertedDeltaVersion(),
                    uniform.convertedDeltaTimestamp(),
                    null)),
        state.version());
  }

  private DeltaApi.Table external(TableAccess table) {
    TableSnapshot snapshot = externalTables.latest("Table " + table.fullName(), table.location());
    TableMetadata metadata =
        TableMetadata.of(
            snapshot.protocol(), snapshot.metadata(), snapshot.domainMetadata().values());
    // The log of a table that no catalog watches may be written anew: its time tells.
    String etag = table.id() + "-" + snapshot.version() + "-" + snapshot.timestamp();
    return new DeltaApi.Table(
        metadata(
            table,
            metadata,
            etag,
            Math.max(snapshot.timestamp(), table.updatedAt().toEpochMilli()),
            snapshot.version(),
            snapshot.timestamp()),
        null,
        null,
        null);
  }

  private static DeltaApi.Metadata metadata(
      TableAccess table,
      TableMetadata metadata,
      String etag,
      long updatedTime,
      long metadataVersion,
      long metadataTimestamp) {
    Map<String, String> properties = new LinkedHashMap<>(metadata.properties());
    properties.putAll(
        ManagedTableContract.derivedProperties(metadata, metadataVersion, metadataTimestamp));
    return new DeltaApi.Metadata(
        etag,
        table.type().name(),
        table.id(),
        table.location().toString(),
        table.createdAt().toEpochMilli(),
        updatedTime,
        ColumnsJson.ofSchema(metadata.schemaString()),
        metadata.partitionColumns(),
        properties,
        metadataVersion,
        metadataTimestamp);
  }

  /**
   * Does an update: all of its requirements hold, or nothing is done.
   *
   * @return the table after it
   */
  DeltaApi.Table update(Caller caller, TableAccess table, DeltaApi.UpdateTable request) {
    Changes changes = changes(request);
    if (!changes.uuid().equals(table.id())) {
      throw new ApiException(
          ErrorCode.UPDATE_REQUIREMENT_CONFLICT,
          "assert-table-uuid does not hold: table " + table.fullName() + " is " + table.id());
    }
    if (table.type() != TableAccess.Type.MANAGED) {
      throw invalid(
          "Table "
              + table.fullName()
              + " is EXTERNAL: its log alone says what it is, so updates here are refused");
    }
    State state = managedTables.state(table);
    SetLatestBackfilledVersion backfilled = changes.backfilled();
    Long published = backfilled == null ? null : publishedVersion(backfilled, changes, state);
    AddCommit commit = changes.commit();
    if (commit != null) {
      ratifier.ratify(caller, table, state, commit, changes.descriptions(), changes.etag());
    } else {
      if (changes.etag() != null && !changes.etag().equals(state.etag())) {
        throw otherEtag(state);
      }
      String comment = commentAlone(changes.descriptions());
      if (comment != null) {
        catalog.comment(caller, table.catalog(), table.schema(), table.name(), comment);
      }
    }
    if (published != null && published > state.publishedVersion()) {
      believe(state, published);
    }
    return load(table);
  }

  /** The comment is all that may change without a commit: the catalog keeps one of its own. */
  private static @Nullable String commentAlone(List<Description> descriptions) {
    String comment = null;
    for (Description description : descriptions) {
      if (!(description instanceof DeltaApi.SetTableComment(String given))) {
        throw invalid(
            "updates: "
                + name(description)
                + " changes what the log records, which only a commit may: add-commit is missing");
      }
      comment = required("set-table-comment.comment", given);
    }
    return comment;
  }

  static ApiException otherEtag(State state) {
    return new ApiException(
        ErrorCode.UPDATE_REQUIREMENT_CONFLICT,
        "assert-etag does not hold: what describes the table changed at version "
            + state.metadataVersion());
  }

  private void believe(State state, long published) {
    try {
      publisher.believe(state, published);
    } catch (IOException e) {
      // A hint only: the publisher comes by anyway.
      LOG.warn("Table {} cannot be looked at: {}", state.id(), e.toString());
    }
  }

  /** What a request asks for, each at most once. */
  private record Changes(
      UUID uuid,
      @Nullable String etag,
      @Nullable AddCommit commit,
      @Nullable SetLatestBackfilledVersion backfilled,
      List<Description> descriptions) {}

  private static Changes changes(DeltaApi.UpdateTable request) {
    UUID uuid = null;
    String etag = null;
    for (Requirement requirement : required("requirements", request.requirements())) {
      switch (required("requirements[]", requirement)) {
        case AssertTableUuid(String given) -> {
          if (uuid != null) {
            throw invalid("requirements has assert-table-uuid more than once");
          }
          uuid = Texts.uuid("assert-table-uuid.uuid", given);
        }
        case AssertEtag(String given) -> {
          if (etag != null) {
            throw invalid("requirements has assert-etag more than once");
          }
          etag = required("assert-etag.etag", given);
        }
      }
    }
    AddCommit commit = null;
    SetLatestBackfilledVersion backfilled = null;
    List<Description> descriptions = new ArrayList<>();
    Set<Class<?>> kinds = new HashSet<>();
    for (Update update : required("updates", request.updates())) {
      Update change = required("updates[]", update);
      if (!kinds.add(change.getClass())) {
        throw invalid("updates has an action of one kind more than once: " + name(change));
      }
      switch (change) {
        case AddCommit add -> commit = add;
        case SetLatestBackfilledVersion set -> backfilled = set;
        case Description description -> descriptions.add(description);
      }
    }
    if (kinds.isEmpty()) {
      throw invalid("updates is empty");
    }
    return new Changes(
        required("requirements: assert-table-uuid", uuid), etag, commit, backfilled, descriptions);
  }

  private static String name(Update update) {
    return switch (update) {
      case AddCommit add -> "add-commit";
      case SetLatestBackfilledVersion set -> "set-latest-backfilled-version";
      case DeltaApi.SetProperties set -> "set-properties";
      case DeltaApi.RemoveProperties remove -> "remove-properties";
      case DeltaApi.SetProtocol set -> "set-protocol";
      case DeltaApi.SetColumns set -> "set-columns";
      case DeltaApi.SetPartitionColumns set -> "set-partition-columns";
      case DeltaApi.SetTableComment set -> "set-table-comment";
      case DeltaApi.SetDomainMetadata set -> "set-domain-metadata";
      case DeltaApi.RemoveDomainMetadata remove -> "remove-domain-metadata";
    };
  }

  private static long publishedVersion(
      SetLatestBackfilledVersion update, Changes changes, State state) {
    long version =
        required(
            "set-latest-backfilled-version.latest-published-version",
            update.latestPublishedVersion());
    AddCommit add = changes.commit();
    Long added = add == null || add.commit() == null ? null : add.commit().version();
    long latest = added == null ? state.version() : Math.max(state.version(), added - 1);
    if (version < 0 || version > latest) {
      throw invalid(
          "set-latest-backfilled-version.latest-published-version is %d, but the latest version is %d"
              .formatted(version, latest));
    }
    return version;
  }

  /** Drops a table that the caller owns. */
  void drop(Caller caller, TableAccess table) {
    catalog.drop(caller, table.catalog(), table.schema(), table.name());
    if (table.type() == TableAccess.Type.MANAGED) {
      managedTables.close(table.id(), Actors.metadata(caller));
    }
  }

  void rename(Caller caller, TableAccess table, DeltaApi.Rename request) {
    catalog.rename(
        caller,
        table.catalog(),
        table.schema(),
        table.name(),
        TableNames.required("new-name", request.newName()));
  }

  /** Takes in what a client tells of its commit. */
  void report(Caller caller, TableAccess table, DeltaApi.Metrics metrics) {
    if (!Texts.uuid("table-id", metrics.tableId()).equals(table.id())) {
      throw invalid("table-id is not that of table " + table.fullName() + ": " + table.id());
    }
    DeltaApi.Report report = metrics.report();
    DeltaApi.CommitReport commit = report == null ? null : report.commitReport();
    if (commit == null) {
      return;
    }
    notNegative("num-files-added", commit.filesAdded());
    notNegative("num-bytes-added", commit.bytesAdded());
    notNegative("num-files-removed", commit.filesRemoved());
    notNegative("num-bytes-removed", commit.bytesRemoved());
    notNegative("num-rows-inserted", commit.rowsInserted());
    notNegative("num-rows-removed", commit.rowsRemoved());
    notNegative("num-rows-updated", commit.rowsUpdated());
    Histogram histogram = commit.histogram();
    if (histogram != null) {
      check(histogram);
    }
    transactions.executeWithoutResult(status ->
        events.append(
            List.of(
                StreamAppend.of(
                    CommitEvent.metrics(table.id()),
                    ExpectedVersion.any(),
                    new CommitMetricsReported(table.id(), json.valueToTree(commit)),
                    table.fullName())),
            Actors.metadata(caller)));
  }

  private static void notNegative(String field, @Nullable Long value) {
    if (value != null && value < 0) {
      throw invalid("report.commit-report." + field + " must not be negative, but is " + value);
    }
  }

  private static void check(Histogram histogram) {
    String field = "report.commit-report.file-size-histogram.";
    List<Long> boundaries = required(field + "sorted-bin-boundaries", histogram.boundaries());
    List<Long> counts = required(field + "file-counts", histogram.counts());
    List<Long> bytes = required(field + "total-bytes", histogram.totalBytes());
    if (boundaries.isEmpty() || !Long.valueOf(0).equals(boundaries.getFirst())) {
      throw invalid(field + "sorted-bin-boundaries must begin with 0");
    }
    long last = -1;
    for (Long boundary : boundaries) {
      if (boundary == null || boundary <= last) {
        throw invalid(field + "sorted-bin-boundaries must ascend");
      }
      last = boundary;
    }
    if (counts.size() != boundaries.size()) {
      throw invalid(field + "file-counts must be as long as sorted-bin-boundaries");
    }
    if (bytes.size() != boundaries.size()) {
      throw invalid(field + "total-bytes must be as long as sorted-bin-boundaries");
    }
  }
}
