package io.tidegate.sharing.shares;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** The JSON of the shares API, in the shapes of the Databricks REST API. Times are epoch ms. */
final class SharesApi {
  private SharesApi() {}

  record CreateShare(
      @Nullable String name, @Nullable String comment, @Nullable String storageRoot) {}

  record UpdateShare(
      @Nullable String newName,
      @Nullable String comment,
      @Nullable String owner,
      @Nullable String storageRoot,
      @Nullable List<@Nullable DataObjectUpdate> updates) {}

  record DataObjectUpdate(@Nullable String action, @Nullable DataObjectRequest dataObject) {}

  record DataObjectRequest(
      @Nullable String name,
      @Nullable String dataObjectType,
      @Nullable String sharedAs,
      @Nullable String stringSharedAs,
      @Nullable String content,
      @Nullable String historyDataSharingStatus,
      @Nullable Long startVersion,
      @Nullable Boolean cdfEnabled,
      @Nullable List<Object> partitions,
      @Nullable String comment) {}

  record ShareInfo(
      String name,
      String id,
      @Nullable String comment,
      String owner,
      long createdAt,
      String createdBy,
      long updatedAt,
      String updatedBy,
      @Nullable List<DataObject> objects) {}

  /**
   * @param cdfEnabled always false: the change data feed is not shared
   * @param status {@code ACTIVE}, or {@code PERMISSION_DENIED} once the catalog has dropped the
   *     table, which recipients then no longer see
   */
  record DataObject(
      String name,
      String dataObjectType,
      String sharedAs,
      String historyDataSharingStatus,
      long startVersion,
      boolean cdfEnabled,
      @Nullable String comment,
      long addedAt,
      String addedBy,
      String status) {}

  record ShareList(List<ShareInfo> shares, @Nullable String nextPageToken) {}

  record UpdatePermissions(
      @Nullable List<@Nullable PermissionsChange> changes, @Nullable Boolean omitPermissionsList) {}

  record PermissionsChange(
      @Nullable String principal,
      @Nullable List<@Nullable String> add,
      @Nullable List<@Nullable String> remove) {}

  record Permissions(
      @Nullable List<PrivilegeAssignment> privilegeAssignments, @Nullable String nextPageToken) {}

  record PrivilegeAssignment(String principal, List<String> privileges) {}
}
