package io.tidegate.catalog;

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

  private static final String OWNER =
      "COALESCE((SELECT op.name FROM catalog.principals op WHERE op.id = %1$s.owner_id),"
          + " (SELECT ot.name FROM catalog.teams ot WHERE ot.id = %1$s.owner_id), '') AS %1$s_owner";

  private static final String CATALOG =
      "c.id AS c_id, c.name AS c_name, c.comment AS c_comment, c.properties AS c_properties,"
          + " c.owner_id AS c_owner_id, "
          + OWNER.formatted("c")
          + ", c.created_at AS c_created_at, c.created_by AS c_created_by,"
          + " c.updated_at AS c_updated_at, c.updated_by AS c_updated_by";

  private static final String SCHEMA =
      "s.id AS s_id, s.catalog_id AS s_catalog_id, s.name AS s_name, s.comment AS s_comment,"
          + " s.properties AS s_properties, s.owner_id AS s_owner_id, "
          + OWNER.formatted("s")
          + ", s.created_at AS s_created_at, s.created_by AS s_created_by,"
          + " s.updated_at AS s_updated_at, s.updated_by AS s_updated_by";

  private static final String TABLE =
      "t.id AS t_id, t.schema_id AS t_schema_id, t.name AS t_name, t.type AS t_type,"
          + " t.format AS t_format, t.location AS t_location, t.comment AS t_comment,"
          + " t.schema_string AS t_schema_string, t.partition_columns AS t_partition_columns,"
          + " t.properties AS t_properties, t.delta_version AS t_delta_version,"
          + " t.owner_id AS t_owner_id, "
          + OWNER.formatted("t")
          + ", t.created_at AS t_created_at, t.created_by AS t_created_by,"
          + " t.updated_at AS t_updated_at, t.updated_by AS t_updated_by";

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
                + " FROM catalog.tables t JOIN catalog.schemas s ON s.id = t.schema_id"
                + " JOIN catalog.catalogs c ON c.id = s.catalog_id WHERE t.id = :id")
        .param("ids", ids(caller))
        .param("id", tableId)
        .query((row, number) -> place(row, caller))
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
    boolean ownsCatalog = caller.admin() || ids.contains(catalog.ownerId());
    boolean ownsSchema = ownsCatalog || schema != null && ids.contains(schema.ownerId());
    boolean ownsTable = ownsSchema || table != null && ids.contains(table.ownerId());
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

  // A list shows what the caller owns or holds anything on; for an admin that is everything.
  private static final String VISIBLE_CATALOG =
      "(:admin OR c.owner_id = ANY(:ids) OR EXISTS (SELECT 1 FROM catalog.grants g WHERE"
          + " g.securable_id = c.id AND g.grantee_id = ANY(:ids)))";

  private static final String VISIBLE_SCHEMA =
      "(:all OR s.owner_id = ANY(:ids) OR EXISTS (SELECT 1 FROM catalog.grants g WHERE"
          + " g.securable_id = s.id AND g.grantee_id = ANY(:ids)))";

  private static final String VISIBLE_TABLE =
      "(:all OR t.owner_id = ANY(:ids) OR EXISTS (SELECT 1 FROM catalog.grants g WHERE"
          + " g.securable_id = t.id AND g.grantee_id = ANY(:ids)))";

  /** Catalogs after a name, in the order of their names. */
  List<CatalogRow> catalogs(Caller caller, String after, int limit) {
    return jdbc.sql(
            "SELECT "
                + CATALOG
                + " FROM catalog.catalogs c WHERE c.name > :after AND "
                + VISIBLE_CATALOG
                + " ORDER BY c.name LIMIT :limit")
        .param("after", after)
        .param("admin", caller.admin())
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
                + VISIBLE_SCHEMA
                + " ORDER BY s.name LIMIT :limit")
        .param("catalog", catalogId)
        .param("after", after)
        .param("all", all)
        .param("ids", ids(caller))
        .param("limit", limit)
        .query((row, number) -> schema(row))
        .list();
  }

  /** Tables of a schema after a name; {@code all} as for schemas. */
  List<TableRow> tables(Caller caller, UUID schemaId, boolean all, String after, int limit) {
    return jdbc.sql(
            "SELECT "
                + TABLE
                + ", s.name AS s_name, c.name AS c_name FROM catalog.tables t"
                + " JOIN catalog.schemas s ON s.id = t.schema_id"
                + " JOIN catalog.catalogs c ON c.id = s.catalog_id"
                + " WHERE t.schema_id = :schema AND t.name > :after AND "
                + VISIBLE_TABLE
                + " ORDER BY t.name LIMIT :limit")
        .param("schema", schemaId)
        .param("after", after)
        .param("all", all)
        .param("ids", ids(caller))
        .param("limit", limit)
        .query((row, number) -> table(row))
        .list();
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
                + ", s.name AS s_name, c.name AS c_name FROM catalog.tables t"
                + " JOIN catalog.schemas s ON s.id = t.schema_id"
                + " JOIN catalog.catalogs c ON c.id = s.catalog_id"
                + " WHERE t.location = ANY(:above) OR starts_with(t.location, :below) LIMIT 1")
        .param("above", above.toArray(String[]::new))
        .param("below", location + "/")
        .query((row, number) -> table(row))
        .optional();
  }

  private static CatalogRow catalog(ResultSet row) throws SQLException {
    return new CatalogRow(
        row.getObject("c_id", UUID.class),
        row.getString("c_name"),
        row.getString("c_comment"),
        properties(row.getString("c_properties")),
        row.getObject("c_owner_id", UUID.class),
        row.getString("c_owner"),
        instant(row, "c_created_at"),
        row.getString("c_created_by"),
        instant(row, "c_updated_at"),
        row.getString("c_updated_by"));
  }

  private static SchemaRow schema(ResultSet row) throws SQLException {
    return new SchemaRow(
        row.getObject("s_id", UUID.class),
        row.getObject("s_catalog_id", UUID.class),
        row.getString("c_name"),
        row.getString("s_name"),
        row.getString("s_comment"),
        properties(row.getString("s_properties")),
        row.getObject("s_owner_id", UUID.class),
        row.getString("s_owner"),
        instant(row, "s_created_at"),
        row.getString("s_created_by"),
        instant(row, "s_updated_at"),
        row.getString("s_updated_by"));
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
        row.getString("t_comment"),
        row.getString("t_schema_string"),
        strings(row.getArray("t_partition_columns")),
        properties(row.getString("t_properties")),
        row.getLong("t_delta_version"),
        row.getObject("t_owner_id", UUID.class),
        row.getString("t_owner"),
        instant(row, "t_created_at"),
        row.getString("t_created_by"),
        instant(row, "t_updated_at"),
        row.getString("t_updated_by"));
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
