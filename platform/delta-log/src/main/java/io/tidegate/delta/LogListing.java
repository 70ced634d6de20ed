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

  /** The files of each whole checkpoint of a version; the one to be read comes first. */
  private final NavigableMap<Long, List<List<ObjectInfo>>> whole;

  /** Those of {@link #whole} that may be read. */
  private final NavigableMap<Long, List<List<ObjectInfo>>> readable;

  /** A checkpoint that is whole: of one file, or of all its parts in their order. */
  record Checkpoint(long version, List<ObjectInfo> files) {}

  private record Parts(long version, int parts) {}

  private LogListing(
      NavigableMap<Long, ObjectInfo> commits,
      NavigableMap<Long, List<List<ObjectInfo>>> whole,
      NavigableMap<Long, List<List<ObjectInfo>>> readable) {
    this.commits = commits;
    this.whole = whole;
    this.readable = readable;
  }

  LogListing(List<ObjectInfo> objects) {
    this.commits = new TreeMap<>();
    this.whole = new TreeMap<>();
    this.readable = whole;
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
            of(checkpoint.version()).addFirst(List.of(object));
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
        of(key.version()).addLast(present);
      }
    });
  }

  private List<List<ObjectInfo>> of(long version) {
    return whole.computeIfAbsent(version, key -> new ArrayList<>());
  }

  /**
   * The same log, of which a version's checkpoint is not to be read: another of the same version
   * takes its place, if there is one. The latest version and the anchors stay what they are.
   */
  LogListing withoutCheckpoint(long version) {
    NavigableMap<Long, List<List<ObjectInfo>>> left = new TreeMap<>(readable);
    left.computeIfPresent(
        version,
        (key, same) -> same.size() == 1 ? null : List.copyOf(same.subList(1, same.size())));
    return new LogListing(commits, whole, left);
  }

  private static int order(Parts a, Parts b) {
    int byVersion = Long.compare(a.version(), b.version());
    return byVersion != 0 ? byVersion : Integer.compare(a.parts(), b.parts());
  }

  boolean isEmpty() {
    return commits.isEmpty() && whole.isEmpty();
  }

  /** Published commits by version. */
  NavigableMap<Long, ObjectInfo> commits() {
    return commits;
  }

  /** The files of the latest checkpoint up to a version. */
  Optional<Checkpoint> checkpoint(long version) {
    Map.Entry<Long, List<List<ObjectInfo>>> entry = readable.floorEntry(version);
    return entry == null
        ? Optional.empty()
        : Optional.of(new Checkpoint(entry.getKey(), entry.getValue().getFirst()));
  }

  /** Whether a version has a whole checkpoint. */
  boolean hasCheckpoint(long version) {
    return whole.containsKey(version);
  }

  /** The file that shows by its size and time that a version is still the same one. */
  Optional<ObjectInfo> anchor(long version) {
    ObjectInfo commit = commits.get(version);
    if (commit != null) {
      return Optional.of(commit);
    }
    List<List<ObjectInfo>> checkpoint = whole.get(version);
    return checkpoint == null ? Optional.empty() : Optional.of(checkpoint.getFirst().getFirst());
  }

  /** The latest version of the log; -1 for none. */
  long latestVersion() {
    return Math.max(
        commits.isEmpty() ? -1 : commits.lastKey(), whole.isEmpty() ? -1 : whole.lastKey());
  }

  /** The first version that can be rebuilt from what is listed; -1 for none. */
  long firstVersion() {
    if (commits.containsKey(0L)) {
      return 0;
    }
    return whole.isEmpty() ? -1 : whole.firstKey();
  }
}
