package io.tidegate.catalog;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.tags.Tag;
import io.tidegate.catalog.CatalogEvent.TeamCreated;
import io.tidegate.catalog.CatalogEvent.TeamDeleted;
import io.tidegate.catalog.CatalogEvent.TeamMembersChanged;
import io.tidegate.catalog.Grantees.Grantee;
import io.tidegate.kit.errors.ApiException;
import io.tidegate.kit.errors.ErrorCode;
import io.tidegate.kit.security.Caller;
import io.tidegate.kit.web.Actors;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
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

/** Teams of principals. */
@RestController
@RequestMapping("/api/1.0/teams")
@Tag(name = "Identity")
class TeamsController {
  private static final int MAX_CHANGES = 1000;

  private final JdbcClient jdbc;
  private final NamedRows<TeamInfo> teams;
  private final Grantees grantees;
  private final EventWriter writer;

  TeamsController(JdbcClient jdbc, Grantees grantees, EventWriter writer) {
    this.jdbc = jdbc;
    this.teams =
        new NamedRows<>(
            jdbc,
            "Team",
            "SELECT n.*, ARRAY(SELECT p.name FROM catalog.principals p JOIN catalog.team_members m"
                + " ON m.principal_id = p.id WHERE m.team_id = n.id ORDER BY p.name) AS members"
                + " FROM catalog.teams n",
            (row, number) ->
                new TeamInfo(
                    row.getObject("id", UUID.class),
                    row.getString("name"),
                    List.of((String[]) row.getArray("members").getArray()),
                    row.getTimestamp("created_at").getTime()),
            TeamInfo::name);
    this.grantees = grantees;
    this.writer = writer;
  }

  record CreateTeam(@Nullable String name) {}

  record UpdateTeam(
      @Nullable List<@Nullable String> add, @Nullable List<@Nullable String> remove) {}

  record TeamInfo(
      UUID id, String name, List<String> members, @JsonProperty("created_at") long createdAt) {}

  record TeamList(
      List<TeamInfo> teams, @JsonProperty("next_page_token") @Nullable String nextPageToken) {}

  @PostMapping
  @Operation(summary = "Creates a team; for administrators")
  TeamInfo create(Caller caller, @RequestBody CreateTeam request) {
    Access.requireAdmin(caller);
    String name = Names.grantee("name", request.name());
    writer.change(() -> {
      grantees.claim(name);
      UUID id = UUID.randomUUID();
      writer.append("team", id, new TeamCreated(id, name), name, Actors.metadata(caller));
    });
    return teams.named(name);
  }

  @GetMapping
  @Operation(summary = "Lists the teams with their members; for administrators")
  TeamList list(
      Caller caller,
      @RequestParam(name = "max_results", required = false) @Nullable Integer maxResults,
      @RequestParam(name = "page_token", required = false) @Nullable String pageToken) {
    Access.requireAdmin(caller);
    Paging.Page<TeamInfo> page = teams.page(Paging.of("teams", maxResults, pageToken));
    return new TeamList(page.items(), page.next());
  }

  @PatchMapping("/{name}")
  @Operation(summary = "Adds and removes members of a team; for administrators")
  TeamInfo update(Caller caller, @PathVariable String name, @RequestBody UpdateTeam request) {
    Access.requireAdmin(caller);
    TeamInfo team = teams.named(name);
    Set<String> add = names("add", request.add());
    Set<String> remove = names("remove", request.remove());
    writer.change(() -> {
      if (jdbc.sql("SELECT id FROM catalog.teams WHERE id = ? FOR UPDATE")
          .param(team.id())
          .query(UUID.class)
          .optional()
          .isEmpty()) {
        throw Access.missing(ErrorCode.PRINCIPAL_NOT_FOUND, "Team", name);
      }
      Set<UUID> now =
          new HashSet<>(
              jdbc.sql("SELECT principal_id FROM catalog.team_members WHERE team_id = ?")
                  .param(team.id())
                  .query(UUID.class)
                  .list());
      Set<UUID> added = held("add", add);
      Set<UUID> removed = held("remove", remove);
      removed.removeAll(added);
      removed.retainAll(now);
      added.removeAll(now);
      if (!added.isEmpty() || !removed.isEmpty()) {
        writer.append(
            "team",
            team.id(),
            new TeamMembersChanged(team.id(), team.name(), added, removed),
            team.name(),
            Actors.metadata(caller));
      }
    });
    return teams.named(name);
  }

  private static Set<String> names(String field, @Nullable List<@Nullable String> names) {
    // In their order: principals are held in it, so that two requests do not deadlock.
    Set<String> kept = new TreeSet<>();
    if (names == null) {
      return kept;
    }
    if (names.size() > MAX_CHANGES) {
      throw new ApiException(
          ErrorCode.INVALID_ARGUMENT, field + " must have at most " + MAX_CHANGES + " names");
    }
    for (String name : names) {
      if (name == null) {
        throw new ApiException(ErrorCode.INVALID_ARGUMENT, field + " must have no null in it");
      }
      kept.add(Names.lookup(name));
    }
    return kept;
  }

  /** The principals of these names, who stay such until the change is over. */
  private Set<UUID> held(String field, Set<String> names) {
    Set<UUID> ids = new HashSet<>();
    for (String name : names) {
      ids.add(
          jdbc.sql("SELECT id FROM catalog.principals WHERE name = ? FOR KEY SHARE")
              .param(name)
              .query(UUID.class)
              .optional()
              .orElseThrow(() ->
                  Access.missing(
                      ErrorCode.PRINCIPAL_NOT_FOUND, "The " + field + " list's principal", name)));
    }
    return ids;
  }

  @DeleteMapping("/{name}")
  @ResponseStatus(HttpStatus.NO_CONTENT)
  @Operation(
      summary = "Deletes a team that owns nothing; for administrators",
      description = "Its grants go with it. A team that owns something is refused (409).")
  void delete(Caller caller, @PathVariable String name) {
    Access.requireAdmin(caller);
    TeamInfo team = teams.named(name);
    writer.change(() -> {
      grantees.lockAll();
      grantees.release("teams", "Team", new Grantee(team.id(), team.name()));
      writer.append(
          "team",
          team.id(),
          new TeamDeleted(team.id(), team.name()),
          team.name(),
          Actors.metadata(caller));
    });
  }
}
