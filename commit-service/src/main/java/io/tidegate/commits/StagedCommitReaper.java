package io.tidegate.commits;

import io.tidegate.commits.TableStates.State;
import io.tidegate.delta.LogPaths;
import io.tidegate.objects.ObjectInfo;
import io.tidegate.objects.ObjectStore;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.springframework.stereotype.Component;

/**
 * Removes the staged commits of versions that the log has, those that won and those that lost,
 * after {@code tidegate.commits.staged-files-kept}: until then a reader that loaded the table
 * before its commits were published may still come for them. The specification leaves this to the
 * catalog. Of a version that is not published nothing is removed.
 */
@Component
class StagedCommitReaper {
  private static final int STEP = 500;

  private final TableStates states;
  private final TableStorage storage;
  private final CommitSettings settings;

  StagedCommitReaper(TableStates states, TableStorage storage, CommitSettings settings) {
    this.states = states;
    this.storage = storage;
    this.settings = settings;
  }

  /**
   * Removes what is old enough.
   *
   * @param step called after each file
   * @return how long to wait for what was too young; empty if there was nothing more
   */
  Optional<Duration> reap(UUID tableId, Runnable step) throws IOException {
    State state = states.state(tableId).orElse(null);
    if (state == null || state.closed()) {
      return Optional.empty();
    }
    URI folder = new LogPaths(state.location()).stagedCommits();
    Instant old = Instant.now().minus(settings.stagedFilesKept());
    Instant oldestKept = Instant.MAX;
    ObjectStore files = storage.files(state.location());
    List<ObjectInfo> page = files.list(folder, null, STEP, false);
    while (!page.isEmpty()) {
      for (ObjectInfo file : page) {
        if (!isPublished(file, state)) {
          continue;
        }
        if (file.modifiedAt().isAfter(old)) {
          oldestKept = file.modifiedAt().isBefore(oldestKept) ? file.modifiedAt() : oldestKept;
        } else {
          files.delete(file.uri());
          step.run();
        }
      }
      page = files.list(folder, page.getLast().uri(), STEP, false);
    }
    return oldestKept.equals(Instant.MAX)
        ? Optional.empty()
        : Optional.of(Duration.between(old, oldestKept));
  }

  private static boolean isPublished(ObjectInfo file, State state) {
    return LogPaths.parseStaged(Path.of(file.uri().getPath()).getFileName().toString())
        .filter(staged -> staged.version() <= state.publishedVersion())
        .isPresent();
  }
}
