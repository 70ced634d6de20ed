package io.tidegate.sharing.shares;

import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A table in a share.
 *
 * @param fullName its name in the catalog now
 * @param sharedSchema the schema that recipients see it in
 * @param sharedName the name that recipients see
 * @param dropped whether the catalog has dropped it
 */
record SharedTable(
    UUID tableId,
    String fullName,
    String sharedSchema,
    String sharedName,
    boolean history,
    long startVersion,
    @Nullable String comment,
    Instant addedAt,
    String addedBy,
    boolean dropped) {

  String sharedAs() {
    return sharedSchema + "." + sharedName;
  }
}
