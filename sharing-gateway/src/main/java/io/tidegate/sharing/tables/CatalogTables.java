package io.tidegate.sharing.tables;

import io.tidegate.ports.TableAccess;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Propagation;
import org.springframework.transaction.annotation.Transactional;
import tools.jackson.databind.JsonNode;

/**
 * The catalog's tables as its feed tells of them: where they are, what they are called now, and
 * whether they are gone. A share names a table by its id, so that a rename breaks nothing.
 */
@Component
public class CatalogTables {
  private final JdbcClient jdbc;

  CatalogTables(JdbcClient jdbc) {
    this.jdbc = jdbc;
  }

  /**
   * Makes a table known before the feed has told of it; one that is known stays as it is, a dropped
   * one dropped. Needs a transaction.
   *
   * @return whether the table exists, as far as the feed has told
   */
  @Transactional(propagation = Propagation.MANDATORY)
  public boolean seed(TableAccess table) {
    insert(
        table.id(),
        null,
        table.catalog(),
        table.schema(),
        table.name(),
        table.type() == TableAccess.Type.MANAGED,
        table.location().toString());
    return jdbc.sql("SELECT NOT dropped FROM sharing.catalog_tables WHERE table_id = :id")
        .param("id", table.id())
        .query(Boolean.class)
        .single();
  }

  /**
   * Applies an event of the catalog's feed; applying one again changes nothing.
   *
   * @param type the event's type
   * @param data its fields
   */
  void apply(String type, JsonNode data) {
    switch (type) {
      case "SchemaCreated" ->
          jdbc.sql(
                  """
                  INSERT INTO sharing.catalog_schemas (schema_id, catalog_id)
                  VALUES (:schema, :catalog) ON CONFLICT DO NOTHING
                  """)
              .param("schema", id(data, "schema_id"))
              .param("catalog", id(data, "catalog_id"))
              .update();
      case "SchemaUpdated" ->
          jdbc.sql(
                  """
                  UPDATE sharing.catalog_tables SET schema_name = :name, catalog_name = :catalog
                  WHERE schema_id = :schema
                  """)
              .param("name", text(data, "name"))
              .param("catalog", text(data, "catalog"))
              .param("schema", id(data, "schema_id"))
              .update();
      case "CatalogUpdated" ->
          jdbc.sql(
                  """
                  UPDATE sharing.catalog_tables SET catalog_name = :name WHERE schema_id IN
                    (SELECT schema_id FROM sharing.catalog_schemas WHERE catalog_id = :catalog)
                  """)
              .param("name", text(data, "name"))
              .param("catalog", id(data, "catalog_id"))
              .update();
      case "TableRegistered" ->
          insert(
              id(data, "table_id"),
              data.hasNonNull("schema_id") ? id(data, "schema_id") : null,
              text(data, "catalog"),
              text(data, "schema"),
              text(data, "name"),
              text(data, "type").equals(TableAccess.Type.MANAGED.name()),
              text(data, "location"));
      case "TableRenamed" ->
          jdbc.sql("UPDATE sharing.catalog_tables SET table_name = :name WHERE table_id = :id")
              .param("name", text(data, "new_name"))
              .param("id", id(data, "table_id"))
              .update();
      case "TableDropped" ->
          jdbc.sql("UPDATE sharing.catalog_tables SET dropped = true WHERE table_id = :id")
              .param("id", id(data, "table_id"))
              .update();
      default -> {
        // The feed is asked for these types; another one changes nothing here.
      }
    }
  }

  // A row that was seeded has newer names than the event, but not the schema's id.
  private void insert(
      UUID id,
      @Nullable UUID schemaId,
      String catalog,
      String schema,
      String name,
      boolean managed,
      String location) {
    jdbc.sql(
            """
            INSERT INTO sharing.catalog_tables AS known
              (table_id, schema_id, catalog_name, schema_name, table_name, managed, location, dropped)
            VALUES (:id, CAST(:schemaId AS uuid), :catalog, :schema, :name, :managed, :location, false)
            ON CONFLICT (table_id) DO UPDATE
              SET schema_id = COALESCE(known.schema_id, excluded.schema_id)
            """)
        .param("id", id)
        .param("schemaId", schemaId)
        .param("catalog", catalog)
        .param("schema", schema)
        .param("name", name)
        .param("managed", managed)
        .param("location", location)
        .update();
  }

  private static UUID id(JsonNode data, String field) {
    return UUID.fromString(text(data, field));
  }

  private static String text(JsonNode data, String field) {
    return data.required(field).asString();
  }
}
