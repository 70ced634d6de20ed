package io.tidegate.delta;

import java.time.Instant;

/** Which version of a table is wanted. */
public sealed interface TimeTravel {
  record Latest() implements TimeTravel {}

  record AtVersion(long version) implements TimeTravel {}

  /** The latest version at or before an instant. */
  record AtTimestamp(Instant timestamp) implements TimeTravel {}

  static TimeTravel latest() {
    return new Latest();
  }
}
