package io.tidegate.sharing.files;

/** A table's log names a file outside the table's folder; the gateway does not serve it. */
public final class FileOutsideTableException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  FileOutsideTableException() {
    super("The table has a data file outside its own folder, which cannot be shared");
  }
}
