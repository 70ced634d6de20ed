package io.tidegate.commits;

import io.tidegate.commits.TableStates.State;
import io.tidegate.delta.Action.AddFile;
import io.tidegate.delta.CommitRules;
import io.tidegate.delta.DeltaTable;
import io.tidegate.delta.DeltaTableException;
import io.tidegate.delta.TimeTravel;
import io.tidegate.kit.errors.ApiException;
import io.tidegate.kit.errors.ErrorCode;
import java.io.IOException;
import java.util.Iterator;
import org.springframework.stereotype.Component;

/**
 * The files that a managed table has. They are looked at for the few commits only that change how
 * files are described: whoever appends, updates or deletes never waits for this.
 */
@Component
class LiveFiles {
  private final TableStorage storage;

  LiveFiles(TableStorage storage) {
    this.storage = storage;
  }

  /**
   * Passes if a commit removes every file of the table, or adds it anew.
   *
   * @param change what the commit changes, for the message
   * @throws ApiException INVALID_ARGUMENT naming the change and a file that would be left behind,
   *     UNAVAILABLE if the log cannot be read now
   */
  void requireReplaced(State state, CommitRules rules, String change) {
    Iterator<AddFile> files;
    try {
      files =
          DeltaTable.at(state.location(), storage.store())
              .snapshot(TimeTravel.latest(), state.catalogCommits(), DeltaTable.Features.ANY)
              .files();
    } catch (DeltaTableException e) {
      throw Texts.invalid(
          change + ", and the files of the table cannot be looked at: " + e.getMessage());
    } catch (IOException e) {
      ApiException failure =
          new ApiException(
              ErrorCode.UNAVAILABLE, "The log of the table cannot be read now: try again");
      failure.initCause(e);
      throw failure;
    }
    while (files.hasNext()) {
      AddFile file = files.next();
      if (!rules.replaces(file)) {
        throw Texts.invalid(
            "%s, but the file %s stays, which was written before: such a change must remove every file of the table"
                .formatted(change, Texts.shown(file.path())));
      }
    }
  }
}
