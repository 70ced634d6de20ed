package io.tidegate.catalog;

import io.tidegate.catalog.CatalogEvent.TableDescriptionChanged;
import io.tidegate.kit.feed.FeedEvent;
import io.tidegate.kit.feed.FeedEventHandler;
import io.tidegate.kit.web.Actors;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import tools.jackson.databind.JsonNode;

/** Shows what commits changed about managed tables: schema, partitioning, properties, comment. */
@Component
class CommitFollower implements FeedEventHandler {
  private final JdbcClient jdbc;
  private final EventWriter writer;

  CommitFollower(JdbcClient jdbc, EventWriter writer) {
    this.jdbc = jdbc;
    this.writer = writer;
  }

  @Override
  public void handle(FeedEvent event) {
    JsonNode metadata = event.data().path("metadata");
    if (!metadata.isObject()) {
      return;
    }
    UUID id = UUID.fromString(event.data().path("table_id").asString());
    long version = event.data().path("version").asLong();
    record Known(String fullName, @Nullable String comment) {}
    Known known =
        jdbc.sql(
                "SELECT c.name || '.' || s.name || '.' || t.name AS full_name, t.comment"
                    + " FROM catalog.tables t JOIN catalog.schemas s ON s.id = t.schema_id"
                    + " JOIN catalog.catalogs c ON c.id = s.catalog_id"
                    + " WHERE t.id = ? AND t.delta_version < ? FOR UPDATE OF t")
            .params(id, version)
            .query((row, number) -> new Known(row.getString("full_name"), row.getString("comment")))
            .optional()
            .orElse(null);
    if (known == null) {
      // Dropped meanwhile, or already known from the registration.
      return;
    }
    List<String> partitionColumns = new ArrayList<>();
    metadata.path("partition_columns").forEach(column -> partitionColumns.add(column.asString()));
    Map<String, String> properties = new LinkedHashMap<>();
    metadata
        .path("properties")
        .properties()
        .forEach(entry -> properties.put(entry.getKey(), entry.getValue().asString()));
    writer.append(
        "table",
        id,
        new TableDescriptionChanged(
            id,
            known.fullName(),
            metadata.path("schema_string").asString(),
            partitionColumns,
            properties,
            properties.keySet(),
            metadata.path("comment").isString()
                ? metadata.path("comment").asString()
                : known.comment(),
            version),
        known.fullName(),
        Actors.system());
  }
}
