package io.tidegate.catalog;

import com.fasterxml.jackson.annotation.JsonAnySetter;
import com.fasterxml.jackson.annotation.JsonProperty;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.tags.Tag;
import io.tidegate.catalog.CatalogEvent.CatalogCreated;
import io.tidegate.catalog.CatalogEvent.CatalogUpdated;
import io.tidegate.catalog.CatalogQueries.Hold;
import io.tidegate.catalog.CatalogQueries.Place;
import io.tidegate.catalog.Rows.About;
import io.tidegate.catalog.Rows.CatalogRow;
import io.tidegate.kit.errors.ApiException;
import io.tidegate.kit.errors.ErrorCode;
import io.tidegate.kit.security.Caller;
import io.tidegate.kit.security.Privilege;
import io.tidegate.kit.web.Actors;
import io.tidegate.kit.web.Done;
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
  private final Drops drops;
  private final EventWriter writer;

  CatalogsController(
      CatalogQueries queries, Access access, Grantees grantees, Drops drops, EventWriter writer) {
    this.queries = queries;
    this.access = access;
    this.grantees = grantees;
    this.drops = drops;
    this.writer = writer;
  }

  record CreateCatalog(
      @Nullable String name,
      @Nullable String comment,
      @Nullable Map<String, @Nullable String> properties,
      @JsonAnySetter @Schema(hidden = true) @Nullable Map<String, @Nullable Object> rest) {}

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
          row.about().comment(),
          row.about().properties(),
          row.about().owner(),
          row.about().createdAt().toEpochMilli(),
          row.about().createdBy(),
          row.about().updatedAt().toEpochMilli(),
          row.about().updatedBy(),
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
    UnsupportedFields.refuse(request.rest(), UnsupportedFields.OF_CATALOGS);
    Access.require(
        caller.admin() || queries.metastorePrivileges(caller).contains(Privilege.CREATE_CATALOG),
        Privilege.CREATE_CATALOG,
        "the metastore");
    writer.change(
        () -> taken(name),
        () -> {
          grantees.hold(caller);
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
        });
    return get(caller, name);
  }

  @GetMapping
  @Operation(summary = "Lists the catalogs that the caller owns or holds anything on, by name")
  CatalogList list(
      Caller caller,
      @RequestParam(name = "max_results", required = false) @Nullable Integer maxResults,
      @RequestParam(name = "page_token", required = false) @Nullable String pageToken) {
    Paging paging = Paging.of("catalogs", maxResults, pageToken);
    Paging.Page<CatalogRow> page =
        paging.page(queries.catalogs(caller, paging.afterName(), paging.limit()), CatalogRow::name);
    return new CatalogList(page.items().stream().map(CatalogInfo::of).toList(), page.next());
  }

  @GetMapping("/{name}")
  @Operation(summary = "Shows a catalog")
  CatalogInfo get(Caller caller, @PathVariable String name) {
    return CatalogInfo.of(access.catalog(caller, name).catalog());
  }

  @PatchMapping("/{name}")
  @Operation(summary = "Changes a catalog; needs its ownership")
  CatalogInfo update(
      Caller caller, @PathVariable String name, @RequestBody UpdateSecurable request) {
    CatalogRow found = owned(caller, name);
    UnsupportedFields.refuse(request.rest(), UnsupportedFields.OF_CATALOGS);
    String newName = request.nameAfter(found.name());
    writer.change(
        () -> taken(newName),
        () -> {
          queries.hold("catalogs", found.id(), Hold.FROM_CHANGE);
          CatalogRow row = owned(caller, name);
          About now = row.about();
          String comment = request.commentAfter(now);
          Map<String, String> properties = request.propertiesAfter(now);
          Grantees.Grantee owner = request.ownerAfter(now, grantees);
          if (row.name().equals(newName) && now.says(comment, properties, owner.id())) {
            return;
          }
          writer.append(
              "catalog",
              row.id(),
              new CatalogUpdated(row.id(), newName, comment, properties, owner.id(), owner.name()),
              newName,
              Actors.metadata(caller));
        });
    return CatalogInfo.of(
        queries
            .place(caller, newName, null, null)
            .orElseThrow(() -> Access.missing(ErrorCode.CATALOG_NOT_FOUND, "Catalog", newName))
            .catalog());
  }

  private static ApiException taken(String name) {
    return new ApiException(ErrorCode.CATALOG_EXISTS, "Catalog '" + name + "' already exists");
  }

  private CatalogRow owned(Caller caller, String name) {
    Place place = access.catalog(caller, name);
    Access.requireOwner(place.ownsCatalog(), "catalog " + place.catalog().name());
    return place.catalog();
  }

  @DeleteMapping("/{name}")
  @Operation(summary = "Drops a catalog; with force=true also everything in it")
  Done drop(
      Caller caller,
      @PathVariable String name,
      @RequestParam(name = "force", defaultValue = "false") boolean force) {
    CatalogRow found = owned(caller, name);
    writer.change(() -> {
      queries.hold("catalogs", found.id(), Hold.FROM_CHANGE);
      drops.catalog(owned(caller, name), force, Actors.metadata(caller));
    });
    return new Done();
  }
}
