package io.tidegate.events;

/** A stream was not at the version that an append expected; nothing was appended. */
public final class WrongVersionException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public WrongVersionException(StreamId stream, ExpectedVersion expected) {
    super("Stream " + stream + " is not at the expected version " + expected);
  }
}
