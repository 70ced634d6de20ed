package io.tidegate.catalog;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.tags.Tag;
import io.tidegate.catalog.CatalogEvent.PrincipalCreated;
import io.tidegate.catalog.CatalogEvent.PrincipalDeleted;
import io.tidegate.catalog.CatalogEvent.TeamCreated;
import io.tidegate.catalog.CatalogEvent.TeamDeleted;
import io.tidegate.catalog.CatalogEvent.TeamMembersChanged;
import io.tidegate.catalog.Tokens.NewToken;
import io.tidegate.catalog.Tokens.TokenRow;
import io.tidegate.kit.errors.ApiException;
import io.tidegate.kit.errors.ErrorCode;
import io.tidegate.kit.security.Caller;
import io.tidegate.kit.web.Actors;
import io.tidegate.kit.web.PageSize;
import io.tidegate.kit.web.PageToken;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PatchMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/** Principals, teams and bearer tokens. */
@RestController
@RequestMapping("/api/1.0")
@Tag(name = "Identity", description = "Principals, the teams that they are in, and their tokens")
class IdentityController {
  private final JdbcClient jdbc;
  private final EventWriter writer;
  private final Tokens tokens;
  private final Grantees grantees;

  IdentityController(JdbcClient jdbc, EventWriter writer, Tokens tokens, Grantees grantees) {
    this.jdbc = jdbc;
    this.writer = writer;
    this.tokens = tokens;
    this.grantees = grantees;
  }

  record CreatePrincipal(@Nullable String name, @Nullable String kind, @Nullable Boolean admin) {}

  record PrincipalInfo(
      UUID id,
      String name,
      String kind,
      boolean admin,
      List<String> teams,
      @JsonProperty("created_at") long createdAt) {}

  record PrincipalList(
      List<PrincipalInfo> principals,
      @JsonProperty("next_page_token") @Nullable String nextPageToken) {}

  record CreateTeam(@Nullable String name) {}

  record UpdateTeam(
      @Nullable List<@Nullable String> add, @Nullable List<@Nullable String> remove) {}

  record TeamInfo(
      UUID id, String name, List<String> members, @JsonProperty("created_at") long createdAt) {}

  record TeamList(
      List<TeamInfo> teams, @JsonProperty("next_page_token") @Nullable String nextPageToken) {}

  record CreateToken(
      @Nullable String principal,
      @Nullable String comment,
      @JsonProperty("lifetime_seconds") @Nullable Long lifetimeSeconds) {}

  record TokenInfo(
      UUID id,
      String principal,
      @Nullable String comment,
      @JsonProperty("created_at") long createdAt,
      @JsonProperty("created_by") String createdBy,
      @JsonProperty("expires_at") @Nullable Long expiresAt,
      @Nullable String token) {
    static TokenInfo of(TokenRow row, @Nullable String token) {
      return new TokenInfo(
          row.id(),
          row.principal(),
          row.comment(),
          row.createdAt().toEpochMilli(),
          row.createdBy(),
          row.expiresAt() == null ? null : (Long) row.expiresAt().toEpochMilli(),
          token);
    }

    @Override
    public String toString() {
      return "TokenInfo[" + id + "]";
    }
  }

  record TokenList(
      List<TokenInfo> tokens, @JsonProperty("next_page_token") @Nullable String nextPageToken) {}

  @GetMapping("/me")
  @Operation(summary = "Shows who the token belongs to")
  PrincipalInfo me(Caller caller) {
    return principalNamed(caller.name());
  }

  @PostMapping("/principals")
  @Operation(summary = "Creates a user or a service principal; for administrators")
  PrincipalInfo createPrincipal(Caller caller, @RequestBody CreatePrincipal request) {
    Access.requireAdmin(caller);
    String name = Names.required("name", request.name());
    String kind = request.kind() == null ? "USER" : request.kind().toUpperCase(Locale.ROOT);
    if (!kind.equals("USER") && !kind.equals("SERVICE_PRINCIPAL")) {
      throw new ApiException(ErrorCode.INVALID_ARGUMENT, "kind must be USER or SERVICE_PRINCIPAL");
    }
    writer.change(
        "A principal or team '" + name + "' already exists",
        () -> {
          requireFree(name);
          UUID id = UUID.randomUUID();
          writer.append(
              "principal",
              id,
              new PrincipalCreated(id, name, kind, Boolean.TRUE.equals(request.admin())),
              name,
              Actors.metadata(caller));
          return id;
        });
    return principalNamed(name);
  }

  // Principals and teams share one space of names, and have a table each: one creation at a time.
  private void requireFree(String name) {
    jdbc.sql("SELECT pg_advisory_xact_lock(hashtextextended('tidegate/grantees', 0))")
        .query(row -> {});
    if (grantees.find(name).isPresent()) {
      throw new ApiException(
          ErrorCode.ALREADY_EXISTS, "A principal or team '" + name + "' already exists");
    }
  }

  private static final String PRINCIPAL =
      "SELECT p.*, ARRAY(SELECT t.name FROM catalog.teams t JOIN catalog.team_members m ON m.team_id"
          + " = t.id WHERE m.principal_id = p.id ORDER BY t.name) AS teams FROM catalog.principals p";

  private static PrincipalInfo principal(java.sql.ResultSet row) throws java.sql.SQLException {
    return new PrincipalInfo(
        row.getObject("id", UUID.class),
        row.getString("name"),
        row.getString("kind"),
        row.getBoolean("admin"),
        List.of((String[]) row.getArray("teams").getArray()),
        row.getTimestamp("created_at").getTime());
  }

  private PrincipalInfo principalNamed(String name) {
    return jdbc.sql(PRINCIPAL + " WHERE p.name = ?")
        .param(Names.lookup(name))
        .query((row, number) -> principal(row))
        .optional()
        .orElseThrow(() -> Access.missing(ErrorCode.PRINCIPAL_NOT_FOUND, "Principal", name));
  }

  @GetMapping("/principals")
  @Operation(summary = "Lists the principals; for administrators")
  PrincipalList principals(
      Caller caller,
      @RequestParam(name = "max_results", required = false) @Nullable Integer maxResults,
      @RequestParam(name = "page_token", required = false) @Nullable String pageToken) {
    Access.requireAdmin(caller);
    int size = PageSize.of("max_results", maxResults, Paging.DEFAULT, Paging.MAX);
    Paging.Page<PrincipalInfo> page =
        Paging.page(
            jdbc.sql(PRINCIPAL + " WHERE p.name > ? ORDER BY p.name LIMIT ?")
                .params(Paging.after(pageToken), size + 1)
                .query((row, number) -> principal(row))
                .list(),
            size,
            PrincipalInfo::name);
    return new PrincipalList(page.items(), page.next());
  }

  @GetMapping("/principals/{name}")
  @Operation(summary = "Shows a principal; for administrators, or the principal itself")
  PrincipalInfo principal(Caller caller, @PathVariable String name) {
    if (!Names.lookup(name).equals(caller.name())) {
      Access.requireAdmin(caller);
    }
    return principalNamed(name);
  }

  @DeleteMapping("/principals/{name}")
  @ResponseStatus(HttpStatus.NO_CONTENT)
  @Operation(summary = "Deletes a principal with its tokens and grants; for administrators")
  void deletePrincipal(Caller caller, @PathVariable String name) {
    Access.requireAdmin(caller);
    PrincipalInfo principal = principalNamed(name);
    if (principal.id().equals(caller.principalId())) {
      throw new ApiException(ErrorCode.INVALID_ARGUMENT, "name must not be your own");
    }
    writer.change(
        "",
        () -> {
          jdbc.sql("DELETE FROM catalog.tokens WHERE principal_id = ?")
              .param(principal.id())
              .update();
          writer.append(
              "principal",
              principal.id(),
              new PrincipalDeleted(principal.id(), principal.name()),
              principal.name(),
              Actors.metadata(caller));
          return principal.id();
        });
  }

  @PostMapping("/teams")
  @Operation(summary = "Creates a team; for administrators")
  TeamInfo createTeam(Caller caller, @RequestBody CreateTeam request) {
    Access.requireAdmin(caller);
    String name = Names.required("name", request.name());
    writer.change(
        "A principal or team '" + name + "' already exists",
        () -> {
          requireFree(name);
          UUID id = UUID.randomUUID();
          writer.append("team", id, new TeamCreated(id, name), name, Actors.metadata(caller));
          return id;
        });
    return teamNamed(name);
  }

  private static final String TEAM =
      "SELECT t.*, ARRAY(SELECT p.name FROM catalog.principals p JOIN catalog.team_members m ON"
          + " m.principal_id = p.id WHERE m.team_id = t.id ORDER BY p.name) AS members FROM"
          + " catalog.teams t";

  private static TeamInfo team(java.sql.ResultSet row) throws java.sql.SQLException {
    return new TeamInfo(
        row.getObject("id", UUID.class),
        row.getString("name"),
        List.of((String[]) row.getArray("members").getArray()),
        row.getTimestamp("created_at").getTime());
  }

  private TeamInfo teamNamed(String name) {
    return jdbc.sql(TEAM + " WHERE t.name = ?")
        .param(Names.lookup(name))
        .query((row, number) -> team(row))
        .optional()
        .orElseThrow(() -> Access.missing(ErrorCode.PRINCIPAL_NOT_FOUND, "Team", name));
  }

  @GetMapping("/teams")
  @Operation(summary = "Lists the teams with their members; for administrators")
  TeamList teams(
      Caller caller,
      @RequestParam(name = "max_results", required = false) @Nullable Integer maxResults,
      @RequestParam(name = "page_token", required = false) @Nullable String pageToken) {
    Access.requireAdmin(caller);
    int size = PageSize.of("max_results", maxResults, Paging.DEFAULT, Paging.MAX);
    Paging.Page<TeamInfo> page =
        Paging.page(
            jdbc.sql(TEAM + " WHERE t.name > ? ORDER BY t.name LIMIT ?")
                .params(Paging.after(pageToken), size + 1)
                .query((row, number) -> team(row))
                .list(),
            size,
            TeamInfo::name);
    return new TeamList(page.items(), page.next());
  }

  @PatchMapping("/teams/{name}")
  @Operation(summary = "Adds and removes members of a team; for administrators")
  TeamInfo updateTeam(Caller caller, @PathVariable String name, @RequestBody UpdateTeam request) {
    Access.requireAdmin(caller);
    TeamInfo team = teamNamed(name);
    Set<UUID> added = members("add", request.add());
    Set<UUID> removed = members("remove", request.remove());
    writer.change(
        "",
        () -> {
          writer.append(
              "team",
              team.id(),
              new TeamMembersChanged(team.id(), team.name(), added, removed),
              team.name(),
              Actors.metadata(caller));
          return team.id();
        });
    return teamNamed(name);
  }

  private Set<UUID> members(String field, @Nullable List<@Nullable String> names) {
    Set<UUID> members = new HashSet<>();
    for (String name : names == null ? List.<@Nullable String>of() : names) {
      if (name == null) {
        throw new ApiException(ErrorCode.INVALID_ARGUMENT, field + " must have no null in it");
      }
      members.add(principalNamed(name).id());
    }
    return members;
  }

  @DeleteMapping("/teams/{name}")
  @ResponseStatus(HttpStatus.NO_CONTENT)
  @Operation(summary = "Deletes a team with its grants; for administrators")
  void deleteTeam(Caller caller, @PathVariable String name) {
    Access.requireAdmin(caller);
    TeamInfo team = teamNamed(name);
    writer.change(
        "",
        () -> {
          writer.append(
              "team",
              team.id(),
              new TeamDeleted(team.id(), team.name()),
              team.name(),
              Actors.metadata(caller));
          return team.id();
        });
  }

  @PostMapping("/tokens")
  @Operation(
      summary = "Makes a token and shows it, this once",
      description = "For oneself, or for any principal as an administrator.")
  TokenInfo createToken(Caller caller, @RequestBody CreateToken request) {
    String name = request.principal() == null ? caller.name() : request.principal();
    if (!Names.lookup(name).equals(caller.name())) {
      Access.requireAdmin(caller);
    }
    PrincipalInfo principal = principalNamed(name);
    Long lifetime = request.lifetimeSeconds();
    if (lifetime != null && (lifetime < 1 || lifetime > 10L * 366 * 86_400)) {
      throw new ApiException(
          ErrorCode.INVALID_ARGUMENT, "lifetime_seconds must be from 1 to ten years");
    }
    Instant expiresAt = lifetime == null ? null : Instant.now().plusSeconds(lifetime);
    NewToken made =
        writer.change(
            "",
            () ->
                tokens.create(
                    principal.id(),
                    principal.name(),
                    request.comment(),
                    expiresAt,
                    Actors.metadata(caller)));
    return TokenInfo.of(
        tokens
            .find(made.id())
            .orElseThrow(() -> Access.missing(ErrorCode.NOT_FOUND, "Token", made.id().toString())),
        made.text());
  }

  @GetMapping("/tokens")
  @Operation(summary = "Lists one's own tokens, or with all=true everybody's; never their text")
  TokenList tokens(
      Caller caller,
      @RequestParam(defaultValue = "false") boolean all,
      @RequestParam(name = "max_results", required = false) @Nullable Integer maxResults,
      @RequestParam(name = "page_token", required = false) @Nullable String pageToken) {
    if (all) {
      Access.requireAdmin(caller);
    }
    int size = PageSize.of("max_results", maxResults, Paging.DEFAULT, Paging.MAX);
    UUID after =
        pageToken == null || pageToken.isEmpty()
            ? null
            : uuid("page_token", PageToken.decode("page_token", pageToken, 1).getFirst());
    Paging.Page<TokenRow> page =
        Paging.page(
            tokens.list(all ? null : caller.principalId(), after, size + 1),
            size,
            row -> row.id().toString());
    return new TokenList(
        page.items().stream().map(row -> TokenInfo.of(row, null)).toList(), page.next());
  }

  @DeleteMapping("/tokens/{id}")
  @ResponseStatus(HttpStatus.NO_CONTENT)
  @Operation(summary = "Revokes a token at once: one's own, or any as an administrator")
  void revokeToken(Caller caller, @PathVariable String id) {
    TokenRow token =
        tokens
            .find(uuid("id", id))
            .filter(row -> caller.admin() || row.principalId().equals(caller.principalId()))
            .orElseThrow(() -> Access.missing(ErrorCode.NOT_FOUND, "Token", id));
    writer.change(
        "",
        () -> {
          tokens.revoke(token, Actors.metadata(caller));
          return token.id();
        });
  }

  private static UUID uuid(String field, String text) {
    try {
      return UUID.fromString(text);
    } catch (IllegalArgumentException e) {
      throw new ApiException(
          ErrorCode.INVALID_ARGUMENT, field + " must be a UUID: " + Names.printable(text));
    }
  }
}
