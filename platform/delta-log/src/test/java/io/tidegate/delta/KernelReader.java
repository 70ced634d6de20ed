package io.tidegate.delta;

import io.delta.kernel.Scan;
import io.delta.kernel.Snapshot;
import io.delta.kernel.TableManager;
import io.delta.kernel.data.ArrayValue;
import io.delta.kernel.data.ColumnVector;
import io.delta.kernel.data.FilteredColumnarBatch;
import io.delta.kernel.data.MapValue;
import io.delta.kernel.data.Row;
import io.delta.kernel.defaults.engine.DefaultEngine;
import io.delta.kernel.engine.Engine;
import io.delta.kernel.engine.FileReadResult;
import io.delta.kernel.internal.InternalScanFileUtils;
import io.delta.kernel.internal.ScanImpl;
import io.delta.kernel.internal.actions.DeletionVectorDescriptor;
import io.delta.kernel.internal.data.ScanStateRow;
import io.delta.kernel.internal.util.Utils;
import io.delta.kernel.types.ArrayType;
import io.delta.kernel.types.BinaryType;
import io.delta.kernel.types.BooleanType;
import io.delta.kernel.types.ByteType;
import io.delta.kernel.types.DataType;
import io.delta.kernel.types.DateType;
import io.delta.kernel.types.DecimalType;
import io.delta.kernel.types.DoubleType;
import io.delta.kernel.types.FloatType;
import io.delta.kernel.types.IntegerType;
import io.delta.kernel.types.LongType;
import io.delta.kernel.types.MapType;
import io.delta.kernel.types.ShortType;
import io.delta.kernel.types.StringType;
import io.delta.kernel.types.StructField;
import io.delta.kernel.types.StructType;
import io.delta.kernel.utils.CloseableIterator;
import io.delta.kernel.utils.FileStatus;
import io.tidegate.objects.ObjectStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.jspecify.annotations.Nullable;

/** Reads tables with Delta Kernel alone: what our own reading is measured by. */
public final class KernelReader {
  private final Engine engine;

  private KernelReader(Engine engine) {
    this.engine = engine;
  }

  /** Kernel as it comes, with its own access to files. */
  public static KernelReader stock() {
    return new KernelReader(DefaultEngine.create(new Configuration()));
  }

  /** Kernel on an object store. */
  static KernelReader on(ObjectStore store) {
    return new KernelReader(DefaultEngine.create(new StoreFileIO(store)));
  }

  Engine engine() {
    return engine;
  }

  /** The latest version of a table. */
  public Snapshot snapshot(Path table) {
    return TableManager.loadSnapshot(uri(table)).build(engine);
  }

  Snapshot snapshot(Path table, long version) {
    return TableManager.loadSnapshot(uri(table)).atVersion(version).build(engine);
  }

  // Kernel takes a path with nothing escaped.
  private static String uri(Path table) {
    return "file:" + table.toAbsolutePath();
  }

  /** The path and deletion vector of each data file. */
  Set<String> files(Snapshot snapshot) throws IOException {
    Set<String> files = new TreeSet<>();
    ScanImpl scan = (ScanImpl) snapshot.getScanBuilder().build();
    try (CloseableIterator<FilteredColumnarBatch> batches = scan.getScanFiles(engine, true)) {
      while (batches.hasNext()) {
        try (CloseableIterator<Row> rows = batches.next().getRows()) {
          while (rows.hasNext()) {
            Row row = rows.next();
            Row add = row.getStruct(0);
            DeletionVectorDescriptor vector =
                InternalScanFileUtils.getDeletionVectorDescriptorFromRow(row);
            files.add(
                add.getString(add.getSchema().indexOf("path"))
                    + " "
                    + (vector == null ? "" : vector.getUniqueId())
                    + " "
                    + new TreeMap<>(InternalScanFileUtils.getPartitionValues(row)));
          }
        }
      }
    }
    return files;
  }

  /** Every row of a version as text, sorted. */
  public List<String> rows(Snapshot snapshot) throws IOException {
    List<String> rows = new ArrayList<>();
    Scan scan = snapshot.getScanBuilder().build();
    Row state = scan.getScanState(engine);
    StructType physical = ScanStateRow.getPhysicalDataReadSchema(state);
    try (CloseableIterator<FilteredColumnarBatch> batches = scan.getScanFiles(engine)) {
      while (batches.hasNext()) {
        try (CloseableIterator<Row> files = batches.next().getRows()) {
          while (files.hasNext()) {
            Row file = files.next();
            FileStatus status = InternalScanFileUtils.getAddFileStatus(file);
            try (CloseableIterator<FileReadResult> data =
                    engine
                        .getParquetHandler()
                        .readParquetFiles(
                            Utils.singletonCloseableIterator(status), physical, Optional.empty());
                CloseableIterator<FilteredColumnarBatch> logical =
                    Scan.transformPhysicalData(
                        engine, state, file, data.map(FileReadResult::getData))) {
              while (logical.hasNext()) {
                collect(logical.next(), rows);
              }
            }
          }
        }
      }
    }
    rows.sort(null);
    return rows;
  }

  /** Every row of the Parquet files of a folder as text, sorted. */
  public List<String> rows(Path folder, StructType schema) throws IOException {
    List<String> rows = new ArrayList<>();
    List<Path> files;
    try (Stream<Path> children = Files.list(folder)) {
      files = children.filter(file -> file.toString().endsWith(".parquet")).toList();
    }
    for (Path file : files) {
      FileStatus status = FileStatus.of("file:" + file, Files.size(file), 0);
      try (CloseableIterator<FileReadResult> batches =
          engine
              .getParquetHandler()
              .readParquetFiles(
                  Utils.singletonCloseableIterator(status), schema, Optional.empty())) {
        while (batches.hasNext()) {
          collect(new FilteredColumnarBatch(batches.next().getData(), Optional.empty()), rows);
        }
      }
    }
    rows.sort(null);
    return rows;
  }

  private static void collect(FilteredColumnarBatch batch, List<String> rows) {
    Optional<ColumnVector> selected = batch.getSelectionVector();
    List<StructField> fields = batch.getData().getSchema().fields();
    for (int row = 0; row < batch.getData().getSize(); row++) {
      if (selected.isPresent()
          && (selected.get().isNullAt(row) || !selected.get().getBoolean(row))) {
        continue;
      }
      List<@Nullable Object> values = new ArrayList<>();
      for (int column = 0; column < fields.size(); column++) {
        values.add(
            value(batch.getData().getColumnVector(column), fields.get(column).getDataType(), row));
      }
      rows.add(values.toString());
    }
  }

  private static @Nullable Object value(ColumnVector vector, DataType type, int row) {
    if (vector.isNullAt(row)) {
      return null;
    }
    return switch (type) {
      case BooleanType ignored -> vector.getBoolean(row);
      case ByteType ignored -> vector.getByte(row);
      case ShortType ignored -> vector.getShort(row);
      case IntegerType ignored -> vector.getInt(row);
      case DateType ignored -> vector.getInt(row);
      case LongType ignored -> vector.getLong(row);
      case FloatType ignored -> vector.getFloat(row);
      case DoubleType ignored -> vector.getDouble(row);
      case DecimalType ignored -> vector.getDecimal(row).stripTrailingZeros();
      case StringType ignored -> vector.getString(row);
      case BinaryType ignored -> Arrays.toString(vector.getBinary(row));
      case StructType struct -> {
        List<@Nullable Object> values = new ArrayList<>();
        for (int i = 0; i < struct.length(); i++) {
          values.add(value(vector.getChild(i), struct.at(i).getDataType(), row));
        }
        yield values;
      }
      case ArrayType array -> {
        ArrayValue elements = vector.getArray(row);
        List<@Nullable Object> values = new ArrayList<>();
        for (int i = 0; i < elements.getSize(); i++) {
          values.add(value(elements.getElements(), array.getElementType(), i));
        }
        yield values;
      }
      case MapType map -> {
        MapValue entries = vector.getMap(row);
        List<String> values = new ArrayList<>();
        for (int i = 0; i < entries.getSize(); i++) {
          values.add(
              value(entries.getKeys(), map.getKeyType(), i)
                  + "="
                  + value(entries.getValues(), map.getValueType(), i));
        }
        values.sort(null);
        yield values;
      }
      default -> vector.getLong(row);
    };
  }
}
