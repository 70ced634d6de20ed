package io.tidegate.sharing;

import io.tidegate.delta.CatalogCommits;
import io.tidegate.kit.errors.ApiException;
import io.tidegate.kit.errors.ErrorCode;
import io.tidegate.ports.CommitDirectory;
import io.tidegate.ports.ManagedDescription;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/** A commit service in memory. */
final class FakeCommits implements CommitDirectory {
  private final Map<UUID, CatalogCommits> commits = new ConcurrentHashMap<>();
  private final AtomicInteger asked = new AtomicInteger();
  private volatile boolean down;

  void put(UUID tableId, CatalogCommits known) {
    commits.put(tableId, known);
  }

  void down(boolean now) {
    down = now;
  }

  int asked() {
    return asked.get();
  }

  @Override
  public Optional<CatalogCommits> commits(UUID tableId) {
    asked.incrementAndGet();
    if (down) {
      throw new ApiException(ErrorCode.UNAVAILABLE, "The commit service does not answer");
    }
    return Optional.ofNullable(commits.get(tableId));
  }

  @Override
  public Optional<ManagedDescription> description(UUID tableId) {
    throw new UnsupportedOperationException("The gateway asks for commits alone");
  }
}
