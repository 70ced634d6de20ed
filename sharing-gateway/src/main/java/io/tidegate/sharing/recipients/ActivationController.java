package io.tidegate.sharing.recipients;

import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.security.SecurityRequirements;
import io.swagger.v3.oas.annotations.tags.Tag;
import io.tidegate.sharing.recipients.RecipientService.ActivatedToken;
import io.tidegate.sharing.recipients.RecipientsApi.Profile;
import jakarta.servlet.http.HttpServletRequest;
import java.util.Map;
import org.springframework.http.CacheControl;
import org.springframework.http.ContentDisposition;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestMethod;
import org.springframework.web.bind.annotation.RestController;

/** Activation links: open to anybody who has one. */
@RestController
@RequestMapping(ActivationController.PATH)
@Tag(name = "Activation", description = "How a recipient gets the profile file")
class ActivationController {
  static final String PATH = "/api/2.1/unity-catalog/public";
  static final String OPEN = "/data_sharing_activation/{link}";
  static final String INFO = "/data_sharing_activation_info/{link}";

  private final RecipientService recipients;
  private final Profiles profiles;

  ActivationController(RecipientService recipients, Profiles profiles) {
    this.recipients = recipients;
    this.profiles = profiles;
  }

  @GetMapping(OPEN)
  @SecurityRequirements
  @Operation(
      summary = "Opens an activation link: answers with the profile file, once",
      description = "404 if there is no such link, 410 if it was used before or has expired.")
  ResponseEntity<Profile> activate(@PathVariable String link, HttpServletRequest http) {
    ActivatedToken activated = recipients.activate(link);
    return ResponseEntity.ok()
        .cacheControl(CacheControl.noStore())
        .header(
            HttpHeaders.CONTENT_DISPOSITION,
            ContentDisposition.attachment().filename("config.share").build().toString())
        .contentType(MediaType.APPLICATION_JSON)
        .body(profiles.profile(activated.token(), activated.expiresAt(), http));
  }

  // Programs that look at links before people do send HEAD; that must not use the link up.
  @RequestMapping(path = OPEN, method = RequestMethod.HEAD)
  @Operation(hidden = true)
  void look(@PathVariable String link) {
    recipients.checkLink(link);
  }

  @GetMapping(INFO)
  @SecurityRequirements
  @Operation(summary = "Tells whether an activation link can be opened, without opening it")
  Map<String, String> info(@PathVariable String link) {
    recipients.checkLink(link);
    return Map.of();
  }
}
