package io.tidegate.sharing.shares;

import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.tags.Tag;
import io.tidegate.kit.security.Caller;
import io.tidegate.kit.web.Done;
import io.tidegate.sharing.naming.AdminPaging;
import io.tidegate.sharing.shares.SharesApi.CreateShare;
import io.tidegate.sharing.shares.SharesApi.DataObject;
import io.tidegate.sharing.shares.SharesApi.Permissions;
import io.tidegate.sharing.shares.SharesApi.PrivilegeAssignment;
import io.tidegate.sharing.shares.SharesApi.ShareInfo;
import io.tidegate.sharing.shares.SharesApi.ShareList;
import io.tidegate.sharing.shares.SharesApi.UpdatePermissions;
import io.tidegate.sharing.shares.SharesApi.UpdateShare;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PatchMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** Shares, in the shapes of the Databricks REST API. */
@RestController
@RequestMapping("/api/2.1/unity-catalog/shares")
@Tag(name = "Shares", description = "What is shared, and with whom")
class ShareController {
  private final ShareService shares;
  private final ShareQueries queries;

  ShareController(ShareService shares, ShareQueries queries) {
    this.shares = shares;
    this.queries = queries;
  }

  @PostMapping
  @Operation(
      summary = "Creates a share",
      description = "Needs CREATE_SHARE on the metastore. The creator owns the share.")
  ShareInfo create(Caller caller, @RequestBody CreateShare request) {
    return info(shares.create(caller, request), null);
  }

  @GetMapping
  @Operation(summary = "Lists the shares that the caller owns; all of them for an admin")
  ShareList list(
      Caller caller,
      @Parameter(description = "At most 1000; 0 or none leaves it to the server")
          @RequestParam(name = "max_results", required = false)
          @Nullable Integer maxResults,
      @RequestParam(name = "page_token", required = false) @Nullable String pageToken) {
    AdminPaging paging = AdminPaging.of(maxResults, pageToken);
    AdminPaging.Page<Share> page =
        paging.page(queries.list(caller, paging.after(), paging.limit()), Share::name);
    return new ShareList(
        page.items().stream().map(share -> info(share, null)).toList(), page.next());
  }

  @GetMapping("/{name}")
  @Operation(summary = "Shows a share; with include_shared_data=true also what is in it")
  ShareInfo get(
      Caller caller,
      @PathVariable String name,
      @RequestParam(name = "include_shared_data", defaultValue = "false")
          boolean includeSharedData) {
    Share share = shares.get(caller, name);
    return info(share, includeSharedData ? queries.tables(share.id()) : null);
  }

  @PatchMapping("/{name}")
  @Operation(
      summary =
          "Changes a share's name, comment or owner, and adds, removes or changes shared tables",
      description =
          "All or nothing. Only the share's owner may; the new owner is a principal or a team. Adding a table needs SELECT on it. A table"
              + " that is not given a shared_as is shown to recipients as schema.table.")
  ShareInfo update(Caller caller, @PathVariable String name, @RequestBody UpdateShare request) {
    Share share = shares.update(caller, name, request);
    return info(share, queries.tables(share.id()));
  }

  @DeleteMapping("/{name}")
  @Operation(summary = "Deletes a share: its recipients lose access at once")
  Done delete(Caller caller, @PathVariable String name) {
    shares.delete(caller, name);
    return new Done();
  }

  @GetMapping("/{name}/permissions")
  @Operation(summary = "Lists the recipients that may read a share")
  Permissions permissions(
      Caller caller,
      @PathVariable String name,
      @RequestParam(name = "max_results", required = false) @Nullable Integer maxResults,
      @RequestParam(name = "page_token", required = false) @Nullable String pageToken) {
    return permissions(shares.get(caller, name), AdminPaging.of(maxResults, pageToken));
  }

  @PatchMapping("/{name}/permissions")
  @Operation(
      summary = "Grants SELECT on a share to recipients, or takes it from them",
      description =
          "Only the share's owner may, and to grant they must own the recipient too. Answers with"
              + " the first page of the permissions unless omit_permissions_list is true.")
  Permissions updatePermissions(
      Caller caller, @PathVariable String name, @RequestBody UpdatePermissions request) {
    Share share = shares.updatePermissions(caller, name, request.changes());
    return Boolean.TRUE.equals(request.omitPermissionsList())
        ? new Permissions(null, null)
        : permissions(share, AdminPaging.of(null, null));
  }

  private Permissions permissions(Share share, AdminPaging paging) {
    AdminPaging.Page<String> page =
        paging.page(
            queries.grantees(share.id(), paging.after(), paging.limit()), Function.identity());
    return new Permissions(
        page.items().stream()
            .map(name -> new PrivilegeAssignment(name, List.of("SELECT")))
            .toList(),
        page.next());
  }

  private static ShareInfo info(Share share, @Nullable List<SharedTable> tables) {
    return new ShareInfo(
        share.name(),
        share.id().toString(),
        share.comment(),
        share.owner(),
        share.createdAt().toEpochMilli(),
        share.createdBy(),
        share.updatedAt().toEpochMilli(),
        share.updatedBy(),
        tables == null ? null : tables.stream().map(ShareController::dataObject).toList());
  }

  private static DataObject dataObject(SharedTable table) {
    return new DataObject(
        table.fullName(),
        "TABLE",
        table.sharedAs(),
        table.history() ? "ENABLED" : "DISABLED",
        table.startVersion(),
        false,
        table.comment(),
        table.addedAt().toEpochMilli(),
        table.addedBy(),
        table.dropped() ? "PERMISSION_DENIED" : "ACTIVE");
  }
}
