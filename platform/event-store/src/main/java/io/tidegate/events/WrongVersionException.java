package io.tidegate.events;

import java.util.OptionalLong;

/** A stream was not at the version that an append expected; nothing was appended. */
public final class WrongVersionException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient StreamId stream;
  private final transient OptionalLong actual;

  public WrongVersionException(StreamId stream, ExpectedVersion expected, OptionalLong actual) {
    super(
        "Stream %s is at %s, which is not the expected %s"
            .formatted(
                stream,
                actual.isPresent() ? "version " + actual.getAsLong() : "no version",
                expected));
    this.stream = stream;
    this.actual = actual;
  }

  /** The stream that was elsewhere; if several were, one of them. */
  public StreamId stream() {
    return stream;
  }

  /** The version of the stream's last event, empty if it has none. */
  public OptionalLong actual() {
    return actual;
  }
}
