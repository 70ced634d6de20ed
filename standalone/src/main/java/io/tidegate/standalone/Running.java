package io.tidegate.standalone;

import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/** What was started, closed once, the latest first. What comes too late is closed at once. */
final class Running implements AutoCloseable {
  private final ArrayDeque<AutoCloseable> started = new ArrayDeque<>();
  private boolean closed;

  /**
   * Keeps what has to be closed.
   *
   * @throws StartFailure if everything has been closed meanwhile
   */
  <T extends AutoCloseable> T add(T resource) {
    synchronized (this) {
      if (!closed) {
        started.push(resource);
        return resource;
      }
    }
    close(resource);
    throw new StartFailure("Stopped while it started");
  }

  synchronized boolean isClosed() {
    return closed;
  }

  @Override
  public void close() {
    for (@Nullable AutoCloseable resource = next(); resource != null; resource = next()) {
      close(resource);
    }
  }

  private synchronized @Nullable AutoCloseable next() {
    closed = true;
    return started.poll();
  }

  private static void close(AutoCloseable resource) {
    try {
      resource.close();
    } catch (Exception e) {
      System.err.println("tidegate: while stopping: " + e);
    }
  }
}
