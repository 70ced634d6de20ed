package io.tidegate.catalog;

import io.tidegate.delta.CatalogCommits;
import io.tidegate.kit.errors.ApiException;
import io.tidegate.kit.errors.ErrorCode;
import io.tidegate.ports.CommitDirectory;
import io.tidegate.ports.ManagedDescription;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;

/** A commit service in memory. */
final class FakeCommits implements CommitDirectory {
  private final Map<UUID, ManagedDescription> descriptions = new ConcurrentHashMap<>();
  private volatile boolean down;

  void put(UUID tableId, ManagedDescription now) {
    descriptions.put(tableId, now);
  }

  void down(boolean now) {
    down = now;
  }

  @Override
  public Optional<CatalogCommits> commits(UUID tableId) {
    throw new UnsupportedOperationException("The catalog asks for descriptions alone");
  }

  @Override
  public Optional<ManagedDescription> description(UUID tableId) {
    if (down) {
      throw new ApiException(ErrorCode.UNAVAILABLE, "The commit service does not answer");
    }
    return Optional.ofNullable(descriptions.get(tableId));
  }
}
