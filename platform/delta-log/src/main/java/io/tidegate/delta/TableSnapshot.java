package io.tidegate.delta;

import io.tidegate.delta.Action.AddFile;
import io.tidegate.delta.Action.DeletionVector;
import io.tidegate.delta.Action.DomainMetadata;
import io.tidegate.delta.Action.Metadata;
import io.tidegate.delta.Action.Protocol;
import io.tidegate.delta.Action.SetTransaction;
import java.net.URI;
import java.util.Iterator;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** One version of a table, which never changes; safe for any number of threads. */
public final class TableSnapshot {
  private final TableState state;
  private @Nullable TableSchema schema;

  TableSnapshot(TableState state) {
    this.state = state;
  }

  /** The table's folder, with a slash at its end. */
  public URI location() {
    return state.table();
  }

  public long version() {
    return state.version();
  }

  /**
   * When the version was committed, in milliseconds since the epoch: its in-commit timestamp where
   * the table has those, else the time of its file, at least a millisecond after the version
   * before.
   */
  public long timestamp() {
    return state.timestamp();
  }

  public Protocol protocol() {
    return state.protocol();
  }

  public Metadata metadata() {
    return state.metadata();
  }

  /**
   * The columns of the version.
   *
   * @throws DeltaTableException CORRUPT if the log's schema is none
   */
  public TableSchema schema() {
    TableSchema known = schema;
    if (known == null) {
      // Whoever else does it at this moment gets an equal one.
      known = TableSchema.of(state.metadata());
      schema = known;
    }
    return known;
  }

  /** The configuration of each named domain that is not removed. */
  public Map<String, DomainMetadata> domainMetadata() {
    return state.domains();
  }

  /** The last transaction of each application. */
  public Map<String, SetTransaction> transactions() {
    return state.transactions();
  }

  /** How many data files the table has. */
  public long numFiles() {
    return state.files().files();
  }

  /** The sizes of all data files together, in bytes. */
  public long sizeInBytes() {
    return state.files().bytes();
  }

  /** Whether any data file has a deletion vector. */
  public boolean hasDeletionVectors() {
    return state.files().hasDeletionVectors();
  }

  /** Whether any data file, or the deletion vector of one, is not in the table's folder. */
  public boolean leadsOutside() {
    return state.files().leadsOutside();
  }

  /** About how much memory the snapshot takes, in bytes. */
  long weight() {
    return state.weight();
  }

  /** Walks over all data files, a few in memory at a time. */
  public Iterator<AddFile> files() {
    return state.files().iterator(null);
  }

  /**
   * Walks over the data files in which a row may match, by their partition values and statistics:
   * none with a matching row is left out, some without may be shown.
   */
  public Iterator<AddFile> files(Predicate predicate) {
    return state.files().iterator(new FilePruner(schema(), predicate));
  }

  /** Where a data file is. */
  public URI uri(AddFile file) {
    return FilePaths.resolve(state.table(), file.path());
  }

  /** Where a deletion vector's file is; empty for an inline one. */
  public Optional<URI> uri(DeletionVector vector) {
    return FilePaths.resolve(state.table(), vector);
  }
}
