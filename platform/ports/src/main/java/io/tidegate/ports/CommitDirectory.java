package io.tidegate.ports;

import io.tidegate.delta.CatalogCommits;
import java.util.Optional;
import java.util.UUID;

/** What the other services ask the commit service. */
public interface CommitDirectory {

  /**
   * The commits of a catalog-managed table: its latest ratified version and what may not be
   * published yet.
   *
   * @return empty if the table has no commit stream: it is a plain Delta table, whose log alone
   *     counts
   * @throws io.tidegate.kit.errors.ApiException UNAVAILABLE if the commit service does not answer
   */
  Optional<CatalogCommits> commits(UUID tableId);

  /**
   * What describes a catalog-managed table now.
   *
   * @return empty if the table has no commit stream, or was dropped
   * @throws io.tidegate.kit.errors.ApiException UNAVAILABLE if the commit service does not answer
   */
  Optional<ManagedDescription> description(UUID tableId);
}
