package io.tidegate.sharing.protocol;

import java.net.URI;
import java.util.UUID;

/**
 * A table that the recipient may read.
 *
 * @param share the share's name, as it was given
 * @param schema the schema that recipients see it in
 * @param name the name that recipients see
 * @param history whether other versions than the latest may be read
 * @param startVersion the earliest version that may be read
 * @param fullName its name in the catalog now
 * @param managed whether the catalog arbitrates its commits
 * @param location its folder
 */
record ReadableTable(
    UUID shareId,
    String share,
    String schema,
    String name,
    UUID tableId,
    boolean history,
    long startVersion,
    String fullName,
    boolean managed,
    URI location) {

  String sharedName() {
    return share + "." + schema + "." + name;
  }
}
