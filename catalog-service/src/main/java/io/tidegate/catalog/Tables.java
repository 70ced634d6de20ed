package io.tidegate.catalog;

import io.tidegate.catalog.Access.SchemaPlace;
import io.tidegate.catalog.Access.TablePlace;
import io.tidegate.catalog.CatalogEvent.TableDescriptionChanged;
import io.tidegate.catalog.CatalogEvent.TableDropped;
import io.tidegate.catalog.CatalogEvent.TableRegistered;
import io.tidegate.catalog.CatalogEvent.TableRenamed;
import io.tidegate.catalog.CatalogEvent.TableUpdated;
import io.tidegate.catalog.CatalogQueries.Hold;
import io.tidegate.catalog.CatalogQueries.Place;
import io.tidegate.catalog.Rows.About;
import io.tidegate.catalog.Rows.SchemaRow;
import io.tidegate.catalog.Rows.TableRow;
import io.tidegate.delta.DerivedProperties;
import io.tidegate.delta.TableDescription;
import io.tidegate.delta.TableSchema;
import io.tidegate.kit.errors.ApiException;
import io.tidegate.kit.errors.ErrorCode;
import io.tidegate.kit.security.Caller;
import io.tidegate.kit.security.Privilege;
import io.tidegate.kit.web.Actors;
import io.tidegate.ports.CommitDirectory;
import io.tidegate.ports.ManagedDescription;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Service;

/** Registers, changes and drops tables. */
@Service
class Tables {
  private final CatalogQueries queries;
  private final Access access;
  private final Grantees grantees;
  private final Locations locations;
  private final EventWriter writer;
  private final CommitDirectory commits;
  private final JdbcClient jdbc;

  Tables(
      CatalogQueries queries,
      Access access,
      Grantees grantees,
      Locations locations,
      EventWriter writer,
      CommitDirectory commits,
      JdbcClient jdbc) {
    this.queries = queries;
    this.access = access;
    this.grantees = grantees;
    this.locations = locations;
    this.writer = writer;
    this.commits = commits;
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
      Set<String> logProperties,
      long version) {}

  /**
   * Registers the plain Delta table at a location; everything but the names comes from its log.
   *
   * @param agreement refuses columns that are not those that the request has
   * @param first makes version 0, where there is no log yet; null if the request has no columns
   */
  TableRow registerExternal(
      Caller caller,
      String catalog,
      String schema,
      String name,
      @Nullable String location,
      @Nullable String comment,
      Map<String, String> properties,
      Consumer<List<TableSchema.Column>> agreement,
      @Nullable Supplier<byte[]> first) {
    SchemaPlace place = creatable(caller, catalog, schema);
    String canonical = locations.external("storage_location", location);
    if (first != null && locations.find("storage_location", canonical).isEmpty()) {
      if (queries.place(caller, catalog, schema, name).map(Place::table).isPresent()) {
        throw taken(place.schema().catalog(), place.schema().name(), name);
      }
      requireFree(place.schema(), name, canonical);
      locations.begin("storage_location", canonical, first.get());
    }
    TableDescription log = locations.latest("storage_location", canonical);
    agreement.accept(
        TableSchema.parse(log.metadata().schemaString(), log.metadata().partitionColumns())
            .columns());
    return register(
        caller,
        place,
        new Description(
            UUID.randomUUID(),
            name,
            "EXTERNAL",
            "DELTA",
            canonical,
            comment == null ? log.metadata().description() : comment,
            log.metadata().schemaString(),
            log.metadata().partitionColumns(),
            merged(properties, log.properties()),
            log.properties().keySet(),
            log.version()));
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
    writer.change(
        () -> taken(target.catalog(), target.name(), table.name()),
        () -> {
          // One registration at a time, so that two overlapping locations cannot both be free.
          jdbc.sql("SELECT pg_advisory_xact_lock(hashtextextended('tidegate/locations', 0))")
              .query(row -> {});
          queries.hold("catalogs", target.catalogId(), Hold.FROM_DROP);
          queries.hold("schemas", target.id(), Hold.FROM_DROP);
          SchemaRow schema = creatable(caller, target.catalog(), target.name()).schema();
          grantees.hold(caller);
          requireFree(target, table.name(), table.location());
          writer.append(
              "table",
              table.id(),
              new TableRegistered(
                  table.id(),
                  schema.id(),
                  schema.catalog(),
                  schema.name(),
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
                  table.logProperties(),
                  table.version()),
              schema.fullName() + "." + table.name(),
              Actors.metadata(caller));
        });
    return reread(caller, table.id());
  }

  private static ApiException taken(String catalog, String schema, String name) {
    return new ApiException(
        ErrorCode.TABLE_EXISTS,
        "Table '" + catalog + "." + schema + "." + name + "' already exists");
  }

  /** Two tables have neither a name nor a file in common. */
  private void requireFree(SchemaRow schema, String name, String location) {
    Optional<TableRow> overlapping = queries.overlapping(location);
    if (overlapping.isPresent()) {
      String other = overlapping.get().fullName();
      throw other.equals(schema.fullName() + "." + name)
          ? taken(schema.catalog(), schema.name(), name)
          : new ApiException(
              ErrorCode.ALREADY_EXISTS, "storage_location overlaps that of table '" + other + "'");
    }
  }

  private TableRow reread(Caller caller, UUID id) {
    return access.table(caller, id).table();
  }

  /**
   * A table and the version that it is at.
   *
   * @param version null if that cannot be told now
   */
  record Current(TableRow row, @Nullable Long version) {}

  /** A table as it is now; what cannot be asked now is as it was last. */
  Current current(Caller caller, TableRow row) {
    return row.managed() ? managed(row) : external(caller, row);
  }

  private Current managed(TableRow row) {
    try {
      return commits
          .description(row.id())
          .map(now ->
              new Current(
                  row.described(now.schemaString(), now.partitionColumns(), now.properties()),
                  now.version()))
          // Its commit stream is not open yet.
          .orElseGet(() -> new Current(row, row.deltaVersion()));
    } catch (ApiException e) {
      if (e.code() != ErrorCode.UNAVAILABLE) {
        throw e;
      }
      return new Current(row, null);
    }
  }

  /** Keeps what a managed table is now, unless something later is kept already. */
  void describe(UUID id, ManagedDescription now) {
    writer.change(() -> {
      TableRow row =
          queries.hold("tables", id, Hold.FROM_CHANGE) ? queries.table(id).orElse(null) : null;
      if (row == null || row.deltaVersion() > now.describedAt()) {
        return;
      }
      boolean later = now.describedAt() > row.deltaVersion();
      Map<String, String> properties = kept(now.properties());
      if (!later && properties.equals(row.about().properties())) {
        return;
      }
      writer.append(
          "table",
          id,
          new TableDescriptionChanged(
              id,
              row.fullName(),
              now.schemaString(),
              now.partitionColumns(),
              properties,
              properties.keySet(),
              later && now.comment() != null ? now.comment() : row.about().comment(),
              now.describedAt()),
          row.fullName(),
          Actors.system());
    });
  }

  /** Those that the catalog keeps: what moves with every append would be wrong by the next one. */
  static Map<String, String> kept(Map<String, String> properties) {
    Map<String, String> kept = new LinkedHashMap<>(properties);
    kept.remove(DerivedProperties.ROW_ID_HIGH_WATER_MARK);
    return kept;
  }

  /**
   * A plain Delta table follows its log, which others write without telling. What the log says is
   * looked at each time, and costs no statement as long as it says the same.
   */
  private Current external(Caller caller, TableRow row) {
    TableDescription log;
    try {
      log = locations.latest("storage_location", row.location());
    } catch (ApiException e) {
      // The files are gone or unreadable now; what was registered is still what the catalog knows.
      return new Current(row, null);
    }
    if (describes(log, row)) {
      return new Current(row, log.version());
    }
    writer.change(() -> {
      queries.hold("tables", row.id(), Hold.FROM_CHANGE);
      TableRow now = reread(caller, row.id());
      if (!describes(log, now)) {
        writer.append(
            "table",
            now.id(),
            new TableDescriptionChanged(
                now.id(),
                now.fullName(),
                log.metadata().schemaString(),
                log.metadata().partitionColumns(),
                merged(own(now), log.properties()),
                log.properties().keySet(),
                now.about().comment(),
                log.version()),
            now.fullName(),
            Actors.system());
      }
    });
    return new Current(reread(caller, row.id()), log.version());
  }

  private static boolean describes(TableDescription log, TableRow row) {
    Map<String, String> fromLog = new LinkedHashMap<>(row.about().properties());
    fromLog.keySet().retainAll(row.logProperties());
    return log.metadata().schemaString().equals(row.schemaString())
        && log.metadata().partitionColumns().equals(row.partitionColumns())
        && log.properties().equals(fromLog);
  }

  /** The properties that the catalog alone knows. */
  private static Map<String, String> own(TableRow row) {
    Map<String, String> own = new LinkedHashMap<>(row.about().properties());
    own.keySet().removeAll(row.logProperties());
    return own;
  }

  private static Map<String, String> merged(Map<String, String> one, Map<String, String> other) {
    Map<String, String> merged = new LinkedHashMap<>(one);
    merged.putAll(other);
    return merged;
  }

  /** Changes a table's name and what the catalog knows of it: all of the request or nothing. */
  TableRow update(Caller caller, TablePlace found, UpdateSecurable request) {
    TableRow before = found.table();
    String newName = request.nameAfter(before.name());
    writer.change(
        () -> taken(before.catalog(), before.schema(), newName),
        () -> {
          TableRow row = held(caller, found);
          About now = row.about();
          String comment = request.commentAfter(now);
          Map<String, String> properties =
              request.properties() == null ? now.properties() : propertiesAfter(row, request);
          Grantees.Grantee owner = request.ownerAfter(now, grantees);
          if (!row.name().equals(newName)) {
            renamed(caller, row, newName);
          }
          if (!now.says(comment, properties, owner.id())) {
            String fullName = row.catalog() + "." + row.schema() + "." + newName;
            writer.append(
                "table",
                row.id(),
                new TableUpdated(row.id(), fullName, comment, properties, owner.id(), owner.name()),
                fullName,
                Actors.metadata(caller));
          }
        });
    return reread(caller, before.id());
  }

  // Those of the log stay: a client may show them again, but not change them.
  private static Map<String, String> propertiesAfter(TableRow row, UpdateSecurable request) {
    if (row.managed()) {
      throw new ApiException(
          ErrorCode.INVALID_ARGUMENT, "properties of a managed table change only by a commit");
    }
    Map<String, String> fromLog = new LinkedHashMap<>(row.about().properties());
    fromLog.keySet().retainAll(row.logProperties());
    Map<String, String> wanted = request.propertiesAfter(row.about());
    fromLog.forEach((name, value) -> {
      if (!wanted.getOrDefault(name, value).equals(value)) {
        throw new ApiException(
            ErrorCode.INVALID_ARGUMENT,
            "properties."
                + Names.printable(name)
                + " is set in the table's log, and changes only by a commit");
      }
    });
    return merged(wanted, fromLog);
  }

  private void renamed(Caller caller, TableRow row, String newName) {
    writer.append(
        "table",
        row.id(),
        new TableRenamed(
            row.id(), row.schemaId(), row.catalog(), row.schema(), row.name(), newName),
        row.fullName(),
        Actors.metadata(caller));
  }

  /** Says what a table is about; who may change its rows may do that, too. */
  TableRow comment(Caller caller, TablePlace found, String comment) {
    writer.change(() -> {
      queries.hold("tables", found.table().id(), Hold.FROM_CHANGE);
      TablePlace place = access.table(caller, found.table().id());
      TableRow row = place.table();
      About now = row.about();
      Access.require(
          place.place().ownsTable() || place.place().privileges().contains(Privilege.MODIFY),
          Privilege.MODIFY,
          "table " + row.fullName());
      if (!comment.equals(now.comment())) {
        writer.append(
            "table",
            row.id(),
            new TableUpdated(
                row.id(), row.fullName(), comment, now.properties(), now.ownerId(), now.owner()),
            row.fullName(),
            Actors.metadata(caller));
      }
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
    return update(caller, place, new UpdateSecurable(newName, null, null, null, null));
  }

  void drop(Caller caller, TablePlace place) {
    writer.change(() -> {
      TableRow row = held(caller, place);
      writer.append(
          "table",
          row.id(),
          new TableDropped(row.id(), row.schemaId(), row.fullName(), row.type(), row.location()),
          row.fullName(),
          Actors.metadata(caller));
    });
  }
}
