package io.tidegate.clients;

import io.delta.kernel.DataWriteContext;
import io.delta.kernel.Operation;
import io.delta.kernel.Scan;
import io.delta.kernel.Snapshot;
import io.delta.kernel.Transaction;
import io.delta.kernel.TransactionCommitResult;
import io.delta.kernel.data.ColumnVector;
import io.delta.kernel.data.ColumnarBatch;
import io.delta.kernel.data.FilteredColumnarBatch;
import io.delta.kernel.data.Row;
import io.delta.kernel.defaults.engine.DefaultEngine;
import io.delta.kernel.defaults.internal.data.DefaultColumnarBatch;
import io.delta.kernel.defaults.internal.data.vector.DefaultGenericVector;
import io.delta.kernel.engine.Engine;
import io.delta.kernel.engine.FileReadResult;
import io.delta.kernel.internal.InternalScanFileUtils;
import io.delta.kernel.internal.data.ScanStateRow;
import io.delta.kernel.internal.util.Utils;
import io.delta.kernel.types.LongType;
import io.delta.kernel.types.StringType;
import io.delta.kernel.types.StructType;
import io.delta.kernel.unitycatalog.UCCatalogManagedClient;
import io.delta.kernel.unitycatalog.UCTableIdentifier;
import io.delta.kernel.utils.CloseableIterable;
import io.delta.kernel.utils.CloseableIterator;
import io.delta.kernel.utils.DataFileStatus;
import io.delta.storage.commit.TableIdentifier;
import io.delta.storage.commit.uccommitcoordinator.UCDeltaModels;
import io.delta.storage.commit.uccommitcoordinator.UCDeltaTokenBasedRestClient;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;

/**
 * One writer's view of a catalog-managed table through Delta Kernel's Unity Catalog client, used as
 * an engine would: nothing here talks to Tidegate but that client.
 */
final class KernelTable implements AutoCloseable {
  static final StructType SCHEMA =
      new StructType().add("writer", StringType.STRING).add("number", LongType.LONG);
  private static final String ENGINE_INFO = "tidegate-client-tests";

  /** A row of the table. */
  record Entry(String writer, long number) {}

  private final UCDeltaTokenBasedRestClient rest;
  private final UCCatalogManagedClient client;
  private final Engine engine;
  private final UCTableIdentifier name;
  private final String id;
  private final String location;

  private KernelTable(
      UCDeltaTokenBasedRestClient rest, UCTableIdentifier name, String id, String location) {
    this.rest = rest;
    this.client = new UCCatalogManagedClient(rest);
    this.engine = DefaultEngine.create(configuration());
    this.name = name;
    this.id = id;
    this.location = location;
  }

  /** Creates the table: staging, version 0, registration. */
  static KernelTable create(RunningTidegate tidegate, String catalog, String schema, String table) {
    UCDeltaTokenBasedRestClient rest = connect(tidegate);
    try {
      UCDeltaModels.StagingTableInfo staged =
          rest.createStagingTable(identifier(catalog, schema, table));
      KernelTable created =
          new KernelTable(
              rest,
              new UCTableIdentifier(catalog, schema, table),
              staged.getTableId().toString(),
              staged.getLocation());
      created.writeVersionZero(staged);
      return created;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void writeVersionZero(UCDeltaModels.StagingTableInfo staged) {
    // What the catalog demands and suggests is what the table gets; the client adds the table's id.
    Map<String, String> properties = new HashMap<>(staged.getSuggestedProperties());
    staged
        .getRequiredProperties()
        .forEach((key, value) -> {
          if (value != null
              && !key.startsWith(UCCatalogManagedClient.UC_PROPERTY_NAMESPACE_PREFIX)) {
            properties.put(key, value);
          }
        });
    properties.put("delta.feature.catalogManaged", "supported");
    properties.put("delta.feature.vacuumProtocolCheck", "supported");
    client
        .buildCreateTableTransaction(id, location, SCHEMA, ENGINE_INFO, name)
        .withTableProperties(properties)
        .build(engine)
        .commit(engine, CloseableIterable.emptyIterable());
  }

  /** The same table through a client and an engine of its own, as another process would see it. */
  static KernelTable open(RunningTidegate tidegate, String catalog, String schema, String table) {
    UCDeltaTokenBasedRestClient rest = connect(tidegate);
    try {
      UCDeltaModels.TableInfo info = rest.loadTable(identifier(catalog, schema, table));
      return new KernelTable(
          rest,
          new UCTableIdentifier(catalog, schema, table),
          info.getTableId().toString(),
          info.getLocation());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static UCDeltaTokenBasedRestClient connect(RunningTidegate tidegate) {
    Map<String, String> settings =
        Map.of(
            "uri",
            tidegate.url().toString(),
            "auth.type",
            "static",
            "auth.token",
            tidegate.adminToken());
    return new UCDeltaTokenBasedRestClient(settings, KernelTable::configuration);
  }

  /** Plain files: Hadoop's checked local file system forks processes and leaves .crc files. */
  private static Configuration configuration() {
    Configuration configuration = new Configuration();
    configuration.set("fs.file.impl", "org.apache.hadoop.fs.RawLocalFileSystem");
    configuration.set("fs.AbstractFileSystem.file.impl", "org.apache.hadoop.fs.local.RawLocalFs");
    return configuration;
  }

  private static TableIdentifier identifier(String catalog, String schema, String table) {
    return new TableIdentifier(new String[] {catalog, schema}, table);
  }

  String id() {
    return id;
  }

  Path folder() {
    return Path.of(
        java.net.URI.create(location.startsWith("file:") ? location : "file://" + location));
  }

  Snapshot latest() {
    return client.loadSnapshot(engine, id, location, name, Optional.empty(), Optional.empty());
  }

  Snapshot at(long version) {
    return client.loadSnapshot(engine, id, location, name, Optional.of(version), Optional.empty());
  }

  /**
   * A transaction that appends rows to what {@code snapshot} shows, its data file written already.
   *
   * @param retries how often the client itself may try again after a conflict
   */
  Append prepare(Snapshot snapshot, int retries, List<Entry> entries) {
    Transaction transaction =
        snapshot
            .buildUpdateTableTransaction(ENGINE_INFO, Operation.WRITE)
            .withMaxRetries(retries)
            .build(engine);
    Row state = transaction.getTransactionState(engine);
    DataWriteContext context = Transaction.getWriteContext(engine, state, Map.of());
    try (CloseableIterator<FilteredColumnarBatch> physical =
            Transaction.transformLogicalData(
                engine, state, Utils.singletonCloseableIterator(batch(entries)), Map.of());
        CloseableIterator<DataFileStatus> files =
            engine
                .getParquetHandler()
                .writeParquetFiles(
                    context.getTargetDirectory(), physical, context.getStatisticsColumns());
        CloseableIterator<Row> actions =
            Transaction.generateAppendActions(engine, state, files, context)) {
      List<Row> kept = actions.toInMemoryList();
      return new Append(transaction, kept);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** An append that only has to be committed. */
  final class Append {
    private final Transaction transaction;
    private final List<Row> actions;

    private Append(Transaction transaction, List<Row> actions) {
      this.transaction = transaction;
      this.actions = actions;
    }

    /** Commits; throws what Kernel throws when another writer was first. */
    TransactionCommitResult commit() {
      return transaction.commit(
          engine,
          CloseableIterable.inMemoryIterable(Utils.toCloseableIterator(actions.iterator())));
    }
  }

  Snapshot publish(Snapshot snapshot) throws Exception {
    return snapshot.publish(engine);
  }

  /** All rows of a snapshot, deletion vectors and column mapping applied by Kernel. */
  List<Entry> rows(Snapshot snapshot) {
    Scan scan = snapshot.getScanBuilder().build();
    Row state = scan.getScanState(engine);
    StructType physicalSchema = ScanStateRow.getPhysicalDataReadSchema(state);
    List<Entry> rows = new ArrayList<>();
    try (CloseableIterator<FilteredColumnarBatch> files = scan.getScanFiles(engine)) {
      while (files.hasNext()) {
        try (CloseableIterator<Row> fileRows = files.next().getRows()) {
          while (fileRows.hasNext()) {
            readFile(state, fileRows.next(), physicalSchema, rows);
          }
        }
      }
      return rows;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void readFile(Row state, Row file, StructType physicalSchema, List<Entry> rows)
      throws IOException {
    CloseableIterator<ColumnarBatch> physical =
        engine
            .getParquetHandler()
            .readParquetFiles(
                Utils.singletonCloseableIterator(InternalScanFileUtils.getAddFileStatus(file)),
                physicalSchema,
                Optional.empty())
            .map(FileReadResult::getData);
    try (CloseableIterator<FilteredColumnarBatch> logical =
        Scan.transformPhysicalData(engine, state, file, physical)) {
      while (logical.hasNext()) {
        try (CloseableIterator<Row> batch = logical.next().getRows()) {
          while (batch.hasNext()) {
            Row row = batch.next();
            rows.add(new Entry(row.getString(0), row.getLong(1)));
          }
        }
      }
    }
  }

  private static FilteredColumnarBatch batch(List<Entry> entries) {
    Object[] writers = entries.stream().map(Entry::writer).toArray();
    Object[] numbers = entries.stream().map(Entry::number).toArray();
    ColumnVector[] columns = {
      DefaultGenericVector.fromArray(StringType.STRING, writers),
      DefaultGenericVector.fromArray(LongType.LONG, numbers)
    };
    return new FilteredColumnarBatch(
        new DefaultColumnarBatch(entries.size(), SCHEMA, columns), Optional.empty());
  }

  @Override
  public void close() {
    try {
      rest.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
