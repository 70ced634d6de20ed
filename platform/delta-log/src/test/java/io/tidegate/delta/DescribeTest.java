package io.tidegate.delta;

import static io.tidegate.delta.TestLog.PLAIN;
import static io.tidegate.delta.TestLog.add;
import static io.tidegate.delta.TestLog.metadata;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.delta.kernel.Snapshot;
import io.tidegate.delta.DeltaTableException.Reason;
import io.tidegate.testing.CountingObjectStore.Calls;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a table says of itself, and what it costs to know. */
class DescribeTest {
  @TempDir private Path folder;
  private final SnapshotCache cache = new SnapshotCache(1 << 20);
  private TestLog log;

  @BeforeEach
  void open() {
    log = new TestLog(folder.resolve("table"));
  }

  private TableDescription describe() throws IOException {
    return log.table(cache).describe();
  }

  private void commits(long from, long to) throws IOException {
    for (long version = from; version <= to; version++) {
      log.commit(version, add("file" + version));
    }
  }

  private void checkpoint(long version) throws IOException {
    KernelReader kernel = KernelReader.stock();
    Snapshot snapshot = kernel.snapshot(folder.resolve("table"), version);
    snapshot.writeCheckpoint(kernel.engine());
  }

  @Test
  void anUnchangedTableCostsTwoLooksAndNoReading() throws IOException {
    log.commit(0, PLAIN, metadata("a", "1"));
    commits(1, 40);
    assertThat(describe().version()).isEqualTo(40);
    log.store.takeCalls();
    assertThat(describe().metadata().configuration()).containsEntry("a", "1");
    assertThat(log.store.takeCalls()).isEqualTo(new Calls(2, 0, 0, 0, 0));
  }

  @Test
  void newCommitsAreReadOnceEachAndTheLatestDescriptionCounts() throws IOException {
    log.commit(0, PLAIN, metadata("a", "1"));
    describe();
    commits(1, 2);
    log.commit(3, metadata("b", "2"));
    commits(4, 5);
    log.store.takeCalls();
    TableDescription described = describe();
    assertThat(described.version()).isEqualTo(5);
    assertThat(described.metadata().configuration()).containsOnlyKeys("b");
    assertThat(described.protocol()).isEqualTo(PLAIN);
    Calls calls = log.store.takeCalls();
    assertThat(calls.opens()).isEqualTo(5);
    assertThat(calls.lists()).isZero();
    assertThat(describe()).isEqualTo(described);
    assertThat(log.store.takeCalls()).isEqualTo(new Calls(2, 0, 0, 0, 0));
  }

  @Test
  void aTableFarAheadIsReadFromItsLatestCommitBackToTheOneThatDescribesIt() throws IOException {
    log.commit(0, PLAIN, metadata("a", "1"));
    describe();
    commits(1, 30);
    log.commit(31, PLAIN, metadata("b", "2"));
    commits(32, 33);
    log.store.takeCalls();
    assertThat(describe().metadata().configuration()).containsOnlyKeys("b");
    // The sixteen first steps, the hint, and the commits 33 to 31.
    assertThat(log.store.takeCalls().opens()).isEqualTo(16 + 1 + 3);
  }

  @Test
  void beforeACheckpointNothingIsRead() throws IOException {
    log.commit(0, PLAIN, metadata("a", "1"));
    commits(1, 12);
    checkpoint(10);
    for (long version = 0; version < 10; version++) {
      log.delete(version);
    }
    assertThat(describe().version()).isEqualTo(12);
    assertThat(describe().metadata().configuration()).containsEntry("a", "1");
    assertThat(describe().protocol())
        .isEqualTo(log.table().snapshot(TimeTravel.latest(), null).protocol());
  }

  @Test
  void aTableThatWasReplacedByAnotherIsReadAnew() throws IOException {
    log.commit(0, PLAIN, metadata("a", "1"));
    commits(1, 3);
    describe();
    for (long version = 0; version <= 3; version++) {
      log.delete(version);
    }
    log.commitAt(0, Instant.parse("2026-06-01T00:00:00Z"), PLAIN, metadata("c", "3"));
    TableDescription described = describe();
    assertThat(described.version()).isZero();
    assertThat(described.metadata().configuration()).containsOnlyKeys("c");
  }

  @Test
  void whatIsNoPlainTableIsRefusedByWhatItIs() throws IOException {
    assertFails(Reason.NOT_A_TABLE);
    log.commit(0, PLAIN);
    assertFails(Reason.CORRUPT);
    log.commit(2, metadata());
    assertFails(Reason.CORRUPT);
    log.commit(1, metadata());
    assertThat(describe().version()).isEqualTo(2);
    log.commit(3, TestLog.MANAGED);
    assertFails(Reason.CATALOG_MANAGED);
    log.delete(3);
    log.write("00000000000000000003.json", "{\"protocol\":");
    assertFails(Reason.CORRUPT);
  }

  private void assertFails(Reason reason) {
    assertThatExceptionOfType(DeltaTableException.class)
        .isThrownBy(this::describe)
        .satisfies(e -> assertThat(e.reason()).isEqualTo(reason));
  }
}
