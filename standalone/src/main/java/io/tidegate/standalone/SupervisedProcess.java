package io.tidegate.standalone;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A child process that is started again when it ends by itself, and ends with this one. Its pid is
 * in {@code DIR/run/NAME.pid} while it runs, its output in {@code DIR/logs/NAME.log}.
 */
final class SupervisedProcess implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(SupervisedProcess.class);
  private static final String PID = ".pid";
  private static final Duration FIRST_PAUSE = Duration.ofMillis(500);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(10);
  private static final Duration STABLE = Duration.ofSeconds(30);
  private static final Duration STOP_PATIENCE = Duration.ofSeconds(5);
  private static final Duration LEFTOVER_PATIENCE = Duration.ofSeconds(3);

  private final String name;
  private final Supplier<List<String>> command;
  private final ProcessBuilder builder = new ProcessBuilder();
  private final Path pidFile;
  private final Path log;
  private final CountDownLatch stopping = new CountDownLatch(1);
  private Process process;
  private long killAt;

  /**
   * Starts the process.
   *
   * @param command asked for at each start; names the data folder somewhere, by which {@link
   *     #endLeftovers} knows the process
   * @param environment added to this process's own
   */
  SupervisedProcess(
      String name,
      Supplier<List<String>> command,
      Map<String, String> environment,
      DataFolder folder)
      throws IOException {
    this.name = name;
    this.command = command;
    this.pidFile = folder.run().resolve(name + PID);
    this.log = folder.logs().resolve(name + ".log");
    Files.createDirectories(folder.run());
    builder.environment().putAll(environment);
    builder.redirectErrorStream(true);
    builder.redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
    this.process = start();
    Thread.ofPlatform().daemon().name("supervise " + name).start(this::supervise);
  }

  private Process start() throws IOException {
    Process begun = builder.command(command.get()).start();
    // Whole or not at all, for whoever reads it at the same moment.
    Path draft = pidFile.resolveSibling(name + ".new");
    Files.writeString(draft, Long.toString(begun.pid()));
    Files.move(draft, pidFile, StandardCopyOption.ATOMIC_MOVE);
    return begun;
  }

  synchronized long pid() {
    return process.pid();
  }

  private void supervise() {
    Duration pause = FIRST_PAUSE;
    try {
      while (true) {
        Instant begun = Instant.now();
        Process running;
        synchronized (this) {
          running = process;
        }
        int status = running.waitFor();
        if (Duration.between(begun, Instant.now()).compareTo(STABLE) > 0) {
          pause = FIRST_PAUSE;
        }
        synchronized (this) {
          if (isStopped()) {
            return;
          }
          LOG.warn("{} (process {}) ended with {}; starting it again", name, running.pid(), status);
        }
        while (!restarted(pause)) {
          LOG.warn("{} is tried again later", name);
        }
        pause = pause.multipliedBy(2);
        pause = pause.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : pause;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** After a pause, unless it is stopped meanwhile; false if it could not be started. */
  private boolean restarted(Duration pause) throws InterruptedException {
    if (stopping.await(pause.toMillis(), TimeUnit.MILLISECONDS)) {
      return true;
    }
    synchronized (this) {
      if (isStopped()) {
        return true;
      }
      try {
        process = start();
        return true;
      } catch (IOException e) {
        LOG.error("{} cannot be started again", name, e);
        return false;
      }
    }
  }

  private boolean isStopped() {
    return stopping.getCount() == 0;
  }

  /**
   * Waits until a condition holds.
   *
   * @throws StartFailure if it does not within the time, or the process ended meanwhile
   */
  void awaitReady(BooleanSupplier ready, Duration atMost) {
    long until = System.nanoTime() + atMost.toNanos();
    Process first;
    synchronized (this) {
      first = process;
    }
    while (!ready.getAsBoolean()) {
      if (!first.isAlive()) {
        throw new StartFailure(name + " ended while it started; see " + log);
      }
      if (System.nanoTime() > until) {
        throw new StartFailure(
            name + " is not ready after " + atMost.toSeconds() + " s; see " + log);
      }
      try {
        TimeUnit.MILLISECONDS.sleep(50);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new StartFailure("Interrupted while " + name + " started", e);
      }
    }
  }

  /** Asks the process to end; {@link #close} waits for it. */
  synchronized void stop() {
    if (!isStopped()) {
      stopping.countDown();
      killAt = System.nanoTime() + STOP_PATIENCE.toNanos();
      process.destroy();
    }
  }

  /**
   * Waits for the end of the process; what has not ended a few seconds after the stop is killed.
   */
  @Override
  public void close() throws IOException {
    stop();
    Process last;
    long left;
    synchronized (this) {
      last = process;
      left = killAt - System.nanoTime();
    }
    try {
      if (!last.waitFor(left, TimeUnit.NANOSECONDS)) {
        LOG.warn("{} (process {}) does not stop; killing it", name, last.pid());
        last.destroyForcibly().waitFor();
      }
    } catch (InterruptedException e) {
      last.destroyForcibly();
      Thread.currentThread().interrupt();
    }
    Files.deleteIfExists(pidFile);
  }

  /**
   * Ends what an earlier run started and could not end, because it was killed itself. A pid alone
   * tells nothing, since pids are used again: the command has to name the data folder.
   */
  static void endLeftovers(DataFolder folder) throws IOException {
    if (!Files.isDirectory(folder.run())) {
      return;
    }
    List<Path> pidFiles;
    try (Stream<Path> files = Files.list(folder.run())) {
      pidFiles = files.filter(file -> file.getFileName().toString().endsWith(PID)).toList();
    }
    List<ProcessHandle> leftovers = new ArrayList<>();
    for (Path file : pidFiles) {
      leftover(Files.readString(file).strip(), folder).ifPresent(leftovers::add);
    }
    leftovers.forEach(ProcessHandle::destroy);
    long until = System.nanoTime() + LEFTOVER_PATIENCE.toNanos();
    try {
      for (ProcessHandle leftover : leftovers) {
        try {
          leftover.onExit().get(until - System.nanoTime(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
          leftover.destroyForcibly();
          leftover.onExit().get(LEFTOVER_PATIENCE.toSeconds(), TimeUnit.SECONDS);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("Interrupted while processes of an earlier run were ended", e);
    } catch (ExecutionException | TimeoutException e) {
      throw new IOException("Processes of an earlier run cannot be ended: " + leftovers, e);
    }
    for (Path file : pidFiles) {
      Files.deleteIfExists(file);
    }
  }

  private static Optional<ProcessHandle> leftover(String pid, DataFolder folder) {
    return pid.matches("[0-9]{1,18}")
        ? ProcessHandle.of(Long.parseLong(pid)).filter(process -> belongsTo(folder, process))
        : Optional.empty();
  }

  private static boolean belongsTo(DataFolder folder, ProcessHandle process) {
    return process.info().commandLine().orElse("").contains(folder.root() + "/");
  }
}
