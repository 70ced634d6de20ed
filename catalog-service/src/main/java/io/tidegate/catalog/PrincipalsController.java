package io.tidegate.catalog;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.tags.Tag;
import io.tidegate.catalog.CatalogEvent.PrincipalCreated;
import io.tidegate.catalog.CatalogEvent.PrincipalDeleted;
import io.tidegate.catalog.CatalogEvent.PrincipalUpdated;
import io.tidegate.catalog.Grantees.Grantee;
import io.tidegate.kit.errors.ApiException;
import io.tidegate.kit.errors.ErrorCode;
import io.tidegate.kit.security.Caller;
import io.tidegate.kit.web.Actors;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
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

/** Users and service principals. */
@RestController
@RequestMapping("/api/1.0")
@Tag(name = "Identity", description = "Principals, the teams that they are in, and their tokens")
class PrincipalsController {
  private static final int LONGEST_SHOWN = 255;

  private final NamedRows<PrincipalInfo> principals;
  private final Grantees grantees;
  private final Tokens tokens;
  private final EventWriter writer;

  PrincipalsController(JdbcClient jdbc, Grantees grantees, Tokens tokens, EventWriter writer) {
    this.principals =
        new NamedRows<>(
            jdbc,
            "Principal",
            "SELECT n.*, ARRAY(SELECT t.name FROM catalog.teams t JOIN catalog.team_members m ON"
                + " m.team_id = t.id WHERE m.principal_id = n.id ORDER BY t.name) AS teams FROM"
                + " catalog.principals n",
            (row, number) ->
                new PrincipalInfo(
                    row.getObject("id", UUID.class),
                    row.getString("name"),
                    row.getString("display_name"),
                    row.getString("kind"),
                    row.getBoolean("active"),
                    row.getBoolean("admin"),
                    List.of((String[]) row.getArray("teams").getArray()),
                    row.getTimestamp("created_at").getTime()),
            PrincipalInfo::name);
    this.grantees = grantees;
    this.tokens = tokens;
    this.writer = writer;
  }

  record CreatePrincipal(@Nullable String name, @Nullable String kind, @Nullable Boolean admin) {}

  record UpdatePrincipal(
      @Schema(description = "What people are shown; an empty text takes it away")
          @JsonProperty("display_name")
          @Nullable String displayName,
      @Schema(description = "Whether the principal's tokens work") @Nullable Boolean active) {}

  record PrincipalInfo(
      UUID id,
      String name,
      @JsonProperty("display_name") @Nullable String displayName,
      String kind,
      boolean active,
      boolean admin,
      List<String> teams,
      @JsonProperty("created_at") long createdAt) {}

  record PrincipalList(
      List<PrincipalInfo> principals,
      @JsonProperty("next_page_token") @Nullable String nextPageToken) {}

  @GetMapping("/me")
  @Operation(summary = "Shows who the token belongs to")
  PrincipalInfo me(Caller caller) {
    return principals.named(caller.name());
  }

  @PostMapping("/principals")
  @Operation(summary = "Creates a user or a service principal; for administrators")
  PrincipalInfo create(Caller caller, @RequestBody CreatePrincipal request) {
    Access.requireAdmin(caller);
    String name = Names.grantee("name", request.name());
    String kind = request.kind() == null ? "USER" : request.kind().toUpperCase(Locale.ROOT);
    if (!kind.equals("USER") && !kind.equals("SERVICE_PRINCIPAL")) {
      throw new ApiException(ErrorCode.INVALID_ARGUMENT, "kind must be USER or SERVICE_PRINCIPAL");
    }
    writer.change(() -> {
      grantees.claim(name);
      UUID id = UUID.randomUUID();
      writer.append(
          "principal",
          id,
          new PrincipalCreated(id, name, kind, Boolean.TRUE.equals(request.admin())),
          name,
          Actors.metadata(caller));
    });
    return principals.named(name);
  }

  @GetMapping("/principals")
  @Operation(summary = "Lists the principals; for administrators")
  PrincipalList list(
      Caller caller,
      @RequestParam(name = "max_results", required = false) @Nullable Integer maxResults,
      @RequestParam(name = "page_token", required = false) @Nullable String pageToken) {
    Access.requireAdmin(caller);
    Paging.Page<PrincipalInfo> page =
        principals.page(Paging.of("principals", maxResults, pageToken));
    return new PrincipalList(page.items(), page.next());
  }

  @GetMapping("/principals/{name}")
  @Operation(summary = "Shows a principal; for administrators, or the principal itself")
  PrincipalInfo get(Caller caller, @PathVariable String name) {
    if (!Names.lookup(name).equals(caller.name())) {
      Access.requireAdmin(caller);
    }
    return principals.named(name);
  }

  @PatchMapping("/principals/{name}")
  @Operation(
      summary =
          "Changes the name shown of a principal, or whether it is active; for administrators",
      description =
          "The tokens of a principal that is not active do not work, from at once until it is active"
              + " again; what it owns and was granted stays. What would leave no administrator who"
              + " can get in is refused.")
  PrincipalInfo update(
      Caller caller, @PathVariable String name, @RequestBody UpdatePrincipal request) {
    Access.requireAdmin(caller);
    String shown = request.displayName() == null ? null : request.displayName().strip();
    if (shown != null && shown.length() > LONGEST_SHOWN) {
      throw new ApiException(
          ErrorCode.INVALID_ARGUMENT,
          "display_name must have at most " + LONGEST_SHOWN + " characters");
    }
    writer.change(() -> {
      // Changes wait for each other, and two administrators do not lock each other out.
      grantees.lockAll();
      grantees.hold(caller);
      PrincipalInfo now = principals.named(name);
      String displayName = shown == null ? now.displayName() : shown.isEmpty() ? null : shown;
      boolean active = request.active() == null ? now.active() : request.active();
      if (active == now.active() && Objects.equals(displayName, now.displayName())) {
        return;
      }
      tokens.keepingAnAdministrator(
          "active: false",
          () ->
              writer.append(
                  "principal",
                  now.id(),
                  new PrincipalUpdated(now.id(), now.name(), displayName, active),
                  now.name(),
                  Actors.metadata(caller)));
    });
    return principals.named(name);
  }

  @DeleteMapping("/principals/{name}")
  @ResponseStatus(HttpStatus.NO_CONTENT)
  @Operation(
      summary = "Deletes a principal that owns nothing; for administrators",
      description =
          "Its tokens, its grants and its memberships in teams go with it. A principal that owns a"
              + " catalog, a schema or a table is refused (409, naming what it owns): those need"
              + " another owner first.")
  void delete(Caller caller, @PathVariable String name) {
    Access.requireAdmin(caller);
    PrincipalInfo principal = principals.named(name);
    if (principal.id().equals(caller.principalId())) {
      throw new ApiException(ErrorCode.INVALID_ARGUMENT, "name must not be your own");
    }
    writer.change(() -> {
      // Two administrators who delete each other: the second is no administrator any more.
      grantees.lockAll();
      grantees.hold(caller);
      grantees.release("principals", "Principal", new Grantee(principal.id(), principal.name()));
      tokens.keepingAnAdministrator(
          "To delete '" + principal.name() + "'",
          () -> {
            tokens.forget(principal.id());
            writer.append(
                "principal",
                principal.id(),
                new PrincipalDeleted(principal.id(), principal.name()),
                principal.name(),
                Actors.metadata(caller));
          });
    });
  }
}
