package io.tidegate.delta;

import io.tidegate.delta.DeltaTableException.Reason;
import java.io.IOException;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * When the versions of a table were committed: by the times of their files, each at least a
 * millisecond after the one before, and from the version on that in-commit timestamps were enabled
 * at by those, which are read only as far as a search needs them.
 */
final class VersionTimes {
  private final TableState latest;
  private final List<Commit> commits;
  private final long[] adjusted;
  private final long inCommitFrom;
  private final InCommitTimestamps inCommit;
  private final Map<Long, Long> read = new HashMap<>();

  /** A commit that the log still has, and the time of its file in milliseconds since the epoch. */
  record Commit(long version, long fileTime) {}

  /** Reads a commit's own timestamp. */
  interface InCommitTimestamps {
    long of(long version) throws IOException;
  }

  VersionTimes(TableState latest, List<Commit> commits, InCommitTimestamps inCommit) {
    this.latest = latest;
    this.commits = commits;
    this.inCommit = inCommit;
    this.adjusted = new long[commits.size()];
    long previous = Long.MIN_VALUE;
    for (int i = 0; i < adjusted.length; i++) {
      previous = Math.max(previous + 1, commits.get(i).fileTime());
      adjusted[i] = previous;
    }
    this.inCommitFrom =
        latest.metadata().inCommitTimestamps() ? enablementVersion() : Long.MAX_VALUE;
  }

  /** Zero where the table had in-commit timestamps from the first version on. */
  private long enablementVersion() {
    String version =
        latest.metadata().configuration().get("delta.inCommitTimestampEnablementVersion");
    try {
      return version == null ? 0 : Long.parseLong(version);
    } catch (NumberFormatException e) {
      throw new DeltaTableException(
          Reason.CORRUPT, "delta.inCommitTimestampEnablementVersion is " + version, e);
    }
  }

  /** The last version committed at or before a time; empty if it is out of range. */
  Optional<Long> lastAtOrBefore(long time) throws IOException {
    int after = firstAfter(time);
    if (after == 0 || (after == commits.size() && time(after - 1) < time)) {
      return Optional.empty();
    }
    return Optional.of(commits.get(after - 1).version());
  }

  /** The first version committed at or after a time; empty if all were before. */
  Optional<Long> firstAtOrAfter(long time) throws IOException {
    int at = time == Long.MIN_VALUE ? 0 : firstAfter(time - 1);
    return at == commits.size() ? Optional.empty() : Optional.of(commits.get(at).version());
  }

  DeltaTableException outOfRange(Instant wanted) {
    if (commits.isEmpty()) {
      return new DeltaTableException(
          Reason.TIMESTAMP_OUT_OF_RANGE, "The log keeps no commit, so no time can be looked up");
    }
    try {
      return new DeltaTableException(
          Reason.TIMESTAMP_OUT_OF_RANGE,
          "There is no version for "
              + wanted
              + "; the commits from "
              + Instant.ofEpochMilli(time(0))
              + " (version "
              + commits.getFirst().version()
              + ") to "
              + Instant.ofEpochMilli(time(commits.size() - 1))
              + " (version "
              + commits.getLast().version()
              + ") are available");
    } catch (IOException e) {
      return new DeltaTableException(
          Reason.TIMESTAMP_OUT_OF_RANGE, "There is no version for " + wanted, e);
    }
  }

  /** The place of the first commit after a time. */
  private int firstAfter(long time) throws IOException {
    int low = 0;
    int high = commits.size();
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (time(middle) > time) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return low;
  }

  private long time(int place) throws IOException {
    long version = commits.get(place).version();
    if (version < inCommitFrom) {
      return adjusted[place];
    }
    if (version == latest.version()) {
      return latest.timestamp();
    }
    Long known = read.get(version);
    if (known == null) {
      known = inCommit.of(version);
      read.put(version, known);
    }
    return known;
  }
}
