package io.tidegate.delta;

import static io.tidegate.delta.TestLog.PLAIN;
import static io.tidegate.delta.TestLog.add;
import static io.tidegate.delta.TestLog.info;
import static io.tidegate.delta.TestLog.metadata;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.delta.kernel.Snapshot;
import io.tidegate.delta.Action.Protocol;
import io.tidegate.delta.DeltaTableException.Reason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.lifecycle.AfterTry;
import net.jqwik.api.statistics.Statistics;
import org.jspecify.annotations.Nullable;

/** A timestamp becomes the version that the protocol says, whatever a table's history. */
class VersionTimesTest {
  private static final Protocol WITH_TIMESTAMPS =
      new Protocol(1, 7, Set.of(), Set.of("inCommitTimestamp"));
  private static final Protocol MANAGED =
      new Protocol(3, 7, Set.of("catalogManaged"), Set.of("catalogManaged", "inCommitTimestamp"));
  private static final String ENABLED = "delta.enableInCommitTimestamps";
  private static final String VERSION = "delta.inCommitTimestampEnablementVersion";
  private static final String TIMESTAMP = "delta.inCommitTimestampEnablementTimestamp";
  private static final long START = 1_750_000_000_000L;

  private final Path folder = newFolder();

  private static Path newFolder() {
    try {
      return Files.createTempDirectory("version-times").toRealPath();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  @AfterTry
  void clean() throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  private static Optional<Long> at(DeltaTable table, long time, @Nullable CatalogCommits commits)
      throws IOException {
    try {
      TimeTravel wanted = new TimeTravel.AtTimestamp(Instant.ofEpochMilli(time));
      return Optional.of(table.snapshot(wanted, commits).version());
    } catch (DeltaTableException e) {
      assertThat(e.reason()).isEqualTo(Reason.TIMESTAMP_OUT_OF_RANGE);
      return Optional.empty();
    }
  }

  private static Optional<Long> from(DeltaTable table, long time, @Nullable CatalogCommits commits)
      throws IOException {
    try {
      return Optional.of(table.versionAtOrAfter(Instant.ofEpochMilli(time), commits));
    } catch (DeltaTableException e) {
      assertThat(e.reason()).isEqualTo(Reason.TIMESTAMP_OUT_OF_RANGE);
      return Optional.empty();
    }
  }

  /** Versions 0 to 5 are plain, 6 to 9 are not; the files were all copied later. */
  @Example
  void aCopiedTableIsSearchedInTwoRanges() throws IOException {
    TestLog log = new TestLog(folder.resolve("copied"));
    Instant copied = Instant.ofEpochMilli(START).plusSeconds(1_000_000);
    log.commitAt(0, copied, PLAIN, metadata());
    for (long version = 1; version <= 5; version++) {
      log.commitAt(version, copied.plusMillis(version), add("f" + version));
    }
    log.commitAt(
        6,
        copied.plusMillis(6),
        info(START),
        WITH_TIMESTAMPS,
        metadata(ENABLED, "true", VERSION, "6", TIMESTAMP, "" + START));
    for (long version = 7; version <= 9; version++) {
      log.commitAt(
          version,
          copied.plusMillis(version),
          info(START + (version - 6) * 1000),
          add("f" + version));
    }
    DeltaTable table = log.table();
    assertThat(at(table, START, null)).contains(6L);
    assertThat(at(table, START + 1500, null)).contains(7L);
    assertThat(at(table, START + 3000, null)).contains(9L);
    assertThat(at(table, START + 3001, null)).isEmpty();
    assertThat(at(table, START - 1, null)).isEmpty();
    assertThat(from(table, START, null)).contains(6L);
    assertThat(from(table, START + 500, null)).contains(7L);
    assertThat(from(table, START + 3001, null)).isEmpty();
    assertThatExceptionOfType(DeltaTableException.class)
        .isThrownBy(() -> table.versionAtOrAfter(Instant.ofEpochMilli(START + 3001), null))
        .withMessageContaining("(version 0)")
        .withMessageContaining("(version 9)");
  }

  /** A table's history, and when each of its versions was committed. */
  private static final class History {
    private final long inCommitFrom;
    private final long enabledAt;
    private final List<Long> versions = new ArrayList<>();
    private final List<Long> times = new ArrayList<>();

    private History(long inCommitFrom, long enabledAt) {
      this.inCommitFrom = inCommitFrom;
      this.enabledAt = enabledAt;
    }

    private boolean searched(int place, long time) {
      boolean plain = versions.get(place) < inCommitFrom;
      boolean wantsPlain =
          inCommitFrom > versions.getLast()
              || (versions.getFirst() < inCommitFrom && time < enabledAt);
      return plain == wantsPlain;
    }

    Optional<Long> at(long time) {
      Optional<Long> found = Optional.empty();
      for (int i = 0; i < versions.size(); i++) {
        if (searched(i, time) && times.get(i) <= time) {
          found = Optional.of(versions.get(i));
        }
      }
      boolean afterAll = found.equals(Optional.of(versions.getLast())) && times.getLast() < time;
      return afterAll ? Optional.empty() : found;
    }

    Optional<Long> from(long time) {
      boolean seen = false;
      for (int i = 0; i < versions.size(); i++) {
        seen |= searched(i, time);
        // What is after the searched range was committed after every time in it.
        if (seen && (!searched(i, time) || times.get(i) >= time)) {
          return Optional.of(versions.get(i));
        }
      }
      return Optional.empty();
    }
  }

  @Property(tries = 80, seed = "2026")
  void everyTimeFindsItsVersion(@ForAll Random random) throws IOException {
    TestLog log = new TestLog(folder.resolve("table"));
    int last = random.nextInt(10);
    boolean managed = random.nextInt(3) == 0;
    int enabled = random.nextInt(3) == 0 ? 0 : random.nextInt(last + 1);
    if (!managed && random.nextInt(4) == 0) {
      enabled = Integer.MAX_VALUE;
    }
    boolean named = enabled > 0 && (enabled > 1 || random.nextBoolean());
    int unpublished = managed ? random.nextInt(Math.min(3, last - enabled + 1) + 1) : 0;
    // Files as old as their commits, or copied before or after all of them.
    long shift = List.of(0L, 0L, 1_000_000L, -1_000_000L).get(random.nextInt(4));
    long inCommit = START + random.nextInt(5);
    long enabledAt = inCommit;
    List<Long> fileTimes = new ArrayList<>();
    List<Long> inCommits = new ArrayList<>();
    for (int version = 0; version <= last; version++) {
      long fileTime = START + shift + version * 3L - random.nextInt(9);
      fileTimes.add(fileTime);
      List<Action> actions = new ArrayList<>();
      if (version == 0 && enabled != 0) {
        actions.add(PLAIN);
        actions.add(metadata());
      }
      if (version >= enabled) {
        inCommit += 1 + random.nextInt(5);
        actions.addFirst(info(inCommit));
      }
      inCommits.add(inCommit);
      if (version == enabled) {
        enabledAt = inCommit;
        actions.add(managed ? MANAGED : WITH_TIMESTAMPS);
        actions.add(
            named
                ? metadata(ENABLED, "true", VERSION, "" + version, TIMESTAMP, "" + inCommit)
                : enabled == 0
                    ? metadata(ENABLED, "true")
                    : metadata(ENABLED, "true", VERSION, "" + version));
      }
      actions.add(add("f" + version));
      Action[] all = actions.toArray(Action[]::new);
      if (version > last - unpublished) {
        log.stage(version, all);
      } else {
        log.commitAt(version, Instant.ofEpochMilli(fileTime), all);
      }
    }
    int first = 0;
    int published = last - unpublished;
    if (!managed && published > 0 && random.nextInt(3) == 0) {
      KernelReader kernel = KernelReader.stock();
      first = random.nextInt(published + 1);
      Snapshot snapshot = kernel.snapshot(folder.resolve("table"), first);
      snapshot.writeCheckpoint(kernel.engine());
      int deleted = random.nextInt(first + 1);
      for (int version = 0; version < deleted; version++) {
        log.delete(version);
      }
      first = deleted == 0 ? 0 : first;
    }
    History history = new History(enabled, enabledAt);
    long previous = Long.MIN_VALUE;
    for (int version = first; version <= last; version++) {
      previous = Math.max(previous + 1, fileTimes.get(version));
      history.versions.add((long) version);
      history.times.add(version >= enabled ? inCommits.get(version) : (Long) previous);
    }
    CatalogCommits commits = managed ? log.ratified(last) : null;
    DeltaTable table = log.table(new SnapshotCache(1 << 20));
    List<Long> asked = new ArrayList<>(List.of(enabledAt - 1, enabledAt, enabledAt + 1));
    for (long time : history.times) {
      asked.addAll(List.of(time - 1, time, time + 1));
    }
    for (long time : asked) {
      String where = time + " in " + history.versions + history.times + ", enabled " + enabled;
      assertThat(at(table, time, commits)).as("at " + where).isEqualTo(history.at(time));
      assertThat(from(table, time, commits)).as("from " + where).isEqualTo(history.from(time));
    }
    Statistics.collect(enabled == 0 ? "always" : enabled <= last ? "from then on" : "never");
    Statistics.coverage(coverage ->
        List.of("always", "from then on", "never")
            .forEach(kind -> coverage.check(kind).percentage(share -> share > 10)));
  }
}
