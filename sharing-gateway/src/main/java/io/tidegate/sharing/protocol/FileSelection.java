package io.tidegate.sharing.protocol;

import io.tidegate.delta.Action.AddFile;
import io.tidegate.delta.Action.DeletionVector;
import io.tidegate.delta.Predicate;
import io.tidegate.delta.TableSnapshot;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/** Which files of a version an answer names: those that the hints do not rule out. */
final class FileSelection {
  private FileSelection() {}

  /** The files, found as they are asked for. */
  static Iterator<AddFile> of(TableSnapshot snapshot, QueryRequest query) {
    Long limit = query.limitHint();
    if (limit != null && limit == 0) {
      return Collections.emptyIterator();
    }
    List<Predicate> hints = new ArrayList<>();
    query.predicateHints().forEach(hint -> hints.add(SqlHint.parse(hint)));
    if (query.jsonPredicateHints() != null) {
      hints.add(JsonHint.parse(query.jsonPredicateHints(), snapshot.schema()));
    }
    if (!hints.isEmpty()) {
      // How many rows of a file match is not known, so a limit cannot end the answer.
      return snapshot.files(new Predicate.And(hints));
    }
    return limit == null ? snapshot.files() : new Limited(snapshot.files(), limit);
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
