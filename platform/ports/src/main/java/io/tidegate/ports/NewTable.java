package io.tidegate.ports;

import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A table to register, created through the Delta REST API.
 *
 * @param id the id that the staging table was given, or a new one for an external table
 * @param schemaString the schema as the JSON text of a Delta struct type
 * @param version the Delta version that the description is of
 */
public record NewTable(
    UUID id,
    String catalog,
    String schema,
    String name,
    TableAccess.Type type,
    URI location,
    @Nullable String comment,
    String schemaString,
    List<String> partitionColumns,
    Map<String, String> properties,
    long version) {
  public NewTable {
    partitionColumns = List.copyOf(partitionColumns);
    properties = Map.copyOf(properties);
  }
}
