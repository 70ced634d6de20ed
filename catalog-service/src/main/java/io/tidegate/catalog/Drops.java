package io.tidegate.catalog;

import io.tidegate.catalog.CatalogEvent.CatalogDropped;
import io.tidegate.catalog.CatalogEvent.SchemaDropped;
import io.tidegate.catalog.CatalogEvent.TableDropped;
import io.tidegate.catalog.CatalogQueries.Dropped;
import io.tidegate.catalog.Rows.CatalogRow;
import io.tidegate.catalog.Rows.SchemaRow;
import io.tidegate.events.EventMetadata;
import io.tidegate.events.StreamAppend;
import io.tidegate.kit.errors.ApiException;
import io.tidegate.kit.errors.ErrorCode;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.springframework.stereotype.Component;

/**
 * Drops catalogs and schemas with what is in them, within a change in which they are held. However
 * much that is, it is a few statements: what is inside is held with one, and appended with one.
 */
@Component
class Drops {
  private final CatalogQueries queries;
  private final EventWriter writer;

  Drops(CatalogQueries queries, EventWriter writer) {
    this.queries = queries;
    this.writer = writer;
  }

  void catalog(CatalogRow catalog, boolean force, EventMetadata by) {
    requireEmpty("Catalog '" + catalog.name() + "'", "schemas", "catalog_id", catalog.id(), force);
    List<StreamAppend> appends = new ArrayList<>();
    List<SchemaRow> schemas = queries.heldSchemas(catalog.id());
    tables("c", catalog.id(), appends);
    schemas.forEach(schema -> appends.add(dropped(schema)));
    appends.add(
        EventWriter.of(
            "catalog",
            catalog.id(),
            new CatalogDropped(catalog.id(), catalog.name()),
            catalog.name()));
    writer.append(appends, by);
  }

  void schema(SchemaRow schema, boolean force, EventMetadata by) {
    requireEmpty("Schema '" + schema.fullName() + "'", "tables", "schema_id", schema.id(), force);
    List<StreamAppend> appends = new ArrayList<>();
    tables("s", schema.id(), appends);
    appends.add(dropped(schema));
    writer.append(appends, by);
  }

  private void requireEmpty(String what, String table, String parent, UUID id, boolean force) {
    if (force) {
      return;
    }
    queries
        .content(table, parent, id)
        .ifPresent(content -> {
          throw new ApiException(
              ErrorCode.NOT_EMPTY,
              what
                  + " has "
                  + content.count()
                  + " "
                  + table
                  + ", for instance '"
                  + content.first()
                  + "'; use force=true to drop them, too");
        });
  }

  private void tables(String parent, UUID id, List<StreamAppend> appends) {
    for (Dropped table : queries.heldTables(parent, id)) {
      appends.add(
          EventWriter.of(
              "table",
              table.id(),
              new TableDropped(
                  table.id(), table.schemaId(), table.fullName(), table.type(), table.location()),
              table.fullName()));
    }
  }

  private static StreamAppend dropped(SchemaRow schema) {
    return EventWriter.of(
        "schema",
        schema.id(),
        new SchemaDropped(schema.id(), schema.catalogId(), schema.catalog(), schema.name()),
        schema.fullName());
  }
}
