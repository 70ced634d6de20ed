package io.tidegate.sharing.tables;

import io.tidegate.ports.TableAccess;
import java.util.UUID;
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
      case "TableRegistered" ->
          insert(
              id(data),
              data.required("catalog").asString(),
              data.required("schema").asString(),
              data.required("name").asString(),
              data.required("type").asString().equals(TableAccess.Type.MANAGED.name()),
              data.required("location").asString());
      case "TableRenamed" ->
          jdbc.sql("UPDATE sharing.catalog_tables SET table_name = :name WHERE table_id = :id")
              .param("name", data.required("new_name").asString())
              .param("id", id(data))
              .update();
      case "TableDropped" ->
          jdbc.sql("UPDATE sharing.catalog_tables SET dropped = true WHERE table_id = :id")
              .param("id", id(data))
              .update();
      default -> {
        // The feed is asked for these three; another type changes nothing here.
      }
    }
  }

  private void insert(
      UUID id, String catalog, String schema, String name, boolean managed, String location) {
    jdbc.sql(
            """
            INSERT INTO sharing.catalog_tables
              (table_id, catalog_name, schema_name, table_name, managed, location, dropped)
            VALUES (:id, :catalog, :schema, :name, :managed, :location, false)
            ON CONFLICT (table_id) DO NOTHING
            """)
        .param("id", id)
        .param("catalog", catalog)
        .param("schema", schema)
        .param("name", name)
        .param("managed", managed)
        .param("location", location)
        .update();
  }

  private static UUID id(JsonNode data) {
    return UUID.fromString(data.required("table_id").asString());
  }
}
