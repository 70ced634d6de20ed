package io.tidegate.sharing.protocol;

import io.tidegate.delta.Action.AddFile;
import io.tidegate.delta.Action.DeletionVector;
import io.tidegate.delta.TableSnapshot;
import java.util.Collections;
import java.util.Iterator;
import java.util.NoSuchElementException;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/** Which files of a version an answer names: those that the hints do not rule out. */
final class FileSelection {
  private FileSelection() {}

  /** The files, found as they are asked for. */
  static Iterator<AddFile> of(TableSnapshot snapshot, QueryRequest query) {
    Iterator<AddFile> files = snapshot.files();
    Long limit = query.limitHint();
    if (limit == null || !query.predicateHints().isEmpty() || query.jsonPredicateHints() != null) {
      return files;
    }
    return limit == 0 ? Collections.emptyIterator() : new Limited(files, limit);
  }

  /** Files until they have so many rows. */
  private static final class Limited implements Iterator<AddFile> {
    private final Iterator<AddFile> files;
    private long rowsLeft;

    Limited(Iterator<AddFile> files, long rows) {
      this.files = files;
      this.rowsLeft = rows;
    }

    @Override
    public boolean hasNext() {
      return rowsLeft > 0 && files.hasNext();
    }

    @Override
    public AddFile next() {
      if (!hasNext()) {
        throw new NoSuchElementException();
      }
      AddFile file = files.next();
      rowsLeft -= rows(file);
      return file;
    }
  }

  /** How many rows a file has for sure; 0 if its statistics do not say. */
  private static long rows(AddFile file) {
    if (file.stats() == null) {
      return 0;
    }
    JsonNode records;
    try {
      records = ProtocolJson.MAPPER.readTree(file.stats()).path("numRecords");
    } catch (JacksonException e) {
      return 0;
    }
    DeletionVector vector = file.deletionVector();
    return records.canConvertToLong()
        ? Math.max(0, records.asLong() - (vector == null ? 0 : vector.cardinality()))
        : 0;
  }
}
