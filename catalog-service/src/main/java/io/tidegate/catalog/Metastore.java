package io.tidegate.catalog;

import java.util.UUID;

/** The root of everything: what is granted on it holds for the installation. */
final class Metastore {
  static final UUID ID = new UUID(0, 1);
  static final String NAME = "tidegate";

  private Metastore() {}
}
