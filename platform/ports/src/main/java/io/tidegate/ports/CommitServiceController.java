package io.tidegate.ports;

import io.swagger.v3.oas.annotations.Hidden;
import io.tidegate.delta.CatalogCommits;
import java.util.UUID;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/** Serves the commits of tables to the other services; needs the service token. */
@Hidden
@RestController
@RequestMapping(CommitServiceController.PATH)
final class CommitServiceController {
  static final String PATH = "/service/commits";

  private final CommitDirectory commits;

  CommitServiceController(CommitDirectory commits) {
    this.commits = commits;
  }

  /** 204 if the table has no commit stream. */
  @GetMapping("/tables/{id}")
  ResponseEntity<CatalogCommits> commits(@PathVariable UUID id) {
    return commits
        .commits(id)
        .map(ResponseEntity::ok)
        .orElseGet(() -> ResponseEntity.noContent().build());
  }

  /** 204 if the table has no commit stream. */
  @GetMapping("/tables/{id}/description")
  ResponseEntity<ManagedDescription> description(@PathVariable UUID id) {
    return commits
        .description(id)
        .map(ResponseEntity::ok)
        .orElseGet(() -> ResponseEntity.noContent().build());
  }
}
