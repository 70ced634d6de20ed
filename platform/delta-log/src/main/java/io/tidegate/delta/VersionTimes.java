package io.tidegate.delta;

import io.tidegate.delta.DeltaTableException.Reason;
import java.io.IOException;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * When the versions of a table were committed (Delta protocol, "Recommendations for Readers of
 * Tables with In-Commit Timestamps"). Versions before in-commit timestamps were enabled have the
 * times of their files, each at least a millisecond after the one before; later ones have in-commit
 * timestamps, which are read only as far as a search needs them. A time before the enablement is
 * looked for among the former, any other among the latter: the two ranges are not one order, for
 * files may have been copied, and so be younger than every in-commit timestamp.
 */
final class VersionTimes {
  private static final String ENABLEMENT_VERSION = "delta.inCommitTimestampEnablementVersion";
  private static final String ENABLEMENT_TIMESTAMP = "delta.inCommitTimestampEnablementTimestamp";

  private final TableState latest;
  private final List<Commit> commits;
  private final long[] adjusted;

  /** The place of the first commit with an in-commit timestamp. */
  private final int inCommitFrom;

  private final InCommitTimestamps inCommit;
  private final Map<Long, Long> read = new HashMap<>();

  /** A commit that the log still has, and the time of its file in milliseconds since the epoch. */
  record Commit(long version, long fileTime) {}

  /** Reads a commit's own timestamp. */
  interface InCommitTimestamps {
    long of(long version) throws IOException;
  }

  /** Places of commits, the last one excluded. */
  private record Range(int from, int to) {}

  VersionTimes(TableState latest, List<Commit> commits, InCommitTimestamps inCommit) {
    this.latest = latest;
    this.commits = commits;
    this.inCommit = inCommit;
    this.adjusted = new long[commits.size()];
    long enabledAt =
        latest.metadata().inCommitTimestamps()
            ? property(ENABLEMENT_VERSION).orElse(0L)
            : Long.MAX_VALUE;
    long previous = Long.MIN_VALUE;
    int plain = 0;
    for (int i = 0; i < adjusted.length; i++) {
      previous = Math.max(previous + 1, commits.get(i).fileTime());
      adjusted[i] = previous;
      if (commits.get(i).version() < enabledAt) {
        plain = i + 1;
      }
    }
    this.inCommitFrom = plain;
  }

  /** Absent where the table had in-commit timestamps from the first version on. */
  private Optional<Long> property(String name) {
    String value = latest.metadata().configuration().get(name);
    try {
      return value == null ? Optional.empty() : Optional.of(Long.parseLong(value));
    } catch (NumberFormatException e) {
      throw new DeltaTableException(Reason.CORRUPT, name + " is " + value, e);
    }
  }

  /** The last version committed at or before a time; empty if it is out of range. */
  Optional<Long> lastAtOrBefore(long time) throws IOException {
    Range range = range(time);
    int after = firstAfter(time, range);
    if (after == range.from() || (after == commits.size() && time(after - 1) < time)) {
      return Optional.empty();
    }
    return Optional.of(commits.get(after - 1).version());
  }

  /** The first version committed at or after a time; empty if all were before. */
  Optional<Long> firstAtOrAfter(long time) throws IOException {
    Range range = range(time);
    int at = time == Long.MIN_VALUE ? range.from() : firstAfter(time - 1, range);
    // Where no plain version is as late, the one that enabled in-commit timestamps is the next.
    return at == commits.size() ? Optional.empty() : Optional.of(commits.get(at).version());
  }

  /** The commits among which a time is looked for. */
  private Range range(long time) throws IOException {
    boolean plain =
        inCommitFrom == commits.size() || (inCommitFrom > 0 && time < enablementTimestamp());
    return plain ? new Range(0, inCommitFrom) : new Range(inCommitFrom, commits.size());
  }

  private long enablementTimestamp() throws IOException {
    Optional<Long> given = property(ENABLEMENT_TIMESTAMP);
    return given.isPresent() ? given.get() : time(inCommitFrom);
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

  /** The place of the first commit of a range after a time; the range's end if there is none. */
  private int firstAfter(long time, Range range) throws IOException {
    int low = range.from();
    int high = range.to();
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
    if (place < inCommitFrom) {
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
