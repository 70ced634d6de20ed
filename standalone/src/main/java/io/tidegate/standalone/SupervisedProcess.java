package io.tidegate.standalone;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A child process that is started again when it ends by itself, and ends with this one. Its pid is
 * in {@code DIR/run/NAME.pid} while it runs, its output in {@code DIR/logs/NAME.log}.
 */
final class SupervisedProcess implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(SupervisedProcess.class);
  private static final Duration FIRST_PAUSE = Duration.ofMillis(500);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(10);
  private static final Duration STABLE = Duration.ofSeconds(30);
  private static final Duration STOP_PATIENCE = Duration.ofSeconds(6);

  private final String name;
  private final ProcessBuilder builder;
  private final Path pidFile;
  private final Path log;
  private Process process;
  private Instant startedAt;
  private boolean stopped;
  private Duration pause = FIRST_PAUSE;

  /**
   * Starts the process.
   *
   * @param environment added to this process's own
   */
  SupervisedProcess(
      String name, List<String> command, Map<String, String> environment, DataFolder folder)
      throws IOException {
    this.name = name;
    this.pidFile = folder.run().resolve(name + ".pid");
    this.log = folder.logs().resolve(name + ".log");
    Files.createDirectories(folder.run());
    this.builder = new ProcessBuilder(command);
    builder.environment().putAll(environment);
    builder.redirectErrorStream(true);
    builder.redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
    this.process = builder.start();
    this.startedAt = Instant.now();
    started();
  }

  private void started() throws IOException {
    Files.writeString(pidFile, Long.toString(process.pid()));
    process.onExit().thenAcceptAsync(this::ended);
  }

  private synchronized void ended(Process ended) {
    if (stopped) {
      return;
    }
    LOG.warn(
        "{} (process {}) ended with {}; it is started again", name, ended.pid(), ended.exitValue());
    if (Duration.between(startedAt, Instant.now()).compareTo(STABLE) > 0) {
      pause = FIRST_PAUSE;
    }
    try {
      // Waiting releases the monitor, so that a stop need not wait for the pause.
      long until = System.nanoTime() + pause.toNanos();
      for (long left = pause.toMillis();
          left > 0 && !stopped;
          left = TimeUnit.NANOSECONDS.toMillis(until - System.nanoTime())) {
        wait(left);
      }
      pause =
          pause.multipliedBy(2).compareTo(LONGEST_PAUSE) > 0
              ? LONGEST_PAUSE
              : pause.multipliedBy(2);
      if (!stopped) {
        process = builder.start();
        startedAt = Instant.now();
        started();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (IOException e) {
      LOG.error("{} cannot be started again", name, e);
    }
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
    stopped = true;
    notifyAll();
    process.destroy();
  }

  @Override
  public void close() throws IOException {
    stop();
    Process last;
    synchronized (this) {
      last = process;
    }
    try {
      if (!last.waitFor(STOP_PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
        last.destroyForcibly();
      }
    } catch (InterruptedException e) {
      last.destroyForcibly();
      Thread.currentThread().interrupt();
    }
    Files.deleteIfExists(pidFile);
  }
}
