package io.tidegate.catalog;

import io.tidegate.catalog.Rows.About;
import io.tidegate.catalog.Rows.CatalogRow;
import io.tidegate.catalog.Rows.SchemaRow;
import io.tidegate.catalog.Rows.TableRow;
import io.tidegate.kit.security.Caller;
import io.tidegate.kit.security.Privilege;
import java.sql.Array;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Repository;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

/** Reads what exists, each look-up with what the caller holds on it in one statement. */
@Repository
class CatalogQueries {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final TypeReference<Map<String, String>> PROPERTIES = new TypeReference<>() {};

  private static final String CATALOG = "c.id AS c_id, c.name AS c_name, " + about("c");

  private static final String SCHEMA =
      "s.id AS s_id, s.catalog_id AS s_catalog_id, s.name AS s_name, " + about("s");

  private static final String TABLE =
      "t.id AS t_id, t.schema_id AS t_schema_id, t.name AS t_name, t.type AS t_type,"
          + " t.format AS t_format, t.location AS t_location, t.schema_string AS t_schema_string,"
          + " t.partition_columns AS t_partition_columns, t.log_properties AS t_log_properties,"
          + " t.delta_version AS t_delta_version, "
          + about("t");

  private static final String TABLES =
      " FROM catalog.tables t JOIN catalog.schemas s ON s.id = t.schema_id"
          + " JOIN catalog.catalogs c ON c.id = s.catalog_id ";

  private static String about(String alias) {
    return """
    %1$s.comment AS %1$s_comment, %1$s.properties AS %1$s_properties,\
     %1$s.owner_id AS %1$s_owner_id, COALESCE(\
    (SELECT op.name FROM catalog.principals op WHERE op.id = %1$s.owner_id),\
     (SELECT ot.name FROM catalog.teams ot WHERE ot.id = %1$s.owner_id), '') AS %1$s_owner,\
     %1$s.created_at AS %1$s_created_at, %1$s.created_by AS %1$s_created_by,\
     %1$s.updated_at AS %1$s_updated_at, %1$s.updated_by AS %1$s_updated_by\
    """
        .formatted(alias);
  }

  private final JdbcClient jdbc;

  CatalogQueries(JdbcClient jdbc) {
    this.jdbc = jdbc;
  }

  /**
   * A place in the hierarchy, as far down as it exists, and what the caller holds there.
   *
   * @param privileges granted on the place or on anything above it but the metastore
   * @param ownsCatalog whether the caller owns the catalog, or is an admin
   */
  record Place(
      CatalogRow catalog,
      @Nullable SchemaRow schema,
      @Nullable TableRow table,
      Set<Privilege> privileges,
      boolean ownsCatalog,
      boolean ownsSchema,
      boolean ownsTable) {

    boolean mayUseCatalog() {
      return ownsCatalog || privileges.contains(Privilege.USE_CATALOG);
    }

    boolean mayUseSchema() {
      return ownsCatalog || ownsSchema || privileges.contains(Privilege.USE_SCHEMA);
    }

    /** Whether the caller holds what lets them see the table, or every table in the place. */
    boolean mayReadAll() {
      return ownsTable
          || privileges.contains(Privilege.SELECT)
          || privileges.contains(Privilege.MODIFY);
    }
  }

  /** Looks a place up by name; the parts that are null are not looked for. */
  Optional<Place> place(
      Caller caller, String catalog, @Nullable String schema, @Nullable String table) {
    return jdbc.sql(
            "SELECT "
                + CATALOG
                + ", "
                + SCHEMA
                + ", "
                + TABLE
                + ", ARRAY(SELECT DISTINCT g.privilege FROM catalog.grants g WHERE g.grantee_id ="
                + " ANY(:ids) AND g.securable_id IN (c.id, s.id, t.id)) AS privileges"
                + " FROM catalog.catalogs c"
                + " LEFT JOIN catalog.schemas s ON s.catalog_id = c.id AND s.name = :schema"
                + " LEFT JOIN catalog.tables t ON t.schema_id = s.id AND t.name = :table"
                + " WHERE c.name = :catalog")
        .param("ids", ids(caller))
        .param("catalog", Names.lookup(catalog))
        .param("schema", schema == null ? null : Names.lookup(schema), java.sql.Types.VARCHAR)
        .param("table", table == null ? null : Names.lookup(table), java.sql.Types.VARCHAR)
        .query((row, number) -> place(row, caller))
        .optional();
  }

  /** Looks a table up by id. */
  Optional<Place> place(Caller caller, UUID tableId) {
    return jdbc.sql(
            "SELECT "
                + CATALOG
                + ", "
                + SCHEMA
                + ", "
                + TABLE
                + ", ARRAY(SELECT DISTINCT g.privilege FROM catalog.grants g WHERE g.grantee_id ="
                + " ANY(:ids) AND g.securable_id IN (c.id, s.id, t.id)) AS privileges"
                + TABLES
                + "WHERE t.id = :id")
        .param("ids", ids(caller))
        .param("id", tableId)
        .query((row, number) -> place(row, caller))
        .optional();
  }

  /** A table, whoever may see it. */
  Optional<TableRow> table(UUID id) {
    return jdbc.sql(
            "SELECT " + TABLE + ", s.name AS s_name, c.name AS c_name" + TABLES + "WHERE t.id = ?")
        .param(id)
        .query((row, number) -> table(row))
        .optional();
  }

  /** What a held row is kept from until the transaction ends. */
  enum Hold {
    /** From being changed or dropped by another; what is read afterwards is what is changed. */
    FROM_CHANGE("FOR UPDATE"),
    /** From being dropped or renamed: something is put into it. */
    FROM_DROP("FOR KEY SHARE");

    private final String clause;

    Hold(String clause) {
      this.clause = clause;
    }
  }

  /**
   * Holds a row still within a change. Rows are held from the catalog down, and before anything is
   * appended, so that changes do not deadlock.
   *
   * @param table {@code catalogs}, {@code schemas} or {@code tables}
   * @return false if there is no such row any more
   */
  boolean hold(String table, UUID id, Hold hold) {
    return jdbc.sql("SELECT id FROM catalog." + table + " WHERE id = ? " + hold.clause)
        .param(id)
        .query(UUID.class)
        .optional()
        .isPresent();
  }

  /** Holds the grants on the metastore, which has no row of its own, from being changed. */
  void holdMetastore() {
    jdbc.sql("SELECT pg_advisory_xact_lock(hashtextextended('tidegate/metastore', 0))")
        .query(row -> {});
  }

  static UUID[] ids(Caller caller) {
    List<UUID> ids = new ArrayList<>(caller.teams());
    ids.add(caller.principalId());
    return ids.toArray(UUID[]::new);
  }

  private static Place place(ResultSet row, Caller caller) throws SQLException {
    List<UUID> ids = List.of(ids(caller));
    CatalogRow catalog = catalog(row);
    SchemaRow schema = row.getObject("s_id") == null ? null : schema(row);
    TableRow table = row.getObject("t_id") == null ? null : table(row);
    boolean ownsCatalog = caller.admin() || ids.contains(catalog.about().ownerId());
    boolean ownsSchema = ownsCatalog || (schema != null && ids.contains(schema.about().ownerId()));
    boolean ownsTable = ownsSchema || (table != null && ids.contains(table.about().ownerId()));
    return new Place(catalog, schema, table, privileges(row), ownsCatalog, ownsSchema, ownsTable);
  }

  private static Set<Privilege> privileges(ResultSet row) throws SQLException {
    Set<Privilege> privileges = EnumSet.noneOf(Privilege.class);
    for (String name : strings(row.getArray("privileges"))) {
      privileges.add(Privilege.valueOf(name));
    }
    return privileges;
  }

  /** What the caller was granted on the metastore. */
  Set<Privilege> metastorePrivileges(Caller caller) {
    Set<Privilege> privileges = EnumSet.noneOf(Privilege.class);
    jdbc.sql(
            "SELECT DISTINCT privilege FROM catalog.grants WHERE securable_id = ? AND grantee_id ="
                + " ANY(?)")
        .params(Metastore.ID, ids(caller))
        .query(String.class)
        .list()
        .forEach(name -> privileges.add(Privilege.valueOf(name)));
    return privileges;
  }

  // A list shows what the caller owns or holds anything on; :all where they see everything.
  private static String visible(String alias) {
    return "(:all OR " + alias + ".owner_id = ANY(:ids) OR " + granted(alias + ".id") + ")";
  }

  private static String granted(String securable) {
    return "EXISTS (SELECT 1 FROM catalog.grants g WHERE g.securable_id = "
        + securable
        + " AND g.grantee_id = ANY(:ids))";
  }

  private static String granted(String securable, String privileges) {
    return "EXISTS (SELECT 1 FROM catalog.grants g WHERE g.securable_id = "
        + securable
        + " AND g.grantee_id = ANY(:ids) AND g.privilege IN ("
        + privileges
        + "))";
  }

  /** Catalogs after a name, in the order of their names. */
  List<CatalogRow> catalogs(Caller caller, String after, int limit) {
    return jdbc.sql(
            "SELECT "
                + CATALOG
                + " FROM catalog.catalogs c WHERE c.name > :after AND "
                + visible("c")
                + " ORDER BY c.name LIMIT :limit")
        .param("after", after)
        .param("all", caller.admin())
        .param("ids", ids(caller))
        .param("limit", limit)
        .query((row, number) -> catalog(row))
        .list();
  }

  /**
   * Schemas of a catalog after a name.
   *
   * @param all whether the caller sees all of them because of what they hold on the catalog
   */
  List<SchemaRow> schemas(Caller caller, UUID catalogId, boolean all, String after, int limit) {
    return jdbc.sql(
            "SELECT "
                + SCHEMA
                + ", c.name AS c_name FROM catalog.schemas s JOIN catalog.catalogs c ON c.id ="
                + " s.catalog_id WHERE s.catalog_id = :catalog AND s.name > :after AND "
                + visible("s")
                + " ORDER BY s.name LIMIT :limit")
        .param("catalog", catalogId)
        .param("after", after)
        .param("all", all)
        .param("ids", ids(caller))
        .param("limit", limit)
        .query((row, number) -> schema(row))
        .list();
  }

  /**
   * Tables of a schema after a name; {@code all} as for schemas.
   *
   * @param length the tables up to the one with which their schemas have this many characters
   */
  List<TableRow> tables(
      Caller caller, UUID schemaId, boolean all, String after, int limit, long length) {
    return jdbc.sql(
            "SELECT * FROM (SELECT "
                + TABLE
                + ", s.name AS s_name, c.name AS c_name, sum(length(t.schema_string)) OVER (ORDER BY"
                + " t.name) - length(t.schema_string) AS length_before"
                + TABLES
                + "WHERE t.schema_id = :schema AND t.name > :after AND "
                + visible("t")
                + " ORDER BY t.name LIMIT :limit) page WHERE page.length_before < :length"
                + " ORDER BY page.t_name")
        .param("length", length)
        .param("schema", schemaId)
        .param("after", after)
        .param("all", all)
        .param("ids", ids(caller))
        .param("limit", limit)
        .query((row, number) -> table(row))
        .list();
  }

  /** The name of a table, and of what kind it is. */
  record Summary(String catalog, String schema, String name, String type) {}

  /**
   * The tables of a catalog that the caller may see, in schemas that they may use, after a schema's
   * and a table's name, in the order of these.
   *
   * @param place the catalog, with what the caller holds on it
   * @param schemaPattern as in SQL's LIKE
   * @param tablePattern as in SQL's LIKE
   */
  List<Summary> summaries(
      Caller caller,
      Place place,
      String schemaPattern,
      String tablePattern,
      List<String> after,
      int limit) {
    return jdbc.sql(
            "SELECT c.name AS c_name, s.name AS s_name, t.name AS t_name, t.type AS t_type"
                + TABLES
                + "WHERE c.id = :catalog AND (s.name, t.name) > (:afterSchema, :afterTable)"
                + " AND s.name LIKE :schemas AND t.name LIKE :tables"
                + " AND (:owns OR s.owner_id = ANY(:ids) OR ((:uses OR "
                + granted("s.id", "'USE_SCHEMA'")
                + ") AND (:reads OR t.owner_id = ANY(:ids) OR "
                + granted("t.id")
                + " OR "
                + granted("s.id", "'SELECT', 'MODIFY'")
                + "))) ORDER BY s.name, t.name LIMIT :limit")
        .param("catalog", place.catalog().id())
        .param("afterSchema", after.get(0))
        .param("afterTable", after.get(1))
        .param("schemas", schemaPattern)
        .param("tables", tablePattern)
        .param("owns", place.ownsCatalog())
        .param("uses", place.privileges().contains(Privilege.USE_SCHEMA))
        .param("reads", place.mayReadAll())
        .param("ids", ids(caller))
        .param("limit", limit)
        .query((row, number) ->
            new Summary(
                row.getString("c_name"),
                row.getString("s_name"),
                row.getString("t_name"),
                row.getString("t_type")))
        .list();
  }

  /** What is told of a table that is dropped with what it is in. */
  record Dropped(UUID id, UUID schemaId, String fullName, String type, String location) {}

  /**
   * All tables of a catalog, or of one of its schemas, held until the transaction ends.
   *
   * @param parent {@code c} for the catalog, {@code s} for the schema with the id
   */
  List<Dropped> heldTables(String parent, UUID id) {
    return jdbc.sql(
            "SELECT t.id, t.schema_id, c.name || '.' || s.name || '.' || t.name AS full_name,"
                + " t.type, t.location"
                + TABLES
                + "WHERE "
                + parent
                + ".id = ? ORDER BY t.id FOR UPDATE OF t")
        .param(id)
        .query((row, number) ->
            new Dropped(
                row.getObject("id", UUID.class),
                row.getObject("schema_id", UUID.class),
                row.getString("full_name"),
                row.getString("type"),
                row.getString("location")))
        .list();
  }

  /** All schemas of a catalog, held until the transaction ends. */
  List<SchemaRow> heldSchemas(UUID catalogId) {
    return jdbc.sql(
            "SELECT "
                + SCHEMA
                + ", c.name AS c_name FROM catalog.schemas s JOIN catalog.catalogs c ON c.id ="
                + " s.catalog_id WHERE s.catalog_id = ? ORDER BY s.id FOR UPDATE OF s")
        .param(catalogId)
        .query((row, number) -> schema(row))
        .list();
  }

  /** How many there are, and the name of the first. */
  record Content(long count, String first) {}

  /**
   * What is in a catalog or a schema; empty for nothing.
   *
   * @param table {@code schemas} or {@code tables}
   * @param parent the column that names what it is in
   */
  Optional<Content> content(String table, String parent, UUID id) {
    return jdbc.sql(
            "SELECT count(*) AS count, min(name) AS first FROM catalog."
                + table
                + " WHERE "
                + parent
                + " = ? HAVING count(*) > 0")
        .param(id)
        .query((row, number) -> new Content(row.getLong("count"), row.getString("first")))
        .optional();
  }

  /** A table at, above or below a location: two tables never share files. */
  Optional<TableRow> overlapping(String location) {
    List<String> above = new ArrayList<>();
    for (int slash = location.lastIndexOf('/');
        slash > "file:///".length();
        slash = location.lastIndexOf('/', slash - 1)) {
      above.add(location.substring(0, slash));
    }
    above.add(location);
    return jdbc.sql(
            "SELECT "
                + TABLE
                + ", s.name AS s_name, c.name AS c_name"
                + TABLES
                + "WHERE t.location = ANY(:above)"
                + " OR t.location ~>=~ :below AND t.location ~<~ :beyond LIMIT 1")
        .param("above", above.toArray(String[]::new))
        .param("below", location + "/")
        // The character after a slash: between the two is what begins with the location's slash.
        .param("beyond", location + "0")
        .query((row, number) -> table(row))
        .optional();
  }

  private static CatalogRow catalog(ResultSet row) throws SQLException {
    return new CatalogRow(
        row.getObject("c_id", UUID.class), row.getString("c_name"), about(row, "c"));
  }

  private static SchemaRow schema(ResultSet row) throws SQLException {
    return new SchemaRow(
        row.getObject("s_id", UUID.class),
        row.getObject("s_catalog_id", UUID.class),
        row.getString("c_name"),
        row.getString("s_name"),
        about(row, "s"));
  }

  private static TableRow table(ResultSet row) throws SQLException {
    return new TableRow(
        row.getObject("t_id", UUID.class),
        row.getObject("t_schema_id", UUID.class),
        row.getString("c_name"),
        row.getString("s_name"),
        row.getString("t_name"),
        row.getString("t_type"),
        row.getString("t_format"),
        row.getString("t_location"),
        about(row, "t"),
        row.getString("t_schema_string"),
        strings(row.getArray("t_partition_columns")),
        Set.copyOf(strings(row.getArray("t_log_properties"))),
        row.getLong("t_delta_version"));
  }

  private static About about(ResultSet row, String alias) throws SQLException {
    return new About(
        row.getString(alias + "_comment"),
        properties(row.getString(alias + "_properties")),
        row.getObject(alias + "_owner_id", UUID.class),
        row.getString(alias + "_owner"),
        instant(row, alias + "_created_at"),
        row.getString(alias + "_created_by"),
        instant(row, alias + "_updated_at"),
        row.getString(alias + "_updated_by"));
  }

  private static Map<String, String> properties(String json) {
    return JSON.readValue(json, PROPERTIES);
  }

  private static List<String> strings(Array array) throws SQLException {
    return List.of((String[]) array.getArray());
  }

  private static Instant instant(ResultSet row, String column) throws SQLException {
    return Objects.requireNonNull(row.getObject(column, OffsetDateTime.class)).toInstant();
  }
}
