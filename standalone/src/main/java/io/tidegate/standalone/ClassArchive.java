package io.tidegate.standalone;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The classes that a service loads, kept beside its jar in the JVM's own form, which halves its
 * start. Java writes it at the end of a process that was started for it and serves nobody: the end
 * of one that serves must not take that long, and one that wrote it while it ran was seen to crash.
 */
record ClassArchive(Path jar) {
  private static final Logger LOG = LoggerFactory.getLogger(ClassArchive.class);
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  boolean isCurrent() {
    try {
      return Files.exists(file())
          && Files.getLastModifiedTime(file()).compareTo(Files.getLastModifiedTime(jar)) >= 0;
    } catch (IOException e) {
      return false;
    }
  }

  /** What a JVM that serves is told. */
  String option() {
    return isCurrent() ? "-XX:SharedArchiveFile=" + file() : "-Xshare:auto";
  }

  /** What a JVM is told that is started for the archive alone. */
  String recordingOption() {
    return "-XX:ArchiveClassesAtExit=" + draft();
  }

  /** Ends a process that was started with {@link #recordingOption} and keeps what it writes. */
  void take(Process recording) {
    // Not Process.destroy, which closes its input: it would take that for the end of this process.
    recording.toHandle().destroy();
    try {
      if (recording.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS) && Files.exists(draft())) {
        Files.move(draft(), file(), StandardCopyOption.ATOMIC_MOVE);
      } else {
        LOG.warn("No class archive was made of {}; it goes on starting slowly", jar);
      }
    } catch (IOException e) {
      LOG.warn("The class archive of {} cannot be kept", jar, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  // Of one Java only: another one does not read it.
  private Path file() {
    return jar.resolveSibling(
        jar.getFileName().toString().replace(".jar", "-" + Runtime.version() + ".jsa"));
  }

  private Path draft() {
    return file().resolveSibling(file().getFileName() + "." + ProcessHandle.current().pid());
  }
}
