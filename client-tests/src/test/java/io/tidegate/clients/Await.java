package io.tidegate.clients;

import java.time.Duration;
import java.util.function.BooleanSupplier;

/** Waits for a condition, and never for ever. */
final class Await {
  private Await() {}

  /**
   * Returns when the condition holds.
   *
   * @param what names what is waited for in the failure
   * @throws AssertionError if the condition does not hold within the limit
   */
  static void until(String what, Duration limit, BooleanSupplier condition) {
    long end = System.nanoTime() + limit.toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > end) {
        throw new AssertionError("waited " + limit + " in vain: " + what);
      }
      pause(Duration.ofMillis(20));
    }
  }

  static void pause(Duration duration) {
    try {
      Thread.sleep(duration);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted", e);
    }
  }
}
