package io.tidegate.catalog;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.tags.Tag;
import io.tidegate.kit.errors.ApiException;
import io.tidegate.kit.errors.ErrorCode;
import io.tidegate.kit.security.Caller;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/**
 * Principals and teams as SCIM 2.0 (RFC 7643, RFC 7644) has them, for clients that look there for
 * who they are and whom they can grant to. They are read here, and changed at {@code /api/1.0}.
 */
@RestController
@Tag(name = "SCIM", description = "Principals and teams as the SDKs look them up; read only")
class ScimController {
  /** Where the Databricks SDKs look, and where Unity Catalog's clients do. */
  private static final String DATABRICKS = "/api/2.0/preview/scim/v2";

  private static final String UNITY = "/api/1.0/unity-control/scim2";

  private static final String SCHEMAS = "urn:ietf:params:scim:schemas:core:2.0:";
  private static final String LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse";
  private static final int MAX_COUNT = 1000;
  private static final Pattern FILTER =
      Pattern.compile("\\s*(\\w+)\\s+eq\\s+\"([^\"]*)\"\\s*", Pattern.CASE_INSENSITIVE);

  private static final String PRINCIPALS =
      "SELECT n.id, n.name, n.kind, ARRAY(SELECT t.id::text FROM catalog.teams t JOIN"
          + " catalog.team_members m ON m.team_id = t.id WHERE m.principal_id = n.id ORDER BY"
          + " t.name) AS member_ids, ARRAY(SELECT t.name FROM catalog.teams t JOIN"
          + " catalog.team_members m ON m.team_id = t.id WHERE m.principal_id = n.id ORDER BY"
          + " t.name) AS member_names FROM catalog.principals n WHERE n.kind = :kind";

  private static final String TEAMS =
      "SELECT n.id, n.name, :kind AS kind, ARRAY(SELECT p.id::text FROM catalog.principals p JOIN"
          + " catalog.team_members m ON m.principal_id = p.id WHERE m.team_id = n.id ORDER BY"
          + " p.name) AS member_ids, ARRAY(SELECT p.name FROM catalog.principals p JOIN"
          + " catalog.team_members m ON m.principal_id = p.id WHERE m.team_id = n.id ORDER BY"
          + " p.name) AS member_names FROM catalog.teams n WHERE true";

  private final JdbcClient jdbc;

  ScimController(JdbcClient jdbc) {
    this.jdbc = jdbc;
  }

  /** A kind of resource: how it is read, and by which attributes it can be looked for. */
  private enum Kind {
    USER("User", PRINCIPALS, List.of("username", "displayname", "id")),
    SERVICE_PRINCIPAL(
        "ServicePrincipal", PRINCIPALS, List.of("applicationid", "displayname", "id")),
    GROUP("Group", TEAMS, List.of("displayname", "id"));

    private final String schema;
    private final String select;
    private final List<String> attributes;

    Kind(String schema, String select, List<String> attributes) {
      this.schema = schema;
      this.select = select;
      this.attributes = attributes;
    }
  }

  /** One that something is in, or that is in something. */
  record Reference(String value, String display) {}

  /**
   * A principal or a team.
   *
   * @param userName of a user alone
   * @param applicationId of a service principal alone
   * @param groups the teams of a principal
   * @param members the principals of a team
   */
  record Resource(
      List<String> schemas,
      UUID id,
      @JsonProperty("userName") @Nullable String userName,
      @JsonProperty("applicationId") @Nullable String applicationId,
      @JsonProperty("displayName") String displayName,
      @Nullable Boolean active,
      @Nullable List<Reference> groups,
      @Nullable List<Reference> members) {}

  record ResourceList(
      List<String> schemas,
      @JsonProperty("totalResults") long totalResults,
      @JsonProperty("startIndex") int startIndex,
      @JsonProperty("itemsPerPage") int itemsPerPage,
      @JsonProperty("Resources") List<Resource> resources) {}

  @GetMapping({DATABRICKS + "/Me", UNITY + "/Me"})
  @Operation(summary = "Shows who the token belongs to")
  Resource me(Caller caller) {
    for (Kind kind : List.of(Kind.USER, Kind.SERVICE_PRINCIPAL)) {
      List<Resource> found = read(kind, caller.principalId().toString(), null, 0, 1);
      if (!found.isEmpty()) {
        return found.getFirst();
      }
    }
    throw Grantees.gone();
  }

  @GetMapping({DATABRICKS + "/Users", UNITY + "/Users"})
  @Operation(summary = "Lists users; for administrators")
  ResourceList users(
      Caller caller,
      @Parameter(description = "attribute eq \"value\"") @RequestParam(required = false)
          @Nullable String filter,
      @RequestParam(name = "startIndex", required = false) @Nullable Integer startIndex,
      @RequestParam(required = false) @Nullable Integer count) {
    return list(caller, Kind.USER, filter, startIndex, count);
  }

  @GetMapping({DATABRICKS + "/Users/{id}", UNITY + "/Users/{id}"})
  @Operation(summary = "Shows a user; for administrators, or the user itself")
  Resource user(Caller caller, @PathVariable String id) {
    return get(caller, Kind.USER, id);
  }

  @GetMapping(DATABRICKS + "/ServicePrincipals")
  @Operation(summary = "Lists service principals; for administrators")
  ResourceList servicePrincipals(
      Caller caller,
      @Parameter(description = "attribute eq \"value\"") @RequestParam(required = false)
          @Nullable String filter,
      @RequestParam(name = "startIndex", required = false) @Nullable Integer startIndex,
      @RequestParam(required = false) @Nullable Integer count) {
    return list(caller, Kind.SERVICE_PRINCIPAL, filter, startIndex, count);
  }

  @GetMapping(DATABRICKS + "/ServicePrincipals/{id}")
  @Operation(summary = "Shows a service principal; for administrators, or the principal itself")
  Resource servicePrincipal(Caller caller, @PathVariable String id) {
    return get(caller, Kind.SERVICE_PRINCIPAL, id);
  }

  @GetMapping(DATABRICKS + "/Groups")
  @Operation(summary = "Lists teams with their members; for administrators")
  ResourceList groups(
      Caller caller,
      @Parameter(description = "attribute eq \"value\"") @RequestParam(required = false)
          @Nullable String filter,
      @RequestParam(name = "startIndex", required = false) @Nullable Integer startIndex,
      @RequestParam(required = false) @Nullable Integer count) {
    return list(caller, Kind.GROUP, filter, startIndex, count);
  }

  @GetMapping(DATABRICKS + "/Groups/{id}")
  @Operation(summary = "Shows a team with its members; for administrators")
  Resource group(Caller caller, @PathVariable String id) {
    return get(caller, Kind.GROUP, id);
  }

  private Resource get(Caller caller, Kind kind, String id) {
    if (!id.equals(caller.principalId().toString())) {
      Access.requireAdmin(caller);
    }
    return read(kind, id, null, 0, 1).stream()
        .findFirst()
        .orElseThrow(() -> Access.missing(ErrorCode.PRINCIPAL_NOT_FOUND, kind.schema, id));
  }

  private ResourceList list(
      Caller caller,
      Kind kind,
      @Nullable String filter,
      @Nullable Integer startIndex,
      @Nullable Integer count) {
    Access.requireAdmin(caller);
    String id = null;
    String name = null;
    if (filter != null && !filter.isBlank()) {
      Matcher matcher = FILTER.matcher(filter);
      String attribute =
          matcher.matches() ? matcher.group(1).toLowerCase(java.util.Locale.ROOT) : "";
      if (!kind.attributes.contains(attribute)) {
        throw new ApiException(
            ErrorCode.INVALID_ARGUMENT,
            "filter must be ATTRIBUTE eq \"VALUE\", where ATTRIBUTE is one of "
                + String.join(", ", kind.attributes));
      }
      if (attribute.equals("id")) {
        id = matcher.group(2);
      } else {
        name = matcher.group(2);
      }
    }
    // By RFC 7644 a value that is too small is taken for the smallest.
    int start = startIndex == null ? 1 : Math.max(1, startIndex);
    int size = count == null ? MAX_COUNT : Math.clamp(count, 0, MAX_COUNT);
    long total =
        statement("SELECT count(*) FROM (%s) n", kind, id, name).query(Long.class).single();
    List<Resource> page = size == 0 ? List.of() : read(kind, id, name, start - 1, size);
    return new ResourceList(List.of(LIST), total, start, page.size(), page);
  }

  private List<Resource> read(
      Kind kind, @Nullable String id, @Nullable String name, int offset, int limit) {
    return statement("%s ORDER BY n.name OFFSET :offset LIMIT :limit", kind, id, name)
        .param("offset", offset)
        .param("limit", limit)
        .query((row, number) -> resource(kind, row))
        .list();
  }

  private JdbcClient.StatementSpec statement(
      String form, Kind kind, @Nullable String id, @Nullable String name) {
    String select =
        kind.select
            + (id == null ? "" : " AND n.id::text = :id")
            + (name == null ? "" : " AND n.name = :name");
    JdbcClient.StatementSpec statement =
        jdbc.sql(form.formatted(select)).param("kind", kind.name());
    if (id != null) {
      statement = statement.param("id", id);
    }
    return name == null ? statement : statement.param("name", Names.lookup(name));
  }

  private static Resource resource(Kind kind, ResultSet row) throws SQLException {
    UUID id = row.getObject("id", UUID.class);
    String name = row.getString("name");
    List<Reference> others = new ArrayList<>();
    String[] ids = (String[]) row.getArray("member_ids").getArray();
    String[] names = (String[]) row.getArray("member_names").getArray();
    for (int i = 0; i < ids.length; i++) {
      others.add(new Reference(ids[i], names[i]));
    }
    boolean group = kind == Kind.GROUP;
    return new Resource(
        List.of(SCHEMAS + kind.schema),
        id,
        kind == Kind.USER ? name : null,
        kind == Kind.SERVICE_PRINCIPAL ? name : null,
        name,
        group ? null : true,
        group ? null : others,
        group ? others : null);
  }
}
