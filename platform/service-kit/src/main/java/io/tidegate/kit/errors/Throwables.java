package io.tidegate.kit.errors;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Failures and what caused them. */
final class Throwables {
  /** Causes can form a circle. */
  private static final int DEEPEST = 50;

  private Throwables() {}

  /** The failure, its cause, and so on. */
  static List<Throwable> chain(Throwable failure) {
    List<Throwable> chain = new ArrayList<>();
    @Nullable Throwable next = failure;
    while (next != null && chain.size() < DEEPEST) {
      chain.add(next);
      next = next.getCause();
    }
    return chain;
  }
}
