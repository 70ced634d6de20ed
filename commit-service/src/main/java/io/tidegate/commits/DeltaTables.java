package io.tidegate.commits;

import static io.tidegate.commits.Texts.invalid;
import static io.tidegate.commits.Texts.required;

import io.tidegate.commits.DeltaApi.AddCommit;
import io.tidegate.commits.DeltaApi.AssertEtag;
import io.tidegate.commits.DeltaApi.AssertTableUuid;
import io.tidegate.commits.DeltaApi.Description;
import io.tidegate.commits.DeltaApi.Requirement;
import io.tidegate.commits.DeltaApi.SetLatestBackfilledVersion;
import io.tidegate.commits.DeltaApi.Update;
import io.tidegate.commits.TableStates.State;
import io.tidegate.commits.WorkQueue.Kind;
import io.tidegate.kit.errors.ApiException;
import io.tidegate.kit.errors.ErrorCode;
import io.tidegate.kit.security.Caller;
import io.tidegate.kit.web.Actors;
import io.tidegate.ports.CatalogDirectory;
import io.tidegate.ports.TableAccess;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** What can be done with a table by its name, each time asking the catalog whether it may be. */
@Component
class DeltaTables {
  private final CatalogDirectory catalog;
  private final ManagedTables managedTables;
  private final LoadedTables loadedTables;
  private final Ratifier ratifier;
  private final TableComments comments;
  private final WorkQueue work;

  DeltaTables(
      CatalogDirectory catalog,
      ManagedTables managedTables,
      LoadedTables loadedTables,
      Ratifier ratifier,
      TableComments comments,
      WorkQueue work) {
    this.catalog = catalog;
    this.managedTables = managedTables;
    this.loadedTables = loadedTables;
    this.ratifier = ratifier;
    this.comments = comments;
    this.work = work;
  }

  /** What a caller wants to do with a table. */
  enum Right {
    READ,
    WRITE,
    READ_AND_WRITE,
    /** Of the table, or of something above it. */
    OWN
  }

  /** A table with which the caller may do what they want to. */
  TableAccess table(Caller caller, String catalogName, String schema, String table, Right right) {
    return allowed(catalog.table(caller, catalogName, schema, table), right);
  }

  /**
   * Passes if whom the catalog has answered may do what they want to.
   *
   * @throws ApiException PERMISSION_DENIED naming what they lack
   */
  static TableAccess allowed(TableAccess table, Right right) {
    String lacking =
        switch (right) {
          case READ -> lacking(table, true, false);
          case WRITE -> lacking(table, false, true);
          case READ_AND_WRITE -> lacking(table, true, true);
          case OWN -> table.owned() ? null : "does not own table ";
        };
    if (lacking != null) {
      throw new ApiException(
          ErrorCode.PERMISSION_DENIED, "The caller " + lacking + table.fullName());
    }
    return table;
  }

  private static @Nullable String lacking(TableAccess table, boolean read, boolean write) {
    if (write && !table.mayWrite()) {
      return "lacks MODIFY on table ";
    }
    return read && !table.mayRead() ? "lacks SELECT on table " : null;
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
        comments.set(caller, table, comment, changes.etag());
      }
    }
    if (published != null && published > state.publishedVersion()) {
      // Not believed: the publisher looks, and if it has failed before, it looks now.
      work.hasten(Kind.PUBLISH, table.id());
    }
    return loadedTables.load(table);
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
            + state.metadataVersion()
            + (state.comments() == 0 ? "" : ", and its comment without a commit"));
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
}
