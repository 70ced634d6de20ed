package io.tidegate.delta;

import io.tidegate.objects.ObjectInfo;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;

/** What a listing of a log shows: published commits and whole checkpoints. */
final class LogListing {
  private final NavigableMap<Long, ObjectInfo> commits;
  private final NavigableMap<Long, List<ObjectInfo>> checkpoints;
  private final long latestVersion;

  private record Parts(long version, int parts) {}

  private LogListing(
      NavigableMap<Long, ObjectInfo> commits,
      NavigableMap<Long, List<ObjectInfo>> checkpoints,
      long latestVersion) {
    this.commits = commits;
    this.checkpoints = checkpoints;
    this.latestVersion = latestVersion;
  }

  LogListing(List<ObjectInfo> objects) {
    this.commits = new TreeMap<>();
    this.checkpoints = new TreeMap<>();
    Map<Parts, ObjectInfo[]> parts = new TreeMap<>(LogListing::order);
    for (ObjectInfo object : objects) {
      Optional<LogPaths.LogFile> named = LogPaths.parse(LogPaths.nameOf(object.uri()));
      if (named.isEmpty()) {
        continue;
      }
      switch (named.get()) {
        case LogPaths.Commit commit -> commits.put(commit.version(), object);
        case LogPaths.Checkpoint checkpoint -> {
          if (checkpoint.parts() == 1) {
            checkpoints.put(checkpoint.version(), List.of(object));
          } else if (checkpoint.parts() <= objects.size()) {
            parts
                    .computeIfAbsent(
                        new Parts(checkpoint.version(), checkpoint.parts()),
                        key -> new ObjectInfo[key.parts()])[checkpoint.part() - 1] =
                object;
          }
        }
        case LogPaths.Compacted compacted -> {}
        case LogPaths.Checksum checksum -> {}
        case LogPaths.Staged staged -> {}
      }
    }
    parts.forEach((key, files) -> {
      List<ObjectInfo> present = new ArrayList<>();
      for (ObjectInfo file : files) {
        if (file != null) {
          present.add(file);
        }
      }
      if (present.size() == key.parts()) {
        checkpoints.putIfAbsent(key.version(), present);
      }
    });
    this.latestVersion =
        Math.max(
            commits.isEmpty() ? -1 : commits.lastKey(),
            checkpoints.isEmpty() ? -1 : checkpoints.lastKey());
  }

  /** The same log, of which a checkpoint is not to be read; its latest version stays what it is. */
  LogListing withoutCheckpoint(long version) {
    NavigableMap<Long, List<ObjectInfo>> others = new TreeMap<>(checkpoints);
    others.remove(version);
    return new LogListing(commits, others, latestVersion);
  }

  private static int order(Parts a, Parts b) {
    int byVersion = Long.compare(a.version(), b.version());
    return byVersion != 0 ? byVersion : Integer.compare(a.parts(), b.parts());
  }

  boolean isEmpty() {
    return latestVersion < 0;
  }

  /** Published commits by version. */
  NavigableMap<Long, ObjectInfo> commits() {
    return commits;
  }

  /** The files of each checkpoint that is whole, by version. */
  NavigableMap<Long, List<ObjectInfo>> checkpoints() {
    return checkpoints;
  }

  /** The file that shows by its size and time that a version is still the same one. */
  Optional<ObjectInfo> anchor(long version) {
    ObjectInfo commit = commits.get(version);
    if (commit != null) {
      return Optional.of(commit);
    }
    List<ObjectInfo> checkpoint = checkpoints.get(version);
    return checkpoint == null ? Optional.empty() : Optional.of(checkpoint.getFirst());
  }

  /** The latest version of the log; -1 for none. */
  long latestVersion() {
    return latestVersion;
  }

  /** The first version that can be rebuilt from what is listed; -1 for none. */
  long firstVersion() {
    if (commits.containsKey(0L)) {
      return 0;
    }
    return checkpoints.isEmpty() ? -1 : checkpoints.firstKey();
  }
}
