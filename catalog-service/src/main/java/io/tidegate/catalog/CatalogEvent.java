package io.tidegate.catalog;

import io.tidegate.events.Event;
import io.tidegate.events.EventTypes;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** What happens to the things that the catalog owns. */
sealed interface CatalogEvent extends Event {

  record CatalogCreated(
      UUID catalogId,
      String name,
      @Nullable String comment,
      Map<String, String> properties,
      UUID ownerId,
      String owner)
      implements CatalogEvent {}

  /** The catalog's whole state after a change. */
  record CatalogUpdated(
      UUID catalogId,
      String name,
      @Nullable String comment,
      Map<String, String> properties,
      UUID ownerId,
      String owner)
      implements CatalogEvent {}

  record CatalogDropped(UUID catalogId, String name) implements CatalogEvent {}

  record SchemaCreated(
      UUID schemaId,
      UUID catalogId,
      String catalog,
      String name,
      @Nullable String comment,
      Map<String, String> properties,
      UUID ownerId,
      String owner)
      implements CatalogEvent {}

  /** The schema's whole state after a change. */
  record SchemaUpdated(
      UUID schemaId,
      UUID catalogId,
      String catalog,
      String name,
      @Nullable String comment,
      Map<String, String> properties,
      UUID ownerId,
      String owner)
      implements CatalogEvent {}

  record SchemaDropped(UUID schemaId, UUID catalogId, String catalog, String name)
      implements CatalogEvent {}

  /**
   * A table was created, or found where it is.
   *
   * @param schemaString the schema as the JSON text of a Delta struct type
   * @param logProperties the names of those properties that the table's log has; the others are the
   *     catalog's own
   * @param version the Delta version that the description is of
   */
  record TableRegistered(
      UUID tableId,
      UUID schemaId,
      String catalog,
      String schema,
      String name,
      String type,
      String format,
      String location,
      UUID ownerId,
      String owner,
      @Nullable String comment,
      String schemaString,
      List<String> partitionColumns,
      Map<String, String> properties,
      Set<String> logProperties,
      long version)
      implements CatalogEvent {}

  /** What was changed about the table in the catalog: comment, properties or owner. */
  record TableUpdated(
      UUID tableId,
      String fullName,
      @Nullable String comment,
      Map<String, String> properties,
      UUID ownerId,
      String owner)
      implements CatalogEvent {}

  /**
   * The table's description was found to be another one in its log.
   *
   * @param logProperties as when it was registered
   */
  record TableDescriptionChanged(
      UUID tableId,
      String fullName,
      String schemaString,
      List<String> partitionColumns,
      Map<String, String> properties,
      Set<String> logProperties,
      @Nullable String comment,
      long version)
      implements CatalogEvent {}

  record TableRenamed(
      UUID tableId, UUID schemaId, String catalog, String schema, String name, String newName)
      implements CatalogEvent {}

  record TableDropped(UUID tableId, UUID schemaId, String fullName, String type, String location)
      implements CatalogEvent {}

  record PrincipalCreated(UUID principalId, String name, String kind, boolean admin)
      implements CatalogEvent {}

  /** The principal's whole state after a change. */
  record PrincipalUpdated(
      UUID principalId, String name, @Nullable String displayName, boolean active)
      implements CatalogEvent {}

  record PrincipalDeleted(UUID principalId, String name) implements CatalogEvent {}

  record TeamCreated(UUID teamId, String name) implements CatalogEvent {}

  record TeamMembersChanged(UUID teamId, String name, Set<UUID> added, Set<UUID> removed)
      implements CatalogEvent {}

  record TeamDeleted(UUID teamId, String name) implements CatalogEvent {}

  record GrantChanged(
      String securableType,
      UUID securableId,
      String securable,
      UUID granteeId,
      String grantee,
      Set<String> added,
      Set<String> removed)
      implements CatalogEvent {}

  record TokenCreated(UUID tokenId, UUID principalId, String principal, @Nullable Instant expiresAt)
      implements CatalogEvent {}

  record TokenRevoked(UUID tokenId, UUID principalId, String principal) implements CatalogEvent {}

  static EventTypes types() {
    EventTypes.Builder builder = EventTypes.builder();
    for (Class<?> type : CatalogEvent.class.getPermittedSubclasses()) {
      if (type == TableRegistered.class || type == TableDescriptionChanged.class) {
        builder.add(type.asSubclass(Event.class), CatalogEvent::withLogProperties);
      } else {
        builder.add(type.asSubclass(Event.class));
      }
    }
    return builder.build();
  }

  /** Schema version 1 did not tell which properties are the log's: those by Delta's own names. */
  private static ObjectNode withLogProperties(ObjectNode event) {
    ArrayNode names = event.putArray("log_properties");
    event
        .path("properties")
        .propertyNames()
        .forEach(name -> {
          if (name.startsWith("delta.")) {
            names.add(name);
          }
        });
    return event;
  }
}
