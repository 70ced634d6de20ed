package io.tidegate.catalog;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.tags.Tag;
import io.tidegate.catalog.CatalogEvent.CatalogCreated;
import io.tidegate.catalog.CatalogEvent.CatalogDropped;
import io.tidegate.catalog.CatalogEvent.CatalogUpdated;
import io.tidegate.catalog.CatalogQueries.Hold;
import io.tidegate.catalog.CatalogQueries.Place;
import io.tidegate.catalog.Rows.CatalogRow;
import io.tidegate.catalog.Rows.SchemaRow;
import io.tidegate.kit.errors.ApiException;
import io.tidegate.kit.errors.ErrorCode;
import io.tidegate.kit.security.Caller;
import io.tidegate.kit.security.Privilege;
import io.tidegate.kit.web.Actors;
import io.tidegate.kit.web.PageSize;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PatchMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** Catalogs in the Unity Catalog REST API. */
@RestController
@RequestMapping("/api/2.1/unity-catalog/catalogs")
@Tag(name = "Catalogs", description = "The first level of a table's name")
class CatalogsController {
  private final CatalogQueries queries;
  private final Access access;
  private final Grantees grantees;
  private final SchemasController schemas;
  private final EventWriter writer;

  CatalogsController(
      CatalogQueries queries,
      Access access,
      Grantees grantees,
      SchemasController schemas,
      EventWriter writer) {
    this.queries = queries;
    this.access = access;
    this.grantees = grantees;
    this.schemas = schemas;
    this.writer = writer;
  }

  record CreateCatalog(
      @Nullable String name,
      @Nullable String comment,
      @Nullable Map<String, @Nullable String> properties) {}

  record UpdateCatalog(
      @JsonProperty("new_name") @Nullable String newName,
      @Nullable String comment,
      @Nullable Map<String, @Nullable String> properties,
      @Nullable String owner) {}

  record CatalogInfo(
      String name,
      @Nullable String comment,
      Map<String, String> properties,
      String owner,
      @JsonProperty("created_at") long createdAt,
      @JsonProperty("created_by") String createdBy,
      @JsonProperty("updated_at") long updatedAt,
      @JsonProperty("updated_by") String updatedBy,
      @JsonProperty("catalog_type") String catalogType,
      @JsonProperty("full_name") String fullName,
      UUID id) {
    static CatalogInfo of(CatalogRow row) {
      return new CatalogInfo(
          row.name(),
          row.comment(),
          row.properties(),
          row.owner(),
          row.createdAt().toEpochMilli(),
          row.createdBy(),
          row.updatedAt().toEpochMilli(),
          row.updatedBy(),
          "MANAGED_CATALOG",
          row.name(),
          row.id());
    }
  }

  record CatalogList(
      List<CatalogInfo> catalogs,
      @JsonProperty("next_page_token") @Nullable String nextPageToken) {}

  @PostMapping
  @Operation(summary = "Creates a catalog; needs CREATE CATALOG on the metastore")
  CatalogInfo create(Caller caller, @RequestBody CreateCatalog request) {
    String name = Names.required("name", request.name());
    Access.require(
        caller.admin() || queries.metastorePrivileges(caller).contains(Privilege.CREATE_CATALOG),
        Privilege.CREATE_CATALOG,
        "the metastore");
    writer.change(
        "Catalog '" + name + "' already exists",
        () -> {
          UUID id = UUID.randomUUID();
          writer.append(
              "catalog",
              id,
              new CatalogCreated(
                  id,
                  name,
                  request.comment(),
                  Properties.checked(request.properties()),
                  caller.principalId(),
                  caller.name()),
              name,
              Actors.metadata(caller));
          return id;
        });
    return get(caller, name);
  }

  @GetMapping
  @Operation(summary = "Lists the catalogs that the caller owns or holds anything on, by name")
  CatalogList list(
      Caller caller,
      @RequestParam(name = "max_results", required = false) @Nullable Integer maxResults,
      @RequestParam(name = "page_token", required = false) @Nullable String pageToken) {
    int size = PageSize.of("max_results", maxResults, Paging.DEFAULT, Paging.MAX);
    Paging.Page<CatalogRow> page =
        Paging.page(
            queries.catalogs(caller, Paging.after(pageToken), size + 1), size, CatalogRow::name);
    return new CatalogList(page.items().stream().map(CatalogInfo::of).toList(), page.next());
  }

  @GetMapping("/{name}")
  @Operation(summary = "Shows a catalog")
  CatalogInfo get(Caller caller, @PathVariable String name) {
    return CatalogInfo.of(access.catalog(caller, name).catalog());
  }

  @PatchMapping("/{name}")
  @Operation(summary = "Changes a catalog; needs its ownership")
  CatalogInfo update(Caller caller, @PathVariable String name, @RequestBody UpdateCatalog request) {
    CatalogRow found = owned(caller, name);
    String newName =
        request.newName() == null ? found.name() : Names.required("new_name", request.newName());
    writer.change(
        "Catalog '" + newName + "' already exists",
        () -> {
          queries.hold("catalogs", found.id(), Hold.FROM_CHANGE);
          CatalogRow row = owned(caller, name);
          Grantees.Grantee owner =
              request.owner() == null
                  ? new Grantees.Grantee(row.ownerId(), row.owner())
                  : grantees.named("owner", request.owner());
          writer.append(
              "catalog",
              row.id(),
              new CatalogUpdated(
                  row.id(),
                  newName,
                  request.comment() == null ? row.comment() : request.comment(),
                  request.properties() == null
                      ? row.properties()
                      : Properties.checked(request.properties()),
                  owner.id(),
                  owner.name()),
              newName,
              Actors.metadata(caller));
          return row.id();
        });
    return CatalogInfo.of(
        queries
            .place(caller, newName, null, null)
            .orElseThrow(() -> Access.missing(ErrorCode.CATALOG_NOT_FOUND, "Catalog", newName))
            .catalog());
  }

  private CatalogRow owned(Caller caller, String name) {
    Place place = access.catalog(caller, name);
    Access.requireOwner(place.ownsCatalog(), "catalog " + place.catalog().name());
    return place.catalog();
  }

  @DeleteMapping("/{name}")
  @Operation(summary = "Drops a catalog; with force=true also everything in it")
  void drop(
      Caller caller,
      @PathVariable String name,
      @RequestParam(name = "force", defaultValue = "false") boolean force) {
    CatalogRow found = owned(caller, name);
    writer.change(
        "",
        () -> {
          queries.hold("catalogs", found.id(), Hold.FROM_CHANGE);
          CatalogRow row = owned(caller, name);
          List<SchemaRow> inside = queries.schemas(caller, row.id(), true, "", Integer.MAX_VALUE);
          if (!inside.isEmpty() && !force) {
            throw new ApiException(
                ErrorCode.NOT_EMPTY,
                "Catalog '"
                    + row.name()
                    + "' has "
                    + inside.size()
                    + " schema(s), for instance '"
                    + inside.getFirst().name()
                    + "'; use force=true to drop them, too");
          }
          for (SchemaRow schema : inside) {
            schemas.dropWithin(caller, schema, true);
          }
          writer.append(
              "catalog",
              row.id(),
              new CatalogDropped(row.id(), row.name()),
              row.name(),
              Actors.metadata(caller));
          return row.id();
        });
  }
}
