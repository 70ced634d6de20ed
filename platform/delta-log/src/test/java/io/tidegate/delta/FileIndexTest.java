package io.tidegate.delta;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.tidegate.delta.Action.AddFile;
import io.tidegate.delta.Action.DeletionVector;
import io.tidegate.delta.Action.RemoveFile;
import java.net.URI;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Random;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.jspecify.annotations.Nullable;

class FileIndexTest {
  private static final URI TABLE = URI.create("file:///lake/table/");

  private static AddFile file(Random random, int names) {
    Map<String, @Nullable String> partition = new HashMap<>();
    partition.put("p", random.nextInt(5) == 0 ? null : "v" + random.nextInt(20));
    return new AddFile(
        (random.nextInt(names) == 0 ? "../" : "") + "file " + random.nextInt(names),
        Collections.unmodifiableMap(partition),
        random.nextInt(1000),
        random.nextLong(),
        random.nextBoolean(),
        random.nextInt(3) == 0
            ? null
            : "{\"numRecords\":" + random.nextInt() + ",\"ä\":\"\uD83D\uDE00\"}",
        random.nextInt(3) == 0 ? Collections.singletonMap("tag", null) : null,
        vector(random),
        random.nextBoolean() ? null : random.nextLong(),
        random.nextBoolean() ? null : random.nextLong(),
        random.nextBoolean() ? null : "liquid");
  }

  private static @Nullable DeletionVector vector(Random random) {
    return switch (random.nextInt(4)) {
      case 0 -> new DeletionVector("u", "ab^-aqEH.-t@S}K{vb[*", random.nextInt(2), -5, 6);
      case 1 -> new DeletionVector("i", "inline", null, 40, random.nextLong());
      default -> null;
    };
  }

  private static String key(String path, @Nullable DeletionVector vector) {
    return vector == null ? path : path + " " + vector.uniqueId();
  }

  private static List<AddFile> all(FileIndex index) {
    List<AddFile> files = new ArrayList<>();
    index.iterator(null).forEachRemaining(files::add);
    return files;
  }

  /** Against a plain map, over many versions, which must stay as they were. */
  @Property(tries = 150, seed = "2026")
  void isWhatAMapWouldBe(@ForAll Random random) {
    int names = 1 + random.nextInt(600);
    Map<String, AddFile> expected = new HashMap<>();
    FileIndex index = FileIndex.empty();
    List<FileIndex> versions = new ArrayList<>();
    List<Map<String, AddFile>> expectedVersions = new ArrayList<>();
    int commits = random.nextInt(30);
    for (int commit = 0; commit < commits; commit++) {
      FileIndex.Builder builder = index.change(TABLE);
      int actions = random.nextInt(random.nextInt(5) == 0 ? 500 : 6);
      boolean removing = random.nextInt(4) == 0;
      for (int i = 0; i < actions; i++) {
        AddFile file = file(random, names);
        if (removing || random.nextInt(3) == 0) {
          builder.remove(
              new RemoveFile(
                  file.path(),
                  0L,
                  true,
                  null,
                  null,
                  null,
                  null,
                  null,
                  file.deletionVector(),
                  null,
                  null));
          expected.remove(key(file.path(), file.deletionVector()));
        } else {
          builder.add(file);
          expected.put(key(file.path(), file.deletionVector()), file);
        }
      }
      index = builder.build();
      versions.add(index);
      expectedVersions.add(new HashMap<>(expected));
    }
    for (int i = 0; i < versions.size(); i++) {
      FileIndex version = versions.get(i);
      Map<String, AddFile> wanted = expectedVersions.get(i);
      assertThat(all(version)).containsExactlyInAnyOrderElementsOf(wanted.values());
      assertThat(version.files()).isEqualTo(wanted.size());
      assertThat(version.bytes())
          .isEqualTo(wanted.values().stream().mapToLong(AddFile::size).sum());
      assertThat(version.weight()).isPositive();
      assertThat(version.hasDeletionVectors())
          .isEqualTo(wanted.values().stream().anyMatch(file -> file.deletionVector() != null));
      assertThat(version.leadsOutside())
          .isEqualTo(wanted.values().stream().anyMatch(file -> file.path().startsWith("../")));
    }
  }

  @Example
  void manySmallCommitsStayCompact() {
    FileIndex index = FileIndex.empty();
    Random random = new Random(7);
    for (int i = 0; i < 3000; i++) {
      FileIndex.Builder builder = index.change(TABLE);
      builder.add(
          new AddFile(
              "part-0000" + i + ".parquet",
              Map.of("p", "v" + i % 7),
              100,
              i,
              true,
              "{\"numRecords\":" + random.nextInt(1000) + "}",
              null,
              null,
              null,
              null,
              null));
      index = builder.build();
    }
    assertThat(all(index)).hasSize(3000);
    assertThat(index.weight()).isLessThan(3000 * 150);
  }

  @Example
  void aCursorEndsAsItShould() {
    Iterator<AddFile> none = FileIndex.empty().iterator(null);
    assertThat(none.hasNext()).isFalse();
    assertThatExceptionOfType(NoSuchElementException.class).isThrownBy(none::next);
  }
}
