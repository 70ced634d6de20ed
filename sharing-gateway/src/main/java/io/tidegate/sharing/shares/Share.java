package io.tidegate.sharing.shares;

import io.tidegate.kit.security.Caller;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** A share as it is now. */
record Share(
    UUID id,
    String name,
    @Nullable String comment,
    String owner,
    UUID ownerId,
    Instant createdAt,
    String createdBy,
    Instant updatedAt,
    String updatedBy) {

  /** Whether the caller may see and change it. */
  boolean managedBy(Caller caller) {
    return caller.admin()
        || caller.principalId().equals(ownerId)
        || caller.teams().contains(ownerId);
  }
}
