package io.tidegate.catalog;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** What the projection holds. */
final class Rows {
  private Rows() {}

  record CatalogRow(
      UUID id,
      String name,
      @Nullable String comment,
      Map<String, String> properties,
      UUID ownerId,
      String owner,
      Instant createdAt,
      String createdBy,
      Instant updatedAt,
      String updatedBy) {}

  record SchemaRow(
      UUID id,
      UUID catalogId,
      String catalog,
      String name,
      @Nullable String comment,
      Map<String, String> properties,
      UUID ownerId,
      String owner,
      Instant createdAt,
      String createdBy,
      Instant updatedAt,
      String updatedBy) {
    String fullName() {
      return catalog + "." + name;
    }
  }

  record TableRow(
      UUID id,
      UUID schemaId,
      String catalog,
      String schema,
      String name,
      String type,
      String format,
      String location,
      @Nullable String comment,
      String schemaString,
      List<String> partitionColumns,
      Map<String, String> properties,
      long deltaVersion,
      UUID ownerId,
      String owner,
      Instant createdAt,
      String createdBy,
      Instant updatedAt,
      String updatedBy) {
    String fullName() {
      return catalog + "." + schema + "." + name;
    }
  }
}
