package io.tidegate.delta;

import io.tidegate.delta.Action.AddCdcFile;
import io.tidegate.delta.Action.AddFile;
import io.tidegate.delta.Action.CommitInfo;
import io.tidegate.delta.Action.DomainMetadata;
import io.tidegate.delta.Action.Metadata;
import io.tidegate.delta.Action.Protocol;
import io.tidegate.delta.Action.RemoveFile;
import io.tidegate.delta.Action.SetTransaction;
import io.tidegate.delta.DeltaTableException.Reason;
import io.tidegate.objects.ObjectInfo;
import java.net.URI;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One version of a table.
 *
 * @param timestamp of its commit, in milliseconds since the epoch
 * @param anchor a file of the log that shows whether the version is still the same; null for a
 *     catalog's
 */
record TableState(
    URI table,
    long version,
    long timestamp,
    Protocol protocol,
    Metadata metadata,
    Map<String, DomainMetadata> domains,
    Map<String, SetTransaction> transactions,
    FileIndex files,
    @Nullable ObjectInfo anchor) {

  /** Readers of this version at most, by the protocol; a higher one may change the log itself. */
  private static final int MAX_READER_VERSION = 3;

  TableState withAnchor(@Nullable ObjectInfo other) {
    return new TableState(
        table, version, timestamp, protocol, metadata, domains, transactions, files, other);
  }

  /** About how much memory it takes, in bytes. */
  long weight() {
    return files.weight()
        + 2L * metadata.schemaString().length()
        + 200L * (domains.size() + transactions.size() + metadata.configuration().size() + 10);
  }

  Replay next() {
    return new Replay(this);
  }

  /** Applies actions in the order of their commits. Not for several threads. */
  static final class Replay {
    private final URI table;
    private final FileIndex.Builder files;
    private @Nullable Protocol protocol;
    private @Nullable Metadata metadata;
    private final Map<String, DomainMetadata> domains;
    private final Map<String, SetTransaction> transactions;
    private @Nullable Long inCommitTimestamp;

    Replay(URI table) {
      this.table = table;
      this.files = FileIndex.empty().change(table);
      this.domains = new LinkedHashMap<>();
      this.transactions = new LinkedHashMap<>();
    }

    private Replay(TableState from) {
      this.table = from.table();
      this.files = from.files().change(from.table());
      this.protocol = from.protocol();
      this.metadata = from.metadata();
      this.domains = new LinkedHashMap<>(from.domains());
      this.transactions = new LinkedHashMap<>(from.transactions());
    }

    /** Begins another commit. */
    void nextCommit() {
      inCommitTimestamp = null;
    }

    void apply(Action action) {
      switch (action) {
        case AddFile add -> files.add(add);
        case RemoveFile remove -> files.remove(remove);
        case Metadata given -> metadata = given;
        case Protocol given -> protocol = given;
        case SetTransaction transaction -> transactions.put(transaction.appId(), transaction);
        case DomainMetadata domain -> {
          if (domain.removed()) {
            domains.remove(domain.domain());
          } else {
            domains.put(domain.domain(), domain);
          }
        }
        case CommitInfo info -> inCommitTimestamp = info.inCommitTimestamp();
        case AddCdcFile cdc -> {}
      }
    }

    /** Whether there was a protocol and a metadata action. */
    boolean isDescribed() {
      return protocol != null && metadata != null;
    }

    boolean inCommitTimestamps() {
      return metadata != null && metadata.inCommitTimestamps();
    }

    /** The timestamp in the last commit, null if it had none. */
    @Nullable Long inCommitTimestamp() {
      return inCommitTimestamp;
    }

    /**
     * What the actions lead to.
     *
     * @throws DeltaTableException CORRUPT without protocol or metadata, UNSUPPORTED for a log of a
     *     protocol that is not known
     */
    TableState build(long version, long timestamp, @Nullable ObjectInfo anchor) {
      Protocol lastProtocol = protocol;
      Metadata lastMetadata = metadata;
      if (lastProtocol == null || lastMetadata == null) {
        throw new DeltaTableException(
            Reason.CORRUPT,
            "The log of "
                + table
                + " has no "
                + (lastProtocol == null ? "protocol" : "metaData")
                + " action up to version "
                + version);
      }
      if (lastProtocol.minReaderVersion() > MAX_READER_VERSION) {
        throw new DeltaTableException(
            Reason.UNSUPPORTED,
            "The table needs reader version "
                + lastProtocol.minReaderVersion()
                + "; versions up to "
                + MAX_READER_VERSION
                + " are supported");
      }
      return new TableState(
          table,
          version,
          timestamp,
          lastProtocol,
          lastMetadata,
          Collections.unmodifiableMap(domains),
          Collections.unmodifiableMap(transactions),
          files.build(),
          anchor);
    }
  }
}
