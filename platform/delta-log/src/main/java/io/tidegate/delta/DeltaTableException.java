package io.tidegate.delta;

/** A table's log cannot give what was asked for. The message is fit for a user. */
public final class DeltaTableException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Why. */
  public enum Reason {
    /** There is no Delta table at the location. */
    NOT_A_TABLE,
    /** The table needs a reader feature or version that is not supported. */
    UNSUPPORTED,
    /** The log contradicts the protocol. */
    CORRUPT,
    /** A commit is larger than the given limits. */
    TOO_LARGE,
    /** The version does not exist, or its log is no longer kept. */
    NO_SUCH_VERSION,
    /** The timestamp is before the first kept version, or after the last. */
    TIMESTAMP_OUT_OF_RANGE,
    /** The table is catalog-managed and no catalog commits were given. */
    CATALOG_MANAGED
  }

  private final Reason reason;

  public DeltaTableException(Reason reason, String message) {
    super(message);
    this.reason = reason;
  }

  public DeltaTableException(Reason reason, String message, Throwable cause) {
    super(message, cause);
    this.reason = reason;
  }

  public Reason reason() {
    return reason;
  }
}
