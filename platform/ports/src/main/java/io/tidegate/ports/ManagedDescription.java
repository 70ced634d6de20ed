package io.tidegate.ports;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What describes a catalog-managed table at its latest ratified version.
 *
 * @param version the latest ratified version
 * @param describedAt the last version that changed what describes the table
 * @param schemaString the schema as the JSON text of a Delta struct type
 * @param properties as the Delta REST API shows them, those that follow from the protocol included
 * @param comment what the log says that the table is about
 */
public record ManagedDescription(
    long version,
    long describedAt,
    String schemaString,
    List<String> partitionColumns,
    Map<String, String> properties,
    @Nullable String comment) {
  public ManagedDescription {
    partitionColumns = List.copyOf(partitionColumns);
    properties = Map.copyOf(properties);
  }
}
