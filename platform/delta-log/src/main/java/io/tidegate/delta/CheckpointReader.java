package io.tidegate.delta;

import io.delta.kernel.data.ColumnVector;
import io.delta.kernel.data.ColumnarBatch;
import io.delta.kernel.data.MapValue;
import io.delta.kernel.defaults.engine.DefaultEngine;
import io.delta.kernel.engine.FileReadResult;
import io.delta.kernel.engine.ParquetHandler;
import io.delta.kernel.internal.util.Utils;
import io.delta.kernel.types.ArrayType;
import io.delta.kernel.types.BooleanType;
import io.delta.kernel.types.DataType;
import io.delta.kernel.types.IntegerType;
import io.delta.kernel.types.LongType;
import io.delta.kernel.types.MapType;
import io.delta.kernel.types.StringType;
import io.delta.kernel.types.StructType;
import io.delta.kernel.utils.CloseableIterator;
import io.delta.kernel.utils.FileStatus;
import io.tidegate.delta.Action.AddFile;
import io.tidegate.delta.Action.DeletionVector;
import io.tidegate.delta.Action.DomainMetadata;
import io.tidegate.delta.Action.Metadata;
import io.tidegate.delta.Action.Protocol;
import io.tidegate.delta.Action.SetTransaction;
import io.tidegate.delta.DeltaTableException.Reason;
import io.tidegate.objects.ObjectInfo;
import io.tidegate.objects.ObjectStore;
import io.tidegate.objects.OutsideRootException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Reads the actions of a checkpoint, classic or v2, in one file or in parts (Delta protocol,
 * section "Checkpoints"). Tombstones are left out: whoever replays a log forwards has no use for
 * them.
 */
final class CheckpointReader {
  private static final StructType DELETION_VECTOR =
      new StructType()
          .add("storageType", StringType.STRING)
          .add("pathOrInlineDv", StringType.STRING)
          .add("offset", IntegerType.INTEGER)
          .add("sizeInBytes", IntegerType.INTEGER)
          .add("cardinality", LongType.LONG);
  private static final DataType TEXTS = new MapType(StringType.STRING, StringType.STRING, true);
  private static final DataType LIST = new ArrayType(StringType.STRING, true);
  private static final StructType ADD =
      new StructType()
          .add("path", StringType.STRING)
          .add("partitionValues", TEXTS)
          .add("size", LongType.LONG)
          .add("modificationTime", LongType.LONG)
          .add("dataChange", BooleanType.BOOLEAN)
          .add("stats", StringType.STRING)
          .add("tags", TEXTS)
          .add("deletionVector", DELETION_VECTOR)
          .add("baseRowId", LongType.LONG)
          .add("defaultRowCommitVersion", LongType.LONG)
          .add("clusteringProvider", StringType.STRING);
  private static final StructType METADATA =
      new StructType()
          .add("id", StringType.STRING)
          .add("name", StringType.STRING)
          .add("description", StringType.STRING)
          .add("schemaString", StringType.STRING)
          .add("partitionColumns", LIST)
          .add("configuration", TEXTS)
          .add("createdTime", LongType.LONG);
  private static final StructType PROTOCOL =
      new StructType()
          .add("minReaderVersion", IntegerType.INTEGER)
          .add("minWriterVersion", IntegerType.INTEGER)
          .add("readerFeatures", LIST)
          .add("writerFeatures", LIST);
  private static final StructType TRANSACTION =
      new StructType()
          .add("appId", StringType.STRING)
          .add("version", LongType.LONG)
          .add("lastUpdated", LongType.LONG);
  private static final StructType DOMAIN =
      new StructType()
          .add("domain", StringType.STRING)
          .add("configuration", StringType.STRING)
          .add("removed", BooleanType.BOOLEAN);
  private static final StructType SIDECAR =
      new StructType().add("path", StringType.STRING).add("sizeInBytes", LongType.LONG);
  private static final StructType ACTIONS =
      new StructType()
          .add("add", ADD)
          .add("metaData", METADATA)
          .add("protocol", PROTOCOL)
          .add("txn", TRANSACTION)
          .add("domainMetadata", DOMAIN)
          .add("sidecar", SIDECAR);

  private static final StructType DESCRIPTION =
      new StructType().add("metaData", METADATA).add("protocol", PROTOCOL);

  private final ObjectStore store;
  private final LogPaths paths;
  private final ParquetHandler parquet;

  CheckpointReader(ObjectStore store, LogPaths paths) {
    this.store = store;
    this.paths = paths;
    this.parquet = DefaultEngine.create(new StoreFileIO(store)).getParquetHandler();
  }

  /** Where a v2 checkpoint keeps a part of its file actions. */
  private record Sidecar(String path, long size) {}

  /** Shows every action of a checkpoint's files, and of the sidecars that they name. */
  void read(List<ObjectInfo> files, Consumer<Action> actions) throws IOException {
    List<Sidecar> sidecars = new ArrayList<>();
    for (ObjectInfo file : files) {
      if (file.uri().getPath().endsWith(".json")) {
        readJson(file.uri(), actions, sidecars);
      } else {
        readParquet(file.uri(), file.size(), ACTIONS, batch -> read(batch, actions, sidecars));
      }
    }
    for (Sidecar sidecar : sidecars) {
      URI uri = FilePaths.resolve(URI.create(paths.log() + "_sidecars/"), sidecar.path());
      readParquet(uri, sidecar.size(), ACTIONS, batch -> read(batch, actions, new ArrayList<>()));
    }
  }

  /** Shows the protocol and the metadata of a checkpoint's files; sidecars have neither. */
  void readDescription(List<ObjectInfo> files, Consumer<Action> actions) throws IOException {
    for (ObjectInfo file : files) {
      if (file.uri().getPath().endsWith(".json")) {
        readJson(
            file.uri(),
            action -> {
              if (action instanceof Metadata || action instanceof Protocol) {
                actions.accept(action);
              }
            },
            new ArrayList<>());
      } else {
        readParquet(file.uri(), file.size(), DESCRIPTION, batch -> readDescription(batch, actions));
      }
    }
  }

  private static void readDescription(ColumnarBatch batch, Consumer<Action> actions) {
    ColumnVector metadata = batch.getColumnVector(0);
    ColumnVector protocols = batch.getColumnVector(1);
    for (int row = 0; row < batch.getSize(); row++) {
      if (!metadata.isNullAt(row)) {
        actions.accept(metadata(metadata, row));
      } else if (!protocols.isNullAt(row)) {
        actions.accept(protocol(protocols, row));
      }
    }
  }

  private void readJson(URI file, Consumer<Action> actions, List<Sidecar> sidecars)
      throws IOException {
    try (InputStream input = store.open(file)) {
      CommitLines lines =
          new CommitLines(LogPaths.nameOf(file), input, CommitFile.Limits.OF_A_LOG.maxLineBytes());
      for (JsonNode line = lines.next(); line != null; line = lines.next()) {
        JsonNode sidecar = line.get("sidecar");
        if (sidecar != null && sidecar.isObject()) {
          JsonNode path = sidecar.get("path");
          JsonNode size = sidecar.get("sizeInBytes");
          if (path == null || !path.isString() || size == null || !size.isIntegralNumber()) {
            throw new DeltaTableException(
                Reason.CORRUPT, lines.where() + ": sidecar without a path");
          }
          sidecars.add(new Sidecar(path.asString(), size.asLong()));
          continue;
        }
        Action action = lines.action(line);
        if (action != null) {
          actions.accept(action);
        }
      }
    }
  }

  private void readParquet(URI file, long size, StructType columns, Consumer<ColumnarBatch> reader)
      throws IOException {
    FileStatus status = FileStatus.of(StoreFileIO.path(file), size, 0);
    try (CloseableIterator<FileReadResult> batches =
        parquet.readParquetFiles(
            Utils.singletonCloseableIterator(status), columns, Optional.empty())) {
      while (batches.hasNext()) {
        reader.accept(batches.next().getData());
      }
    } catch (DeltaTableException e) {
      throw e;
    } catch (IOException | RuntimeException e) {
      throw unreadable(file, e, e);
    }
  }

  /** Kernel wraps what the store throws; a store that fails is no corrupt table. */
  private static DeltaTableException unreadable(URI file, Throwable cause, Exception failure)
      throws IOException {
    return switch (cause) {
      case OutsideRootException e ->
          new DeltaTableException(
              Reason.CORRUPT, "The checkpoint names a file outside the table: " + file, failure);
      case NoSuchFileException e -> throw e;
      case StoreFileIO.StoreFailure e -> throw e.getCause();
      default -> {
        Throwable deeper = cause.getCause();
        yield deeper == null
            ? new DeltaTableException(
                Reason.CORRUPT, "The checkpoint " + file + " cannot be read", failure)
            : unreadable(file, deeper, failure);
      }
    };
  }

  private static void read(ColumnarBatch batch, Consumer<Action> actions, List<Sidecar> sidecars) {
    ColumnVector adds = batch.getColumnVector(0);
    ColumnVector metadata = batch.getColumnVector(1);
    ColumnVector protocols = batch.getColumnVector(2);
    ColumnVector transactions = batch.getColumnVector(3);
    ColumnVector domains = batch.getColumnVector(4);
    ColumnVector sidecarColumn = batch.getColumnVector(5);
    for (int row = 0; row < batch.getSize(); row++) {
      if (!adds.isNullAt(row)) {
        actions.accept(add(adds, row));
      } else if (!metadata.isNullAt(row)) {
        actions.accept(metadata(metadata, row));
      } else if (!protocols.isNullAt(row)) {
        actions.accept(protocol(protocols, row));
      } else if (!transactions.isNullAt(row)) {
        actions.accept(
            new SetTransaction(
                text(transactions, 0, row),
                number(transactions, 1, row),
                numberOrNull(transactions, 2, row)));
      } else if (!domains.isNullAt(row)) {
        ColumnVector removed = domains.getChild(2);
        actions.accept(
            new DomainMetadata(
                text(domains, 0, row),
                text(domains, 1, row),
                !removed.isNullAt(row) && removed.getBoolean(row)));
      } else if (!sidecarColumn.isNullAt(row)) {
        sidecars.add(new Sidecar(text(sidecarColumn, 0, row), number(sidecarColumn, 1, row)));
      }
    }
  }

  private static AddFile add(ColumnVector adds, int row) {
    ColumnVector dataChange = adds.getChild(4);
    Map<String, @Nullable String> partitionValues = texts(adds, 1, row);
    return new AddFile(
        text(adds, 0, row),
        partitionValues == null ? Map.of() : partitionValues,
        number(adds, 2, row),
        number(adds, 3, row),
        !dataChange.isNullAt(row) && dataChange.getBoolean(row),
        textOrNull(adds, 5, row),
        texts(adds, 6, row),
        deletionVector(adds.getChild(7), row),
        numberOrNull(adds, 8, row),
        numberOrNull(adds, 9, row),
        textOrNull(adds, 10, row));
  }

  private static @Nullable DeletionVector deletionVector(ColumnVector vectors, int row) {
    if (vectors.isNullAt(row)) {
      return null;
    }
    ColumnVector offset = vectors.getChild(2);
    return new DeletionVector(
        text(vectors, 0, row),
        text(vectors, 1, row),
        offset.isNullAt(row) ? null : offset.getInt(row),
        vectors.getChild(3).getInt(row),
        number(vectors, 4, row));
  }

  private static Metadata metadata(ColumnVector metadata, int row) {
    return new Metadata(
        text(metadata, 0, row),
        textOrNull(metadata, 1, row),
        textOrNull(metadata, 2, row),
        text(metadata, 3, row),
        list(metadata, 4, row),
        Metadata.settings(texts(metadata, 5, row)),
        numberOrNull(metadata, 6, row));
  }

  private static Protocol protocol(ColumnVector protocols, int row) {
    return new Protocol(
        protocols.getChild(0).getInt(row),
        protocols.getChild(1).getInt(row),
        new LinkedHashSet<>(list(protocols, 2, row)),
        new LinkedHashSet<>(list(protocols, 3, row)));
  }

  private static String text(ColumnVector struct, int field, int row) {
    String text = textOrNull(struct, field, row);
    if (text == null) {
      throw missing(struct, field);
    }
    return text;
  }

  private static @Nullable String textOrNull(ColumnVector struct, int field, int row) {
    ColumnVector vector = struct.getChild(field);
    return vector.isNullAt(row) ? null : vector.getString(row);
  }

  private static long number(ColumnVector struct, int field, int row) {
    Long number = numberOrNull(struct, field, row);
    if (number == null) {
      throw missing(struct, field);
    }
    return number;
  }

  private static @Nullable Long numberOrNull(ColumnVector struct, int field, int row) {
    ColumnVector vector = struct.getChild(field);
    return vector.isNullAt(row) ? null : vector.getLong(row);
  }

  private static DeltaTableException missing(ColumnVector struct, int field) {
    return new DeltaTableException(
        Reason.CORRUPT,
        "A checkpoint's action lacks " + ((StructType) struct.getDataType()).at(field).getName());
  }

  private static List<String> list(ColumnVector struct, int field, int row) {
    ColumnVector vector = struct.getChild(field);
    if (vector.isNullAt(row)) {
      return List.of();
    }
    ColumnVector elements = vector.getArray(row).getElements();
    List<String> texts = new ArrayList<>(elements.getSize());
    for (int i = 0; i < elements.getSize(); i++) {
      texts.add(elements.getString(i));
    }
    return texts;
  }

  private static @Nullable Map<String, @Nullable String> texts(
      ColumnVector struct, int field, int row) {
    ColumnVector vector = struct.getChild(field);
    if (vector.isNullAt(row)) {
      return null;
    }
    MapValue map = vector.getMap(row);
    ColumnVector keys = map.getKeys();
    ColumnVector values = map.getValues();
    Map<String, @Nullable String> texts = new LinkedHashMap<>();
    for (int i = 0; i < map.getSize(); i++) {
      texts.put(keys.getString(i), values.isNullAt(i) ? null : values.getString(i));
    }
    return Collections.unmodifiableMap(texts);
  }
}
