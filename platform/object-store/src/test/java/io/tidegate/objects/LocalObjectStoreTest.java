package io.tidegate.objects;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LocalObjectStoreTest extends ObjectStoreContract {
  @TempDir private Path temporary;
  private Path folder;
  private Path secret;

  @BeforeEach
  void layOut() throws IOException {
    folder = Files.createDirectory(temporary.resolve("root"));
    secret = Files.writeString(temporary.resolve("secret"), "secret");
  }

  @Override
  ObjectStore store() {
    return new LocalObjectStore(List.of(folder));
  }

  @Override
  URI root() {
    return folder.toUri();
  }

  private URI uri(String relative) {
    return URI.create(root() + relative);
  }

  @Test
  void aLinkThatLeavesTheRootIsNoWayOut() throws IOException {
    Files.createSymbolicLink(folder.resolve("file"), secret);
    Files.createSymbolicLink(folder.resolve("up"), temporary);
    Files.createSymbolicLink(folder.resolve("dangling"), temporary.resolve("none"));
    Files.createSymbolicLink(folder.resolve("loop"), folder.resolve("loop"));

    for (String link : List.of("file", "up/secret", "up/new", "up/new/deep", "dangling", "loop")) {
      URI uri = uri(link);
      assertOutside(() -> store().head(uri), link);
      assertOutside(() -> store().open(uri), link);
      assertOutside(() -> store().putIfAbsent(uri, new byte[1]), link);
      assertOutside(() -> store().delete(uri), link);
    }
    assertOutside(() -> store().list(uri("up/"), null, 10, true), "up/");
    assertOutside(() -> store().within(uri("up/")), "up/");
    assertOutside(() -> store().within(uri("up/not-there-yet/")), "up/not-there-yet/");
    assertThat(store().list(root(), null, 10, true)).isEmpty();
    assertThat(temporary).isDirectoryNotContaining(path -> path.endsWith("none"));
    assertThat(secret).hasContent("secret");
  }

  @Test
  void aLinkMadeAfterAViewWasOpenedIsNoWayOut() throws IOException {
    ObjectStore view = store().within(uri("table/"));
    Files.createSymbolicLink(folder.resolve("table"), temporary);
    assertOutside(() -> view.putIfAbsent(uri("table/new"), new byte[1]), "table/new");
    assertThat(temporary.resolve("new")).doesNotExist();
  }

  @Test
  void aLinkThatStaysInsideIsFine() throws IOException {
    Files.createDirectory(folder.resolve("real"));
    Files.writeString(folder.resolve("real/object"), "content");
    Files.createSymbolicLink(folder.resolve("alias"), folder.resolve("real"));
    Files.createSymbolicLink(folder.resolve("copy"), folder.resolve("real/object"));

    assertThat(store().open(uri("alias/object")).readAllBytes()).hasSize(7);
    assertThat(store().list(root(), null, 10, true))
        .extracting(ObjectInfo::uri)
        .containsExactly(uri("copy"), uri("real/object"));
    assertThat(store().list(uri("alias/"), null, 10, false))
        .extracting(ObjectInfo::uri)
        .containsExactly(uri("alias/object"));
  }

  @Test
  void aRootThatIsALinkIsARoot() throws IOException {
    Path link = Files.createSymbolicLink(temporary.resolve("link"), folder);
    ObjectStore store = new LocalObjectStore(List.of(link));
    assertThat(store.putIfAbsent(URI.create(link.toUri() + "a"), new byte[3])).isTrue();
    assertThat(store.head(uri("a"))).isPresent();
    assertOutside(() -> store.head(secret.toUri()), "the secret");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "file:///etc/passwd",
        "file:/etc/passwd",
        "file://host%ROOT%a",
        "file://%ROOT%a",
        "http://localhost%ROOT%a",
        "file:relative",
        "%ROOT%a?query",
        "%ROOT%a#fragment",
        "file:%ROOT%a%00b",
        "file:%ROOT%../secret",
        "file:%ROOT%./a",
        "file:%ROOT%%2E%2E/secret",
        "file:%ROOT%a/%2e%2e/%2e%2e/secret"
      })
  void refusesEveryOtherSpelling(String template) {
    boolean plainFile = template.equals("file://%ROOT%a");
    URI uri = URI.create(template.replace("%ROOT%", root().getRawPath()));
    if (plainFile) {
      // The authority is empty: this is the one right spelling.
      assertThat(uri).isEqualTo(uri("a"));
      return;
    }
    assertOutside(() -> store().head(uri), template);
    assertOutside(() -> store().putIfAbsent(uri, new byte[1]), template);
  }

  @Test
  void aRootIsNoPrefixOfANameBesideIt() throws IOException {
    Path beside = Files.createDirectory(temporary.resolve("root2"));
    Files.writeString(beside.resolve("a"), "x");
    assertOutside(() -> store().head(beside.resolve("a").toUri()), "root2");
  }

  @Test
  void severalRootsAndNone() throws IOException {
    Path second = temporary.resolve("second");
    ObjectStore both = new LocalObjectStore(List.of(folder, second));
    assertThat(both.putIfAbsent(second.resolve("a").toUri(), new byte[1])).isTrue();
    assertThat(both.copyIfAbsent(second.resolve("a").toUri(), uri("b"))).isTrue();
    assertOutside(() -> both.head(secret.toUri()), "the secret");
    assertOutside(() -> new LocalObjectStore(List.of()).head(uri("b")), "no roots");
  }

  @Test
  void leftoversOfAKilledWriterAreInvisible() throws IOException {
    Path leftover =
        Files.writeString(
            folder.resolve(".tidegate-0b0e2d0c-0000-4000-8000-000000000000.tmp"), "x");
    assertThat(store().list(root(), null, 10, true)).isEmpty();
    assertThat(store().head(leftover.toUri())).isEmpty();
    assertThatExceptionOfType(IOException.class).isThrownBy(() -> store().open(leftover.toUri()));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> store().putIfAbsent(leftover.toUri(), new byte[1]));
  }

  @Test
  void leavesNothingBehind() throws IOException {
    store().putIfAbsent(uri("a"), new byte[10]);
    store().putIfAbsent(uri("a"), new byte[10]);
    store().copyIfAbsent(uri("a"), uri("b"));
    try (var files = Files.list(folder)) {
      assertThat(files.map(path -> path.getFileName().toString()))
          .containsExactlyInAnyOrder("a", "b");
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  @Test
  void aFolderIsNoObject() throws IOException {
    Files.createDirectory(folder.resolve("sub"));
    assertThatIOException().isThrownBy(() -> store().delete(uri("sub")));
    assertThat(folder.resolve("sub")).exists();
    assertThat(store().putIfAbsent(uri("sub"), new byte[1])).isFalse();
    Files.writeString(folder.resolve("file"), "x");
    assertThatIOException().isThrownBy(() -> store().putIfAbsent(uri("file/below"), new byte[1]));
  }
}
