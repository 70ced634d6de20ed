package io.tidegate.sharing.protocol;

import io.tidegate.delta.Action.AddFile;
import io.tidegate.delta.CatalogCommits;
import io.tidegate.delta.DeltaTable;
import io.tidegate.delta.DeltaTable.Features;
import io.tidegate.delta.DeltaTableException;
import io.tidegate.delta.DeltaTableException.Reason;
import io.tidegate.delta.SnapshotCache;
import io.tidegate.delta.TableSnapshot;
import io.tidegate.delta.TimeTravel;
import io.tidegate.kit.errors.ApiException;
import io.tidegate.kit.errors.ErrorCode;
import io.tidegate.objects.OutsideRootException;
import io.tidegate.ports.CommitDirectory;
import io.tidegate.sharing.files.TableStorage;
import java.io.IOException;
import java.time.Instant;
import java.util.Iterator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/**
 * Reads versions of shared tables. Of a catalog-managed table the commit service says which
 * versions there are; of a plain one its log alone.
 */
@Component
class TableReader {
  private static final Logger LOG = LoggerFactory.getLogger(TableReader.class);

  private final TableStorage storage;
  private final CommitDirectory commits;
  private final SnapshotCache snapshots;

  TableReader(TableStorage storage, CommitDirectory commits, SharingLimits limits) {
    this.storage = storage;
    this.commits = commits;
    this.snapshots = new SnapshotCache(limits.snapshotCache().toBytes());
  }

  /**
   * A version of a table.
   *
   * @throws ApiException with a message for recipients, which does not say where the table is
   */
  TableSnapshot snapshot(ReadableTable table, TimeTravel wanted) {
    return ask(
        table,
        (delta, known) -> {
          TableSnapshot snapshot = delta.snapshot(wanted, known, Features.ANY);
          // What follows relies on a schema that is one.
          snapshot.schema();
          return snapshot;
        });
  }

  /**
   * Refuses a version of which files that are to be named are gone, before they are.
   *
   * @param files the files to be named
   * @throws ApiException INVALID_ARGUMENT if the version is not the latest and a file of it is gone
   */
  void requireFiles(ReadableTable table, TableSnapshot snapshot, Iterator<AddFile> files) {
    ask(
        table,
        (delta, known) -> {
          TableSnapshot latest = delta.snapshot(TimeTravel.latest(), known, Features.ANY);
          if (latest.version() > snapshot.version()
              && !new EarlierFiles(storage.store(), latest).areThere(snapshot, files)) {
            throw new ApiException(
                ErrorCode.INVALID_ARGUMENT,
                "Version "
                    + snapshot.version()
                    + " of "
                    + table.sharedName()
                    + " can no longer be read: its provider has removed data files of it (VACUUM)."
                    + " The latest version, "
                    + latest.version()
                    + ", can be read: query without version, timestamp and refreshToken");
          }
          return snapshot;
        });
  }

  /** The latest version's number; of a catalog-managed table without a look at its log. */
  long latestVersion(ReadableTable table) {
    CatalogCommits known = known(table);
    return known != null ? known.latestVersion() : snapshot(table, TimeTravel.latest()).version();
  }

  /** The first version committed at or after an instant. */
  long versionAtOrAfter(ReadableTable table, Instant instant) {
    return ask(table, (delta, known) -> delta.versionAtOrAfter(instant, known));
  }

  @FunctionalInterface
  private interface Question<T> {
    T ask(DeltaTable table, @Nullable CatalogCommits commits) throws IOException;
  }

  private <T> T ask(ReadableTable table, Question<T> question) {
    try {
      DeltaTable delta = DeltaTable.at(table.location(), storage.store(), snapshots);
      CatalogCommits known = known(table);
      try {
        return question.ask(delta, known);
      } catch (DeltaTableException e) {
        if (e.reason() != Reason.CATALOG_MANAGED) {
          throw e;
        }
        // The catalog does not call the table its own, but the commit service may know it.
        return question.ask(delta, commits.commits(table.tableId()).orElseThrow(() -> e));
      }
    } catch (DeltaTableException e) {
      throw refused(table, e);
    } catch (OutsideRootException e) {
      LOG.error(
          "Table {} is outside the folders that may be read: {}", table.fullName(), e.getMessage());
      throw new ApiException(
          ErrorCode.UNSUPPORTED_TABLE,
          table.sharedName()
              + " is kept where this server may not read: its provider must correct"
              + " that");
    } catch (IOException e) {
      LOG.error("Table {} cannot be read", table.fullName(), e);
      throw new ApiException(
          ErrorCode.UNAVAILABLE, "The storage of " + table.sharedName() + " cannot be read now");
    }
  }

  private @Nullable CatalogCommits known(ReadableTable table) {
    return table.managed() ? commits.commits(table.tableId()).orElse(null) : null;
  }

  // Where a provider keeps a table is no business of the recipient.
  private static ApiException refused(ReadableTable table, DeltaTableException failure) {
    String location = table.location().toString();
    String root = location.endsWith("/") ? location : location + "/";
    String said = failure.getMessage() == null ? "" : failure.getMessage();
    String name = table.sharedName();
    String message =
        said.replaceAll(Pattern.quote(root) + "(?=\\S)", Matcher.quoteReplacement(name + "/"))
            .replace(root, name)
            .replace(location, name)
            .replaceAll("[a-zA-Z][\\w+.-]*:/\\S*", "(a place outside the table)");
    ErrorCode code =
        switch (failure.reason()) {
          case NO_SUCH_VERSION, TIMESTAMP_OUT_OF_RANGE -> ErrorCode.INVALID_ARGUMENT;
          case NOT_A_TABLE, UNSUPPORTED, CORRUPT, TOO_LARGE, CATALOG_MANAGED -> {
            LOG.warn("Table {} cannot be read: {}", table.fullName(), said);
            yield ErrorCode.UNSUPPORTED_TABLE;
          }
        };
    return new ApiException(code, message);
  }
}
