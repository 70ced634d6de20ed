package io.tidegate.catalog;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** What the projection holds. */
final class Rows {
  private Rows() {}

  /** What catalogs, schemas and tables have alike. */
  record About(
      @Nullable String comment,
      Map<String, String> properties,
      UUID ownerId,
      String owner,
      Instant createdAt,
      String createdBy,
      Instant updatedAt,
      String updatedBy) {

    About with(Map<String, String> otherProperties) {
      return new About(
          comment, otherProperties, ownerId, owner, createdAt, createdBy, updatedAt, updatedBy);
    }

    /** Whether the other one says the same of the thing. */
    boolean says(
        @Nullable String otherComment, Map<String, String> otherProperties, UUID otherOwnerId) {
      return Objects.equals(comment, otherComment)
          && properties.equals(otherProperties)
          && ownerId.equals(otherOwnerId);
    }
  }

  record CatalogRow(UUID id, String name, About about) {}

  record SchemaRow(UUID id, UUID catalogId, String catalog, String name, About about) {
    String fullName() {
      return catalog + "." + name;
    }
  }

  /**
   * @param logProperties the names of those properties that the table's log has
   * @param deltaVersion a version that the description is of; the table may be further
   */
  record TableRow(
      UUID id,
      UUID schemaId,
      String catalog,
      String schema,
      String name,
      String type,
      String format,
      String location,
      About about,
      String schemaString,
      List<String> partitionColumns,
      Set<String> logProperties,
      long deltaVersion) {
    String fullName() {
      return catalog + "." + schema + "." + name;
    }

    boolean managed() {
      return type.equals("MANAGED");
    }

    /** The table with another description. */
    TableRow described(
        String newSchemaString,
        List<String> newPartitionColumns,
        Map<String, String> newProperties) {
      return new TableRow(
          id,
          schemaId,
          catalog,
          schema,
          name,
          type,
          format,
          location,
          about.with(newProperties),
          newSchemaString,
          newPartitionColumns,
          newProperties.keySet(),
          deltaVersion);
    }
  }
}
