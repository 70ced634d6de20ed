package io.tidegate.catalog;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.tags.Tag;
import io.tidegate.catalog.Access.SchemaPlace;
import io.tidegate.catalog.Access.TablePlace;
import io.tidegate.catalog.CatalogEvent.GrantChanged;
import io.tidegate.catalog.CatalogQueries.Hold;
import io.tidegate.catalog.CatalogQueries.Place;
import io.tidegate.kit.errors.ApiException;
import io.tidegate.kit.errors.ErrorCode;
import io.tidegate.kit.security.Caller;
import io.tidegate.kit.security.Privilege;
import io.tidegate.kit.security.SecurableType;
import io.tidegate.kit.web.Actors;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PatchMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** Grants in the Unity Catalog REST API. */
@RestController
@RequestMapping("/api/2.1/unity-catalog/permissions")
@Tag(name = "Permissions", description = "Who was granted what; a grant holds for everything below")
class PermissionsController {
  private final CatalogQueries queries;
  private final Access access;
  private final Grantees grantees;
  private final EventWriter writer;
  private final JdbcClient jdbc;

  PermissionsController(
      CatalogQueries queries,
      Access access,
      Grantees grantees,
      EventWriter writer,
      JdbcClient jdbc) {
    this.queries = queries;
    this.access = access;
    this.grantees = grantees;
    this.writer = writer;
    this.jdbc = jdbc;
  }

  record PermissionsChange(
      @Nullable String principal,
      @Nullable List<@Nullable String> add,
      @Nullable List<@Nullable String> remove) {}

  record UpdatePermissions(@Nullable List<@Nullable PermissionsChange> changes) {}

  record PrivilegeAssignment(String principal, List<String> privileges) {}

  record PermissionsList(
      @JsonProperty("privilege_assignments") List<PrivilegeAssignment> privilegeAssignments) {}

  /** What permissions are asked of. */
  private record Securable(SecurableType type, UUID id, String name, boolean owned) {}

  @GetMapping("/{securable_type}/{full_name}")
  @Operation(
      summary = "Shows what was granted on a securable itself",
      description = "An owner sees all grants, anybody else their own.")
  PermissionsList get(
      Caller caller,
      @PathVariable("securable_type") String type,
      @PathVariable("full_name") String fullName,
      @RequestParam(required = false) @Nullable String principal) {
    Securable securable = find(caller, type, fullName);
    return list(caller, securable, principal);
  }

  @PatchMapping("/{securable_type}/{full_name}")
  @Operation(summary = "Grants and revokes; needs ownership of the securable")
  PermissionsList update(
      Caller caller,
      @PathVariable("securable_type") String type,
      @PathVariable("full_name") String fullName,
      @RequestBody UpdatePermissions request) {
    Securable securable = find(caller, type, fullName);
    Access.requireOwner(securable.owned(), securable.type() + " " + securable.name());
    if (request.changes() == null) {
      throw new ApiException(ErrorCode.INVALID_ARGUMENT, "changes is required");
    }
    List<GrantChanged> events =
        request.changes().stream().map(change -> event(securable, change)).toList();
    writer.change(
        "",
        () -> {
          switch (securable.type()) {
            case CATALOG -> queries.hold("catalogs", securable.id(), Hold.FROM_DROP);
            case SCHEMA -> queries.hold("schemas", securable.id(), Hold.FROM_DROP);
            case TABLE -> queries.hold("tables", securable.id(), Hold.FROM_DROP);
            case METASTORE, SHARE, RECIPIENT -> {}
          }
          Access.requireOwner(
              find(caller, type, fullName).owned(), securable.type() + " " + securable.name());
          for (GrantChanged event : events) {
            writer.append(
                "grants", securable.id(), event, securable.name(), Actors.metadata(caller));
          }
          return securable.id();
        });
    return list(caller, securable, null);
  }

  private GrantChanged event(Securable securable, @Nullable PermissionsChange change) {
    if (change == null || change.principal() == null) {
      throw new ApiException(ErrorCode.INVALID_ARGUMENT, "changes.principal is required");
    }
    Grantees.Grantee grantee = grantees.named("change", change.principal());
    return new GrantChanged(
        securable.type().name(),
        securable.id(),
        securable.name(),
        grantee.id(),
        grantee.name(),
        privileges("changes.add", securable, change.add()),
        privileges("changes.remove", securable, change.remove()));
  }

  private static Set<String> privileges(
      String field, Securable securable, @Nullable List<@Nullable String> names) {
    Set<String> privileges = new TreeSet<>();
    for (String name : names == null ? List.<@Nullable String>of() : names) {
      if (name == null) {
        throw new ApiException(ErrorCode.INVALID_ARGUMENT, field + " must have no null in it");
      }
      Privilege privilege = privilege(field, name);
      if (!grantable(securable.type()).contains(privilege)) {
        throw new ApiException(
            ErrorCode.INVALID_ARGUMENT,
            field
                + ": "
                + privilege.name().replace('_', ' ')
                + " cannot be granted on a "
                + securable.type().name().toLowerCase(Locale.ROOT));
      }
      privileges.add(privilege.name());
    }
    return privileges;
  }

  private static Privilege privilege(String field, String name) {
    String wanted = name.trim().replace(' ', '_').toUpperCase(Locale.ROOT);
    for (Privilege privilege : Privilege.values()) {
      if (privilege.name().equals(wanted)) {
        return privilege;
      }
    }
    throw new ApiException(
        ErrorCode.INVALID_ARGUMENT, field + " has an unknown privilege: " + Names.printable(name));
  }

  private static Set<Privilege> grantable(SecurableType type) {
    return switch (type) {
      case METASTORE ->
          EnumSet.of(Privilege.CREATE_CATALOG, Privilege.CREATE_SHARE, Privilege.CREATE_RECIPIENT);
      case CATALOG ->
          EnumSet.of(
              Privilege.USE_CATALOG,
              Privilege.USE_SCHEMA,
              Privilege.CREATE_SCHEMA,
              Privilege.CREATE_TABLE,
              Privilege.SELECT,
              Privilege.MODIFY);
      case SCHEMA ->
          EnumSet.of(
              Privilege.USE_SCHEMA, Privilege.CREATE_TABLE, Privilege.SELECT, Privilege.MODIFY);
      case TABLE -> EnumSet.of(Privilege.SELECT, Privilege.MODIFY);
      case SHARE, RECIPIENT -> EnumSet.noneOf(Privilege.class);
    };
  }

  private Securable find(Caller caller, String type, String fullName) {
    return switch (type.toLowerCase(Locale.ROOT)) {
      case "metastore" ->
          new Securable(SecurableType.METASTORE, Metastore.ID, Metastore.NAME, caller.admin());
      case "catalog" -> {
        Place place = access.catalog(caller, fullName);
        yield new Securable(
            SecurableType.CATALOG,
            place.catalog().id(),
            place.catalog().name(),
            place.ownsCatalog());
      }
      case "schema" -> {
        List<String> parts = Names.parts("full_name", fullName, 2);
        SchemaPlace place = access.schema(caller, parts.get(0), parts.get(1));
        yield new Securable(
            SecurableType.SCHEMA,
            place.schema().id(),
            place.schema().fullName(),
            place.place().ownsSchema());
      }
      case "table" -> {
        TablePlace place = access.table(caller, fullName);
        yield new Securable(
            SecurableType.TABLE,
            place.table().id(),
            place.table().fullName(),
            place.place().ownsTable());
      }
      default ->
          throw new ApiException(
              ErrorCode.INVALID_ARGUMENT,
              "securable_type must be metastore, catalog, schema or table, not "
                  + Names.printable(type));
    };
  }

  private PermissionsList list(Caller caller, Securable securable, @Nullable String principal) {
    record Grant(UUID granteeId, String grantee, String privilege) {}
    List<Grant> grants =
        jdbc.sql(
                "SELECT g.grantee_id, g.privilege, COALESCE(p.name, t.name) AS grantee"
                    + " FROM catalog.grants g"
                    + " LEFT JOIN catalog.principals p ON p.id = g.grantee_id"
                    + " LEFT JOIN catalog.teams t ON t.id = g.grantee_id"
                    + " WHERE g.securable_id = ? ORDER BY grantee, g.privilege")
            .param(securable.id())
            .query((row, number) ->
                new Grant(
                    row.getObject("grantee_id", UUID.class),
                    row.getString("grantee"),
                    row.getString("privilege")))
            .list();
    Set<UUID> own = Set.of(CatalogQueries.ids(caller));
    Map<String, List<String>> byGrantee =
        grants.stream()
            .filter(grant -> securable.owned() || own.contains(grant.granteeId()))
            .filter(grant -> principal == null || grant.grantee().equals(Names.lookup(principal)))
            .collect(
                Collectors.groupingBy(
                    Grant::grantee,
                    LinkedHashMap::new,
                    Collectors.mapping(
                        grant -> grant.privilege().replace('_', ' '), Collectors.toList())));
    return new PermissionsList(
        byGrantee.entrySet().stream()
            .map(entry -> new PrivilegeAssignment(entry.getKey(), entry.getValue()))
            .toList());
  }
}
