package io.tidegate.commits;

import io.tidegate.commits.CommitEvent.CommitsPublished;
import io.tidegate.commits.TableStates.State;
import io.tidegate.commits.TableStates.Unpublished;
import io.tidegate.commits.WorkQueue.Kind;
import io.tidegate.delta.LogPaths;
import io.tidegate.events.EventStore;
import io.tidegate.events.ExpectedVersion;
import io.tidegate.events.StreamAppend;
import io.tidegate.kit.web.Actors;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.nio.file.NoSuchFileException;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Brings ratified commits into the log: in order, each one only if there is none yet, and recorded
 * only once the published file is known to be the ratified one. Every step can be done again, by
 * anybody, at any time.
 */
@Component
class Publisher {
  private static final Logger LOG = LoggerFactory.getLogger(Publisher.class);

  /** After how many commits it is recorded how far the log goes. */
  private static final int STEP = 50;

  private final TableStates states;
  private final TableStorage storage;
  private final EventStore events;
  private final WorkQueue work;
  private final CommitSettings settings;
  private final JdbcClient jdbc;
  private final TransactionTemplate transactions;

  Publisher(
      TableStates states,
      TableStorage storage,
      @Qualifier("commitEvents") EventStore events,
      WorkQueue work,
      CommitSettings settings,
      JdbcClient jdbc,
      PlatformTransactionManager transactions) {
    this.states = states;
    this.storage = storage;
    this.events = events;
    this.work = work;
    this.settings = settings;
    this.jdbc = jdbc;
    this.transactions = new TransactionTemplate(transactions);
  }

  /**
   * Publishes all that is ratified of a table.
   *
   * @param step called after each part of a long work
   * @throws IOException if a file cannot be read or written, or if the log holds another file in
   *     place of a ratified one
   */
  void publish(UUID tableId, Runnable step) throws IOException {
    State state = states.state(tableId).orElse(null);
    if (state == null || state.closed()) {
      return;
    }
    LogPaths paths = new LogPaths(state.location());
    List<Unpublished> commits = state.unpublished();
    for (int i = 0; i < commits.size(); i++) {
      Unpublished commit = commits.get(i);
      copy(paths, commit);
      if (!isRatified(paths.published(commit.version()), commit)) {
        throw new IOException(
            "Version %d of table %s is ratified, but its log holds another file in its place: %s"
                .formatted(commit.version(), tableId, paths.published(commit.version())));
      }
      if ((i + 1) % STEP == 0 || i + 1 == commits.size()) {
        record(tableId, commit.version());
        step.run();
      }
    }
  }

  /**
   * Records what somebody else has published, as far as it is true.
   *
   * @param upTo the version that is said to be the last published one
   */
  void believe(State state, long upTo) throws IOException {
    LogPaths paths = new LogPaths(state.location());
    long last = -1;
    for (Unpublished commit : state.unpublished()) {
      if (commit.version() > upTo || !isRatified(paths.published(commit.version()), commit)) {
        break;
      }
      last = commit.version();
    }
    if (last >= 0) {
      record(state.id(), last);
    }
  }

  private void copy(LogPaths paths, Unpublished commit) throws IOException {
    URI staged = paths.staged(commit.fileName());
    URI target = paths.published(commit.version());
    if (storage.store().head(target).isPresent()) {
      // A client may have published it, and even cleaned up.
      return;
    }
    // What was ratified is what was read then: a file that was changed since never gets into the
    // log, from where it could not be taken back.
    if (!isRatified(staged, commit)) {
      throw new IOException(
          "Version %d is ratified, but its staged file is gone or was changed since: %s"
              .formatted(commit.version(), staged));
    }
    storage.store().copyIfAbsent(staged, target);
  }

  private boolean isRatified(URI copy, Unpublished commit) throws IOException {
    MessageDigest digest = sha256();
    try (InputStream file = storage.store().open(copy);
        DigestInputStream hashing = new DigestInputStream(file, digest)) {
      hashing.transferTo(OutputStream.nullOutputStream());
    } catch (NoSuchFileException e) {
      return false;
    }
    return HexFormat.of().formatHex(digest.digest()).equals(commit.contentHash());
  }

  private void record(UUID tableId, long version) {
    transactions.executeWithoutResult(status -> {
      // The lock makes two that publish the same table record one after the other.
      Long known =
          jdbc.sql("SELECT published_version FROM commits.tables WHERE id = :id FOR NO KEY UPDATE")
              .param("id", tableId)
              .query(Long.class)
              .single();
      if (known < version) {
        events.append(
            List.of(
                StreamAppend.of(
                    CommitEvent.publication(tableId),
                    ExpectedVersion.any(),
                    new CommitsPublished(tableId, known + 1, version),
                    tableId.toString())),
            Actors.system());
        work.add(Kind.REAP, tableId, settings.stagedFilesKept());
        LOG.debug("Table {} is published up to version {}", tableId, version);
      }
    });
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java has SHA-256", e);
    }
  }
}
