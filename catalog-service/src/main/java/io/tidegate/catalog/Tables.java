package io.tidegate.catalog;

import io.tidegate.catalog.Access.SchemaPlace;
import io.tidegate.catalog.Access.TablePlace;
import io.tidegate.catalog.CatalogEvent.TableDescriptionChanged;
import io.tidegate.catalog.CatalogEvent.TableDropped;
import io.tidegate.catalog.CatalogEvent.TableRegistered;
import io.tidegate.catalog.CatalogEvent.TableRenamed;
import io.tidegate.catalog.CatalogEvent.TableUpdated;
import io.tidegate.catalog.Rows.TableRow;
import io.tidegate.delta.TableSnapshot;
import io.tidegate.kit.errors.ApiException;
import io.tidegate.kit.errors.ErrorCode;
import io.tidegate.kit.security.Caller;
import io.tidegate.kit.security.Privilege;
import io.tidegate.kit.web.Actors;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Service;

/** Registers, changes and drops tables. */
@Service
class Tables {
  private final CatalogQueries queries;
  private final Access access;
  private final Locations locations;
  private final EventWriter writer;
  private final JdbcClient jdbc;

  Tables(
      CatalogQueries queries,
      Access access,
      Locations locations,
      EventWriter writer,
      JdbcClient jdbc) {
    this.queries = queries;
    this.access = access;
    this.locations = locations;
    this.writer = writer;
    this.jdbc = jdbc;
  }

  /** What a table is registered as. */
  record Description(
      UUID id,
      String name,
      String type,
      String format,
      String location,
      @Nullable String comment,
      String schemaString,
      List<String> partitionColumns,
      Map<String, String> properties,
      long version) {}

  /** Registers the plain Delta table at a location; everything but the names comes from its log. */
  TableRow registerExternal(
      Caller caller,
      String catalog,
      String schema,
      String name,
      @Nullable String location,
      @Nullable String comment,
      Map<String, String> properties) {
    SchemaPlace place = creatable(caller, catalog, schema);
    String canonical = locations.existing("storage_location", location);
    TableSnapshot snapshot = locations.latest("storage_location", canonical);
    Map<String, String> all = new java.util.LinkedHashMap<>(properties);
    all.putAll(snapshot.metadata().configuration());
    return register(
        caller,
        place,
        new Description(
            UUID.randomUUID(),
            name,
            "EXTERNAL",
            "DELTA",
            canonical,
            comment == null ? snapshot.metadata().description() : comment,
            snapshot.metadata().schemaString(),
            snapshot.metadata().partitionColumns(),
            all,
            snapshot.version()));
  }

  SchemaPlace creatable(Caller caller, String catalog, String schema) {
    SchemaPlace place = access.schema(caller, catalog, schema);
    Access.require(
        place.place().ownsSchema() || place.place().privileges().contains(Privilege.CREATE_TABLE),
        Privilege.CREATE_TABLE,
        "schema " + place.schema().fullName());
    return place;
  }

  TableRow register(Caller caller, SchemaPlace place, Description table) {
    String fullName = place.schema().fullName() + "." + table.name();
    writer.change(
        "Table '" + fullName + "' already exists",
        () -> {
          // One registration at a time, so that two overlapping locations cannot both be free.
          jdbc.sql("SELECT pg_advisory_xact_lock(hashtextextended('tidegate/locations', 0))")
              .query(row -> {});
          Optional<TableRow> taken = queries.overlapping(table.location());
          if (taken.isPresent()) {
            throw new ApiException(
                ErrorCode.ALREADY_EXISTS,
                "storage_location overlaps that of table '" + taken.get().fullName() + "'");
          }
          writer.append(
              "table",
              table.id(),
              new TableRegistered(
                  table.id(),
                  place.schema().id(),
                  place.schema().catalog(),
                  place.schema().name(),
                  table.name(),
                  table.type(),
                  table.format(),
                  table.location(),
                  caller.principalId(),
                  caller.name(),
                  table.comment(),
                  table.schemaString(),
                  table.partitionColumns(),
                  table.properties(),
                  table.version()),
              fullName,
              Actors.metadata(caller));
          return table.id();
        });
    return reread(caller, table.id());
  }

  private TableRow reread(Caller caller, UUID id) {
    return access.table(caller, id).table();
  }

  /** A table as it is now: the description of a plain Delta table follows its log. */
  TableRow current(Caller caller, TableRow row) {
    if (!row.type().equals("EXTERNAL") || !row.format().equals("DELTA")) {
      return row;
    }
    TableSnapshot snapshot;
    try {
      snapshot = locations.latest("storage_location", row.location());
    } catch (ApiException e) {
      // The files are gone or unreadable now; what was registered is still what the catalog knows.
      return row;
    }
    if (snapshot.version() <= row.deltaVersion()
        || snapshot.metadata().schemaString().equals(row.schemaString())
            && snapshot.metadata().partitionColumns().equals(row.partitionColumns())) {
      return row;
    }
    describe(
        row,
        snapshot.metadata().schemaString(),
        snapshot.metadata().partitionColumns(),
        merged(row.properties(), snapshot.metadata().configuration()),
        row.comment(),
        snapshot.version());
    return reread(caller, row.id());
  }

  private static Map<String, String> merged(Map<String, String> one, Map<String, String> other) {
    Map<String, String> merged = new java.util.LinkedHashMap<>(one);
    merged.putAll(other);
    return merged;
  }

  /** Takes over what a table's log says of it at a later version. */
  void describe(
      TableRow row,
      String schemaString,
      List<String> partitionColumns,
      Map<String, String> properties,
      @Nullable String comment,
      long version) {
    writer.change(
        "",
        () -> {
          writer.append(
              "table",
              row.id(),
              new TableDescriptionChanged(
                  row.id(),
                  row.fullName(),
                  schemaString,
                  partitionColumns,
                  properties,
                  comment,
                  version),
              row.fullName(),
              Actors.system());
          return row.id();
        });
  }

  /** Changes what the catalog alone knows of a table; null leaves as it is. */
  TableRow update(
      Caller caller,
      TablePlace place,
      @Nullable String comment,
      @Nullable Map<String, String> properties,
      Grantees.@Nullable Grantee owner) {
    TableRow row = place.table();
    Access.requireOwner(place.place().ownsTable(), "table " + row.fullName());
    writer.change(
        "",
        () -> {
          writer.append(
              "table",
              row.id(),
              new TableUpdated(
                  row.id(),
                  row.fullName(),
                  comment == null ? row.comment() : comment,
                  properties == null ? row.properties() : properties,
                  owner == null ? row.ownerId() : owner.id(),
                  owner == null ? row.owner() : owner.name()),
              row.fullName(),
              Actors.metadata(caller));
          return row.id();
        });
    return reread(caller, row.id());
  }

  TableRow rename(Caller caller, TablePlace place, String newName) {
    TableRow row = place.table();
    Access.requireOwner(place.place().ownsTable(), "table " + row.fullName());
    writer.change(
        "Table '" + row.catalog() + "." + row.schema() + "." + newName + "' already exists",
        () -> {
          writer.append(
              "table",
              row.id(),
              new TableRenamed(
                  row.id(), row.schemaId(), row.catalog(), row.schema(), row.name(), newName),
              row.fullName(),
              Actors.metadata(caller));
          return row.id();
        });
    return reread(caller, row.id());
  }

  void drop(Caller caller, TablePlace place) {
    TableRow row = place.table();
    Access.requireOwner(place.place().ownsTable(), "table " + row.fullName());
    writer.change(
        "",
        () -> {
          writer.append(
              "table",
              row.id(),
              new TableDropped(
                  row.id(), row.schemaId(), row.fullName(), row.type(), row.location()),
              row.fullName(),
              Actors.metadata(caller));
          return row.id();
        });
  }
}
