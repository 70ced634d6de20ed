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
 * The classes of an application as the JVM has loaded them before, beside its jar: with it a
 * service starts in half the time. It is made from a running service, once after each build, and
 * not at the service's end, which must not take long.
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

  /** What the JVM is told: to use the archive, or to remember what {@link #make} needs. */
  String option() {
    return isCurrent() ? "-XX:SharedArchiveFile=" + file() : "-XX:+RecordDynamicDumpInfo";
  }

  /** Makes the archive from a process that was started with {@link #option}; it waits meanwhile. */
  void make(long pid) {
    Path draft = file().resolveSibling(file().getFileName() + "." + pid);
    Path jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd");
    try {
      Process dump =
          new ProcessBuilder(
                  jcmd.toString(), Long.toString(pid), "VM.cds", "dynamic_dump", draft.toString())
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
      if (!dump.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
        dump.destroyForcibly();
      }
      if (Files.exists(draft)) {
        Files.move(draft, file(), StandardCopyOption.ATOMIC_MOVE);
      } else {
        LOG.warn("No class archive was made of {}; it goes on starting slowly", jar);
      }
    } catch (IOException e) {
      LOG.warn("The class archive of {} cannot be kept", jar, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StartFailure("Interrupted while a class archive was made", e);
    }
  }

  // Of one Java only: another one does not read it.
  private Path file() {
    return jar.resolveSibling(
        jar.getFileName().toString().replace(".jar", "-" + Runtime.version() + ".jsa"));
  }
}
