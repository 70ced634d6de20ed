package io.tidegate.catalog;

import io.tidegate.catalog.Access.SchemaPlace;
import io.tidegate.catalog.Access.TablePlace;
import io.tidegate.catalog.CatalogEvent.TableDescriptionChanged;
import io.tidegate.catalog.CatalogEvent.TableDropped;
import io.tidegate.catalog.CatalogEvent.TableRegistered;
import io.tidegate.catalog.CatalogEvent.TableRenamed;
import io.tidegate.catalog.CatalogEvent.TableUpdated;
import io.tidegate.catalog.CatalogQueries.Hold;
import io.tidegate.catalog.Rows.SchemaRow;
import io.tidegate.catalog.Rows.TableRow;
import io.tidegate.delta.TableSchema;
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
import java.util.function.Consumer;
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

  /**
   * Registers the plain Delta table at a location; everything but the names comes from its log.
   *
   * @param agreement refuses columns that are not those that the request has
   */
  TableRow registerExternal(
      Caller caller,
      String catalog,
      String schema,
      String name,
      @Nullable String location,
      @Nullable String comment,
      Map<String, String> properties,
      Consumer<List<TableSchema.Column>> agreement) {
    SchemaPlace place = creatable(caller, catalog, schema);
    String canonical = locations.existing("storage_location", location);
    TableSnapshot snapshot = locations.latest("storage_location", canonical);
    agreement.accept(
        TableSchema.parse(
                snapshot.metadata().schemaString(), snapshot.metadata().partitionColumns())
            .columns());
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

  TableRow register(Caller caller, SchemaPlace found, Description table) {
    SchemaRow target = found.schema();
    String fullName = target.fullName() + "." + table.name();
    writer.change(
        "Table '" + fullName + "' already exists",
        () -> {
          // One registration at a time, so that two overlapping locations cannot both be free.
          jdbc.sql("SELECT pg_advisory_xact_lock(hashtextextended('tidegate/locations', 0))")
              .query(row -> {});
          queries.hold("catalogs", target.catalogId(), Hold.FROM_DROP);
          queries.hold("schemas", target.id(), Hold.FROM_DROP);
          SchemaPlace place = creatable(caller, target.catalog(), target.name());
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
            && snapshot.metadata().partitionColumns().equals(row.partitionColumns())
            && row.properties()
                .entrySet()
                .containsAll(snapshot.metadata().configuration().entrySet())) {
      return row;
    }
    writer.change(
        "",
        () -> {
          queries.hold("tables", row.id(), Hold.FROM_CHANGE);
          TableRow now = reread(caller, row.id());
          if (now.deltaVersion() < snapshot.version()) {
            writer.append(
                "table",
                now.id(),
                new TableDescriptionChanged(
                    now.id(),
                    now.fullName(),
                    snapshot.metadata().schemaString(),
                    snapshot.metadata().partitionColumns(),
                    merged(now.properties(), snapshot.metadata().configuration()),
                    now.comment(),
                    snapshot.version()),
                now.fullName(),
                Actors.system());
          }
          return now.id();
        });
    return reread(caller, row.id());
  }

  private static Map<String, String> merged(Map<String, String> one, Map<String, String> other) {
    Map<String, String> merged = new java.util.LinkedHashMap<>(one);
    merged.putAll(other);
    return merged;
  }

  /** Changes what the catalog alone knows of a table; null leaves as it is. */
  TableRow update(
      Caller caller,
      TablePlace place,
      @Nullable String comment,
      @Nullable Map<String, String> properties,
      Grantees.@Nullable Grantee owner) {
    writer.change(
        "",
        () -> {
          TableRow row = held(caller, place);
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
    return reread(caller, place.table().id());
  }

  /** Says what a table is about; who may change its rows may do that, too. */
  TableRow comment(Caller caller, TablePlace found, String comment) {
    writer.change(
        "",
        () -> {
          queries.hold("tables", found.table().id(), Hold.FROM_CHANGE);
          TablePlace place = access.table(caller, found.table().id());
          TableRow row = place.table();
          Access.require(
              place.place().ownsTable() || place.place().privileges().contains(Privilege.MODIFY),
              Privilege.MODIFY,
              "table " + row.fullName());
          writer.append(
              "table",
              row.id(),
              new TableUpdated(
                  row.id(), row.fullName(), comment, row.properties(), row.ownerId(), row.owner()),
              row.fullName(),
              Actors.metadata(caller));
          return row.id();
        });
    return reread(caller, found.table().id());
  }

  /** The table as it is and stays until the change is over; it is the caller's own. */
  private TableRow held(Caller caller, TablePlace found) {
    queries.hold("tables", found.table().id(), Hold.FROM_CHANGE);
    TablePlace place = access.table(caller, found.table().id());
    Access.requireOwner(place.place().ownsTable(), "table " + place.table().fullName());
    return place.table();
  }

  TableRow rename(Caller caller, TablePlace place, String newName) {
    TableRow found = place.table();
    Access.requireOwner(place.place().ownsTable(), "table " + found.fullName());
    writer.change(
        "Table '" + found.catalog() + "." + found.schema() + "." + newName + "' already exists",
        () -> {
          TableRow row = held(caller, place);
          writer.append(
              "table",
              row.id(),
              new TableRenamed(
                  row.id(), row.schemaId(), row.catalog(), row.schema(), row.name(), newName),
              row.fullName(),
              Actors.metadata(caller));
          return row.id();
        });
    return reread(caller, found.id());
  }

  void drop(Caller caller, TablePlace place) {
    writer.change(
        "",
        () -> {
          TableRow row = held(caller, place);
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
