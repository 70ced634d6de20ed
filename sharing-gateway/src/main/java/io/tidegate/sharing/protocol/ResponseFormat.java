package io.tidegate.sharing.protocol;

import java.util.Locale;

/** What the lines of an answer look like. */
enum ResponseFormat {
  /** Plain file lines; for tables that a reader of Parquet files alone reads rightly. */
  PARQUET,
  /** Delta actions in a wrapper, for every table. */
  DELTA;

  String wireName() {
    return name().toLowerCase(Locale.ROOT);
  }
}
