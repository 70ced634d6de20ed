package io.tidegate.catalog;

import com.fasterxml.jackson.annotation.JsonAnySetter;
import com.fasterxml.jackson.annotation.JsonProperty;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.tags.Tag;
import io.tidegate.catalog.Access.SchemaPlace;
import io.tidegate.catalog.Access.TablePlace;
import io.tidegate.catalog.CatalogQueries.Place;
import io.tidegate.catalog.CatalogQueries.Summary;
import io.tidegate.catalog.Rows.TableRow;
import io.tidegate.delta.TableSchema;
import io.tidegate.kit.errors.ApiException;
import io.tidegate.kit.errors.ErrorCode;
import io.tidegate.kit.security.Caller;
import io.tidegate.kit.security.Privilege;
import io.tidegate.kit.web.Done;
import io.tidegate.kit.web.PageSize;
import java.time.Instant;
import java.util.ArrayList;
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

/** Tables in the Unity Catalog REST API. */
@RestController
@RequestMapping("/api/2.1/unity-catalog")
@Tag(name = "Tables", description = "Registering, listing, changing and dropping tables")
class TablesController {
  private static final int MAX_SUMMARIES = 1000;
  private static final int MAX_PATTERN = 1024;

  /** How many characters the schemas of a page have: what a page weighs is bounded, too. */
  private static final int MAX_SCHEMAS_LENGTH = 8 << 20;

  private final CatalogQueries queries;
  private final Access access;
  private final Tables tables;

  TablesController(CatalogQueries queries, Access access, Tables tables) {
    this.queries = queries;
    this.access = access;
    this.tables = tables;
  }

  record NamedColumn(
      @Nullable String name,
      @JsonProperty("type_name") @Nullable String typeName,
      @JsonProperty("type_json") @Nullable String typeJson,
      @JsonProperty("type_precision") @Nullable Integer typePrecision,
      @JsonProperty("type_scale") @Nullable Integer typeScale,
      @Nullable Boolean nullable,
      @Nullable String comment,
      @JsonProperty("partition_index") @Nullable Integer partitionIndex,
      @JsonAnySetter @Schema(hidden = true) @Nullable Map<String, @Nullable Object> rest) {}

  record CreateTable(
      @Nullable String name,
      @JsonProperty("catalog_name") @Nullable String catalogName,
      @JsonProperty("schema_name") @Nullable String schemaName,
      @JsonProperty("table_type") @Nullable String tableType,
      @JsonProperty("data_source_format") @Nullable String dataSourceFormat,
      @Nullable List<@Nullable NamedColumn> columns,
      @JsonProperty("storage_location") @Nullable String storageLocation,
      @Nullable String comment,
      @Nullable Map<String, @Nullable String> properties,
      @JsonAnySetter @Schema(hidden = true) @Nullable Map<String, @Nullable Object> rest) {}

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
      @JsonProperty("delta_version") @Nullable Long deltaVersion) {
    static TableInfo of(Tables.Current current) {
      return of(current.row(), current.version());
    }

    static TableInfo of(TableRow row, @Nullable Long version) {
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
          row.about().comment(),
          row.about().properties(),
          row.about().owner(),
          row.about().createdAt().toEpochMilli(),
          row.about().createdBy(),
          row.about().updatedAt().toEpochMilli(),
          row.about().updatedBy(),
          row.id(),
          row.fullName(),
          version);
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
              + " Where there is no log yet, and no file, columns are needed, and version 0 of an empty"
              + " table is written with them. Managed tables are created through the Delta REST API.")
  TableInfo create(Caller caller, @RequestBody CreateTable request) {
    String name = Names.required("name", request.name());
    String catalog = Names.required("catalog_name", request.catalogName());
    String schema = Names.required("schema_name", request.schemaName());
    UnsupportedFields.refuse(request.rest(), UnsupportedFields.OF_TABLES);
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
    Map<String, String> properties = Properties.checked(request.properties());
    List<FirstVersion.Column> columns = columns(request.columns());
    TableRow row =
        tables.registerExternal(
            caller,
            catalog,
            schema,
            name,
            request.storageLocation(),
            request.comment(),
            properties,
            actual -> requireSame(request.columns(), actual),
            columns.isEmpty()
                ? null
                : () -> FirstVersion.of(columns, properties, request.comment(), Instant.now()));
    return TableInfo.of(row, row.deltaVersion());
  }

  private static List<FirstVersion.Column> columns(@Nullable List<@Nullable NamedColumn> given) {
    List<FirstVersion.Column> columns = new ArrayList<>();
    for (NamedColumn column : given == null ? List.<@Nullable NamedColumn>of() : given) {
      if (column == null) {
        throw new ApiException(ErrorCode.INVALID_ARGUMENT, "columns must have no null in it");
      }
      UnsupportedFields.refuse(column.rest(), UnsupportedFields.OF_COLUMNS);
      columns.add(
          new FirstVersion.Column(
              column.name(),
              column.typeName(),
              column.typeJson(),
              column.typePrecision(),
              column.typeScale(),
              column.nullable(),
              column.comment(),
              column.partitionIndex()));
    }
    return columns;
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
  @Operation(
      summary = "Lists the tables of a schema that the caller may see, by name",
      description =
          "A page has as many tables as are asked for, and up to 1000 if none are; fewer where their"
              + " schemas are very large. Another one follows wherever there is a next_page_token.")
  TableList list(
      Caller caller,
      @RequestParam(name = "catalog_name") String catalogName,
      @RequestParam(name = "schema_name") String schemaName,
      @RequestParam(name = "max_results", required = false) @Nullable Integer maxResults,
      @RequestParam(name = "page_token", required = false) @Nullable String pageToken) {
    SchemaPlace place = access.schema(caller, catalogName, schemaName);
    Paging paging = Paging.of("tables of " + place.schema().id(), maxResults, pageToken);
    Paging.Page<TableRow> page =
        paging.page(
            queries.tables(
                caller,
                place.schema().id(),
                place.place().mayReadAll(),
                paging.afterName(),
                paging.limit(),
                MAX_SCHEMAS_LENGTH),
            TableRow::name,
            row -> row.schemaString().length(),
            MAX_SCHEMAS_LENGTH);
    return new TableList(
        page.items().stream().map(row -> TableInfo.of(row, null)).toList(), page.next());
  }

  @GetMapping("/table-summaries")
  @Operation(
      summary = "Lists the names of a catalog's tables that the caller may see",
      description =
          "Patterns are those of SQL's LIKE: % stands for any text, _ for any character, and \\"
              + " takes the next one as it is. Without a pattern, or with an empty one, every name"
              + " fits.")
  TableSummaryList summaries(
      Caller caller,
      @RequestParam(name = "catalog_name") String catalogName,
      @RequestParam(name = "schema_name_pattern", required = false) @Nullable String schemaPattern,
      @RequestParam(name = "table_name_pattern", required = false) @Nullable String tablePattern,
      @RequestParam(name = "max_results", required = false) @Nullable Integer maxResults,
      @RequestParam(name = "page_token", required = false) @Nullable String pageToken) {
    String schemas = pattern("schema_name_pattern", schemaPattern);
    String tablesWanted = pattern("table_name_pattern", tablePattern);
    Place place = access.catalog(caller, catalogName);
    Paging paging =
        Paging.of(
            "summaries of " + place.catalog().id(),
            PageSize.of("max_results", maxResults, MAX_SUMMARIES, MAX_SUMMARIES),
            2,
            pageToken);
    Paging.Page<Summary> page =
        paging.pageByKey(
            queries.summaries(caller, place, schemas, tablesWanted, paging.after(), paging.limit()),
            summary -> List.of(summary.schema(), summary.name()));
    return new TableSummaryList(
        page.items().stream()
            .map(summary ->
                new TableSummary(
                    summary.catalog() + "." + summary.schema() + "." + summary.name(),
                    summary.type()))
            .toList(),
        page.next());
  }

  private static String pattern(String field, @Nullable String pattern) {
    if (pattern == null || pattern.isEmpty()) {
      return "%";
    }
    if (pattern.length() > MAX_PATTERN) {
      throw new ApiException(
          ErrorCode.INVALID_ARGUMENT, field + " must have at most " + MAX_PATTERN + " characters");
    }
    int escapes = pattern.length();
    while (escapes > 0 && pattern.charAt(escapes - 1) == '\\') {
      escapes--;
    }
    if ((pattern.length() - escapes) % 2 == 1) {
      throw new ApiException(ErrorCode.INVALID_ARGUMENT, field + " must not end with a single \\");
    }
    return Names.lookup(pattern);
  }

  @GetMapping("/tables/{full_name}")
  @Operation(
      summary = "Shows a table; needs SELECT, MODIFY or ownership",
      description =
          "A table is shown as it is now, with the version that it is at as delta_version; what"
              + " cannot be asked for now is shown as it was last, without a version. A list shows"
              + " what was seen last, and no versions.")
  TableInfo get(Caller caller, @PathVariable("full_name") String fullName) {
    TablePlace place = access.table(caller, fullName);
    requireVisible(place);
    return TableInfo.of(tables.current(caller, place.table()));
  }

  private static void requireVisible(TablePlace place) {
    Access.require(
        place.place().mayReadAll(), Privilege.SELECT, "table " + place.table().fullName());
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
  @Operation(
      summary = "Changes a table's name, comment, properties or owner; needs its ownership",
      description =
          "All of it or nothing. properties takes the place of all those that the catalog alone"
              + " knows; those of the table's log stay, for only a commit changes them.")
  TableInfo update(
      Caller caller,
      @PathVariable("full_name") String fullName,
      @RequestBody UpdateSecurable request) {
    TablePlace place = access.table(caller, fullName);
    Access.requireOwner(place.place().ownsTable(), "table " + place.table().fullName());
    UnsupportedFields.refuse(request.rest(), UnsupportedFields.OF_TABLES);
    return TableInfo.of(tables.current(caller, tables.update(caller, place, request)));
  }

  @DeleteMapping("/tables/{full_name}")
  @Operation(
      summary = "Drops a table; needs its ownership",
      description = "The files of an external table stay where they are.")
  Done drop(Caller caller, @PathVariable("full_name") String fullName) {
    tables.drop(caller, access.table(caller, fullName));
    return new Done();
  }
}
