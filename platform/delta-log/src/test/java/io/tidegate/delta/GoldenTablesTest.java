package io.tidegate.delta;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.delta.kernel.Snapshot;
import io.tidegate.delta.Action.AddFile;
import io.tidegate.delta.Action.DeletionVector;
import io.tidegate.delta.DeltaTableException.Reason;
import io.tidegate.objects.LocalObjectStore;
import io.tidegate.objects.ObjectStore;
import io.tidegate.testing.GoldenTables;
import io.tidegate.testing.GoldenTables.GoldenTable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every golden table gives what Delta Kernel gives, and the rows that are expected of it. */
class GoldenTablesTest {
  /** Tables whose log must be refused, and why. */
  private static final Map<String, Reason> REFUSED =
      Map.of(
          "no-delta-log-folder", Reason.NOT_A_TABLE,
          "deltalog-invalid-protocol-version", Reason.UNSUPPORTED,
          "deltalog-commit-info", Reason.CORRUPT,
          "deltalog-state-reconstruction-from-checkpoint-missing-protocol", Reason.CORRUPT,
          "deltalog-state-reconstruction-without-protocol", Reason.CORRUPT,
          "update-deleted-directory", Reason.CORRUPT);

  /**
   * Kernel compares paths as they are written. By the protocol a path is a URI, and {@code /x} in a
   * table of local files is {@code file:///x}: there is no file left in these.
   */
  private static final Set<String> SAME_PATH_WRITTEN_TWICE =
      Set.of("canonicalized-paths-normal-b", "canonicalized-paths-special-b");

  private static final KernelReader KERNEL = KernelReader.stock();

  static Stream<GoldenTable> readable() {
    return Stream.concat(GoldenTables.tables().stream(), GoldenTables.more().stream())
        .filter(golden -> !REFUSED.containsKey(golden.name()));
  }

  private static ObjectStore store() {
    return new LocalObjectStore(GoldenTables.folder().stream().toList());
  }

  @Test
  void areThere() {
    assumeTrue(
        GoldenTables.folder().isPresent(), "the golden tables are absent (../shared/golden)");
    assertThat(readable()).isNotEmpty();
  }

  @ParameterizedTest(allowZeroInvocations = true)
  @MethodSource("readable")
  void hasKernelsFilesAtEveryVersion(GoldenTable golden) throws IOException {
    Snapshot latest = KERNEL.snapshot(golden.table());
    DeltaTable table = DeltaTable.at(golden.table().toUri(), store());
    TableSnapshot ours = table.snapshot(TimeTravel.latest(), null);

    assertSame(golden, ours, latest);
    for (long version = latest.getVersion() - 1; version >= 0; version--) {
      Snapshot theirs = snapshotOrNull(golden.table(), version);
      if (theirs != null) {
        assertSame(golden, table.snapshot(new TimeTravel.AtVersion(version), null), theirs);
      } else {
        long missing = version;
        assertThatExceptionOfType(DeltaTableException.class)
            .isThrownBy(() -> table.snapshot(new TimeTravel.AtVersion(missing), null))
            .extracting(DeltaTableException::reason)
            .isEqualTo(Reason.NO_SUCH_VERSION);
      }
    }
  }

  private static void assertSame(GoldenTable golden, TableSnapshot ours, Snapshot theirs)
      throws IOException {
    assertThat(ours.version()).isEqualTo(theirs.getVersion());
    // Kernel shows the file's time as it is; ours is after that of the version before.
    long fileTime = theirs.getTimestamp(KERNEL.engine());
    assertThat(ours.timestamp()).isBetween(fileTime, fileTime + ours.version());
    assertThat(ours.schema().columns())
        .extracting(TableSchema.Column::name)
        .isEqualTo(theirs.getSchema().fieldNames());
    Set<String> files = files(ours);
    if (SAME_PATH_WRITTEN_TWICE.contains(golden.name()) && ours.version() == 1) {
      assertThat(files).isEmpty();
    } else {
      assertThat(files).isEqualTo(KERNEL.files(theirs));
    }
    assertThat(ours.numFiles()).isEqualTo(files.size());
  }

  @ParameterizedTest(allowZeroInvocations = true)
  @MethodSource("readable")
  void movedForwardCommitByCommitIsTheSame(GoldenTable golden) throws IOException {
    TableSnapshot latest =
        DeltaTable.at(golden.table().toUri(), store()).snapshot(TimeTravel.latest(), null);
    ForwardStore forward = new ForwardStore(store());
    DeltaTable table = DeltaTable.at(golden.table().toUri(), forward, new SnapshotCache(100 << 20));

    @Nullable TableSnapshot last = null;
    for (long version = 0; version <= latest.version(); version++) {
      forward.showUpTo(version);
      Throwable failure = catchThrowable(() -> table.snapshot(TimeTravel.latest(), null));
      if (failure == null) {
        last = table.snapshot(TimeTravel.latest(), null);
        assertThat(last.version()).isEqualTo(version);
      } else {
        // A log that begins with a checkpoint cannot be read before it.
        assertThat(last).isNull();
        assertThat(failure).isInstanceOf(DeltaTableException.class);
      }
    }

    TableSnapshot moved = Objects.requireNonNull(last);
    assertThat(files(moved)).isEqualTo(files(latest));
    assertThat(moved.sizeInBytes()).isEqualTo(latest.sizeInBytes());
    assertThat(moved.metadata()).isEqualTo(latest.metadata());
    assertThat(moved.protocol()).isEqualTo(latest.protocol());
    assertThat(moved.transactions()).isEqualTo(latest.transactions());
    assertThat(moved.domainMetadata()).isEqualTo(latest.domainMetadata());
  }

  static Stream<GoldenTable> answered() {
    return readable().filter(golden -> golden.expected() != null);
  }

  @ParameterizedTest(allowZeroInvocations = true)
  @MethodSource("answered")
  void kernelOnOurStoreReadsTheExpectedRows(GoldenTable golden) throws IOException {
    KernelReader reader = KernelReader.on(store());
    Snapshot snapshot = reader.snapshot(golden.table());
    Path expected = Objects.requireNonNull(golden.expected());

    assertThat(reader.rows(snapshot)).isEqualTo(KERNEL.rows(expected, snapshot.getSchema()));
  }

  static Stream<GoldenTable> refused() {
    return GoldenTables.tables().stream().filter(golden -> REFUSED.containsKey(golden.name()));
  }

  @ParameterizedTest(allowZeroInvocations = true)
  @MethodSource("refused")
  void isRefusedWithAReason(GoldenTable golden) throws IOException {
    DeltaTable table = DeltaTable.at(golden.table().toUri(), store());

    assertThatExceptionOfType(DeltaTableException.class)
        .isThrownBy(() -> table.snapshot(TimeTravel.latest(), null))
        .extracting(DeltaTableException::reason)
        .isEqualTo(REFUSED.get(golden.name()));
    assertThat(catchThrowable(() -> KERNEL.files(KERNEL.snapshot(golden.table())))).isNotNull();
  }

  private static @Nullable Snapshot snapshotOrNull(Path table, long version) {
    try {
      // Kernel tries three times, a second apart, to make sense of a broken _last_checkpoint.
      ForwardStore withoutHint = new ForwardStore(store());
      withoutHint.showUpTo(Long.MAX_VALUE);
      Snapshot snapshot = KernelReader.on(withoutHint).snapshot(table, version);
      KERNEL.files(snapshot);
      return snapshot;
    } catch (RuntimeException | IOException e) {
      return null;
    }
  }

  static Set<String> files(TableSnapshot snapshot) {
    Set<String> files = new TreeSet<>();
    snapshot
        .files()
        .forEachRemaining((AddFile file) -> {
          DeletionVector vector = file.deletionVector();
          files.add(
              file.path()
                  + " "
                  + (vector == null ? "" : vector.uniqueId())
                  + " "
                  + new TreeMap<>(file.partitionValues()));
        });
    return files;
  }
}
