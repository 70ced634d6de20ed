package io.tidegate.commits;

import static io.tidegate.commits.Texts.invalid;
import static io.tidegate.commits.Texts.positive;
import static io.tidegate.commits.Texts.required;

import io.tidegate.commits.CommitEvent.CommitRatified;
import io.tidegate.commits.DeltaApi.AddCommit;
import io.tidegate.commits.DeltaApi.Description;
import io.tidegate.commits.TableStates.Ratified;
import io.tidegate.commits.TableStates.State;
import io.tidegate.commits.WorkQueue.Kind;
import io.tidegate.delta.CommitFile;
import io.tidegate.delta.LogPaths;
import io.tidegate.events.EventStore;
import io.tidegate.events.ExpectedVersion;
import io.tidegate.events.StreamAppend;
import io.tidegate.events.WrongVersionException;
import io.tidegate.kit.errors.ApiException;
import io.tidegate.kit.errors.ErrorCode;
import io.tidegate.kit.security.Caller;
import io.tidegate.kit.web.Actors;
import io.tidegate.ports.TableAccess;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Makes a staged commit the next version of its table. The version's event is appended to the
 * table's stream at the place before it, so that the database lets one commit alone become each
 * version; everything that needs the object store is looked at before.
 */
@Component
class Ratifier {
  private final TableStates states;
  private final CommitReader reader;
  private final LiveFiles liveFiles;
  private final EventStore events;
  private final WorkQueue work;
  private final JdbcClient jdbc;
  private final TransactionTemplate transactions;

  Ratifier(
      TableStates states,
      CommitReader reader,
      LiveFiles liveFiles,
      @Qualifier("commitEvents") EventStore events,
      WorkQueue work,
      JdbcClient jdbc,
      PlatformTransactionManager transactions) {
    this.states = states;
    this.reader = reader;
    this.liveFiles = liveFiles;
    this.events = events;
    this.work = work;
    this.jdbc = jdbc;
    this.transactions = new TransactionTemplate(transactions);
  }

  /** A commit as the request proposes it, every field there and sane. */
  private record Proposal(
      long version, long timestamp, String fileName, long fileSize, long fileModified) {}

  /**
   * Ratifies a commit, or finds that it was ratified before.
   *
   * @param state the table as it was read a moment ago
   * @param updates what the request says the commit changes
   * @param etag what the client believes the table's etag to be; null if it does not say
   * @throws ApiException INVALID_ARGUMENT naming what is wrong with the request or the staged file,
   *     COMMIT_VERSION_CONFLICT if another commit is this version, UPDATE_REQUIREMENT_CONFLICT if
   *     the etag is another one, TABLE_NOT_FOUND if the table was dropped meanwhile,
   *     COMMIT_STATE_UNKNOWN if the database broke off and nothing more can be told
   */
  void ratify(
      Caller caller,
      TableAccess table,
      State state,
      AddCommit request,
      List<Description> updates,
      @Nullable String etag) {
    Proposal proposal = proposal(request);
    if (proposal.version() <= state.version()) {
      requireReplay(state, proposal);
      return;
    }
    if (etag != null && !etag.equals(state.etag())) {
      throw DeltaTables.otherEtag(state);
    }
    if (proposal.version() > state.version() + 1) {
      throw invalid(
          "add-commit.commit.version is %d, but the latest version is %d: the next one is %d"
              .formatted(proposal.version(), state.version(), state.version() + 1));
    }
    CommitRatified commit = checked(caller, state, proposal, request, updates);
    AtomicBoolean appended = new AtomicBoolean();
    try {
      transactions.executeWithoutResult(status -> {
        append(caller, table, commit);
        appended.set(true);
      });
    } catch (WrongVersionException e) {
      // Somebody was faster: perhaps this very commit, sent twice.
      State latest = states.state(table.id()).orElseThrow(() -> gone(table));
      requireReplay(latest, proposal);
    } catch (RuntimeException e) {
      if (!appended.get()) {
        throw e;
      }
      requireIn(table, proposal, e);
    }
  }

  /**
   * The database's commit has failed, perhaps after it was done. A look at the table may tell; that
   * it is not there yet does not, for a commit whose connection is cut may still be on its way.
   */
  private void requireIn(TableAccess table, Proposal proposal, RuntimeException failure) {
    Optional<State> latest;
    try {
      latest = states.state(table.id());
    } catch (RuntimeException e) {
      failure.addSuppressed(e);
      throw unknown(proposal, failure);
    }
    if (latest.orElseThrow(() -> gone(table)).version() < proposal.version()) {
      throw unknown(proposal, failure);
    }
    requireReplay(latest.get(), proposal);
  }

  private static ApiException unknown(Proposal proposal, RuntimeException failure) {
    ApiException unknown =
        new ApiException(
            ErrorCode.COMMIT_STATE_UNKNOWN,
            "Whether version %d is %s is not known, for the database broke off: send the same commit again to be told"
                .formatted(proposal.version(), proposal.fileName()));
    unknown.initCause(failure);
    return unknown;
  }

  private void append(Caller caller, TableAccess table, CommitRatified commit) {
    record Gate(boolean closed, @Nullable Long ratifiedAs) {}
    Gate gate =
        jdbc.sql(
                """
                SELECT t.closed, (SELECT x.version FROM commits.transactions x
                                   WHERE x.table_id = t.id AND x.txn_id = :transaction) AS ratified_as
                  FROM commits.tables t WHERE t.id = :id FOR NO KEY UPDATE OF t
                """)
            .param("transaction", commit.txnId())
            .param("id", commit.tableId())
            .query((row, number) ->
                new Gate(row.getBoolean("closed"), row.getObject("ratified_as", Long.class)))
            .single();
    if (gate.closed()) {
      throw gone(table);
    }
    if (gate.ratifiedAs() != null && gate.ratifiedAs() < commit.version()) {
      // Not a conflict that goes away by trying again: the rows would be in the table twice.
      throw new ApiException(
          ErrorCode.INVALID_ARGUMENT,
          "The transaction %s of %s was ratified before, as version %d"
              .formatted(
                  Texts.shown(String.valueOf(commit.txnId())),
                  commit.fileName(),
                  gate.ratifiedAs()),
          Map.of("ratified-version", gate.ratifiedAs()));
    }
    events.append(
        List.of(
            StreamAppend.of(
                CommitEvent.commits(commit.tableId()),
                ExpectedVersion.exactly(commit.version() - 1),
                commit,
                table.fullName())),
        Actors.metadata(caller));
    work.add(Kind.PUBLISH, commit.tableId());
  }

  private static Proposal proposal(AddCommit request) {
    DeltaApi.Commit commit = required("add-commit.commit", request.commit());
    long version = positive("add-commit.commit.version", commit.version());
    String name = required("add-commit.commit.file-name", commit.fileName());
    LogPaths.Staged staged =
        LogPaths.parseStaged(name)
            .orElseThrow(() ->
                invalid(
                    "add-commit.commit.file-name must be <20-digit version>.<uuid>.json, but is "
                        + Texts.shown(name)));
    if (staged.version() != version) {
      throw invalid(
          "add-commit.commit.file-name is of version %d, but add-commit.commit.version is %d"
              .formatted(staged.version(), version));
    }
    return new Proposal(
        version,
        positive("add-commit.commit.timestamp", commit.timestamp()),
        name,
        positive("add-commit.commit.file-size", commit.fileSize()),
        Texts.time(
            "add-commit.commit.file-modification-timestamp", commit.fileModificationTimestamp()));
  }

  /** The commit, once everything about it has been looked at. */
  private CommitRatified checked(
      Caller caller, State state, Proposal proposal, AddCommit request, List<Description> updates) {
    CommitReader.Proposed proposed =
        reader
            .next(state, stagedFile(state, proposal), proposal.fileName())
            .orElseThrow(() ->
                invalid(
                    "add-commit.commit.file-name: there is no staged commit "
                        + proposal.fileName()));
    CommitFile file = proposed.file();
    if (file.length() != proposal.fileSize()) {
      throw invalid(
          "add-commit.commit.file-size is %d, but %s has %d bytes"
              .formatted(proposal.fileSize(), proposal.fileName(), file.length()));
    }
    long timestamp = proposed.timestamp();
    if (timestamp != proposal.timestamp()) {
      throw invalid(
          "add-commit.commit.timestamp is %d, but the in-commit timestamp of %s is %d"
              .formatted(proposal.timestamp(), proposal.fileName(), timestamp));
    }
    if (timestamp <= state.timestamp()) {
      throw invalid(
          "The in-commit timestamp of %s is %d, which is not after %d, that of version %d"
              .formatted(proposal.fileName(), timestamp, state.timestamp(), state.version()));
    }
    TableMetadata after = state.metadata().after(file);
    ManagedTableContract.violation(state.id(), after)
        .ifPresent(violation -> {
          throw invalid(
              "After the commit the table would be no managed one any more: " + violation);
        });
    proposed
        .rules()
        .mustReplaceAll()
        .ifPresent(change -> liveFiles.requireReplaced(state, proposed.rules(), change));
    boolean changed = !after.equals(state.metadata());
    if (changed) {
      CommitReader.requireSane(after, proposal.fileName());
    }
    String rowTracking = changed ? after.rowTrackingAlone(state.metadata()) : null;
    Descriptions.Spoken spoken = Descriptions.Spoken.by(file);
    updates.forEach(update -> Descriptions.require(update, after, spoken));
    return new CommitRatified(
        state.id(),
        proposal.version(),
        proposal.fileName(),
        proposal.fileSize(),
        timestamp,
        proposal.fileModified(),
        CommitReader.transaction(file),
        file.contentHash(),
        CommitReader.operation(file),
        caller.name(),
        changed && rowTracking == null ? after : null,
        rowTracking,
        Uniform.checked(
            "add-commit.uniform",
            request.uniform(),
            after,
            state.location(),
            proposal.version(),
            state.uniform()),
        null);
  }

  private Optional<CommitFile> read(State state, Proposal proposal) {
    return reader.read(state.location(), stagedFile(state, proposal), proposal.fileName());
  }

  private static URI stagedFile(State state, Proposal proposal) {
    return new LogPaths(state.location()).staged(proposal.fileName());
  }

  /** Passes only for the commit that is this version already. */
  private void requireReplay(State latest, Proposal proposal) {
    Ratified winner =
        states
            .ratified(latest.id(), proposal.version())
            .orElseThrow(() ->
                new IllegalStateException(
                    "Table %s lacks version %d".formatted(latest.id(), proposal.version())));
    CommitRatified commit = winner.commit();
    if (commit.fileName().equals(proposal.fileName())) {
      return;
    }
    Optional<CommitFile> file = read(latest, proposal);
    if (file.isPresent()
        && (file.get().contentHash().equals(commit.contentHash())
            || sameTransaction(file.get(), commit))) {
      return;
    }
    throw new ApiException(
        ErrorCode.COMMIT_VERSION_CONFLICT,
        "Version %d of the table is %s, committed by %s at %s; the latest version is %d"
            .formatted(
                commit.version(), commit.fileName(), commit.by(), winner.at(), latest.version()),
        Map.of(
            "winning-version",
            commit.version(),
            "winning-file-name",
            commit.fileName(),
            "committed-by",
            commit.by(),
            "committed-at",
            winner.at().toString(),
            "latest-table-version",
            latest.version()));
  }

  private static boolean sameTransaction(CommitFile file, CommitRatified winner) {
    String transaction = CommitReader.transaction(file);
    return transaction != null && transaction.equals(winner.txnId());
  }

  private static ApiException gone(TableAccess table) {
    return new ApiException(
        ErrorCode.TABLE_NOT_FOUND, "Table " + table.fullName() + " does not exist any more");
  }
}
