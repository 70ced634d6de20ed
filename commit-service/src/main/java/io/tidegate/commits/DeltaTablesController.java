package io.tidegate.commits;

import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.tags.Tag;
import io.tidegate.commits.DeltaTables.Right;
import io.tidegate.commits.StagingTables.StagingTable;
import io.tidegate.kit.errors.ApiException;
import io.tidegate.kit.errors.ErrorCode;
import io.tidegate.kit.security.Caller;
import io.tidegate.ports.CatalogDirectory;
import io.tidegate.ports.SchemaAccess;
import io.tidegate.ports.TableAccess;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestMethod;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/** The Delta REST API of Unity Catalog, version 1.0. */
@RestController
@RequestMapping(DeltaTablesController.PATH)
@Tag(name = "Delta tables", description = "Managed Delta tables: create, load, commit")
class DeltaTablesController {
  static final String PATH = "/api/2.1/unity-catalog/delta/v1";

  private static final String TABLES = "/catalogs/{catalog}/schemas/{schema}/tables";
  private static final String TABLE = TABLES + "/{table}";
  private static final String STAGING = "/catalogs/{catalog}/schemas/{schema}/staging-tables";
  private static final String VERSION = "1.0";
  private static final List<String> ENDPOINTS =
      List.of(
          "GET /v1/config",
          "POST /v1" + STAGING,
          "GET /v1/staging-tables/{table_id}/credentials",
          "POST /v1" + TABLES,
          "GET /v1" + TABLE,
          "HEAD /v1" + TABLE,
          "POST /v1" + TABLE,
          "DELETE /v1" + TABLE,
          "POST /v1" + TABLE + "/rename",
          "GET /v1" + TABLE + "/credentials",
          "POST /v1" + TABLE + "/metrics");

  private final CatalogDirectory catalog;
  private final DeltaTables tables;
  private final ManagedTables managedTables;
  private final ExternalTables externalTables;
  private final StagingTables stagingTables;
  private final LoadedTables loadedTables;
  private final CommitMetrics commitMetrics;

  DeltaTablesController(
      CatalogDirectory catalog,
      DeltaTables tables,
      ManagedTables managedTables,
      ExternalTables externalTables,
      StagingTables stagingTables,
      LoadedTables loadedTables,
      CommitMetrics commitMetrics) {
    this.catalog = catalog;
    this.tables = tables;
    this.managedTables = managedTables;
    this.externalTables = externalTables;
    this.stagingTables = stagingTables;
    this.loadedTables = loadedTables;
    this.commitMetrics = commitMetrics;
  }

  @GetMapping("/config")
  @Operation(summary = "Agrees on a version of this API, and lists its endpoints")
  DeltaApi.Config config(
      Caller caller,
      @RequestParam(name = "catalog", required = false) @Nullable String catalogName,
      @RequestParam(name = "protocol-versions", required = false) @Nullable String versions) {
    String name = parameter("catalog", catalogName);
    ProtocolVersion.requireCommon(parameter("protocol-versions", versions));
    requireCatalog(caller, name);
    return new DeltaApi.Config(ENDPOINTS, VERSION);
  }

  private static String parameter(String parameter, @Nullable String value) {
    if (value == null || value.isBlank()) {
      throw Texts.invalid("Query parameter " + parameter + " is missing");
    }
    return value;
  }

  /** The catalog is asked for a schema that it has hardly: it tells which of the two is missing. */
  private void requireCatalog(Caller caller, String name) {
    try {
      catalog.schema(caller, name, "information_schema");
    } catch (ApiException e) {
      if (e.code() != ErrorCode.SCHEMA_NOT_FOUND) {
        throw e;
      }
    }
  }

  @PostMapping(STAGING)
  @Operation(summary = "Gives a table to be created its id and its place")
  DeltaApi.StagingTable stage(
      Caller caller,
      @PathVariable("catalog") String catalogName,
      @PathVariable String schema,
      @RequestBody DeltaApi.StagingTableRequest request) {
    String name = TableNames.required("name", request.name());
    SchemaAccess access = catalog.schema(caller, catalogName, schema);
    if (!access.mayCreateTables()) {
      throw new ApiException(
          ErrorCode.PERMISSION_DENIED,
          "The caller lacks CREATE TABLE on schema " + catalogName + "." + schema);
    }
    requireFree(caller, catalogName, schema, name);
    StagingTable table = stagingTables.create(caller, access.catalog(), access.name(), name);
    return new DeltaApi.StagingTable(
        table.id(),
        TableAccess.Type.MANAGED.name(),
        table.location().toString(),
        List.of(),
        DeltaApi.Protocol.of(ManagedTableContract.requiredProtocol()),
        ManagedTableContract.suggestedProtocol(),
        ManagedTableContract.requiredProperties(table.id()),
        Map.of());
  }

  private void requireFree(Caller caller, String catalogName, String schema, String name) {
    try {
      catalog.table(caller, catalogName, schema, name);
    } catch (ApiException e) {
      if (e.code() == ErrorCode.TABLE_NOT_FOUND) {
        return;
      }
      if (e.code() != ErrorCode.PERMISSION_DENIED) {
        throw e;
      }
    }
    throw new ApiException(
        ErrorCode.TABLE_EXISTS,
        "Table " + catalogName + "." + schema + "." + name + " exists already");
  }

  @GetMapping("/staging-tables/{table_id}/credentials")
  @Operation(summary = "Credentials to write version 0; none are needed for local files")
  DeltaApi.Credentials stagingCredentials(Caller caller, @PathVariable("table_id") String tableId) {
    StagingTable table =
        stagingTables
            .find(Texts.uuid("table_id", tableId))
            .filter(found -> found.stage().awaitsCreation() && !found.isOver())
            .orElseThrow(() ->
                new ApiException(
                    ErrorCode.TABLE_NOT_FOUND, "There is no staging table " + tableId));
    if (!table.isOf(caller)) {
      throw new ApiException(
          ErrorCode.PERMISSION_DENIED, "The staging table is another principal's");
    }
    return new DeltaApi.Credentials(List.of());
  }

  @PostMapping(TABLES)
  @Operation(summary = "Makes a table of a staging table, or registers an external one")
  DeltaApi.Table create(
      Caller caller,
      @PathVariable("catalog") String catalogName,
      @PathVariable String schema,
      @RequestBody DeltaApi.CreateTable request) {
    String name = TableNames.required("name", request.name());
    String type = Texts.required("table-type", request.tableType());
    TableAccess table =
        switch (type) {
          case "MANAGED" -> managedTables.create(caller, catalogName, schema, name, request);
          case "EXTERNAL" -> externalTables.create(caller, catalogName, schema, name, request);
          default ->
              throw Texts.invalid(
                  "table-type must be MANAGED or EXTERNAL, but is " + Texts.shown(type));
        };
    // Whoever asks for the same again may have lost the table to somebody else since.
    return loadedTables.load(DeltaTables.allowed(table, Right.READ));
  }

  @GetMapping(TABLE)
  @Operation(summary = "A table as it is: schema, properties, commits that are not published yet")
  DeltaApi.Table load(
      Caller caller,
      @PathVariable("catalog") String catalogName,
      @PathVariable String schema,
      @PathVariable String table) {
    return loadedTables.load(tables.table(caller, catalogName, schema, table, Right.READ));
  }

  @RequestMapping(path = TABLE, method = RequestMethod.HEAD)
  @ResponseStatus(HttpStatus.NO_CONTENT)
  @Operation(summary = "Whether a table exists that the caller may read")
  void exists(
      Caller caller,
      @PathVariable("catalog") String catalogName,
      @PathVariable String schema,
      @PathVariable String table) {
    tables.table(caller, catalogName, schema, table, Right.READ);
  }

  @PostMapping(TABLE)
  @Operation(
      summary = "Ratifies a staged commit, or takes note of what is published",
      description =
          "A commit that was ratified before, sent again, is answered 200. Where the server cannot"
              + " tell whether one was ratified it answers 500 with the type"
              + " CommitStateUnknownException: send the same commit again to be told.")
  DeltaApi.Table update(
      Caller caller,
      @PathVariable("catalog") String catalogName,
      @PathVariable String schema,
      @PathVariable String table,
      @RequestBody DeltaApi.UpdateTable request) {
    TableAccess writable = tables.table(caller, catalogName, schema, table, Right.WRITE);
    return tables.update(caller, writable, request);
  }

  @DeleteMapping(TABLE)
  @ResponseStatus(HttpStatus.NO_CONTENT)
  @Operation(summary = "Drops a table; a managed one's files are removed after a while")
  void drop(
      Caller caller,
      @PathVariable("catalog") String catalogName,
      @PathVariable String schema,
      @PathVariable String table) {
    tables.drop(caller, tables.table(caller, catalogName, schema, table, Right.OWN));
  }

  @PostMapping(TABLE + "/rename")
  @ResponseStatus(HttpStatus.NO_CONTENT)
  @Operation(summary = "Renames a table within its schema")
  void rename(
      Caller caller,
      @PathVariable("catalog") String catalogName,
      @PathVariable String schema,
      @PathVariable String table,
      @RequestBody DeltaApi.Rename request) {
    tables.rename(caller, tables.table(caller, catalogName, schema, table, Right.OWN), request);
  }

  @GetMapping(TABLE + "/credentials")
  @Operation(summary = "Credentials for a table's files; none are needed for local ones")
  DeltaApi.Credentials credentials(
      Caller caller,
      @PathVariable("catalog") String catalogName,
      @PathVariable String schema,
      @PathVariable String table,
      @RequestParam(required = false) @Nullable String operation) {
    Right right =
        switch (operation) {
          case "READ" -> Right.READ;
          case "READ_WRITE" -> Right.READ_AND_WRITE;
          case null, default ->
              throw new ApiException(
                  ErrorCode.BAD_REQUEST, "Query parameter operation must be READ or READ_WRITE");
        };
    tables.table(caller, catalogName, schema, table, right);
    return new DeltaApi.Credentials(List.of());
  }

  @PostMapping(TABLE + "/metrics")
  @ResponseStatus(HttpStatus.NO_CONTENT)
  @Operation(summary = "Takes in what a client tells of its commit")
  void metrics(
      Caller caller,
      @PathVariable("catalog") String catalogName,
      @PathVariable String schema,
      @PathVariable String table,
      @RequestBody DeltaApi.Metrics metrics) {
    commitMetrics.report(
        caller, tables.table(caller, catalogName, schema, table, Right.WRITE), metrics);
  }
}
