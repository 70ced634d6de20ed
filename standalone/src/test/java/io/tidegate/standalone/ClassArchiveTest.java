package io.tidegate.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A shell in the place of the JVM that writes an archive when it is asked to end. */
class ClassArchiveTest {
  private static final String NONE = "-Xshare:auto";

  @TempDir Path folder;

  private Path jar;
  private ClassArchive archive;

  @BeforeEach
  void putTheJar() throws IOException {
    jar = Files.writeString(folder.resolve("service.jar"), "classes");
    archive = new ClassArchive(jar);
  }

  @Test
  void whatTheProcessWritesAtItsEndIsKept() throws IOException {
    assertThat(archive.option()).isEqualTo(NONE);
    assertThat(archive.isWanted()).isTrue();
    ClassArchive.Recording recording = record("echo archive > \"$1\"");
    recording.keepOnce(this::isUp, inSeconds(30));
    assertThat(archive.isWanted()).isFalse();
    Path kept = Path.of(archive.option().replace("-XX:SharedArchiveFile=", ""));
    assertThat(kept).content().isEqualTo("archive\n");
    assertThat(files()).containsExactlyInAnyOrder(jar, kept, up());
    // A stop that comes later takes nothing away.
    recording.close();
    assertThat(kept).exists();
  }

  @Test
  void anArchiveOfAnEarlierJarIsMadeAnew() throws IOException {
    record("echo archive > \"$1\"").keepOnce(this::isUp, inSeconds(30));
    Files.setLastModifiedTime(
        jar, FileTime.fromMillis(Files.getLastModifiedTime(jar).toMillis() + 3_600_000));
    assertThat(archive.option()).isEqualTo(NONE);
    assertThat(archive.isWanted()).isTrue();
  }

  @Test
  void aJavaThatWritesNoneIsNotAskedAgain() throws IOException {
    record(":").keepOnce(this::isUp, inSeconds(30));
    assertThat(archive.isWanted()).isFalse();
    assertThat(archive.option()).isEqualTo(NONE);
  }

  @Test
  void aProcessThatDoesNotComeUpSaysNothingAboutThisJava() throws IOException {
    record(":").keepOnce(() -> false, System.nanoTime());
    assertThat(archive.isWanted()).isTrue();
    assertThat(archive.option()).isEqualTo(NONE);
  }

  @Test
  void aStopMeanwhileLeavesNeitherTheProcessNorItsDraft() throws IOException {
    ClassArchive.Recording recording = record("echo never > \"$1\"");
    Path draft = Files.createFile(Path.of(archive.recordingOption().split("=", 2)[1]));
    recording.keepOnce(
        () -> {
          if (isUp()) {
            recording.close();
          }
          return false;
        },
        inSeconds(30));
    assertThat(ProcessHandle.of(Long.parseLong(Files.readString(up()).strip()))).isEmpty();
    assertThat(draft).doesNotExist();
    assertThat(files()).containsExactlyInAnyOrder(jar, up());
    assertThat(archive.isWanted()).isTrue();
  }

  @Test
  void draftsOfTheDeadAreRemoved() throws IOException, InterruptedException {
    Process gone = new ProcessBuilder("true").start();
    gone.waitFor();
    Path left = Files.createFile(folder.resolve("other-25.jsa." + gone.pid()));
    Path somebodys = Files.createFile(folder.resolve("other-25.jsa.1"));
    Path other = Files.createFile(folder.resolve("other.jsa.old"));
    record(":").close();
    assertThat(left).doesNotExist();
    assertThat(List.of(somebodys, other)).allMatch(Files::exists);
  }

  /** A process that does something at its end, and whose file {@code up} names its pid. */
  private ClassArchive.Recording record(String atItsEnd) throws IOException {
    String script =
        "trap '" + atItsEnd + "; exit 143' TERM; echo $$ > \"$2\"; mv \"$2\" \"$3\"; read line";
    return archive.record(
        new ProcessBuilder(
            "bash",
            "-c",
            script,
            "recording",
            archive.recordingOption().split("=", 2)[1],
            folder.resolve("not-yet-up").toString(),
            up().toString()));
  }

  private Path up() {
    return folder.resolve("up");
  }

  private boolean isUp() {
    return Files.exists(up());
  }

  private List<Path> files() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.toList();
    }
  }

  private static long inSeconds(int seconds) {
    return System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
  }
}
