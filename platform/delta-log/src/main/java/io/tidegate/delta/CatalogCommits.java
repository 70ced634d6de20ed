package io.tidegate.delta;

import java.util.List;

/**
 * What the catalog knows of a catalog-managed table's commits (Delta protocol, "Catalog-managed
 * tables").
 *
 * @param latestVersion the latest ratified version; a reader ignores anything above it
 * @param unpublished ratified commits that may not be published yet, in ascending order
 */
public record CatalogCommits(long latestVersion, List<StagedCommit> unpublished) {

  /**
   * A ratified commit's staged file.
   *
   * @param version the version that it was ratified as
   * @param fileName its name below {@code _delta_log/_staged_commits/}
   * @param size its length in bytes
   * @param timestamp its in-commit timestamp in milliseconds since the epoch
   */
  public record StagedCommit(long version, String fileName, long size, long timestamp) {}

  public CatalogCommits {
    unpublished = List.copyOf(unpublished);
  }
}
