package io.tidegate.catalog;

import io.tidegate.catalog.CatalogQueries.Place;
import io.tidegate.catalog.Rows.SchemaRow;
import io.tidegate.catalog.Rows.TableRow;
import io.tidegate.kit.errors.ApiException;
import io.tidegate.kit.errors.ErrorCode;
import io.tidegate.kit.security.Caller;
import io.tidegate.kit.security.Privilege;
import java.util.List;
import java.util.UUID;
import org.springframework.stereotype.Component;

/**
 * Finds what a caller names. The walk goes from the catalog down: whether something exists below a
 * catalog or schema is told only to who may use that.
 */
@Component
class Access {
  private final CatalogQueries queries;

  Access(CatalogQueries queries) {
    this.queries = queries;
  }

  /** A catalog that the caller may use, or owns. */
  Place catalog(Caller caller, String name) {
    Place place =
        queries
            .place(caller, name, null, null)
            .orElseThrow(() -> missing(ErrorCode.CATALOG_NOT_FOUND, "Catalog", name));
    require(place.mayUseCatalog(), Privilege.USE_CATALOG, "catalog " + place.catalog().name());
    return place;
  }

  /** A schema that the caller may use. */
  SchemaPlace schema(Caller caller, String catalog, String name) {
    Place place =
        queries
            .place(caller, catalog, name, null)
            .orElseThrow(() -> missing(ErrorCode.CATALOG_NOT_FOUND, "Catalog", catalog));
    return usable(place, catalog + "." + name);
  }

  private static SchemaPlace usable(Place place, String fullName) {
    require(place.mayUseCatalog(), Privilege.USE_CATALOG, "catalog " + place.catalog().name());
    SchemaRow schema = place.schema();
    if (schema == null) {
      throw missing(ErrorCode.SCHEMA_NOT_FOUND, "Schema", fullName);
    }
    require(place.mayUseSchema(), Privilege.USE_SCHEMA, "schema " + schema.fullName());
    return new SchemaPlace(place, schema);
  }

  /** A table in a schema that the caller may use; what they may do with it is in the answer. */
  TablePlace table(Caller caller, String catalog, String schema, String name) {
    Place place =
        queries
            .place(caller, catalog, schema, name)
            .orElseThrow(() -> missing(ErrorCode.CATALOG_NOT_FOUND, "Catalog", catalog));
    SchemaPlace within = usable(place, catalog + "." + schema);
    TableRow table = place.table();
    if (table == null) {
      throw missing(ErrorCode.TABLE_NOT_FOUND, "Table", catalog + "." + schema + "." + name);
    }
    return new TablePlace(place, within, table);
  }

  /** A table by its full name. */
  TablePlace table(Caller caller, String fullName) {
    List<String> parts = Names.parts("full_name", fullName, 3);
    return table(caller, parts.get(0), parts.get(1), parts.get(2));
  }

  /** A table by its id. */
  TablePlace table(Caller caller, UUID id) {
    Place place =
        queries
            .place(caller, id)
            .orElseThrow(() -> missing(ErrorCode.TABLE_NOT_FOUND, "Table", id.toString()));
    TableRow table = place.table();
    if (table == null) {
      throw missing(ErrorCode.TABLE_NOT_FOUND, "Table", id.toString());
    }
    return new TablePlace(place, usable(place, table.catalog() + "." + table.schema()), table);
  }

  record SchemaPlace(Place place, SchemaRow schema) {}

  record TablePlace(Place place, SchemaPlace within, TableRow table) {}

  static void require(boolean allowed, Privilege privilege, String securable) {
    if (!allowed) {
      throw new ApiException(
          ErrorCode.PERMISSION_DENIED,
          "This needs " + PrivilegeNames.spaced(privilege) + " on " + securable);
    }
  }

  static void requireOwner(boolean owner, String securable) {
    if (!owner) {
      throw new ApiException(
          ErrorCode.PERMISSION_DENIED,
          "Only the owner of " + securable + ", or of what it is in, may do this");
    }
  }

  static void requireAdmin(Caller caller) {
    if (!caller.admin()) {
      throw new ApiException(ErrorCode.PERMISSION_DENIED, "Only an administrator may do this");
    }
  }

  static ApiException missing(ErrorCode code, String kind, String name) {
    return new ApiException(code, kind + " '" + Names.printable(name) + "' does not exist");
  }
}
