package io.tidegate.standalone;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The classes that a service loads, kept beside its jar in the JVM's own form, which halves its
 * start. Java writes it at the end of a process that was started for it and serves nobody: the end
 * of one that serves must not take that long, and one that wrote it while it ran was seen to crash.
 *
 * <p>An empty file says that this Java writes none, so that not every start tries it again.
 */
record ClassArchive(Path jar) {
  private static final Logger LOG = LoggerFactory.getLogger(ClassArchive.class);
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final int ENDED_BY_TERM = 128 + 15;

  /** Whether to make one: there is none of this jar, and there is a place for it. */
  boolean isWanted() {
    return !isCurrent() && Files.isWritable(jar.toAbsolutePath().getParent());
  }

  /** What a JVM that serves is told. */
  String option() {
    return isCurrent() && file().toFile().length() > 0
        ? "-XX:SharedArchiveFile=" + file()
        : "-Xshare:auto";
  }

  private boolean isCurrent() {
    try {
      return Files.exists(file())
          && Files.getLastModifiedTime(file()).compareTo(Files.getLastModifiedTime(jar)) >= 0;
    } catch (IOException e) {
      return false;
    }
  }

  /** What a JVM is told that is started for the archive alone. */
  String recordingOption() {
    return "-XX:ArchiveClassesAtExit=" + draft();
  }

  /**
   * Starts a process for the archive; what recordings that were killed have left is removed.
   *
   * @param builder of a command with {@link #recordingOption}
   */
  Recording record(ProcessBuilder builder) throws IOException {
    List<Path> left;
    try (Stream<Path> files = Files.list(jar.toAbsolutePath().getParent())) {
      left = files.filter(this::isLeft).toList();
    }
    for (Path draft : left) {
      Files.deleteIfExists(draft);
    }
    return new Recording(builder.start());
  }

  // A draft's name ends in the pid of whoever waits for it.
  private boolean isLeft(Path sibling) {
    String name = sibling.getFileName().toString();
    String pid = name.substring(name.lastIndexOf('.') + 1);
    return name.contains(".jsa.")
        && pid.matches("[0-9]{1,18}")
        && ProcessHandle.of(Long.parseLong(pid)).isEmpty();
  }

  // Of one Java only: another one does not read it.
  private Path file() {
    return jar.resolveSibling(
        jar.getFileName().toString().replace(".jar", "-" + Runtime.version() + ".jsa"));
  }

  private Path draft() {
    return file().resolveSibling(file().getFileName() + "." + ProcessHandle.current().pid());
  }

  /** A process that runs for the archive alone. */
  final class Recording implements AutoCloseable {
    private final Process process;

    private Recording(Process process) {
      this.process = process;
    }

    /**
     * Lets the process run until it is ready, ends it and keeps what it writes.
     *
     * @param until when to give up waiting for it, by {@link System#nanoTime}
     */
    void keepOnce(BooleanSupplier ready, long until) {
      try {
        while (!ready.getAsBoolean()) {
          if (!process.isAlive() || System.nanoTime() > until) {
            LOG.warn("No class archive of {}: it did not come up for it", jar);
            return;
          }
          TimeUnit.MILLISECONDS.sleep(50);
        }
        keep();
      } catch (IOException e) {
        LOG.warn("The class archive of {} cannot be kept", jar, e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      } finally {
        close();
      }
    }

    private void keep() throws IOException, InterruptedException {
      // Not Process.destroy, which closes its input: it would take that for the end of this
      // process.
      process.toHandle().destroy();
      boolean ended = process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS);
      if (ended && Files.exists(draft())) {
        Files.move(draft(), file(), StandardCopyOption.ATOMIC_MOVE);
      } else if (ended && process.exitValue() == ENDED_BY_TERM) {
        Files.write(file(), new byte[0]);
        LOG.warn("This Java makes no class archive of {}; it goes on starting slowly", jar);
      }
    }

    /** Ends the process, if it still runs, and removes what it has not finished writing. */
    @Override
    public void close() {
      try {
        process.destroyForcibly().waitFor();
        Files.deleteIfExists(draft());
      } catch (IOException e) {
        LOG.warn("{} cannot be removed", draft(), e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
