package io.tidegate.sharing.recipients;

import io.tidegate.kit.security.Caller;
import java.time.Instant;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Somebody outside who reads what is shared with them.
 *
 * @param expiresAt when all of their tokens stop working, null for never
 */
public record Recipient(
    UUID id,
    String name,
    @Nullable String comment,
    String owner,
    UUID ownerId,
    @Nullable Instant expiresAt,
    Map<String, String> properties,
    Instant createdAt,
    String createdBy,
    Instant updatedAt,
    String updatedBy) {
  public Recipient {
    properties = Map.copyOf(properties);
  }

  /** Whether the caller may see and change it. */
  public boolean managedBy(Caller caller) {
    return caller.admin()
        || caller.principalId().equals(ownerId)
        || caller.teams().contains(ownerId);
  }
}
