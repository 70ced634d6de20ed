package io.tidegate.catalog;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.tags.Tag;
import io.tidegate.catalog.Access.SchemaPlace;
import io.tidegate.catalog.Access.TablePlace;
import io.tidegate.catalog.Rows.SchemaRow;
import io.tidegate.catalog.Rows.TableRow;
import io.tidegate.delta.TableSchema;
import io.tidegate.kit.errors.ApiException;
import io.tidegate.kit.errors.ErrorCode;
import io.tidegate.kit.security.Caller;
import io.tidegate.kit.security.Privilege;
import io.tidegate.kit.web.PageSize;
import io.tidegate.kit.web.PageToken;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.regex.Pattern;
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

/** Tables in the Unity Catalog REST API. */
@RestController
@RequestMapping("/api/2.1/unity-catalog")
@Tag(name = "Tables", description = "Registering, listing, changing and dropping tables")
class TablesController {
  private final CatalogQueries queries;
  private final Access access;
  private final Grantees grantees;
  private final Tables tables;
  private final EventWriter writer;

  TablesController(
      CatalogQueries queries, Access access, Grantees grantees, Tables tables, EventWriter writer) {
    this.writer = writer;
    this.queries = queries;
    this.access = access;
    this.grantees = grantees;
    this.tables = tables;
  }

  record NamedColumn(@Nullable String name, @JsonProperty("type_name") @Nullable String typeName) {}

  record CreateTable(
      @Nullable String name,
      @JsonProperty("catalog_name") @Nullable String catalogName,
      @JsonProperty("schema_name") @Nullable String schemaName,
      @JsonProperty("table_type") @Nullable String tableType,
      @JsonProperty("data_source_format") @Nullable String dataSourceFormat,
      @Nullable List<@Nullable NamedColumn> columns,
      @JsonProperty("storage_location") @Nullable String storageLocation,
      @Nullable String comment,
      @Nullable Map<String, @Nullable String> properties) {}

  record UpdateTable(
      @JsonProperty("new_name") @Nullable String newName,
      @Nullable String comment,
      @Nullable Map<String, @Nullable String> properties,
      @Nullable String owner) {}

  record ColumnInfo(
      String name,
      @JsonProperty("type_text") String typeText,
      @JsonProperty("type_json") String typeJson,
      @JsonProperty("type_name") String typeName,
      @JsonProperty("type_precision") @Nullable Integer typePrecision,
      @JsonProperty("type_scale") @Nullable Integer typeScale,
      int position,
      @Nullable String comment,
      boolean nullable,
      @JsonProperty("partition_index") @Nullable Integer partitionIndex) {
    static ColumnInfo of(TableSchema.Column column) {
      return new ColumnInfo(
          column.name(),
          column.typeText(),
          column.fieldJson(),
          column.typeName(),
          column.typePrecision(),
          column.typeScale(),
          column.position(),
          column.comment(),
          column.nullable(),
          column.partitionIndex());
    }
  }

  record TableInfo(
      String name,
      @JsonProperty("catalog_name") String catalogName,
      @JsonProperty("schema_name") String schemaName,
      @JsonProperty("table_type") String tableType,
      @JsonProperty("data_source_format") String dataSourceFormat,
      List<ColumnInfo> columns,
      @JsonProperty("storage_location") String storageLocation,
      @Nullable String comment,
      Map<String, String> properties,
      String owner,
      @JsonProperty("created_at") long createdAt,
      @JsonProperty("created_by") String createdBy,
      @JsonProperty("updated_at") long updatedAt,
      @JsonProperty("updated_by") String updatedBy,
      @JsonProperty("table_id") UUID tableId,
      @JsonProperty("full_name") String fullName,
      @JsonProperty("delta_version") long deltaVersion) {
    static TableInfo of(TableRow row) {
      return new TableInfo(
          row.name(),
          row.catalog(),
          row.schema(),
          row.type(),
          row.format(),
          TableSchema.parse(row.schemaString(), row.partitionColumns()).columns().stream()
              .map(ColumnInfo::of)
              .toList(),
          row.location(),
          row.comment(),
          row.properties(),
          row.owner(),
          row.createdAt().toEpochMilli(),
          row.createdBy(),
          row.updatedAt().toEpochMilli(),
          row.updatedBy(),
          row.id(),
          row.fullName(),
          row.deltaVersion());
    }
  }

  record TableList(
      List<TableInfo> tables, @JsonProperty("next_page_token") @Nullable String nextPageToken) {}

  record TableSummary(
      @JsonProperty("full_name") String fullName, @JsonProperty("table_type") String tableType) {}

  record TableSummaryList(
      List<TableSummary> tables, @JsonProperty("next_page_token") @Nullable String nextPageToken) {}

  record TableExists(@JsonProperty("table_exists") boolean tableExists) {}

  @PostMapping("/tables")
  @Operation(
      summary = "Registers an external Delta table; needs CREATE TABLE on the schema",
      description =
          "Schema, partitioning and properties are read from the Delta log at storage_location."
              + " Managed tables are created through the Delta REST API.")
  TableInfo create(Caller caller, @RequestBody CreateTable request) {
    String name = Names.required("name", request.name());
    String catalog = Names.required("catalog_name", request.catalogName());
    String schema = Names.required("schema_name", request.schemaName());
    String type = request.tableType() == null ? "EXTERNAL" : request.tableType();
    if (type.equals("MANAGED")) {
      throw new ApiException(
          ErrorCode.INVALID_ARGUMENT,
          "table_type MANAGED: managed tables are created through the Delta REST API, POST"
              + " /api/2.1/unity-catalog/delta/v1/catalogs/{catalog}/schemas/{schema}/staging-tables");
    }
    if (!type.equals("EXTERNAL")) {
      throw new ApiException(
          ErrorCode.INVALID_ARGUMENT,
          "table_type must be EXTERNAL or MANAGED, not " + Names.printable(type));
    }
    if (request.dataSourceFormat() != null && !request.dataSourceFormat().equals("DELTA")) {
      throw new ApiException(
          ErrorCode.INVALID_ARGUMENT,
          "data_source_format must be DELTA, not " + Names.printable(request.dataSourceFormat()));
    }
    TableRow row =
        tables.registerExternal(
            caller,
            catalog,
            schema,
            name,
            request.storageLocation(),
            request.comment(),
            Properties.checked(request.properties()),
            columns -> requireSame(request.columns(), columns));
    return TableInfo.of(row);
  }

  // The log alone decides; a client that thinks of another table is told, not overruled silently.
  private static void requireSame(
      @Nullable List<@Nullable NamedColumn> given, List<TableSchema.Column> columns) {
    if (given == null || given.isEmpty()) {
      return;
    }
    if (given.size() != columns.size()) {
      throw new ApiException(
          ErrorCode.INVALID_ARGUMENT,
          "columns has "
              + given.size()
              + " columns, and the table at storage_location "
              + columns.size());
    }
    for (int i = 0; i < columns.size(); i++) {
      NamedColumn column = given.get(i);
      String name = columns.get(i).name();
      if (column == null || column.name() == null || !column.name().equalsIgnoreCase(name)) {
        throw new ApiException(
            ErrorCode.INVALID_ARGUMENT,
            "columns[" + i + "].name must be that of the table at storage_location: " + name);
      }
      if (column.typeName() != null
          && !column.typeName().equalsIgnoreCase(columns.get(i).typeName())) {
        throw new ApiException(
            ErrorCode.INVALID_ARGUMENT,
            "columns["
                + i
                + "].type_name must be that of the table at storage_location: "
                + columns.get(i).typeName());
      }
    }
  }

  @GetMapping("/tables")
  @Operation(summary = "Lists the tables of a schema that the caller may see, by name")
  TableList list(
      Caller caller,
      @RequestParam(name = "catalog_name") String catalogName,
      @RequestParam(name = "schema_name") String schemaName,
      @RequestParam(name = "max_results", required = false) @Nullable Integer maxResults,
      @RequestParam(name = "page_token", required = false) @Nullable String pageToken) {
    SchemaPlace place = access.schema(caller, catalogName, schemaName);
    int size = PageSize.of("max_results", maxResults, 50, 100);
    Paging.Page<TableRow> page =
        Paging.page(
            queries.tables(
                caller, place.schema().id(), seesAll(place), Paging.after(pageToken), size + 1),
            size,
            TableRow::name);
    return new TableList(page.items().stream().map(TableInfo::of).toList(), page.next());
  }

  private static boolean seesAll(SchemaPlace place) {
    return place.place().ownsSchema()
        || place.place().privileges().contains(Privilege.SELECT)
        || place.place().privileges().contains(Privilege.MODIFY);
  }

  @GetMapping("/table-summaries")
  @Operation(summary = "Lists the names of a catalog's tables; patterns use % and _ as in SQL")
  TableSummaryList summaries(
      Caller caller,
      @RequestParam(name = "catalog_name") String catalogName,
      @RequestParam(name = "schema_name_pattern", required = false) @Nullable String schemaPattern,
      @RequestParam(name = "table_name_pattern", required = false) @Nullable String tablePattern,
      @RequestParam(name = "max_results", required = false) @Nullable Integer maxResults,
      @RequestParam(name = "page_token", required = false) @Nullable String pageToken) {
    CatalogQueries.Place place = access.catalog(caller, catalogName);
    int size = PageSize.of("max_results", maxResults, 1000, 1000);
    List<String> after =
        pageToken == null || pageToken.isEmpty()
            ? List.of("", "")
            : PageToken.decode("page_token", pageToken, 2);
    Pattern schemaWanted = like(schemaPattern);
    Pattern tableWanted = like(tablePattern);
    List<TableSummary> found = new ArrayList<>();
    boolean allSchemas = place.ownsCatalog() || place.privileges().contains(Privilege.USE_SCHEMA);
    for (SchemaRow schema :
        queries.schemas(caller, place.catalog().id(), allSchemas, "", Integer.MAX_VALUE)) {
      if (schema.name().compareTo(after.get(0)) < 0
          || !schemaWanted.matcher(schema.name()).matches()) {
        continue;
      }
      SchemaPlace inside;
      try {
        inside = access.schema(caller, schema.catalog(), schema.name());
      } catch (ApiException e) {
        // Visible by name, but not to be used; or dropped meanwhile.
        continue;
      }
      String from = schema.name().equals(after.get(0)) ? after.get(1) : "";
      for (TableRow table :
          queries.tables(caller, schema.id(), seesAll(inside), from, Integer.MAX_VALUE)) {
        if (!tableWanted.matcher(table.name()).matches()) {
          continue;
        }
        if (found.size() == size) {
          List<String> last = Names.parts("full_name", found.getLast().fullName(), 3);
          return new TableSummaryList(found, PageToken.encode(last.get(1), last.get(2)));
        }
        found.add(new TableSummary(table.fullName(), table.type()));
      }
    }
    return new TableSummaryList(found, null);
  }

  private static Pattern like(@Nullable String pattern) {
    if (pattern == null || pattern.isEmpty()) {
      return Pattern.compile(".*", Pattern.DOTALL);
    }
    StringBuilder regex = new StringBuilder();
    for (char character : pattern.toLowerCase(Locale.ROOT).toCharArray()) {
      switch (character) {
        case '%', '*' -> regex.append(".*");
        case '_' -> regex.append('.');
        default -> regex.append(Pattern.quote(String.valueOf(character)));
      }
    }
    return Pattern.compile(regex.toString(), Pattern.DOTALL);
  }

  @GetMapping("/tables/{full_name}")
  @Operation(summary = "Shows a table; needs SELECT, MODIFY or ownership")
  TableInfo get(Caller caller, @PathVariable("full_name") String fullName) {
    TablePlace place = access.table(caller, fullName);
    requireVisible(place);
    return TableInfo.of(tables.current(caller, place.table()));
  }

  private static void requireVisible(TablePlace place) {
    Access.require(
        place.place().ownsTable()
            || place.place().privileges().contains(Privilege.SELECT)
            || place.place().privileges().contains(Privilege.MODIFY),
        Privilege.SELECT,
        "table " + place.table().fullName());
  }

  @GetMapping("/tables/{full_name}/exists")
  @Operation(summary = "Tells whether a table exists")
  TableExists exists(Caller caller, @PathVariable("full_name") String fullName) {
    try {
      access.table(caller, fullName);
      return new TableExists(true);
    } catch (ApiException e) {
      if (e.code().status() == 404) {
        return new TableExists(false);
      }
      throw e;
    }
  }

  @PatchMapping("/tables/{full_name}")
  @Operation(summary = "Changes a table's name, comment, properties or owner; needs its ownership")
  TableInfo update(
      Caller caller, @PathVariable("full_name") String fullName, @RequestBody UpdateTable request) {
    TablePlace place = access.table(caller, fullName);
    TableRow row = place.table();
    Access.requireOwner(place.place().ownsTable(), "table " + row.fullName());
    if (row.type().equals("MANAGED")
        && (request.comment() != null || request.properties() != null)) {
      throw new ApiException(
          ErrorCode.INVALID_ARGUMENT,
          (request.comment() != null ? "comment" : "properties")
              + " of a managed table changes only by a commit");
    }
    String newName =
        request.newName() == null ? null : Names.required("new_name", request.newName());
    boolean described =
        request.comment() != null || request.properties() != null || request.owner() != null;
    // All of the request or nothing; the name first, for that may need the ownership given away.
    return writer.change(
        "",
        () -> {
          TableRow changed = row;
          if (newName != null) {
            changed = tables.rename(caller, place, newName);
          }
          if (described) {
            changed =
                tables.update(
                    caller,
                    place,
                    request.comment(),
                    request.properties() == null ? null : Properties.checked(request.properties()),
                    request.owner() == null ? null : grantees.named("owner", request.owner()));
          }
          return TableInfo.of(changed);
        });
  }

  @DeleteMapping("/tables/{full_name}")
  @Operation(
      summary = "Drops a table; needs its ownership",
      description = "The files of an external table stay where they are.")
  void drop(Caller caller, @PathVariable("full_name") String fullName) {
    tables.drop(caller, access.table(caller, fullName));
  }
}
