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
import io.tidegate.objects.ObjectStore;
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
import java.util.Optional;
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
   * @param step called after each file
   * @throws IOException if a file cannot be read or written, if a staged file is not what was
   *     ratified, or if the log holds another file in place of a ratified one
   */
  void publish(UUID tableId, Runnable step) throws IOException {
    State state = states.state(tableId).orElse(null);
    if (state == null || state.closed()) {
      return;
    }
    ObjectStore files = storage.files(state.location());
    LogPaths paths = new LogPaths(state.location());
    List<Unpublished> commits = state.unpublished();
    for (int i = 0; i < commits.size(); i++) {
      Unpublished commit = commits.get(i);
      publish(files, paths, commit);
      step.run();
      if ((i + 1) % STEP == 0 || i + 1 == commits.size()) {
        record(tableId, commit.version());
      }
    }
  }

  private static void publish(ObjectStore files, LogPaths paths, Unpublished commit)
      throws IOException {
    URI target = paths.published(commit.version());
    boolean written =
        files.putIfAbsent(
            target, output -> copy(files, paths.staged(commit.fileName()), commit, output));
    // A client may have published it, and even cleaned up.
    if (!written && !isRatified(files, target, commit)) {
      throw new IOException(
          "Version %d is ratified, but the log holds another file in its place: %s"
              .formatted(commit.version(), target));
    }
  }

  /**
   * Copies a staged file while it is hashed, and fails at its end if it is not the ratified one: so
   * nothing else gets into the log, from where it could not be taken back.
   */
  private static void copy(ObjectStore files, URI staged, Unpublished commit, OutputStream output)
      throws IOException {
    if (!hash(files, staged, output).equals(Optional.of(commit.contentHash()))) {
      throw new IOException(
          "Version %d is ratified, but its staged file is gone or was changed since: %s"
              .formatted(commit.version(), staged));
    }
  }

  private static boolean isRatified(ObjectStore files, URI file, Unpublished commit)
      throws IOException {
    return hash(files, file, OutputStream.nullOutputStream())
        .equals(Optional.of(commit.contentHash()));
  }

  /** The SHA-256 of a file that is read into a stream; empty if there is no file. */
  private static Optional<String> hash(ObjectStore files, URI file, OutputStream output)
      throws IOException {
    MessageDigest digest = sha256();
    try (InputStream input = files.open(file);
        DigestInputStream hashing = new DigestInputStream(input, digest)) {
      hashing.transferTo(output);
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
    return Optional.of(HexFormat.of().formatHex(digest.digest()));
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
