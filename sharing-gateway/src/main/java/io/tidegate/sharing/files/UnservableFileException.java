package io.tidegate.sharing.files;

/**
 * A table's log names a file that the gateway does not serve. The message is fit for recipients.
 */
public final class UnservableFileException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public UnservableFileException(String message) {
    super(message);
  }

  public UnservableFileException(String message, Throwable cause) {
    super(message, cause);
  }
}
