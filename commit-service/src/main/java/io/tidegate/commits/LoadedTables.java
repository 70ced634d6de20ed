package io.tidegate.commits;

import io.tidegate.commits.TableStates.State;
import io.tidegate.delta.TableSnapshot;
import io.tidegate.kit.errors.ApiException;
import io.tidegate.kit.errors.ErrorCode;
import io.tidegate.ports.TableAccess;
import java.util.List;
import org.springframework.stereotype.Component;

/** Tables as the API shows them: managed ones from their commit stream, others from their log. */
@Component
class LoadedTables {
  private final ManagedTables managedTables;
  private final ExternalTables externalTables;

  LoadedTables(ManagedTables managedTables, ExternalTables externalTables) {
    this.managedTables = managedTables;
    this.externalTables = externalTables;
  }

  /** A table as it is now. */
  DeltaApi.Table load(TableAccess table) {
    if (!table.format().equalsIgnoreCase("DELTA")) {
      throw new ApiException(
          ErrorCode.UNSUPPORTED_TABLE,
          "Table " + table.fullName() + " is no Delta table, but " + table.format());
    }
    return switch (table.type()) {
      case MANAGED -> managed(table, managedTables.state(table));
      case EXTERNAL -> external(table);
    };
  }

  private static DeltaApi.Table managed(TableAccess table, State state) {
    List<DeltaApi.Commit> commits =
        state.unpublished().reversed().stream()
            .map(commit ->
                new DeltaApi.Commit(
                    commit.version(),
                    commit.timestamp(),
                    commit.fileName(),
                    commit.size(),
                    commit.modified()))
            .toList();
    Uniform uniform = state.uniform();
    return new DeltaApi.Table(
        metadata(
            table,
            state.metadata(),
            state.etag(),
            described(state.metadataTimestamp(), table),
            state.metadataVersion(),
            state.metadataTimestamp()),
        commits,
        uniform == null
            ? null
            : new DeltaApi.UniformMetadata(
                new DeltaApi.Iceberg(
                    uniform.metadataLocation(),
                    uniform.convertedDeltaVersion(),
                    uniform.convertedDeltaTimestamp(),
                    null)),
        state.version());
  }

  private DeltaApi.Table external(TableAccess table) {
    TableSnapshot snapshot = externalTables.latest("Table " + table.fullName(), table.location());
    TableMetadata metadata =
        TableMetadata.of(
            snapshot.protocol(), snapshot.metadata(), snapshot.domainMetadata().values());
    // The log of a table that no catalog watches may be written anew: its time tells.
    String etag = table.id() + "-" + snapshot.version() + "-" + snapshot.timestamp();
    return new DeltaApi.Table(
        metadata(
            table,
            metadata,
            etag,
            table.updatedAt().toEpochMilli(),
            snapshot.version(),
            snapshot.timestamp()),
        null,
        null,
        null);
  }

  /**
   * When what describes a table changed last, in milliseconds: by a commit, which the catalog hears
   * of a moment later, or in the catalog. Commits of data alone do not move it.
   */
  private static long described(long byCommit, TableAccess table) {
    return Math.max(byCommit, table.updatedAt().toEpochMilli());
  }

  private static DeltaApi.Metadata metadata(
      TableAccess table,
      TableMetadata metadata,
      String etag,
      long updatedTime,
      long metadataVersion,
      long metadataTimestamp) {
    return new DeltaApi.Metadata(
        etag,
        table.type().name(),
        table.id(),
        table.location().toString(),
        table.createdAt().toEpochMilli(),
        updatedTime,
        ColumnsJson.ofSchema(metadata.schemaString()),
        metadata.partitionColumns(),
        metadata.shownProperties(metadataVersion, metadataTimestamp),
        metadataVersion,
        metadataTimestamp);
  }
}
