package io.tidegate.delta;

import io.tidegate.delta.Action.Protocol;
import io.tidegate.delta.DeltaTableException.Reason;
import java.util.Set;
import java.util.TreeSet;

/** The reader features that Delta Kernel, the reader of our choice, can handle. */
public final class ReaderFeatures {
  private static final Set<String> SUPPORTED =
      Set.of(
          "catalogManaged",
          "columnMapping",
          "deletionVectors",
          "geospatial",
          "timestampNtz",
          "typeWidening",
          "typeWidening-preview",
          "v2Checkpoint",
          "vacuumProtocolCheck",
          "variantShredding",
          "variantShredding-preview",
          "variantType",
          "variantType-preview");

  private ReaderFeatures() {}

  /** The names of the supported reader features. */
  public static Set<String> supported() {
    return SUPPORTED;
  }

  static void require(Protocol protocol) {
    Set<String> unknown = new TreeSet<>(protocol.readerFeatures());
    unknown.removeAll(SUPPORTED);
    if (!unknown.isEmpty()) {
      throw new DeltaTableException(
          Reason.UNSUPPORTED,
          "The table needs the reader features "
              + String.join(", ", unknown)
              + ", which are not supported");
    }
  }
}
