package io.tidegate.objects;

import java.io.IOException;
import java.net.URI;

/** A URI points outside the folders that may be reached. */
public final class OutsideRootException extends IOException {
  private static final long serialVersionUID = 1L;

  public OutsideRootException(URI uri) {
    super("Outside the folders that may be reached: " + uri);
  }
}
