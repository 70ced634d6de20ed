package io.tidegate.catalog;

import io.tidegate.catalog.Access.SchemaPlace;
import io.tidegate.catalog.Access.TablePlace;
import io.tidegate.catalog.Rows.TableRow;
import io.tidegate.kit.errors.ApiException;
import io.tidegate.kit.security.Caller;
import io.tidegate.kit.security.Privilege;
import io.tidegate.ports.CatalogDirectory;
import io.tidegate.ports.NewTable;
import io.tidegate.ports.Owner;
import io.tidegate.ports.SchemaAccess;
import io.tidegate.ports.TableAccess;
import java.net.URI;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.springframework.stereotype.Service;

/** The catalog as the other services see it. */
@Service
class LocalCatalogDirectory implements CatalogDirectory {
  private final Tokens tokens;
  private final Access access;
  private final CatalogQueries queries;
  private final Tables tables;
  private final Locations locations;
  private final Grantees grantees;

  LocalCatalogDirectory(
      Tokens tokens,
      Access access,
      CatalogQueries queries,
      Tables tables,
      Locations locations,
      Grantees grantees) {
    this.tokens = tokens;
    this.access = access;
    this.queries = queries;
    this.tables = tables;
    this.locations = locations;
    this.grantees = grantees;
  }

  @Override
  public Optional<Caller> authenticate(String token) {
    return tokens.authenticate(token);
  }

  @Override
  public Caller principal(UUID principalId) {
    return tokens.principal(principalId);
  }

  @Override
  public Owner owner(String name) {
    Grantees.Grantee grantee = grantees.held("owner", name);
    return new Owner(grantee.id(), grantee.name());
  }

  @Override
  public SchemaAccess schema(Caller caller, String catalog, String schema) {
    SchemaPlace place = access.schema(caller, catalog, schema);
    return new SchemaAccess(
        place.schema().id(),
        place.schema().catalog(),
        place.schema().name(),
        place.place().privileges(),
        place.place().ownsSchema());
  }

  @Override
  public TableAccess table(Caller caller, String catalog, String schema, String table) {
    return view(access.table(caller, catalog, schema, table));
  }

  @Override
  public TableAccess table(Caller caller, UUID tableId) {
    return view(access.table(caller, tableId));
  }

  @Override
  public Set<Privilege> metastorePrivileges(Caller caller) {
    return caller.admin() ? EnumSet.allOf(Privilege.class) : queries.metastorePrivileges(caller);
  }

  @Override
  public TableAccess register(Caller caller, NewTable table) {
    Optional<CatalogQueries.Place> known = queries.place(caller, table.id());
    if (known.isPresent()) {
      return view(access.table(caller, table.id()));
    }
    SchemaPlace place = tables.creatable(caller, table.catalog(), table.schema());
    String name = Names.required("name", table.name());
    String location = table.location().toString();
    try {
      tables.register(
          caller,
          place,
          new Tables.Description(
              table.id(),
              name,
              table.type().name(),
              "DELTA",
              switch (table.type()) {
                case MANAGED -> locations.managed("location", location);
                case EXTERNAL -> locations.external("location", location);
              },
              table.comment(),
              table.schemaString(),
              table.partitionColumns(),
              Tables.kept(table.properties()),
              Tables.kept(table.properties()).keySet(),
              table.version()));
    } catch (ApiException e) {
      // The same registration may have come in twice at once.
      if (!e.code().alreadyExists() || queries.place(caller, table.id()).isEmpty()) {
        throw e;
      }
    }
    return view(access.table(caller, table.id()));
  }

  @Override
  public void drop(Caller caller, String catalog, String schema, String table) {
    tables.drop(caller, access.table(caller, catalog, schema, table));
  }

  @Override
  public TableAccess rename(
      Caller caller, String catalog, String schema, String table, String newName) {
    TableRow renamed =
        tables.rename(
            caller,
            access.table(caller, catalog, schema, table),
            Names.required("new-name", newName));
    return view(access.table(caller, renamed.id()));
  }

  @Override
  public TableAccess comment(
      Caller caller, String catalog, String schema, String table, String comment) {
    TableRow commented =
        tables.comment(caller, access.table(caller, catalog, schema, table), comment);
    return view(access.table(caller, commented.id()));
  }

  private static TableAccess view(TablePlace place) {
    TableRow row = place.table();
    return new TableAccess(
        row.id(),
        row.catalog(),
        row.schema(),
        row.name(),
        TableAccess.Type.valueOf(row.type()),
        row.format(),
        URI.create(row.location()),
        row.about().comment(),
        row.about().owner(),
        row.about().createdAt(),
        row.about().createdBy(),
        row.about().updatedAt(),
        place.place().ownsTable()
            ? EnumSet.of(Privilege.SELECT, Privilege.MODIFY)
            : place.place().privileges(),
        place.place().ownsTable());
  }
}
