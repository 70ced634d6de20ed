package io.tidegate.events;

import java.time.Duration;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A counter of "something may have been appended" that can be waited on. Whoever takes {@link
 * #seen} before looking, and waits with what it took, misses nothing.
 */
final class WakeUp {
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private long count;

  long seen() {
    lock.lock();
    try {
      return count;
    } finally {
      lock.unlock();
    }
  }

  void signal() {
    lock.lock();
    try {
      count++;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Waits until the counter has left {@code seen}; false if the time was over first. */
  boolean await(long seen, Duration atMost) throws InterruptedException {
    long remaining = atMost.toNanos();
    lock.lockInterruptibly();
    try {
      while (count == seen) {
        if (remaining <= 0) {
          return false;
        }
        remaining = changed.awaitNanos(remaining);
      }
      return true;
    } finally {
      lock.unlock();
    }
  }
}
