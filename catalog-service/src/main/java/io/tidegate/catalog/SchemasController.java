package io.tidegate.catalog;

import com.fasterxml.jackson.annotation.JsonAnySetter;
import com.fasterxml.jackson.annotation.JsonProperty;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.tags.Tag;
import io.tidegate.catalog.Access.SchemaPlace;
import io.tidegate.catalog.CatalogEvent.SchemaCreated;
import io.tidegate.catalog.CatalogEvent.SchemaUpdated;
import io.tidegate.catalog.CatalogQueries.Hold;
import io.tidegate.catalog.CatalogQueries.Place;
import io.tidegate.catalog.Rows.About;
import io.tidegate.catalog.Rows.SchemaRow;
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

/** Schemas in the Unity Catalog REST API. */
@RestController
@RequestMapping("/api/2.1/unity-catalog/schemas")
@Tag(name = "Schemas", description = "The second level of a table's name")
class SchemasController {
  private final CatalogQueries queries;
  private final Access access;
  private final Grantees grantees;
  private final Drops drops;
  private final EventWriter writer;

  SchemasController(
      CatalogQueries queries, Access access, Grantees grantees, Drops drops, EventWriter writer) {
    this.queries = queries;
    this.access = access;
    this.grantees = grantees;
    this.drops = drops;
    this.writer = writer;
  }

  record CreateSchema(
      @Nullable String name,
      @JsonProperty("catalog_name") @Nullable String catalogName,
      @Nullable String comment,
      @Nullable Map<String, @Nullable String> properties,
      @JsonAnySetter @Schema(hidden = true) @Nullable Map<String, @Nullable Object> rest) {}

  record SchemaInfo(
      String name,
      @JsonProperty("catalog_name") String catalogName,
      @Nullable String comment,
      Map<String, String> properties,
      @JsonProperty("full_name") String fullName,
      String owner,
      @JsonProperty("created_at") long createdAt,
      @JsonProperty("created_by") String createdBy,
      @JsonProperty("updated_at") long updatedAt,
      @JsonProperty("updated_by") String updatedBy,
      @JsonProperty("schema_id") UUID schemaId) {
    static SchemaInfo of(SchemaRow row) {
      return new SchemaInfo(
          row.name(),
          row.catalog(),
          row.about().comment(),
          row.about().properties(),
          row.fullName(),
          row.about().owner(),
          row.about().createdAt().toEpochMilli(),
          row.about().createdBy(),
          row.about().updatedAt().toEpochMilli(),
          row.about().updatedBy(),
          row.id());
    }
  }

  record SchemaList(
      List<SchemaInfo> schemas, @JsonProperty("next_page_token") @Nullable String nextPageToken) {}

  @PostMapping
  @Operation(summary = "Creates a schema; needs CREATE SCHEMA on the catalog")
  SchemaInfo create(Caller caller, @RequestBody CreateSchema request) {
    String name = Names.required("name", request.name());
    String catalog = Names.required("catalog_name", request.catalogName());
    UnsupportedFields.refuse(request.rest(), UnsupportedFields.OF_SCHEMAS);
    UUID found = creatable(caller, catalog).catalog().id();
    writer.change(
        () -> taken(catalog, name),
        () -> {
          queries.hold("catalogs", found, Hold.FROM_DROP);
          Place place = creatable(caller, catalog);
          grantees.hold(caller);
          UUID id = UUID.randomUUID();
          writer.append(
              "schema",
              id,
              new SchemaCreated(
                  id,
                  place.catalog().id(),
                  catalog,
                  name,
                  request.comment(),
                  Properties.checked(request.properties()),
                  caller.principalId(),
                  caller.name()),
              catalog + "." + name,
              Actors.metadata(caller));
        });
    return SchemaInfo.of(read(caller, catalog, name));
  }

  private Place creatable(Caller caller, String catalog) {
    Place place = access.catalog(caller, catalog);
    Access.require(
        place.ownsCatalog() || place.privileges().contains(Privilege.CREATE_SCHEMA),
        Privilege.CREATE_SCHEMA,
        "catalog " + catalog);
    return place;
  }

  private SchemaRow read(Caller caller, String catalog, String name) {
    SchemaRow row = queries.place(caller, catalog, name, null).map(Place::schema).orElse(null);
    if (row == null) {
      throw Access.missing(ErrorCode.SCHEMA_NOT_FOUND, "Schema", catalog + "." + name);
    }
    return row;
  }

  @GetMapping
  @Operation(summary = "Lists the schemas of a catalog that the caller may see, by name")
  SchemaList list(
      Caller caller,
      @RequestParam(name = "catalog_name") String catalogName,
      @RequestParam(name = "max_results", required = false) @Nullable Integer maxResults,
      @RequestParam(name = "page_token", required = false) @Nullable String pageToken) {
    Place place = access.catalog(caller, catalogName);
    Paging paging = Paging.of("schemas of " + place.catalog().id(), maxResults, pageToken);
    boolean all = place.ownsCatalog() || place.privileges().contains(Privilege.USE_SCHEMA);
    Paging.Page<SchemaRow> page =
        paging.page(
            queries.schemas(caller, place.catalog().id(), all, paging.afterName(), paging.limit()),
            SchemaRow::name);
    return new SchemaList(page.items().stream().map(SchemaInfo::of).toList(), page.next());
  }

  @GetMapping("/{full_name}")
  @Operation(summary = "Shows a schema")
  SchemaInfo get(Caller caller, @PathVariable("full_name") String fullName) {
    return SchemaInfo.of(find(caller, fullName).schema());
  }

  private SchemaPlace find(Caller caller, String fullName) {
    List<String> parts = Names.parts("full_name", fullName, 2);
    return access.schema(caller, parts.get(0), parts.get(1));
  }

  @PatchMapping("/{full_name}")
  @Operation(summary = "Changes a schema; needs its ownership")
  SchemaInfo update(
      Caller caller,
      @PathVariable("full_name") String fullName,
      @RequestBody UpdateSecurable request) {
    SchemaRow found = owned(caller, fullName);
    UnsupportedFields.refuse(request.rest(), UnsupportedFields.OF_SCHEMAS);
    String newName = request.nameAfter(found.name());
    writer.change(
        () -> taken(found.catalog(), newName),
        () -> {
          queries.hold("catalogs", found.catalogId(), Hold.FROM_DROP);
          queries.hold("schemas", found.id(), Hold.FROM_CHANGE);
          SchemaRow row = owned(caller, fullName);
          About now = row.about();
          String comment = request.commentAfter(now);
          Map<String, String> properties = request.propertiesAfter(now);
          Grantees.Grantee owner = request.ownerAfter(now, grantees);
          if (row.name().equals(newName) && now.says(comment, properties, owner.id())) {
            return;
          }
          writer.append(
              "schema",
              row.id(),
              new SchemaUpdated(
                  row.id(),
                  row.catalogId(),
                  row.catalog(),
                  newName,
                  comment,
                  properties,
                  owner.id(),
                  owner.name()),
              row.catalog() + "." + newName,
              Actors.metadata(caller));
        });
    return SchemaInfo.of(read(caller, found.catalog(), newName));
  }

  private static ApiException taken(String catalog, String name) {
    return new ApiException(
        ErrorCode.SCHEMA_EXISTS, "Schema '" + catalog + "." + name + "' already exists");
  }

  private SchemaRow owned(Caller caller, String fullName) {
    SchemaPlace found = find(caller, fullName);
    Access.requireOwner(found.place().ownsSchema(), "schema " + found.schema().fullName());
    return found.schema();
  }

  @DeleteMapping("/{full_name}")
  @Operation(summary = "Drops a schema; with force=true also everything in it")
  Done drop(
      Caller caller,
      @PathVariable("full_name") String fullName,
      @RequestParam(name = "force", defaultValue = "false") boolean force) {
    SchemaRow found = owned(caller, fullName);
    writer.change(() -> {
      queries.hold("catalogs", found.catalogId(), Hold.FROM_DROP);
      queries.hold("schemas", found.id(), Hold.FROM_CHANGE);
      drops.schema(owned(caller, fullName), force, Actors.metadata(caller));
    });
    return new Done();
  }
}
