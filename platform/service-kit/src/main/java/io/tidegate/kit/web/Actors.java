package io.tidegate.kit.web;

import io.tidegate.events.EventMetadata;
import io.tidegate.kit.security.Caller;

/** Who causes events. */
public final class Actors {
  private static final String SYSTEM = "system";

  private Actors() {}

  /** The caller, in the current request. */
  public static EventMetadata metadata(Caller caller) {
    return new EventMetadata(caller.name(), RequestId.current());
  }

  /** The service itself, in the current request or piece of background work. */
  public static EventMetadata system() {
    return new EventMetadata(SYSTEM, RequestId.current());
  }
}
