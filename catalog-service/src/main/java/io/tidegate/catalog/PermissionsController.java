package io.tidegate.catalog;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.tags.Tag;
import io.tidegate.catalog.Access.SchemaPlace;
import io.tidegate.catalog.Access.TablePlace;
import io.tidegate.catalog.CatalogEvent.GrantChanged;
import io.tidegate.catalog.CatalogQueries.Hold;
import io.tidegate.catalog.CatalogQueries.Place;
import io.tidegate.catalog.Grants.Grant;
import io.tidegate.catalog.Grants.Securable;
import io.tidegate.kit.client.ClientFamily;
import io.tidegate.kit.errors.ApiException;
import io.tidegate.kit.errors.ErrorCode;
import io.tidegate.kit.security.Caller;
import io.tidegate.kit.security.Privilege;
import io.tidegate.kit.security.SecurableType;
import io.tidegate.kit.web.Actors;
import jakarta.servlet.http.HttpServletRequest;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PatchMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** Grants in the Unity Catalog REST API. */
@RestController
@RequestMapping("/api/2.1/unity-catalog")
@Tag(name = "Permissions", description = "Who was granted what; a grant holds for everything below")
class PermissionsController {
  private static final String PAGES =
      " Pages are counted in privileges, and a principal's are never parted: max_results is 0, for"
          + " the server's own choice, or at least 150.";

  /** By the API: so that a page has room for all that one principal can hold. */
  private static final int LEAST_PAGE = 150;

  private static final int PAGE = 1000;
  private static final int MAX_CHANGES = 100;

  private final CatalogQueries queries;
  private final Access access;
  private final Grants grants;
  private final Grantees grantees;
  private final EventWriter writer;

  PermissionsController(
      CatalogQueries queries, Access access, Grants grants, Grantees grantees, EventWriter writer) {
    this.queries = queries;
    this.access = access;
    this.grants = grants;
    this.grantees = grantees;
    this.writer = writer;
  }

  record PermissionsChange(
      @Nullable String principal,
      @Nullable List<@Nullable String> add,
      @Nullable List<@Nullable String> remove) {}

  record UpdatePermissions(@Nullable List<@Nullable PermissionsChange> changes) {}

  record PrivilegeAssignment(String principal, List<String> privileges) {}

  record PermissionsList(
      @JsonProperty("privilege_assignments") List<PrivilegeAssignment> privilegeAssignments,
      @JsonProperty("next_page_token") @Nullable String nextPageToken) {}

  /**
   * @param inheritedFromType null, as the name, for what was granted on the securable itself
   */
  record EffectivePrivilege(
      String privilege,
      @JsonProperty("inherited_from_type") @Nullable SecurableType inheritedFromType,
      @JsonProperty("inherited_from_name") @Nullable String inheritedFromName) {}

  record EffectivePrivilegeAssignment(String principal, List<EffectivePrivilege> privileges) {}

  record EffectivePermissionsList(
      @JsonProperty("privilege_assignments")
          List<EffectivePrivilegeAssignment> privilegeAssignments,
      @JsonProperty("next_page_token") @Nullable String nextPageToken) {}

  @GetMapping("/permissions/{securable_type}/{full_name}")
  @Operation(
      summary = "Shows what was granted on a securable itself",
      description =
          "An owner sees all grants, anybody else their own. Privileges are spelled with spaces, and"
              + " with underscores for the Databricks SDKs; Unity Catalog's own clients are not"
              + " shown CREATE SHARE and CREATE RECIPIENT, which they cannot read."
              + PAGES)
  PermissionsList get(
      Caller caller,
      HttpServletRequest http,
      @PathVariable("securable_type") String type,
      @PathVariable("full_name") String fullName,
      @RequestParam(required = false) @Nullable String principal,
      @RequestParam(name = "max_results", required = false) @Nullable Integer maxResults,
      @RequestParam(name = "page_token", required = false) @Nullable String pageToken) {
    Securable securable = find(caller, type, fullName).getFirst();
    return list(caller, ClientFamily.of(http), securable, principal, maxResults, pageToken);
  }

  private PermissionsList list(
      Caller caller,
      ClientFamily client,
      Securable securable,
      @Nullable String principal,
      @Nullable Integer maxResults,
      @Nullable String pageToken) {
    Paging.Page<Map.Entry<String, List<String>>> page =
        assignments(
            caller,
            "permissions",
            List.of(securable),
            principal,
            maxResults,
            pageToken,
            Grant::privilege);
    return new PermissionsList(
        page.items().stream()
            .map(entry ->
                new PrivilegeAssignment(
                    entry.getKey(),
                    entry.getValue().stream()
                        .filter(privilege -> PrivilegeNames.isKnownTo(client, privilege))
                        .map(privilege -> PrivilegeNames.shown(client, privilege))
                        .toList()))
            .filter(assignment -> !assignment.privileges().isEmpty())
            .toList(),
        page.next());
  }

  @GetMapping("/effective-permissions/{securable_type}/{full_name}")
  @Operation(
      summary = "Shows what was granted on a securable and on what it is in",
      description =
          "An owner sees all grants on what they own, anybody else their own. Grants of a team are"
              + " shown as the team's."
              + PAGES)
  EffectivePermissionsList effective(
      Caller caller,
      @PathVariable("securable_type") String type,
      @PathVariable("full_name") String fullName,
      @RequestParam(required = false) @Nullable String principal,
      @RequestParam(name = "max_results", required = false) @Nullable Integer maxResults,
      @RequestParam(name = "page_token", required = false) @Nullable String pageToken) {
    List<Securable> securables = find(caller, type, fullName);
    UUID own = securables.getFirst().id();
    Map<UUID, Securable> byId =
        securables.stream().collect(Collectors.toMap(Securable::id, Function.identity()));
    Paging.Page<Map.Entry<String, List<EffectivePrivilege>>> page =
        assignments(
            caller,
            "effective permissions",
            securables,
            principal,
            maxResults,
            pageToken,
            grant -> {
              Securable from = byId.get(grant.securableId());
              return from == null || from.id().equals(own)
                  ? new EffectivePrivilege(grant.privilege(), null, null)
                  : new EffectivePrivilege(grant.privilege(), from.type(), from.name());
            });
    return new EffectivePermissionsList(
        page.items().stream()
            .map(entry -> new EffectivePrivilegeAssignment(entry.getKey(), entry.getValue()))
            .toList(),
        page.next());
  }

  private <T> Paging.Page<Map.Entry<String, List<T>>> assignments(
      Caller caller,
      String list,
      List<Securable> securables,
      @Nullable String principal,
      @Nullable Integer maxResults,
      @Nullable String pageToken,
      Function<Grant, T> shown) {
    if (maxResults != null && maxResults != 0 && maxResults < LEAST_PAGE) {
      throw new ApiException(
          ErrorCode.INVALID_ARGUMENT,
          "max_results must be 0 or at least " + LEAST_PAGE + ", but is " + maxResults);
    }
    int size = maxResults == null || maxResults == 0 ? PAGE : Math.min(maxResults, PAGE);
    Paging paging = Paging.of(list + " of " + securables.getFirst().id(), size, 1, pageToken);
    List<Grant> found =
        grants.list(caller, securables, principal, paging.afterName(), paging.limit());
    Map<String, List<T>> byGrantee =
        found.stream()
            .collect(
                Collectors.groupingBy(
                    Grant::grantee,
                    LinkedHashMap::new,
                    Collectors.mapping(shown, Collectors.toList())));
    String next = null;
    if (found.size() > size) {
      // The last one's may be parted here: they begin the next page.
      byGrantee.remove(found.getLast().grantee());
      next = paging.token(List.of(new ArrayList<>(byGrantee.keySet()).getLast()));
    }
    return new Paging.Page<>(List.copyOf(byGrantee.entrySet()), next);
  }

  @PatchMapping("/permissions/{securable_type}/{full_name}")
  @Operation(summary = "Grants and revokes; needs ownership of the securable")
  PermissionsList update(
      Caller caller,
      HttpServletRequest http,
      @PathVariable("securable_type") String type,
      @PathVariable("full_name") String fullName,
      @RequestBody UpdatePermissions request) {
    Securable securable = find(caller, type, fullName).getFirst();
    Access.requireOwner(securable.owned(), securable.type() + " " + securable.name());
    if (request.changes() == null) {
      throw new ApiException(ErrorCode.INVALID_ARGUMENT, "changes is required");
    }
    if (request.changes().size() > MAX_CHANGES) {
      throw new ApiException(
          ErrorCode.INVALID_ARGUMENT, "changes must have at most " + MAX_CHANGES + " entries");
    }
    List<Wanted> wanted =
        request.changes().stream().map(change -> wanted(securable, change)).toList();
    writer.change(() -> {
      switch (securable.type()) {
        case CATALOG -> queries.hold("catalogs", securable.id(), Hold.FROM_CHANGE);
        case SCHEMA -> queries.hold("schemas", securable.id(), Hold.FROM_CHANGE);
        case TABLE -> queries.hold("tables", securable.id(), Hold.FROM_CHANGE);
        case METASTORE -> queries.holdMetastore();
        case SHARE, RECIPIENT -> {}
      }
      Securable now = find(caller, type, fullName).getFirst();
      Access.requireOwner(now.owned(), now.type() + " " + now.name());
      for (Wanted change : wanted) {
        apply(caller, now, change);
      }
    });
    return list(caller, ClientFamily.of(http), securable, null, null, null);
  }

  private record Wanted(String principal, Set<String> add, Set<String> remove) {}

  private static Wanted wanted(Securable securable, @Nullable PermissionsChange change) {
    if (change == null || change.principal() == null) {
      throw new ApiException(ErrorCode.INVALID_ARGUMENT, "changes.principal is required");
    }
    return new Wanted(
        change.principal(),
        privileges("changes.add", securable, change.add()),
        privileges("changes.remove", securable, change.remove()));
  }

  // What is granted already, or was not to begin with, is no event.
  private void apply(Caller caller, Securable securable, Wanted change) {
    Grantees.Grantee grantee = grantees.held("The change's principal", change.principal());
    Set<String> now = grants.privileges(securable.id(), grantee.id());
    Set<String> removed = new TreeSet<>(change.remove());
    removed.removeAll(change.add());
    removed.retainAll(now);
    Set<String> added = new TreeSet<>(change.add());
    added.removeAll(now);
    if (!added.isEmpty() || !removed.isEmpty()) {
      writer.append(
          "grants",
          securable.id(),
          new GrantChanged(
              securable.type().name(),
              securable.id(),
              securable.name(),
              grantee.id(),
              grantee.name(),
              added,
              removed),
          securable.name(),
          Actors.metadata(caller));
    }
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
                + PrivilegeNames.spaced(privilege)
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

  /** A securable, and after it what it is in; the metastore's grants hold for nothing below. */
  private List<Securable> find(Caller caller, String type, String fullName) {
    return switch (type.toLowerCase(Locale.ROOT)) {
      case "metastore" ->
          List.of(
              new Securable(SecurableType.METASTORE, Metastore.ID, Metastore.NAME, caller.admin()));
      case "catalog" -> List.of(catalog(access.catalog(caller, fullName)));
      case "schema" -> {
        List<String> parts = Names.parts("full_name", fullName, 2);
        SchemaPlace found = access.schema(caller, parts.get(0), parts.get(1));
        yield List.of(schema(found), catalog(found.place()));
      }
      case "table" -> {
        TablePlace found = access.table(caller, fullName);
        Place place = found.place();
        yield List.of(
            new Securable(
                SecurableType.TABLE,
                found.table().id(),
                found.table().fullName(),
                place.ownsTable()),
            schema(found.within()),
            catalog(place));
      }
      default ->
          throw new ApiException(
              ErrorCode.INVALID_ARGUMENT,
              "securable_type must be metastore, catalog, schema or table, not "
                  + Names.printable(type));
    };
  }

  private static Securable catalog(Place place) {
    return new Securable(
        SecurableType.CATALOG, place.catalog().id(), place.catalog().name(), place.ownsCatalog());
  }

  private static Securable schema(SchemaPlace found) {
    return new Securable(
        SecurableType.SCHEMA,
        found.schema().id(),
        found.schema().fullName(),
        found.place().ownsSchema());
  }
}
