package io.tidegate.sharing.recipients;

import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.tags.Tag;
import io.tidegate.kit.security.Caller;
import io.tidegate.kit.web.Done;
import io.tidegate.sharing.naming.AdminPaging;
import io.tidegate.sharing.naming.Unsupported;
import io.tidegate.sharing.recipients.RecipientService.Issued;
import io.tidegate.sharing.recipients.RecipientsApi.CreateRecipient;
import io.tidegate.sharing.recipients.RecipientsApi.PrivilegeAssignment;
import io.tidegate.sharing.recipients.RecipientsApi.Profile;
import io.tidegate.sharing.recipients.RecipientsApi.Properties;
import io.tidegate.sharing.recipients.RecipientsApi.RecipientInfo;
import io.tidegate.sharing.recipients.RecipientsApi.RecipientList;
import io.tidegate.sharing.recipients.RecipientsApi.RotateToken;
import io.tidegate.sharing.recipients.RecipientsApi.SharePermission;
import io.tidegate.sharing.recipients.RecipientsApi.SharePermissions;
import io.tidegate.sharing.recipients.RecipientsApi.TokenInfo;
import io.tidegate.sharing.recipients.RecipientsApi.UpdateRecipient;
import jakarta.servlet.http.HttpServletRequest;
import java.time.Instant;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.springframework.http.CacheControl;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PatchMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** Recipients, in the shapes of the Databricks REST API. */
@RestController
@RequestMapping("/api/2.1/unity-catalog/recipients")
@Tag(name = "Recipients", description = "Who outside may read, and their tokens")
class RecipientController {
  private static final String ONCE =
      " The answer holds an activation_url, once: it is not kept, and later answers leave it out."
          + " Opening it makes the bearer token and answers with the profile file; that works once,"
          + " and for a week unless tidegate.sharing.activation-lifetime says otherwise. With"
          + " return_profile=true (ours) there is no link: the token is made at once, and profile"
          + " holds the profile file, once.";

  private final RecipientService service;
  private final Recipients recipients;
  private final RecipientTokens tokens;
  private final Profiles profiles;

  RecipientController(
      RecipientService service, Recipients recipients, RecipientTokens tokens, Profiles profiles) {
    this.service = service;
    this.recipients = recipients;
    this.tokens = tokens;
    this.profiles = profiles;
  }

  @PostMapping
  @Operation(
      summary = "Creates a recipient",
      description = "Needs CREATE_RECIPIENT on the metastore. The creator owns it." + ONCE)
  ResponseEntity<RecipientInfo> create(
      Caller caller, @RequestBody CreateRecipient request, HttpServletRequest http) {
    return secret(issued(service.create(caller, request), http));
  }

  @GetMapping
  @Operation(summary = "Lists the recipients that the caller owns; all of them for an admin")
  RecipientList list(
      Caller caller,
      @Parameter(description = "Not supported: recipients here have tokens, and no metastore")
          @RequestParam(name = "data_recipient_global_metastore_id", required = false)
          @Nullable String metastore,
      @Parameter(description = "At most 1000; 0 or none leaves it to the server")
          @RequestParam(name = "max_results", required = false)
          @Nullable Integer maxResults,
      @RequestParam(name = "page_token", required = false) @Nullable String pageToken) {
    Unsupported.refuse(
        "data_recipient_global_metastore_id", metastore, RecipientService.NO_METASTORE);
    AdminPaging paging = AdminPaging.of(maxResults, pageToken);
    AdminPaging.Page<Recipient> page =
        paging.page(recipients.list(caller, paging.after(), paging.limit()), Recipient::name);
    return new RecipientList(
        page.items().stream().map(recipient -> info(recipient, null, null)).toList(), page.next());
  }

  @GetMapping("/{name}")
  @Operation(summary = "Shows a recipient and its tokens, which are never shown in clear")
  RecipientInfo get(Caller caller, @PathVariable String name) {
    return info(service.get(caller, name), null, null);
  }

  @PatchMapping("/{name}")
  @Operation(
      summary = "Changes a recipient's name, comment, owner, properties or expiration_time",
      description =
          "A new expiration_time holds for the tokens that exist, too; 0 takes it away. The new owner"
              + " is a principal or a team.")
  RecipientInfo update(
      Caller caller, @PathVariable String name, @RequestBody UpdateRecipient request) {
    return info(service.update(caller, name, request), null, null);
  }

  @DeleteMapping("/{name}")
  @Operation(summary = "Deletes a recipient: its tokens and file URLs stop working at once")
  Done delete(Caller caller, @PathVariable String name) {
    service.delete(caller, name);
    return new Done();
  }

  @PostMapping("/{name}/rotate-token")
  @Operation(
      summary = "Gives a recipient a new token",
      description =
          "The tokens that exist stop working after existing_token_expire_in_seconds; 0 is at once."
              + ONCE)
  ResponseEntity<RecipientInfo> rotate(
      Caller caller,
      @PathVariable String name,
      @RequestBody RotateToken request,
      HttpServletRequest http) {
    return secret(issued(service.rotate(caller, name, request), http));
  }

  @GetMapping("/{name}/share-permissions")
  @Operation(summary = "Lists the shares that a recipient may read")
  SharePermissions sharePermissions(
      Caller caller,
      @PathVariable String name,
      @RequestParam(name = "max_results", required = false) @Nullable Integer maxResults,
      @RequestParam(name = "page_token", required = false) @Nullable String pageToken) {
    Recipient recipient = service.get(caller, name);
    AdminPaging paging = AdminPaging.of(maxResults, pageToken);
    AdminPaging.Page<String> page =
        paging.page(
            recipients.shares(recipient.id(), paging.after(), paging.limit()), Function.identity());
    List<PrivilegeAssignment> select =
        List.of(new PrivilegeAssignment(recipient.name(), List.of("SELECT")));
    return new SharePermissions(
        page.items().stream().map(share -> new SharePermission(share, select)).toList(),
        page.next());
  }

  private static ResponseEntity<RecipientInfo> secret(RecipientInfo body) {
    return ResponseEntity.ok().cacheControl(CacheControl.noStore()).body(body);
  }

  private RecipientInfo issued(Issued issued, HttpServletRequest http) {
    return issued.isToken()
        ? info(
            issued.recipient(),
            null,
            profiles.profile(issued.secret(), issued.recipient().expiresAt(), http))
        : info(
            issued.recipient(),
            new Link(issued, profiles.activationUrl(issued.secret(), http)),
            null);
  }

  private record Link(Issued issued, String url) {}

  private RecipientInfo info(Recipient recipient, @Nullable Link link, @Nullable Profile profile) {
    List<RecipientToken> live = tokens.live(recipient.id());
    return new RecipientInfo(
        recipient.name(),
        recipient.id().toString(),
        recipient.comment(),
        recipient.owner(),
        "TOKEN",
        live.stream().anyMatch(token -> token.activatedAt() != null),
        link == null ? null : link.url(),
        millis(recipient.expiresAt()),
        new Properties(recipient.properties()),
        live.stream()
            .map(token ->
                new TokenInfo(
                    token.id().toString(),
                    link != null && link.issued().tokenId().equals(token.id()) ? link.url() : null,
                    token.activatedAt() != null,
                    millis(RecipientTokens.earlier(token.expiresAt(), recipient.expiresAt())),
                    token.createdAt().toEpochMilli(),
                    token.createdBy()))
            .toList(),
        recipient.createdAt().toEpochMilli(),
        recipient.createdBy(),
        recipient.updatedAt().toEpochMilli(),
        recipient.updatedBy(),
        profile);
  }

  private static @Nullable Long millis(@Nullable Instant instant) {
    return instant == null ? null : instant.toEpochMilli();
  }
}
