package io.tidegate.delta;

import static io.tidegate.delta.TestLog.PLAIN;
import static io.tidegate.delta.TestLog.add;
import static io.tidegate.delta.TestLog.files;
import static io.tidegate.delta.TestLog.metadata;
import static io.tidegate.delta.TestLog.remove;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.delta.kernel.Snapshot;
import io.tidegate.delta.DeltaTableException.Reason;
import io.tidegate.testing.CountingObjectStore.Calls;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/** A damaged checkpoint is done without as long as anything else of the log tells the same. */
class DamagedLogTest {
  private static final TimeTravel LATEST = TimeTravel.latest();
  private static final String CLASSIC = "0000000000000000000%d.checkpoint.parquet";
  private static final String UUID_NAMED =
      "0000000000000000000%d.checkpoint.0b0e2d0c-0000-4000-8000-000000000000.json";

  private final ListAppender<ILoggingEvent> said = new ListAppender<>();
  private final Logger logger = (Logger) LoggerFactory.getLogger(DeltaTable.class);
  private final SnapshotCache cache = new SnapshotCache(64 << 20);
  @TempDir private Path folder;
  private TestLog log;

  /** Five versions, with checkpoints of 1 and 3; the last is of 3 by the hint. */
  @BeforeEach
  void open() throws IOException {
    said.start();
    logger.addAppender(said);
    log = new TestLog(folder.resolve("table"));
    log.commit(0, PLAIN, metadata("a", "1"), add("f0"));
    for (long version = 1; version <= 4; version++) {
      log.commit(version, add("f" + version), remove("f" + (version - 1)));
      if (version % 2 == 1) {
        checkpoint(version);
      }
    }
  }

  @AfterEach
  void close() {
    logger.detachAppender(said);
  }

  private void checkpoint(long version) throws IOException {
    KernelReader kernel = KernelReader.stock();
    Snapshot snapshot = kernel.snapshot(folder.resolve("table"), version);
    snapshot.writeCheckpoint(kernel.engine());
  }

  private Path inLog(String name) {
    return Path.of(URI.create(log.paths.log() + name));
  }

  private void cut(String name, int bytes) throws IOException {
    byte[] whole = Files.readAllBytes(inLog(name));
    Files.write(inLog(name), Arrays.copyOf(whole, bytes < 0 ? whole.length + bytes : bytes));
  }

  private void assertReads(String... expected) throws IOException {
    assertThat(files(log.table(cache).snapshot(LATEST, null))).containsExactly(expected);
    TableDescription described = log.table(cache).describe();
    assertThat(described.version()).isEqualTo(4);
    assertThat(described.metadata().configuration()).containsEntry("a", "1");
  }

  private void assertFails(String named) {
    assertThatExceptionOfType(DeltaTableException.class)
        .isThrownBy(() -> log.table().snapshot(LATEST, null))
        .withMessageContaining(named)
        .extracting(DeltaTableException::reason)
        .isEqualTo(Reason.CORRUPT);
  }

  private void assertFailsAlike(String named) {
    assertFails(named);
    assertThatExceptionOfType(DeltaTableException.class)
        .isThrownBy(() -> log.table().describe())
        .withMessageContaining(named)
        .extracting(DeltaTableException::reason)
        .isEqualTo(Reason.CORRUPT);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 4, 100, -1, -30})
  void theOlderCheckpointIsTaken(int bytes) throws IOException {
    cut(CLASSIC.formatted(3), bytes);
    log.delete(0);
    log.delete(1);
    assertReads("f4");
    assertThat(said.list)
        .singleElement()
        .satisfies(event ->
            assertThat(event.getFormattedMessage()).contains("_delta_log/" + CLASSIC.formatted(3)));
    // It is said once, not to each who reads.
    assertThat(log.table(cache).snapshot(new TimeTravel.AtVersion(3), null).numFiles()).isOne();
    assertThat(said.list).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 4, 100, -1})
  void theCommitsAloneAreTaken(int bytes) throws IOException {
    cut(CLASSIC.formatted(1), bytes);
    cut(CLASSIC.formatted(3), bytes);
    assertReads("f4");
    assertThat(log.table(cache).snapshot(new TimeTravel.AtVersion(2), null).version()).isEqualTo(2);
  }

  @Test
  void aDamagedPageIsFoundToo() throws IOException {
    byte[] bytes = Files.readAllBytes(inLog(CLASSIC.formatted(3)));
    Arrays.fill(bytes, 4, bytes.length / 2, (byte) 0x55);
    Files.write(inLog(CLASSIC.formatted(3)), bytes);
    assertReads("f4");
  }

  @Test
  void whatCannotBeRebuiltNamesTheNewestCheckpoint() throws IOException {
    cut(CLASSIC.formatted(3), 4);
    cut(CLASSIC.formatted(1), 4);
    log.delete(0);
    assertFailsAlike("_delta_log/" + CLASSIC.formatted(3));
    // The version that only the checkpoint is left of must not be passed over.
    for (long version = 3; version <= 4; version++) {
      log.delete(version);
    }
    assertFailsAlike("_delta_log/" + CLASSIC.formatted(3));
  }

  @Test
  void aCheckpointWithoutWhatDescribesTheTableIsDamaged() throws IOException {
    Files.delete(inLog(CLASSIC.formatted(3)));
    for (String content : List.of("", "{\"checkpointMetadata\":{\"version\":3}}\n", "{\"proto")) {
      log.write(UUID_NAMED.formatted(3), content);
      assertThat(files(log.table().snapshot(LATEST, null))).containsExactly("f4");
      assertThat(log.table().describe().version()).isEqualTo(4);
    }
    log.delete(0);
    cut(CLASSIC.formatted(1), 0);
    log.write(UUID_NAMED.formatted(3), "");
    assertFailsAlike("_delta_log/" + UUID_NAMED.formatted(3));
  }

  @Test
  void aSidecarThatIsMissingOrDamagedIsDoneWithout() throws IOException {
    Files.delete(inLog(CLASSIC.formatted(3)));
    log.write(
        UUID_NAMED.formatted(3),
        new String(CommitFile.toBytes(List.of(PLAIN, metadata("a", "1"))), StandardCharsets.UTF_8)
            + "{\"checkpointMetadata\":{\"version\":3}}\n"
            + "{\"sidecar\":{\"path\":\"s.parquet\",\"sizeInBytes\":600,\"modificationTime\":1}}\n");
    assertThat(files(log.table().snapshot(LATEST, null))).containsExactly("f4");
    for (String content : List.of("", "PAR1", "P".repeat(600))) {
      log.write("_sidecars/s.parquet", content);
      assertThat(files(log.table().snapshot(LATEST, null))).containsExactly("f4");
    }
    log.delete(0);
    log.delete(1);
    cut(CLASSIC.formatted(1), 4);
    assertFails("_sidecars/s.parquet");
    Files.delete(inLog("_sidecars/s.parquet"));
    assertFails("_delta_log/_sidecars/s.parquet");
  }

  @Test
  void anotherCheckpointOfTheSameVersionIsTaken() throws IOException {
    log.write(CLASSIC.formatted(5), "cut");
    log.write(
        UUID_NAMED.formatted(5),
        "{\"checkpointMetadata\":{\"version\":5}}\n"
            + new String(
                CommitFile.toBytes(List.of(PLAIN, metadata("a", "1"), add("f4"), add("f5"))),
                StandardCharsets.UTF_8));
    for (long version = 0; version <= 4; version++) {
      log.delete(version);
    }
    cut(CLASSIC.formatted(1), 0);
    cut(CLASSIC.formatted(3), 0);
    assertThat(files(log.table(cache).snapshot(LATEST, null))).containsExactly("f4", "f5");
    log.store.takeCalls();
    // What was read is remembered, the damaged file notwithstanding.
    assertThat(files(log.table(cache).snapshot(LATEST, null))).containsExactly("f4", "f5");
    assertThat(log.store.takeCalls()).isEqualTo(new Calls(0, 0, 1, 0, 0));
    cut(UUID_NAMED.formatted(5), 40);
    assertFailsAlike("_delta_log/" + CLASSIC.formatted(5));
  }

  @Test
  void whatIsOptionalMayBeDamaged() throws IOException {
    for (byte[] content :
        List.of(
            new byte[0], new byte[] {-1, 0, 1}, "{\"version\":".getBytes(StandardCharsets.UTF_8))) {
      Files.write(inLog("_last_checkpoint"), content);
      Files.write(inLog("00000000000000000004.crc"), content);
      Files.write(inLog("00000000000000000001.00000000000000000003.compacted.json"), content);
      assertThat(files(log.table().snapshot(LATEST, null))).containsExactly("f4");
      assertThat(log.table().describe().version()).isEqualTo(4);
    }
    assertThat(said.list).isEmpty();
  }

  @Test
  void aHealthyLogCostsNothingMore() throws IOException {
    log.store.takeCalls();
    log.table().snapshot(LATEST, null);
    Calls calls = log.store.takeCalls();
    assertThat(calls.lists()).isOne();
    assertThat(calls.heads()).isZero();
  }
}
