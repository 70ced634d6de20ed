package io.tidegate.events;

/** What an append expects of the stream that it extends. */
public sealed interface ExpectedVersion {

  /** The stream must have no event yet; the first event gets version 0. */
  record NoStream() implements ExpectedVersion {}

  /**
   * The stream's last event must have this version; the next one gets {@code version + 1}.
   *
   * @param version the version of the last event, at least 0
   */
  record Exactly(long version) implements ExpectedVersion {}

  /** Whatever the stream's version is; the append takes the next ones. */
  record Any() implements ExpectedVersion {}

  static ExpectedVersion noStream() {
    return new NoStream();
  }

  static ExpectedVersion exactly(long version) {
    return new Exactly(version);
  }

  static ExpectedVersion any() {
    return new Any();
  }
}
