package io.tidegate.delta;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.github.luben.zstd.ZstdInputStream;
import io.tidegate.delta.Action.AddFile;
import io.tidegate.delta.Predicate.Column;
import io.tidegate.delta.Predicate.Comparison;
import io.tidegate.delta.Predicate.Literal;
import io.tidegate.delta.Predicate.Operator;
import io.tidegate.objects.LocalObjectStore;
import io.tidegate.testing.CountingObjectStore;
import io.tidegate.testing.CountingObjectStore.Calls;
import io.tidegate.testing.GoldenTables;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A table of 300,000 files: bounded by counting, with time and memory told. */
class ScaleTest {
  private static final Logger LOG = LoggerFactory.getLogger(ScaleTest.class);
  private static final int FILES = 300_000;

  @TempDir private Path folder;

  @Test
  void threeHundredThousandFiles() throws IOException {
    Optional<Path> archive =
        GoldenTables.folder().map(golden -> golden.resolve("300k-add-files.tar.zst"));
    assumeTrue(
        archive.isPresent() && Files.exists(archive.get()),
        "the golden tables are absent (../shared/golden)");
    URI location = unpack(archive.get()).toUri();
    CountingObjectStore store = new CountingObjectStore(new LocalObjectStore(List.of(folder)));
    SnapshotCache cache = new SnapshotCache(256 << 20);

    long start = System.nanoTime();
    TableSnapshot snapshot =
        DeltaTable.at(location, store, cache).snapshot(TimeTravel.latest(), null);
    long loaded = System.nanoTime();
    assertThat(store.takeCalls()).isEqualTo(new Calls(0, 6, 1, 0, 0));

    long count = count(snapshot.files());
    long walked = System.nanoTime();
    assertThat(snapshot.numFiles()).isGreaterThanOrEqualTo(FILES).isEqualTo(count);

    Comparison onePartition =
        new Comparison(
            Column.of(snapshot.metadata().partitionColumns().getFirst()),
            Operator.EQUAL,
            Literal.of("part_1"));
    long pruned = count(snapshot.files(onePartition));
    long filtered = System.nanoTime();
    assertThat(pruned).isPositive().isLessThan(count);

    TableSnapshot again = DeltaTable.at(location, store, cache).snapshot(TimeTravel.latest(), null);
    long repeated = System.nanoTime();
    assertThat(again.numFiles()).isEqualTo(count);
    assertThat(store.takeCalls()).isEqualTo(new Calls(0, 0, 1, 0, 0));

    // Under a hundred bytes for a file, its key included.
    long weight = again.weight();
    assertThat(weight).isLessThan(100L * count);
    LOG.info(
        "{} files: read {} ms, walked {} ms, one partition ({} files) {} ms, again {} ms, {} kB",
        count,
        millis(start, loaded),
        millis(loaded, walked),
        pruned,
        millis(walked, filtered),
        millis(filtered, repeated),
        weight / 1024);
  }

  private static long millis(long from, long to) {
    return (to - from) / 1_000_000;
  }

  private static long count(Iterator<AddFile> files) {
    long count = 0;
    for (; files.hasNext(); files.next()) {
      count++;
    }
    return count;
  }

  /** The table's folder, after the files of the archive have been written. */
  private Path unpack(Path archive) throws IOException {
    Path table = null;
    try (InputStream input =
        new BufferedInputStream(new ZstdInputStream(Files.newInputStream(archive)))) {
      byte[] header = input.readNBytes(512);
      while (header.length == 512 && header[0] != 0) {
        String name = text(header, 0, 100);
        long size = Long.parseLong(text(header, 124, 12).strip(), 8);
        boolean file = header[156] == '0' || header[156] == 0;
        byte[] content = input.readNBytes((int) size);
        input.skipNBytes((512 - size % 512) % 512);
        if (file && name.contains("_delta_log/")) {
          Path target = folder.resolve(name).normalize();
          Path log = Objects.requireNonNull(target.getParent());
          Files.createDirectories(log);
          Files.write(target, content);
          table = log.getParent();
        }
        header = input.readNBytes(512);
      }
    }
    return Objects.requireNonNull(table);
  }

  private static String text(byte[] header, int from, int length) {
    String text = new String(header, from, length, StandardCharsets.UTF_8);
    int end = text.indexOf(0);
    return end < 0 ? text : text.substring(0, end);
  }
}
