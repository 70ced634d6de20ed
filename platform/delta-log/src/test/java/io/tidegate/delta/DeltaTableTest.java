package io.tidegate.delta;

import static io.tidegate.delta.TestLog.MANAGED;
import static io.tidegate.delta.TestLog.PLAIN;
import static io.tidegate.delta.TestLog.START;
import static io.tidegate.delta.TestLog.add;
import static io.tidegate.delta.TestLog.files;
import static io.tidegate.delta.TestLog.info;
import static io.tidegate.delta.TestLog.metadata;
import static io.tidegate.delta.TestLog.remove;
import static io.tidegate.delta.TestLog.vector;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.delta.kernel.Snapshot;
import io.tidegate.delta.Action.DomainMetadata;
import io.tidegate.delta.Action.Protocol;
import io.tidegate.delta.Action.SetTransaction;
import io.tidegate.delta.DeltaTableException.Reason;
import io.tidegate.objects.OutsideRootException;
import io.tidegate.testing.CountingObjectStore.Calls;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DeltaTableTest {
  private static final TimeTravel LATEST = TimeTravel.latest();

  @TempDir private Path folder;
  private final SnapshotCache cache = new SnapshotCache(64 << 20);
  private TestLog log;

  @BeforeEach
  void open() {
    log = new TestLog(folder.resolve("table"));
  }

  private static TimeTravel at(long version) {
    return new TimeTravel.AtVersion(version);
  }

  private static TimeTravel at(Instant instant) {
    return new TimeTravel.AtTimestamp(instant);
  }

  private TableSnapshot latest() throws IOException {
    return log.table(cache).snapshot(LATEST, null);
  }

  private void assertFails(Reason reason, TimeTravel wanted, String... saying) {
    assertThatExceptionOfType(DeltaTableException.class)
        .isThrownBy(() -> log.table().snapshot(wanted, null))
        .satisfies(e -> assertThat(e.reason()).isEqualTo(reason))
        .satisfies(e -> assertThat(e.getMessage()).contains(saying));
  }

  /** Has Kernel write a checkpoint of a published version. */
  private void checkpoint(long version) throws IOException {
    KernelReader kernel = KernelReader.stock();
    Snapshot snapshot = kernel.snapshot(folder.resolve("table"), version);
    snapshot.writeCheckpoint(kernel.engine());
  }

  @Nested
  class MovingForward {
    @Test
    void anUnchangedTableCostsOneListing() throws IOException {
      log.commit(0, PLAIN, metadata(), add("a"));
      latest();
      log.store.takeCalls();

      assertThat(files(latest())).containsExactly("a");
      assertThat(log.store.takeCalls()).isEqualTo(new Calls(0, 0, 1, 0, 0));
    }

    @Test
    void newCommitsCostAListingAndAReadEach() throws IOException {
      log.commit(0, PLAIN, metadata(), add("a"), add("b"));
      TableSnapshot before = latest();
      for (long version = 1; version <= 3; version++) {
        log.commit(version, add("new" + version), remove("new" + (version - 1)));
      }
      log.commit(4, remove("a"), add("b", vector(1)), remove("b"));
      log.store.takeCalls();

      TableSnapshot after = latest();
      assertThat(log.store.takeCalls()).isEqualTo(new Calls(0, 4, 1, 0, 0));
      assertThat(after.version()).isEqualTo(4);
      assertThat(files(after)).containsExactly("b@1", "new3");
      assertThat(after.numFiles()).isEqualTo(2);
      assertThat(after.sizeInBytes()).isEqualTo(200);
      assertThat(files(before)).containsExactly("a", "b");
    }

    @Test
    void everythingElseMovesForwardToo() throws IOException {
      log.commit(
          0,
          PLAIN,
          metadata("a", "1"),
          new SetTransaction("app", 1, null),
          new DomainMetadata("gone", "{}", false),
          new DomainMetadata("kept", "{}", false));
      latest();
      Protocol newer = new Protocol(3, 7, Set.of("deletionVectors"), Set.of("deletionVectors"));
      log.commit(
          1,
          newer,
          metadata("a", "2"),
          new SetTransaction("app", 2, 5L),
          new DomainMetadata("gone", "", true));

      TableSnapshot after = latest();
      assertThat(after.protocol()).isEqualTo(newer);
      assertThat(after.metadata().configuration()).containsEntry("a", "2");
      assertThat(after.transactions().get("app")).isEqualTo(new SetTransaction("app", 2, 5L));
      assertThat(after.domainMetadata()).containsOnlyKeys("kept");
    }

    @Test
    void aTableThatWasReplacedIsReadAnew() throws IOException {
      log.commit(0, PLAIN, metadata(), add("old"));
      latest();
      log.delete(0);
      log.commitAt(0, START.plusSeconds(1), PLAIN, metadata(), add("new"));

      assertThat(files(latest())).containsExactly("new");
    }

    @Test
    void aTableThatWasDeletedIsGone() throws IOException {
      log.commit(0, PLAIN, metadata(), add("old"));
      latest();
      log.delete(0);

      assertThatExceptionOfType(DeltaTableException.class)
          .isThrownBy(DeltaTableTest.this::latest)
          .extracting(DeltaTableException::reason)
          .isEqualTo(Reason.NOT_A_TABLE);
    }

    @Test
    void aCleanedLogIsReadFromItsCheckpoint() throws IOException {
      log.commit(0, PLAIN, metadata(), add("a"));
      latest();
      for (long version = 1; version <= 5; version++) {
        log.commit(version, add("v" + version));
      }
      checkpoint(4);
      for (long version = 0; version <= 3; version++) {
        log.delete(version);
      }

      assertThat(files(latest())).containsExactly("a", "v1", "v2", "v3", "v4", "v5");
      assertThat(latest().version()).isEqualTo(5);
    }

    @Test
    void aVersionReadBeforeCostsOneLook() throws IOException {
      log.commit(0, PLAIN, metadata(), add("a"));
      log.commit(1, add("b"));
      log.table(cache).snapshot(at(0), null);
      log.store.takeCalls();

      assertThat(files(log.table(cache).snapshot(at(0), null))).containsExactly("a");
      assertThat(log.store.takeCalls()).isEqualTo(new Calls(1, 0, 0, 0, 0));
    }

    @Test
    void aCacheThatKeepsNothingStillAnswers() throws IOException {
      log.commit(0, PLAIN, metadata(), add("a"));
      DeltaTable table = log.table(new SnapshotCache(0));
      assertThat(files(table.snapshot(LATEST, null))).containsExactly("a");
      log.commit(1, add("b"));
      assertThat(files(table.snapshot(LATEST, null))).containsExactly("a", "b");
    }

    @Test
    void readersWhileAWriterCommitsSeeWholeVersions() throws Exception {
      log.commit(0, PLAIN, metadata(), add("file0"));
      int versions = 40;
      List<Callable<Long>> work = new ArrayList<>();
      work.add(() -> {
        for (int version = 1; version < versions; version++) {
          log.commit(version, add("file" + version), remove("file" + (version - 1)));
        }
        return 0L;
      });
      for (int reader = 0; reader < 3; reader++) {
        work.add(() -> {
          long last = -1;
          while (last < versions - 1) {
            TableSnapshot snapshot = latest();
            assertThat(snapshot.version()).isGreaterThanOrEqualTo(last);
            last = snapshot.version();
            assertThat(files(snapshot)).containsExactly("file" + last);
          }
          return last;
        });
      }
      try (ExecutorService executor = Executors.newFixedThreadPool(work.size())) {
        for (Future<Long> each : executor.invokeAll(work, 60, TimeUnit.SECONDS)) {
          each.get();
        }
      }
    }
  }

  @Nested
  class Versions {
    @BeforeEach
    void fiveVersions() throws IOException {
      log.commit(0, PLAIN, metadata(), add("v0"));
      for (long version = 1; version < 5; version++) {
        log.commit(version, add("v" + version));
      }
    }

    @Test
    void areReadByNumber() throws IOException {
      assertThat(files(log.table().snapshot(at(2), null))).containsExactly("v0", "v1", "v2");
      assertThat(log.table().snapshot(at(2), null).timestamp())
          .isEqualTo(START.plusSeconds(120).toEpochMilli());
    }

    @ParameterizedTest
    @ValueSource(longs = {-1, 5, Long.MAX_VALUE, Long.MIN_VALUE})
    void thatAreNotThereAreRefusedWithTheRange(long version) {
      assertFails(Reason.NO_SUCH_VERSION, at(version), "" + version, "0 to 4");
    }

    @Test
    void whoseLogIsGoneAreRefusedWithTheRange() throws IOException {
      checkpoint(3);
      log.delete(0);
      log.delete(1);
      assertFails(Reason.NO_SUCH_VERSION, at(2), "3 to 4");
      assertThat(files(log.table().snapshot(at(3), null))).hasSize(4);
    }

    @Test
    void areReadByTime() throws IOException {
      DeltaTable table = log.table();
      assertThat(table.snapshot(at(START), null).version()).isZero();
      assertThat(table.snapshot(at(START.plusSeconds(119)), null).version()).isEqualTo(1);
      assertThat(table.snapshot(at(START.plusSeconds(120)), null).version()).isEqualTo(2);
      assertThat(table.snapshot(at(START.plusSeconds(240)), null).version()).isEqualTo(4);
    }

    @Test
    void outOfTimeAreRefusedWithTheRange() {
      String[] range = {"2026-01-01T00:00:00Z (version 0)", "2026-01-01T00:04:00Z (version 4)"};
      assertFails(Reason.TIMESTAMP_OUT_OF_RANGE, at(START.minusMillis(1)), range);
      assertFails(Reason.TIMESTAMP_OUT_OF_RANGE, at(START.plusMillis(240_001)), range);
    }

    @Test
    void areFoundByStartingTime() throws IOException {
      DeltaTable table = log.table();
      assertThat(table.versionAtOrAfter(START.minusSeconds(1000), null)).isZero();
      assertThat(table.versionAtOrAfter(START.plusSeconds(60), null)).isEqualTo(1);
      assertThat(table.versionAtOrAfter(START.plusMillis(60_001), null)).isEqualTo(2);
      assertThat(table.versionAtOrAfter(START.plusSeconds(240), null)).isEqualTo(4);
      assertThatExceptionOfType(DeltaTableException.class)
          .isThrownBy(() -> table.versionAtOrAfter(START.plusMillis(240_001), null))
          .extracting(DeltaTableException::reason)
          .isEqualTo(Reason.TIMESTAMP_OUT_OF_RANGE);
    }

    @Test
    void ofAClockThatWentBackStayInOrder() throws IOException {
      log.commitAt(5, START, add("v5"));
      log.commitAt(6, START.plusSeconds(240), add("v6"));
      DeltaTable table = log.table();
      long last = START.plusSeconds(240).toEpochMilli();
      assertThat(table.snapshot(LATEST, null).timestamp()).isEqualTo(last + 2);
      assertThat(table.snapshot(at(Instant.ofEpochMilli(last + 1)), null).version()).isEqualTo(5);
      assertThat(table.snapshot(at(START), null).version()).isZero();
    }
  }

  @Nested
  class InCommitTimestamps {
    @Test
    void countFromTheVersionThatEnabledThem() throws IOException {
      log.commit(0, PLAIN, metadata());
      log.commit(1, add("a"));
      long enabled = START.plus(Duration.ofDays(1)).toEpochMilli();
      log.commit(
          2,
          info(enabled),
          new Protocol(1, 7, Set.of(), Set.of("inCommitTimestamp")),
          metadata(
              "delta.enableInCommitTimestamps", "true",
              "delta.inCommitTimestampEnablementVersion", "2",
              "delta.inCommitTimestampEnablementTimestamp", "" + enabled));
      for (long version = 3; version < 20; version++) {
        log.commit(version, info(enabled + version * 1000), add("f" + version));
      }

      DeltaTable table = log.table(cache);
      assertThat(table.snapshot(LATEST, null).timestamp()).isEqualTo(enabled + 19_000);
      assertThat(table.snapshot(at(START.plusSeconds(59)), null).version()).isZero();
      assertThat(table.snapshot(at(START.plusSeconds(61)), null).version()).isEqualTo(1);
      log.store.takeCalls();
      assertThat(table.versionAtOrAfter(Instant.ofEpochMilli(enabled + 6500), null)).isEqualTo(7);
      assertThat(log.store.takeCalls().opens()).isLessThanOrEqualTo(6);
      assertThat(table.snapshot(at(Instant.ofEpochMilli(enabled + 6999)), null).version())
          .isEqualTo(6);
    }

    @Test
    void areReadWithACheckpointAtTheirVersion() throws IOException {
      log.commit(
          0,
          info(7_000),
          new Protocol(1, 7, Set.of(), Set.of("inCommitTimestamp")),
          metadata("delta.enableInCommitTimestamps", "true"),
          add("a"));
      checkpoint(0);
      assertThat(log.table().snapshot(LATEST, null).timestamp()).isEqualTo(7_000);
    }

    @Test
    void thatAreMissingMakeTheLogCorrupt() throws IOException {
      log.commit(
          0,
          new Protocol(1, 7, Set.of(), Set.of("inCommitTimestamp")),
          metadata("delta.enableInCommitTimestamps", "true"));
      assertFails(Reason.CORRUPT, LATEST, "in-commit timestamp");
    }
  }

  @Nested
  class CatalogManaged {
    @BeforeEach
    void twoVersions() throws IOException {
      log.stage(
          0, info(1_000), MANAGED, metadata("delta.enableInCommitTimestamps", "true"), add("v0"));
      log.stage(1, info(2_000), add("v1"));
    }

    private TableSnapshot latest(long ratified) throws IOException {
      return log.table(cache).snapshot(LATEST, log.ratified(ratified));
    }

    @Test
    void isReadFromStagedCommits() throws IOException {
      TableSnapshot snapshot = latest(1);
      assertThat(snapshot.version()).isEqualTo(1);
      assertThat(snapshot.timestamp()).isEqualTo(2_000);
      assertThat(files(snapshot)).containsExactly("v0", "v1");
    }

    @Test
    void knowsItsVersionWithoutAnyCall() throws IOException {
      latest(1);
      log.store.takeCalls();
      assertThat(latest(1).version()).isEqualTo(1);
      assertThat(log.store.takeCalls()).isEqualTo(new Calls(0, 0, 0, 0, 0));

      log.stage(2, info(3_000), add("v2"));
      log.stage(3, info(4_000), remove("v0"));
      log.store.takeCalls();
      assertThat(files(latest(3))).containsExactly("v1", "v2");
      assertThat(log.store.takeCalls()).isEqualTo(new Calls(0, 2, 0, 0, 0));
    }

    @Test
    void isReadFromWhatWasPublishedSince() throws IOException {
      latest(0);
      log.publish(0);
      log.publish(1);
      CatalogCommits asked = log.ratified(1);
      for (var staged : asked.unpublished()) {
        log.store.delete(log.paths.staged(staged.fileName()));
      }
      assertThat(files(log.table(cache).snapshot(LATEST, asked))).containsExactly("v0", "v1");
      assertThat(files(log.table().snapshot(LATEST, asked))).containsExactly("v0", "v1");
      log.forget(0);
      log.forget(1);
      assertThat(files(log.table().snapshot(LATEST, log.ratified(1)))).containsExactly("v0", "v1");
    }

    @Test
    void ignoresWhatTheCatalogDidNotRatify() throws IOException {
      log.publish(0);
      log.publish(1);
      log.commit(2, info(9_000), add("rogue"));
      assertThat(latest(1).version()).isEqualTo(1);
      assertThat(files(latest(1))).containsExactly("v0", "v1");
      assertThat(log.table().snapshot(LATEST, log.ratified(1)).version()).isEqualTo(1);
    }

    @Test
    void anOlderAnswerOfTheCatalogGivesThatVersion() throws IOException {
      CatalogCommits older = log.ratified(0);
      assertThat(latest(1).version()).isEqualTo(1);
      TableSnapshot before = log.table(cache).snapshot(LATEST, older);
      assertThat(before.version()).isZero();
      assertThat(files(before)).containsExactly("v0");
      assertThat(latest(1).version()).isEqualTo(1);
    }

    @Test
    void isReadAtAVersionAndATime() throws IOException {
      DeltaTable table = log.table(cache);
      CatalogCommits commits = log.ratified(1);
      assertThat(files(table.snapshot(at(0), commits))).containsExactly("v0");
      assertThat(table.snapshot(at(Instant.ofEpochMilli(1_500)), commits).version()).isZero();
      assertThat(table.versionAtOrAfter(Instant.ofEpochMilli(1_500), commits)).isEqualTo(1);
      assertThatExceptionOfType(DeltaTableException.class)
          .isThrownBy(() -> table.snapshot(at(2), commits))
          .satisfies(e -> assertThat(e.reason()).isEqualTo(Reason.NO_SUCH_VERSION))
          .withMessageContaining("0 to 1");
    }

    @Test
    void isReadOverACheckpointOfPublishedVersions() throws IOException {
      log.publish(0);
      log.publish(1);
      log.forget(0);
      log.forget(1);
      log.stage(2, info(3_000), add("v2"));
      assertThat(files(log.table().snapshot(LATEST, log.ratified(2))))
          .containsExactly("v0", "v1", "v2");
    }

    @Test
    void isRefusedWithoutItsCatalog() throws IOException {
      log.publish(0);
      assertFails(Reason.CATALOG_MANAGED, LATEST, "managed by a catalog");
      assertFails(Reason.CATALOG_MANAGED, at(0), "managed by a catalog");
    }

    @Test
    void aPlainTableIsReadByItsLogWhateverACatalogSays() throws IOException {
      TestLog plain = new TestLog(folder.resolve("plain"));
      plain.commit(0, PLAIN, metadata(), add("a"));
      plain.commit(1, add("b"));
      CatalogCommits commits = new CatalogCommits(0, List.of());
      assertThat(plain.table(cache).snapshot(LATEST, commits).version()).isEqualTo(1);
      assertThat(plain.table(cache).snapshot(at(0), commits).version()).isZero();
      assertThat(plain.table(cache).snapshot(LATEST, commits).version()).isEqualTo(1);
    }
  }

  @Nested
  class Refusals {
    @Test
    void noTable() {
      assertFails(Reason.NOT_A_TABLE, LATEST, "no Delta table");
      assertFails(Reason.NOT_A_TABLE, at(3), "no Delta table");
      assertFails(Reason.NOT_A_TABLE, at(START), "no Delta table");
    }

    @Test
    void outsideTheStore() {
      assertThatExceptionOfType(OutsideRootException.class)
          .isThrownBy(() -> DeltaTable.at(folder.toUri(), log.store));
    }

    @Test
    void aHoleInTheLog() throws IOException {
      log.commit(0, PLAIN, metadata());
      log.commit(1, add("a"));
      log.commit(3, add("b"));
      assertFails(Reason.CORRUPT, LATEST, "version 2");
    }

    @Test
    void noBeginning() throws IOException {
      log.commit(5, PLAIN, metadata());
      assertFails(Reason.CORRUPT, LATEST, "checkpoint");
    }

    @Test
    void badJson() throws IOException {
      log.commit(0, PLAIN, metadata());
      log.write("00000000000000000001.json", "{\"add\":{}}\n");
      assertFails(Reason.CORRUPT, LATEST, "00000000000000000001.json, line 1", "add.path");
    }

    @Test
    void aDamagedCheckpoint() throws IOException {
      log.commit(0, PLAIN, metadata());
      log.write("00000000000000000000.checkpoint.parquet", "this is not Parquet");
      // The commit that it stands for is there.
      assertThat(latest().version()).isZero();
      log.delete(0);
      assertFails(Reason.CORRUPT, LATEST, "_delta_log/00000000000000000000.checkpoint.parquet");
    }

    @Test
    void unknownFeaturesButOnlyIfAskedTo() throws IOException {
      log.commit(
          0,
          new Protocol(3, 7, Set.of("deletionVectors", "teleport"), Set.of("teleport")),
          metadata(),
          add("a"));
      assertFails(Reason.UNSUPPORTED, LATEST, "teleport");
      assertThat(files(log.table().snapshot(LATEST, null, DeltaTable.Features.ANY)))
          .containsExactly("a");
    }

    @Test
    void aReaderVersionThatIsNotKnown() throws IOException {
      log.commit(0, new Protocol(4, 7, Set.of(), Set.of()), metadata());
      assertFails(Reason.UNSUPPORTED, LATEST, "reader version 4");
      assertThatExceptionOfType(DeltaTableException.class)
          .isThrownBy(() -> log.table().snapshot(LATEST, null, DeltaTable.Features.ANY))
          .extracting(DeltaTableException::reason)
          .isEqualTo(Reason.UNSUPPORTED);
    }
  }

  @Test
  void aHintThatIsWrongDoesNoHarm() throws IOException {
    log.commit(0, PLAIN, metadata(), add("a"));
    for (String hint :
        List.of(
            "", "no json", "[]", "{\"version\":\"1\"}", "{\"version\":7}", "{\"version\":-1}")) {
      log.write("_last_checkpoint", hint);
      assertThat(files(log.table().snapshot(LATEST, null))).as(hint).containsExactly("a");
    }
  }

  @Test
  void aCheckpointInPartsCountsOnlyWhole() throws IOException {
    log.commit(0, PLAIN, metadata(), add("a"));
    log.commit(1, add("b"));
    log.write("00000000000000000001.checkpoint.0000000001.0000000002.parquet", "half");
    assertThat(files(log.table().snapshot(LATEST, null))).containsExactly("a", "b");
  }

  @Test
  void manyWhoWantOneOldVersionReadItOnce() throws Exception {
    log.commit(0, PLAIN, metadata(), add("a"));
    log.commit(1, add("b"));
    log.commit(2, add("c"));
    log.store.takeCalls();
    List<Callable<Long>> readers =
        Collections.nCopies(8, () -> log.table(cache).snapshot(at(1), null).version());
    try (ExecutorService executor = Executors.newFixedThreadPool(readers.size())) {
      for (Future<Long> each : executor.invokeAll(readers, 60, TimeUnit.SECONDS)) {
        assertThat(each.get()).isEqualTo(1);
      }
    }
    // The commits 0 and 1, and a look for _last_checkpoint.
    assertThat(log.store.takeCalls().opens()).isEqualTo(3);
  }

  @Test
  void blankLinesAndUnknownActionsAreFine() throws IOException {
    log.commit(0, PLAIN, metadata(), add("a"));
    log.write(
        "00000000000000000001.json",
        "\n{\"future\":{\"x\":1}}\r\n\n"
            + "{\"add\":{\"path\":\"b\",\"partitionValues\":{\"day\":null},\"size\":1,"
            + "\"modificationTime\":2,\"dataChange\":true,\"more\":[1]}}");
    assertThat(files(log.table().snapshot(LATEST, null))).containsExactly("a", "b");
  }

  @Test
  void aSidecarOutsideTheTableIsNotRead() throws IOException {
    Path secret = Files.writeString(folder.resolve("secret.parquet"), "secret".repeat(100));
    sidecar(secret.toUri().toString());
    assertThat(files(log.table().snapshot(LATEST, null))).containsExactly("a", "b");
    log.delete(0);
    assertFails(Reason.CORRUPT, LATEST, "outside the table", "secret.parquet");
  }

  @Test
  void aSidecarThatIsMissingIsNamed() throws IOException {
    sidecar("none.parquet");
    assertThat(files(log.table().snapshot(LATEST, null))).containsExactly("a", "b");
    log.delete(0);
    assertFails(Reason.CORRUPT, LATEST, "not there", "_sidecars/none.parquet");
  }

  private void sidecar(String path) throws IOException {
    log.commit(0, PLAIN, metadata(), add("a"));
    log.write(
        "00000000000000000001.checkpoint.0b0e2d0c-0000-4000-8000-000000000000.json",
        "{\"checkpointMetadata\":{\"version\":1}}\n"
            + "{\"sidecar\":{\"path\":\""
            + path
            + "\",\"sizeInBytes\":600,\"modificationTime\":1}}\n");
    log.commit(1, add("b"));
  }

  @Test
  void aRatifiedCommitThatIsMissingIsNamed() throws IOException {
    log.stage(0, info(1), MANAGED, metadata("delta.enableInCommitTimestamps", "true"));
    CatalogCommits commits = log.ratified(0);
    log.store.delete(log.paths.staged(commits.unpublished().getFirst().fileName()));
    assertThatExceptionOfType(DeltaTableException.class)
        .isThrownBy(() -> log.table().snapshot(LATEST, commits))
        .satisfies(e -> assertThat(e.reason()).isEqualTo(Reason.CORRUPT));
  }
}
