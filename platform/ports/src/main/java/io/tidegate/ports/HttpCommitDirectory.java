package io.tidegate.ports;

import io.tidegate.delta.CatalogCommits;
import io.tidegate.kit.web.ServiceClient;
import java.util.Optional;
import java.util.UUID;

/** The commit service in another process. Nothing is remembered: a commit counts at once. */
final class HttpCommitDirectory implements CommitDirectory {
  private final ServiceClient client;

  HttpCommitDirectory(ServiceClient client) {
    this.client = client;
  }

  @Override
  public Optional<CatalogCommits> commits(UUID tableId) {
    return Optional.ofNullable(
        client
            .rest()
            .get()
            .uri(CommitServiceController.PATH + "/tables/{id}", tableId)
            .retrieve()
            .body(CatalogCommits.class));
  }

  @Override
  public Optional<ManagedDescription> description(UUID tableId) {
    return Optional.ofNullable(
        client
            .rest()
            .get()
            .uri(CommitServiceController.PATH + "/tables/{id}/description", tableId)
            .retrieve()
            .body(ManagedDescription.class));
  }
}
