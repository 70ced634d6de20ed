package io.tidegate.sharing.recipients;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.PropertyNamingStrategies.LowerCamelCaseStrategy;
import tools.jackson.databind.annotation.JsonNaming;

/** The JSON of the recipients API, in the shapes of the Databricks REST API. Times are epoch ms. */
final class RecipientsApi {
  private RecipientsApi() {}

  /**
   * @param returnProfile ours: make the bearer token now and answer with the profile, instead of an
   *     activation link
   */
  record CreateRecipient(
      @Nullable String name,
      @Nullable String comment,
      @Nullable String authenticationType,
      @Nullable Long expirationTime,
      @Nullable Properties propertiesKvpairs,
      @Nullable IpAccessList ipAccessList,
      @Nullable String owner,
      @Nullable String dataRecipientGlobalMetastoreId,
      @Nullable String sharingCode,
      @Nullable Boolean returnProfile) {}

  /**
   * @param expirationTime 0 takes the expiry away
   */
  record UpdateRecipient(
      @Nullable String newName,
      @Nullable String comment,
      @Nullable String owner,
      @Nullable Long expirationTime,
      @Nullable Properties propertiesKvpairs,
      @Nullable IpAccessList ipAccessList) {}

  record RotateToken(
      @Nullable Long existingTokenExpireInSeconds, @Nullable Boolean returnProfile) {}

  record Properties(@Nullable Map<String, String> properties) {}

  record IpAccessList(@Nullable List<String> allowedIpAddresses) {}

  /**
   * @param activationUrl only in the answer that makes the link: it is not kept
   * @param profile only where {@code return_profile} asked for it
   */
  record RecipientInfo(
      String name,
      String id,
      @Nullable String comment,
      String owner,
      String authenticationType,
      boolean activated,
      @Nullable String activationUrl,
      @Nullable Long expirationTime,
      Properties propertiesKvpairs,
      List<TokenInfo> tokens,
      long createdAt,
      String createdBy,
      long updatedAt,
      String updatedBy,
      @Nullable Profile profile) {}

  record TokenInfo(
      String id,
      @Nullable String activationUrl,
      boolean activated,
      @Nullable Long expirationTime,
      long createdAt,
      String createdBy) {}

  record RecipientList(List<RecipientInfo> recipients, @Nullable String nextPageToken) {}

  record SharePermissions(List<SharePermission> permissionsOut, @Nullable String nextPageToken) {}

  record SharePermission(String shareName, List<PrivilegeAssignment> privilegeAssignments) {}

  record PrivilegeAssignment(String principal, List<String> privileges) {}

  /**
   * The profile file of the Delta Sharing protocol, version 1. Its names are camelCase.
   *
   * @param expirationTime ISO 8601, left out if the token does not expire
   */
  @JsonNaming(LowerCamelCaseStrategy.class)
  record Profile(
      int shareCredentialsVersion,
      String endpoint,
      String bearerToken,
      @Nullable String expirationTime) {
    @Override
    public String toString() {
      return "Profile[endpoint=" + endpoint + "]";
    }
  }
}
