package io.tidegate.delta;

import io.delta.kernel.data.ColumnVector;
import io.delta.kernel.data.ColumnarBatch;
import io.delta.kernel.data.FilteredColumnarBatch;
import io.delta.kernel.defaults.engine.DefaultEngine;
import io.delta.kernel.engine.ParquetHandler;
import io.delta.kernel.expressions.Column;
import io.delta.kernel.internal.types.DataTypeJsonSerDe;
import io.delta.kernel.internal.util.Utils;
import io.delta.kernel.statistics.DataFileStatistics;
import io.delta.kernel.types.DataType;
import io.delta.kernel.types.StructField;
import io.delta.kernel.types.StructType;
import io.delta.kernel.utils.CloseableIterator;
import io.delta.kernel.utils.DataFileStatus;
import io.tidegate.delta.Action.AddFile;
import io.tidegate.objects.ObjectStore;
import java.io.IOException;
import java.math.BigDecimal;
import java.net.URI;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Writes rows to Parquet files in a table's folder, with statistics of every column. The files
 * belong to the table once a commit adds them. For tables without column mapping, and columns
 * without parts. Not for several threads.
 */
public final class DataFileWriter {
  private final LogPaths paths;
  private final ParquetHandler parquet;
  private final StructType schema;
  private final List<Column> columns;
  private final List<DeltaType> types;

  /**
   * Prepares to write.
   *
   * @param location the table's folder
   * @param schema the columns of the table; the partition columns among them are not written
   * @throws IllegalArgumentException for a column of a struct, an array, a map, a variant, or one
   *     with a physical name of its own
   * @throws io.tidegate.objects.OutsideRootException if the store does not reach the folder
   */
  public DataFileWriter(URI location, ObjectStore store, TableSchema schema) throws IOException {
    this.paths = new LogPaths(location);
    this.parquet =
        DefaultEngine.create(new StoreFileIO(store.within(paths.table()))).getParquetHandler();
    List<StructField> fields = new ArrayList<>();
    this.columns = new ArrayList<>();
    this.types = new ArrayList<>();
    for (TableSchema.Column column : schema.columns()) {
      if (column.partitionIndex() == null) {
        fields.add(field(column));
        columns.add(new Column(column.name()));
        types.add(column.type());
      }
    }
    this.schema = new StructType(fields);
  }

  private static StructField field(TableSchema.Column column) {
    boolean hasParts =
        switch (column.type()) {
          case DeltaType.Primitive(String name) -> name.equals("variant");
          case DeltaType.Decimal decimal -> false;
          case DeltaType.Struct struct -> true;
          case DeltaType.Array array -> true;
          case DeltaType.Dictionary dictionary -> true;
        };
    if (hasParts || !column.physicalName().equals(column.name())) {
      throw new IllegalArgumentException(
          "Column " + column.name() + " of type " + column.typeText() + " cannot be written");
    }
    return DataTypeJsonSerDe.deserializeStructType(
            "{\"type\":\"struct\",\"fields\":[" + column.fieldJson() + "]}")
        .at(0);
  }

  /**
   * Writes rows, to several files if they are very many.
   *
   * @param rows the values of each row in the order of the columns that are not partition columns:
   *     Boolean, Byte, Short, Integer, Long, Float, Double, BigDecimal, String, {@code byte[]},
   *     LocalDate, Instant (timestamp), LocalDateTime (timestamp_ntz), null
   * @param partitionValues the value of each partition column, as the log writes it
   * @return the actions that add the files
   * @throws IllegalArgumentException for a value of another type, or of another number of values
   */
  public List<AddFile> write(
      List<? extends List<? extends @Nullable Object>> rows,
      Map<String, @Nullable String> partitionValues)
      throws IOException {
    if (rows.isEmpty()) {
      return List.of();
    }
    for (List<? extends @Nullable Object> row : rows) {
      if (row.size() != types.size()) {
        throw new IllegalArgumentException(
            "A row has " + row.size() + " values for " + types.size() + " columns");
      }
    }
    FilteredColumnarBatch batch = new FilteredColumnarBatch(new Batch(rows), Optional.empty());
    List<AddFile> added = new ArrayList<>();
    try (CloseableIterator<DataFileStatus> files =
        parquet.writeParquetFiles(
            StoreFileIO.path(paths.table()), Utils.singletonCloseableIterator(batch), columns)) {
      while (files.hasNext()) {
        added.add(add(files.next(), partitionValues));
      }
    }
    return added;
  }

  private AddFile add(DataFileStatus file, Map<String, @Nullable String> partitionValues) {
    String path = file.getPath();
    return new AddFile(
        path.substring(path.lastIndexOf('/') + 1),
        partitionValues,
        file.getSize(),
        file.getModificationTime(),
        true,
        file.getStatistics().map(this::json).orElse(null),
        null,
        null,
        null,
        null,
        null);
  }

  private String json(DataFileStatistics statistics) {
    return statistics.serializeAsJson(schema);
  }

  /** Rows as columns. */
  private final class Batch implements ColumnarBatch {
    private final List<? extends List<? extends @Nullable Object>> rows;

    Batch(List<? extends List<? extends @Nullable Object>> rows) {
      this.rows = rows;
    }

    @Override
    public StructType getSchema() {
      return schema;
    }

    @Override
    public ColumnVector getColumnVector(int column) {
      return new Vector(rows, column, schema.at(column).getDataType(), types.get(column));
    }

    @Override
    public int getSize() {
      return rows.size();
    }
  }

  private record Vector(
      List<? extends List<? extends @Nullable Object>> rows,
      int column,
      DataType type,
      DeltaType deltaType)
      implements ColumnVector {
    private static final long MICROS = 1_000_000;

    private <T> T value(int row, Class<T> wanted) {
      Object value = rows.get(row).get(column);
      if (!wanted.isInstance(value)) {
        throw new IllegalArgumentException(
            "Row "
                + row
                + ", column "
                + column
                + " of type "
                + deltaType.text()
                + ": "
                + (value == null ? "null" : value.getClass().getName()));
      }
      return wanted.cast(value);
    }

    @Override
    public DataType getDataType() {
      return type;
    }

    @Override
    public int getSize() {
      return rows.size();
    }

    @Override
    public void close() {}

    @Override
    public boolean isNullAt(int row) {
      return rows.get(row).get(column) == null;
    }

    @Override
    public boolean getBoolean(int row) {
      return value(row, Boolean.class);
    }

    @Override
    public byte getByte(int row) {
      return value(row, Byte.class);
    }

    @Override
    public short getShort(int row) {
      return value(row, Short.class);
    }

    @Override
    public int getInt(int row) {
      return rows.get(row).get(column) instanceof LocalDate date
          ? Math.toIntExact(date.toEpochDay())
          : value(row, Integer.class);
    }

    @Override
    public long getLong(int row) {
      return switch (rows.get(row).get(column)) {
        case Instant instant -> ChronoUnit.MICROS.between(Instant.EPOCH, instant);
        case LocalDateTime time ->
            time.toEpochSecond(ZoneOffset.UTC) * MICROS + time.getNano() / 1000;
        case null, default -> value(row, Long.class);
      };
    }

    @Override
    public float getFloat(int row) {
      return value(row, Float.class);
    }

    @Override
    public double getDouble(int row) {
      return value(row, Double.class);
    }

    @Override
    public byte[] getBinary(int row) {
      return value(row, byte[].class);
    }

    @Override
    public String getString(int row) {
      return value(row, String.class);
    }

    @Override
    public BigDecimal getDecimal(int row) {
      BigDecimal number = value(row, BigDecimal.class);
      return deltaType instanceof DeltaType.Decimal decimal
          ? number.setScale(decimal.scale())
          : number;
    }
  }
}
