package io.tidegate.commits;

import io.tidegate.delta.CatalogCommits;
import io.tidegate.ports.CommitDirectory;
import io.tidegate.ports.ManagedDescription;
import java.util.Optional;
import java.util.UUID;
import org.springframework.stereotype.Component;

/** The commits as the other services see them. */
@Component
class LocalCommitDirectory implements CommitDirectory {
  private final TableStates states;

  LocalCommitDirectory(TableStates states) {
    this.states = states;
  }

  @Override
  public Optional<CatalogCommits> commits(UUID tableId) {
    return states.state(tableId).map(TableStates.State::catalogCommits);
  }

  @Override
  public Optional<ManagedDescription> description(UUID tableId) {
    return states
        .state(tableId)
        .filter(state -> !state.closed())
        .map(state ->
            new ManagedDescription(
                state.version(),
                state.metadataVersion(),
                state.metadata().schemaString(),
                state.metadata().partitionColumns(),
                state
                    .metadata()
                    .shownProperties(state.metadataVersion(), state.metadataTimestamp()),
                state.metadata().comment()));
  }
}
