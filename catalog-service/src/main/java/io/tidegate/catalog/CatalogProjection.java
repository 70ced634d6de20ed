package io.tidegate.catalog;

import io.tidegate.catalog.CatalogEvent.CatalogCreated;
import io.tidegate.catalog.CatalogEvent.CatalogDropped;
import io.tidegate.catalog.CatalogEvent.CatalogUpdated;
import io.tidegate.catalog.CatalogEvent.GrantChanged;
import io.tidegate.catalog.CatalogEvent.PrincipalCreated;
import io.tidegate.catalog.CatalogEvent.PrincipalDeleted;
import io.tidegate.catalog.CatalogEvent.PrincipalUpdated;
import io.tidegate.catalog.CatalogEvent.SchemaCreated;
import io.tidegate.catalog.CatalogEvent.SchemaDropped;
import io.tidegate.catalog.CatalogEvent.SchemaUpdated;
import io.tidegate.catalog.CatalogEvent.TableDescriptionChanged;
import io.tidegate.catalog.CatalogEvent.TableDropped;
import io.tidegate.catalog.CatalogEvent.TableRegistered;
import io.tidegate.catalog.CatalogEvent.TableRenamed;
import io.tidegate.catalog.CatalogEvent.TableUpdated;
import io.tidegate.catalog.CatalogEvent.TeamCreated;
import io.tidegate.catalog.CatalogEvent.TeamDeleted;
import io.tidegate.catalog.CatalogEvent.TeamMembersChanged;
import io.tidegate.catalog.CatalogEvent.TokenCreated;
import io.tidegate.catalog.CatalogEvent.TokenRevoked;
import io.tidegate.events.Projection;
import io.tidegate.events.RecordedEvent;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/** What exists now, from the events; written in the transaction that appends them. */
final class CatalogProjection implements Projection {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  @Override
  public String name() {
    return "catalog";
  }

  @Override
  public List<String> tables() {
    return List.of(
        "catalogs", "schemas", "tables", "principals", "teams", "team_members", "grants");
  }

  @Override
  public void apply(RecordedEvent recorded, Target target) {
    if (!(recorded.event() instanceof CatalogEvent event)) {
      return;
    }
    OffsetDateTime at = recorded.recordedAt().atOffset(ZoneOffset.UTC);
    String by = recorded.metadata().principal();
    Writer writer = new Writer(target, at, by);
    switch (event) {
      case CatalogCreated created -> writer.created(created);
      case CatalogUpdated updated ->
          writer.updated(
              "catalogs",
              updated.catalogId(),
              updated.name(),
              updated.comment(),
              updated.properties(),
              updated.ownerId());
      case CatalogDropped dropped -> writer.forget("catalogs", dropped.catalogId());
      case SchemaCreated created -> writer.created(created);
      case SchemaUpdated updated ->
          writer.updated(
              "schemas",
              updated.schemaId(),
              updated.name(),
              updated.comment(),
              updated.properties(),
              updated.ownerId());
      case SchemaDropped dropped -> writer.forget("schemas", dropped.schemaId());
      case TableRegistered registered -> writer.registered(registered);
      case TableUpdated updated ->
          writer.run(
              "UPDATE %s SET comment = ?, properties = ?::jsonb, owner_id = ?, updated_at = ?,"
                  + " updated_by = ? WHERE id = ?",
              "tables",
              updated.comment(),
              json(updated.properties()),
              updated.ownerId(),
              at,
              by,
              updated.tableId());
      case TableDescriptionChanged changed -> writer.described(changed);
      case TableRenamed renamed ->
          writer.run(
              "UPDATE %s SET name = ?, updated_at = ?, updated_by = ? WHERE id = ?",
              "tables", renamed.newName(), at, by, renamed.tableId());
      case TableDropped dropped -> writer.forget("tables", dropped.tableId());
      case PrincipalCreated created ->
          writer.run(
              "INSERT INTO %s (id, name, kind, admin, created_at) VALUES (?, ?, ?, ?, ?)",
              "principals",
              created.principalId(),
              created.name(),
              created.kind(),
              created.admin(),
              at);
      case PrincipalUpdated updated ->
          writer.run(
              "UPDATE %s SET display_name = ?, active = ? WHERE id = ?",
              "principals", updated.displayName(), updated.active(), updated.principalId());
      case PrincipalDeleted deleted -> {
        writer.run("DELETE FROM %s WHERE principal_id = ?", "team_members", deleted.principalId());
        writer.run("DELETE FROM %s WHERE grantee_id = ?", "grants", deleted.principalId());
        writer.run("DELETE FROM %s WHERE id = ?", "principals", deleted.principalId());
      }
      case TeamCreated created ->
          writer.run(
              "INSERT INTO %s (id, name, created_at) VALUES (?, ?, ?)",
              "teams", created.teamId(), created.name(), at);
      case TeamMembersChanged changed -> {
        for (UUID member : changed.removed()) {
          writer.run(
              "DELETE FROM %s WHERE team_id = ? AND principal_id = ?",
              "team_members", changed.teamId(), member);
        }
        for (UUID member : changed.added()) {
          writer.run(
              "INSERT INTO %s (team_id, principal_id) VALUES (?, ?) ON CONFLICT DO NOTHING",
              "team_members", changed.teamId(), member);
        }
      }
      case TeamDeleted deleted -> {
        writer.run("DELETE FROM %s WHERE team_id = ?", "team_members", deleted.teamId());
        writer.run("DELETE FROM %s WHERE grantee_id = ?", "grants", deleted.teamId());
        writer.run("DELETE FROM %s WHERE id = ?", "teams", deleted.teamId());
      }
      case GrantChanged changed -> writer.granted(changed);
      case TokenCreated _, TokenRevoked _ -> {}
    }
  }

  // In one order, so that what is rebuilt equals what is there.
  private static String[] sorted(Set<String> names) {
    return names.stream().sorted().toArray(String[]::new);
  }

  private static String json(Map<String, String> properties) {
    return JSON.writeValueAsString(properties);
  }

  /** Writes the rows of one event. */
  private record Writer(Target target, OffsetDateTime at, String by) {

    void run(String sql, String table, @Nullable Object... parameters) {
      target
          .jdbc()
          .sql(sql.formatted(target.table(table)))
          .params(Arrays.asList(parameters))
          .update();
    }

    void updated(
        String table,
        UUID id,
        String name,
        @Nullable String comment,
        Map<String, String> properties,
        UUID ownerId) {
      run(
          "UPDATE %s SET name = ?, comment = ?, properties = ?::jsonb, owner_id = ?,"
              + " updated_at = ?, updated_by = ? WHERE id = ?",
          table, name, comment, json(properties), ownerId, at, by, id);
    }

    void created(CatalogCreated created) {
      run(
          "INSERT INTO %s (id, name, comment, properties, owner_id, created_at, created_by,"
              + " updated_at, updated_by) VALUES (?, ?, ?, ?::jsonb, ?, ?, ?, ?, ?)",
          "catalogs",
          created.catalogId(),
          created.name(),
          created.comment(),
          json(created.properties()),
          created.ownerId(),
          at,
          by,
          at,
          by);
    }

    void created(SchemaCreated created) {
      run(
          "INSERT INTO %s (id, catalog_id, name, comment, properties, owner_id, created_at,"
              + " created_by, updated_at, updated_by) VALUES (?, ?, ?, ?, ?::jsonb, ?, ?, ?, ?, ?)",
          "schemas",
          created.schemaId(),
          created.catalogId(),
          created.name(),
          created.comment(),
          json(created.properties()),
          created.ownerId(),
          at,
          by,
          at,
          by);
    }

    void registered(TableRegistered registered) {
      run(
          "INSERT INTO %s (id, schema_id, name, type, format, location, comment, schema_string,"
              + " partition_columns, properties, log_properties, delta_version, owner_id, created_at,"
              + " created_by, updated_at, updated_by)"
              + " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?::jsonb, ?, ?, ?, ?, ?, ?, ?)",
          "tables",
          registered.tableId(),
          registered.schemaId(),
          registered.name(),
          registered.type(),
          registered.format(),
          registered.location(),
          registered.comment(),
          registered.schemaString(),
          registered.partitionColumns().toArray(String[]::new),
          json(registered.properties()),
          sorted(registered.logProperties()),
          registered.version(),
          registered.ownerId(),
          at,
          by,
          at,
          by);
    }

    void described(TableDescriptionChanged changed) {
      run(
          "UPDATE %s SET schema_string = ?, partition_columns = ?, properties = ?::jsonb,"
              + " log_properties = ?, comment = ?, delta_version = ?, updated_at = ?,"
              + " updated_by = ? WHERE id = ?",
          "tables",
          changed.schemaString(),
          changed.partitionColumns().toArray(String[]::new),
          json(changed.properties()),
          sorted(changed.logProperties()),
          changed.comment(),
          changed.version(),
          at,
          by,
          changed.tableId());
    }

    void granted(GrantChanged changed) {
      for (String privilege : changed.removed()) {
        run(
            "DELETE FROM %s WHERE securable_id = ? AND grantee_id = ? AND privilege = ?",
            "grants", changed.securableId(), changed.granteeId(), privilege);
      }
      for (String privilege : changed.added()) {
        run(
            "INSERT INTO %s (securable_type, securable_id, grantee_id, privilege)"
                + " VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
            "grants",
            changed.securableType(),
            changed.securableId(),
            changed.granteeId(),
            privilege);
      }
    }

    void forget(String table, UUID id) {
      run("DELETE FROM %s WHERE securable_id = ?", "grants", id);
      run("DELETE FROM %s WHERE id = ?", table, id);
    }
  }
}
