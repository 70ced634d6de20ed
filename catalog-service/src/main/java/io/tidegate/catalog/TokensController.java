package io.tidegate.catalog;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.tags.Tag;
import io.tidegate.catalog.Tokens.NewToken;
import io.tidegate.catalog.Tokens.TokenRow;
import io.tidegate.kit.errors.ApiException;
import io.tidegate.kit.errors.ErrorCode;
import io.tidegate.kit.security.Caller;
import io.tidegate.kit.web.Actors;
import io.tidegate.kit.web.PageSize;
import jakarta.servlet.http.HttpServletRequest;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.security.oauth2.server.resource.web.BearerTokenResolver;
import org.springframework.security.oauth2.server.resource.web.DefaultBearerTokenResolver;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/** Bearer tokens. */
@RestController
@RequestMapping("/api/1.0/tokens")
@Tag(name = "Identity")
class TokensController {
  private static final long MAX_LIFETIME_SECONDS = 10L * 366 * 86_400;

  private final Tokens tokens;
  private final EventWriter writer;
  private final BearerTokenResolver shown = new DefaultBearerTokenResolver();

  TokensController(Tokens tokens, EventWriter writer) {
    this.tokens = tokens;
    this.writer = writer;
  }

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

  @PostMapping
  @Operation(
      summary = "Makes a token and shows it, this once",
      description =
          "For oneself, or for any principal as an administrator. Who calls with a token that"
              + " expires, and is no administrator, cannot make one that outlives it: without"
              + " lifetime_seconds the new one expires with it, and a longer lifetime is refused.")
  TokenInfo create(Caller caller, HttpServletRequest http, @RequestBody CreateToken request) {
    String name = request.principal() == null ? caller.name() : request.principal();
    if (!Names.lookup(name).equals(caller.name())) {
      Access.requireAdmin(caller);
    }
    Long lifetime = request.lifetimeSeconds();
    if (lifetime != null && (lifetime < 1 || lifetime > MAX_LIFETIME_SECONDS)) {
      throw new ApiException(
          ErrorCode.INVALID_ARGUMENT, "lifetime_seconds must be from 1 to ten years");
    }
    Instant expiresAt =
        limited(
            lifetime == null ? null : Instant.now().plusSeconds(lifetime),
            caller.admin() ? null : tokens.expiryOf(shown.resolve(http)));
    NewToken made =
        writer.make(() -> {
          Tokens.Owner owner = tokens.held(name);
          return tokens.create(
              owner.id(), owner.name(), request.comment(), expiresAt, Actors.metadata(caller));
        });
    return TokenInfo.of(
        tokens
            .find(made.id())
            .orElseThrow(() -> Access.missing(ErrorCode.NOT_FOUND, "Token", made.id().toString())),
        made.text());
  }

  /**
   * When a new token expires.
   *
   * @param wanted null: never expires
   * @param limit when the caller's own token expires; null: never
   */
  private static @Nullable Instant limited(@Nullable Instant wanted, @Nullable Instant limit) {
    if (limit == null) {
      return wanted;
    }
    if (wanted != null && wanted.isAfter(limit)) {
      throw new ApiException(
          ErrorCode.PERMISSION_DENIED,
          "lifetime_seconds: the token that you call with expires at "
              + limit
              + ", and only an administrator may make one that outlives it");
    }
    return wanted == null ? limit : wanted;
  }

  @GetMapping
  @Operation(summary = "Lists one's own tokens, or with all=true everybody's; never their text")
  TokenList list(
      Caller caller,
      @RequestParam(defaultValue = "false") boolean all,
      @RequestParam(name = "max_results", required = false) @Nullable Integer maxResults,
      @RequestParam(name = "page_token", required = false) @Nullable String pageToken) {
    if (all) {
      Access.requireAdmin(caller);
    }
    Paging paging =
        Paging.of(
            all ? "tokens" : "tokens of " + caller.principalId(),
            PageSize.of("max_results", maxResults, Paging.DEFAULT, Paging.MAX),
            1,
            pageToken);
    UUID after = paging.afterName().isEmpty() ? null : uuid("page_token", paging.afterName());
    Paging.Page<TokenRow> page =
        paging.page(
            tokens.list(all ? null : caller.principalId(), after, paging.limit()),
            row -> row.id().toString());
    return new TokenList(
        page.items().stream().map(row -> TokenInfo.of(row, null)).toList(), page.next());
  }

  @DeleteMapping("/{id}")
  @ResponseStatus(HttpStatus.NO_CONTENT)
  @Operation(
      summary = "Revokes a token at once: one's own, or any as an administrator",
      description =
          "Refused (400) where it would leave no active administrator with a token that works, or, if"
              + " there was one, that does not expire.")
  void revoke(Caller caller, @PathVariable String id) {
    TokenRow token =
        tokens
            .find(uuid("id", id))
            .filter(row -> caller.admin() || row.principalId().equals(caller.principalId()))
            .orElseThrow(() -> Access.missing(ErrorCode.NOT_FOUND, "Token", id));
    writer.change(() -> tokens.revoke(token, Actors.metadata(caller)));
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
