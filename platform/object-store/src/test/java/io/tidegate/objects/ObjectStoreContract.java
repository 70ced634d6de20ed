package io.tidegate.objects;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What every object store keeps to. */
abstract class ObjectStoreContract {
  /** A store that reaches {@link #root()}. */
  abstract ObjectStore store();

  /** An empty folder of this test's own, with a slash at its end. */
  abstract URI root();

  private URI uri(String relative) {
    return URI.create(root() + relative);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private String read(String relative) throws IOException {
    try (InputStream input = store().open(uri(relative))) {
      return new String(input.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private String read(String relative, long offset, long length) throws IOException {
    try (InputStream input = store().open(uri(relative), offset, length)) {
      return new String(input.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private List<String> list(String folder, String after, int limit, boolean recursive)
      throws IOException {
    return store().list(uri(folder), after.isEmpty() ? null : uri(after), limit, recursive).stream()
        .map(object -> object.uri().toString().substring(root().toString().length()))
        .toList();
  }

  private void put(String... relative) throws IOException {
    for (String each : relative) {
      assertThat(store().putIfAbsent(uri(each), bytes(each))).isTrue();
    }
  }

  @Test
  void putsOnceAndReads() throws IOException {
    Instant before = Instant.now();
    assertThat(store().putIfAbsent(uri("a/b/c.json"), bytes("first"))).isTrue();
    assertThat(store().putIfAbsent(uri("a/b/c.json"), bytes("second"))).isFalse();

    assertThat(read("a/b/c.json")).isEqualTo("first");
    ObjectInfo info = store().head(uri("a/b/c.json")).orElseThrow();
    assertThat(info.uri()).isEqualTo(uri("a/b/c.json"));
    assertThat(info.size()).isEqualTo(5);
    assertThat(info.modifiedAt())
        .isBetween(before.minus(Duration.ofMinutes(1)), before.plus(Duration.ofMinutes(1)));
  }

  @Test
  void putsAnEmptyObject() throws IOException {
    assertThat(store().putIfAbsent(uri("empty"), new byte[0])).isTrue();
    assertThat(read("empty")).isEmpty();
    assertThat(store().head(uri("empty")).orElseThrow().size()).isZero();
  }

  @Test
  void readsRanges() throws IOException {
    store().putIfAbsent(uri("digits"), bytes("0123456789"));
    assertThat(read("digits", 0, 4)).isEqualTo("0123");
    assertThat(read("digits", 3, 4)).isEqualTo("3456");
    assertThat(read("digits", 7, -1)).isEqualTo("789");
    assertThat(read("digits", 8, 100)).isEqualTo("89");
    assertThat(read("digits", 2, 0)).isEmpty();
    assertThat(read("digits", 10, -1)).isEmpty();
    try (InputStream input = store().open(uri("digits"), 2, 5)) {
      assertThat(input.read()).isEqualTo('2');
      assertThat(input.skip(2)).isEqualTo(2);
      assertThat(input.readAllBytes()).isEqualTo(bytes("56"));
      assertThat(input.read()).isEqualTo(-1);
    }
    assertThatIllegalArgumentException().isThrownBy(() -> store().open(uri("digits"), -1, 2));
  }

  @Test
  void knowsWhatIsNotThere() throws IOException {
    put("folder/object");
    for (String absent :
        List.of("none", "no/folder/none", "folder", "folder/", "folder/object/x")) {
      assertThat(store().head(uri(absent))).as(absent).isEmpty();
      assertThatExceptionOfType(NoSuchFileException.class)
          .as(absent)
          .isThrownBy(() -> read(absent));
    }
    store().delete(uri("none"));
    assertThatExceptionOfType(NoSuchFileException.class)
        .isThrownBy(() -> store().copyIfAbsent(uri("none"), uri("copy")));
    assertThat(store().head(uri("copy"))).isEmpty();
  }

  @Test
  void whatFailsWhileItIsWrittenDoesNotComeToBe() throws IOException {
    assertThatIOException()
        .isThrownBy(() ->
            store()
                .putIfAbsent(
                    uri("new/half"),
                    output -> {
                      output.write(bytes("half"));
                      throw new IOException("no more");
                    }))
        .withMessage("no more");
    assertThat(store().list(root(), null, 10, true)).isEmpty();
    assertThat(store().putIfAbsent(uri("new/half"), output -> output.write(bytes("whole"))))
        .isTrue();
    assertThat(read("new/half")).isEqualTo("whole");
  }

  @Test
  void copiesOnce() throws IOException {
    store().putIfAbsent(uri("source"), bytes("content"));
    assertThat(store().copyIfAbsent(uri("source"), uri("new/target"))).isTrue();
    store().delete(uri("source"));
    assertThat(read("new/target")).isEqualTo("content");

    store().putIfAbsent(uri("other"), bytes("other"));
    assertThat(store().copyIfAbsent(uri("other"), uri("new/target"))).isFalse();
    assertThat(read("new/target")).isEqualTo("content");
  }

  @Test
  void deletes() throws IOException {
    put("a/object");
    store().delete(uri("a/object"));
    assertThat(store().head(uri("a/object"))).isEmpty();
    assertThat(list("", "", 10, true)).isEmpty();
    put("a/object");
  }

  @Test
  void listsInOrder() throws IOException {
    put("b", "a/2", "a/10", "a/1", "a.b", "a-b", "c/d/e", "c/d.e");
    assertThat(list("", "", 100, true))
        .containsExactly("a-b", "a.b", "a/1", "a/10", "a/2", "b", "c/d.e", "c/d/e");
    assertThat(list("", "", 100, false)).containsExactly("a-b", "a.b", "b");
    assertThat(list("a/", "", 100, false)).containsExactly("a/1", "a/10", "a/2");
    assertThat(list("", "a/10", 2, true)).containsExactly("a/2", "b");
    assertThat(list("", "a/100", 1, true)).containsExactly("a/2");
    assertThat(list("none/", "", 100, true)).isEmpty();
    assertThat(list("b/", "", 100, true)).isEmpty();
    assertThatIllegalArgumentException().isThrownBy(() -> list("a", "", 100, true));
    assertThatIllegalArgumentException().isThrownBy(() -> list("a/", "", 0, true));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "with%20space",
        "part=a:b/x",
        "percent%25file%25",
        "100%2525",
        "question%3Fhash%23",
        "plus+and&semi;comma,",
        "umlaut-%C3%A4",
        // The same letter in two characters, which is another name.
        "umlaut-a%CC%88",
        "colon:name",
        "quote%22brace%7B%7D",
        ".hidden",
        "dots..in...name"
      })
  void keepsNamesAsTheyAre(String name) throws IOException {
    put("f/" + name);
    assertThat(list("f/", "", 10, true)).containsExactly("f/" + name);
    assertThat(read("f/" + name)).isEqualTo("f/" + name);
    store().delete(store().list(uri("f/"), null, 1, true).getFirst().uri());
    assertThat(list("f/", "", 10, true)).isEmpty();
  }

  @Test
  void oneOfManyWritersWinsAndNobodySeesAPart() throws Exception {
    int writers = 8;
    for (int round = 0; round < 5; round++) {
      URI target = uri("race/" + round);
      CyclicBarrier start = new CyclicBarrier(writers);
      List<Callable<Boolean>> attempts = new ArrayList<>();
      for (int writer = 0; writer < writers; writer++) {
        byte[] content = bytes(String.valueOf((char) ('a' + writer)).repeat(200_000));
        attempts.add(() -> {
          start.await();
          boolean won = store().putIfAbsent(target, content);
          try (InputStream input = store().open(target)) {
            byte[] seen = input.readAllBytes();
            assertThat(seen).hasSize(content.length);
            assertThat(seen).containsOnly(seen[0]);
            assertThat(seen[0] == content[0]).isEqualTo(won);
          }
          return won;
        });
      }
      int winners = 0;
      try (ExecutorService executor = Executors.newFixedThreadPool(writers)) {
        for (Future<Boolean> attempt : executor.invokeAll(attempts)) {
          winners += attempt.get() ? 1 : 0;
        }
      }
      assertThat(winners).isEqualTo(1);
    }
    assertThat(list("race/", "", 100, true)).hasSize(5);
  }

  @Test
  void aViewReachesItsFolderAndNothingElse() throws IOException {
    put("in/object", "in/sub/object", "inside", "out");
    ObjectStore view = store().within(uri("in/"));

    assertThat(view.head(uri("in/object"))).isPresent();
    assertThat(view.list(uri("in/"), null, 10, true)).hasSize(2);
    assertThat(view.putIfAbsent(uri("in/new/one"), bytes("x"))).isTrue();
    for (String outside :
        List.of(
            "out",
            "inside",
            "in/../out",
            "in/%2e%2e/out",
            "in/sub/..%2F..%2Fout",
            "in%2F..%2Fout")) {
      URI uri = uri(outside);
      assertOutside(() -> view.head(uri), outside);
      assertOutside(() -> view.open(uri), outside);
      assertOutside(() -> view.putIfAbsent(uri, bytes("x")), outside);
      assertOutside(() -> view.copyIfAbsent(uri, uri("in/copy")), outside);
      assertOutside(() -> view.copyIfAbsent(uri("in/object"), uri), outside);
      assertOutside(() -> view.delete(uri), outside);
      assertOutside(() -> view.list(URI.create(uri + "/"), null, 1, true), outside);
      assertOutside(() -> view.within(URI.create(uri + "/")), outside);
    }
    assertOutside(() -> view.list(root(), null, 1, true), "the root");
    assertThat(read("out")).isEqualTo("out");
  }

  @Test
  void aViewOfAFolderThatIsNotThereYetIsConfinedToo() throws IOException {
    ObjectStore view = store().within(uri("later/table/"));
    assertThat(view.list(uri("later/table/"), null, 10, true)).isEmpty();
    assertOutside(() -> view.putIfAbsent(uri("later/other"), bytes("x")), "later/other");
    assertThat(view.putIfAbsent(uri("later/table/a/b"), bytes("x"))).isTrue();
    assertThat(list("", "", 10, true)).containsExactly("later/table/a/b");
  }

  /** Something that must not reach anything. */
  interface Attempt {
    void run() throws IOException;
  }

  static void assertOutside(Attempt attempt, String what) {
    assertThatExceptionOfType(OutsideRootException.class).as(what).isThrownBy(attempt::run);
  }
}
