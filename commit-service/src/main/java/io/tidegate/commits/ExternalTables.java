package io.tidegate.commits;

import static io.tidegate.commits.Texts.required;

import io.tidegate.commits.DeltaApi.CreateTable;
import io.tidegate.delta.DeltaTable;
import io.tidegate.delta.DeltaTableException;
import io.tidegate.delta.SnapshotCache;
import io.tidegate.delta.TableDescription;
import io.tidegate.delta.TableSnapshot;
import io.tidegate.delta.TimeTravel;
import io.tidegate.kit.errors.ApiException;
import io.tidegate.kit.errors.ErrorCode;
import io.tidegate.kit.security.Caller;
import io.tidegate.objects.OutsideRootException;
import io.tidegate.ports.CatalogDirectory;
import io.tidegate.ports.NewTable;
import io.tidegate.ports.TableAccess;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.UUID;
import org.springframework.stereotype.Component;

/** Tables whose log alone counts: they are read, and registered, but never committed to here. */
@Component
class ExternalTables {
  private static final long CACHE_BYTES = 32L << 20;

  private final CatalogDirectory catalog;
  private final TableStorage storage;
  private final SnapshotCache snapshots = new SnapshotCache(CACHE_BYTES);

  ExternalTables(CatalogDirectory catalog, TableStorage storage) {
    this.catalog = catalog;
    this.storage = storage;
  }

  /**
   * The latest version of a table.
   *
   * @param field what messages call the location
   * @throws ApiException UNSUPPORTED_TABLE or INVALID_ARGUMENT saying why there is none to be read
   */
  TableSnapshot latest(String field, URI location) {
    try {
      return DeltaTable.at(location, storage.store(), snapshots)
          .snapshot(TimeTravel.latest(), null, DeltaTable.Features.ANY);
    } catch (DeltaTableException e) {
      throw new ApiException(
          ErrorCode.UNSUPPORTED_TABLE, field + " cannot be read: " + e.getMessage());
    } catch (OutsideRootException | IllegalArgumentException e) {
      throw Texts.invalid(
          field
              + " is outside the folders under which tables may be: "
              + Texts.shown(location.toString()));
    } catch (IOException e) {
      ApiException failure =
          new ApiException(
              ErrorCode.UNAVAILABLE,
              field + " cannot be read now: " + Texts.shown(location.toString()));
      failure.initCause(e);
      throw failure;
    }
  }

  /** Registers the table that is at a location. */
  TableAccess create(
      Caller caller, String catalogName, String schemaName, String name, CreateTable request) {
    if (!catalog.schema(caller, catalogName, schemaName).mayCreateTables()) {
      throw new ApiException(
          ErrorCode.PERMISSION_DENIED,
          "The caller lacks CREATE TABLE on schema " + catalogName + "." + schemaName);
    }
    URI location = uri(required("location", request.location()));
    TableSnapshot snapshot = latest("location", location);
    TableMetadata actual =
        TableMetadata.of(
            snapshot.protocol(), snapshot.metadata(), snapshot.domainMetadata().values());
    if (request.columns() != null && !request.columns().isNull()) {
      Descriptions.columns(
          "columns", request.columns(), actual, Descriptions.Spoken.wholly(actual));
    }
    if (request.partitionColumns() != null) {
      Descriptions.partitionColumns("partition-columns", request.partitionColumns(), actual);
    }
    return catalog.register(
        caller,
        new NewTable(
            UUID.randomUUID(),
            catalogName,
            schemaName,
            name,
            TableAccess.Type.EXTERNAL,
            location,
            request.comment() == null ? actual.comment() : request.comment(),
            actual.schemaString(),
            actual.partitionColumns(),
            new TableDescription(snapshot.version(), snapshot.protocol(), snapshot.metadata())
                .properties(),
            snapshot.version()));
  }

  private static URI uri(String location) {
    try {
      URI uri = location.startsWith("/") ? new URI("file", "", location, null) : new URI(location);
      if (uri.getScheme() != null) {
        return uri;
      }
    } catch (URISyntaxException e) {
      // Said below.
    }
    throw Texts.invalid("location is not an absolute URI: " + Texts.shown(location));
  }
}
