package io.tidegate.catalog;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.tags.Tag;
import io.tidegate.catalog.Access.TablePlace;
import io.tidegate.kit.errors.ApiException;
import io.tidegate.kit.errors.ErrorCode;
import io.tidegate.kit.security.Caller;
import io.tidegate.kit.security.Privilege;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;

/** What clients of the Unity Catalog REST API need before they read a table's files. */
@RestController
@Tag(name = "Access to files")
class CredentialsController {
  private static final Duration LIFETIME = Duration.ofHours(1);

  private static final String NO_KEY = "local-files-need-no-key";

  private final Access access;

  CredentialsController(Access access) {
    this.access = access;
  }

  record CredentialRequest(
      @JsonProperty("table_id") @Nullable String tableId, @Nullable String operation) {}

  /**
   * Local files need no keys, but delta-rs takes an answer without a block of them for a failure.
   */
  record AwsCredentials(
      @JsonProperty("access_key_id") String accessKeyId,
      @JsonProperty("secret_access_key") String secretAccessKey,
      @JsonProperty("session_token") String sessionToken) {}

  record Credentials(
      @JsonProperty("aws_temp_credentials") AwsCredentials awsTempCredentials,
      @JsonProperty("expiration_time") long expirationTime,
      String url) {}

  // The Databricks SDKs for Python and JavaScript, and Ray, ask at 2.0.
  @PostMapping({
    "/api/2.1/unity-catalog/temporary-table-credentials",
    "/api/2.0/unity-catalog/temporary-table-credentials"
  })
  @Operation(
      summary = "Says where a table's files are and how to reach them",
      description =
          "READ needs SELECT, READ_WRITE needs MODIFY. Files on this server's own disk need no"
              + " credentials: the keys only fill their places. A managed table is never given for READ_WRITE"
              + " here: its commits go through the Delta REST API.")
  Credentials credentials(Caller caller, @RequestBody CredentialRequest request) {
    if (request.tableId() == null) {
      throw new ApiException(ErrorCode.INVALID_ARGUMENT, "table_id is required");
    }
    UUID id;
    try {
      id = UUID.fromString(request.tableId());
    } catch (IllegalArgumentException e) {
      throw new ApiException(ErrorCode.INVALID_ARGUMENT, "table_id must be a UUID");
    }
    String operation = request.operation() == null ? "" : request.operation();
    TablePlace place = access.table(caller, id);
    String name = "table " + place.table().fullName();
    switch (operation) {
      case "READ" ->
          Access.require(
              place.place().ownsTable() || place.place().privileges().contains(Privilege.SELECT),
              Privilege.SELECT,
              name);
      case "READ_WRITE" -> {
        Access.require(
            place.place().ownsTable() || place.place().privileges().contains(Privilege.MODIFY),
            Privilege.MODIFY,
            name);
        if (place.table().type().equals("MANAGED")) {
          throw new ApiException(
              ErrorCode.PERMISSION_DENIED,
              "operation READ_WRITE: " + name + " is managed; write it through the Delta REST API");
        }
      }
      default ->
          throw new ApiException(
              ErrorCode.INVALID_ARGUMENT, "operation must be READ or READ_WRITE");
    }
    return new Credentials(
        new AwsCredentials(NO_KEY, NO_KEY, NO_KEY),
        Instant.now().plus(LIFETIME).toEpochMilli(),
        place.table().location());
  }
}
