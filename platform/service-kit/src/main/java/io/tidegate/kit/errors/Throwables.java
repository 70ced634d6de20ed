package io.tidegate.kit.errors;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.transaction.TransactionSystemException;

/** Failures and what caused them. */
final class Throwables {
  /** Causes can form a circle. */
  private static final int DEEPEST = 50;

  private Throwables() {}

  /**
   * The failure, its cause, and so on. Where a transaction could not even be rolled back, as when
   * its connection was cut, that goes on with what it was to be rolled back for.
   */
  static List<Throwable> chain(Throwable failure) {
    List<Throwable> chain = new ArrayList<>();
    @Nullable Throwable next = failure;
    while (next != null && chain.size() < DEEPEST) {
      chain.add(next);
      next =
          next instanceof TransactionSystemException rollback
                  && rollback.getApplicationException() != null
              ? rollback.getApplicationException()
              : next.getCause();
    }
    return chain;
  }
}
