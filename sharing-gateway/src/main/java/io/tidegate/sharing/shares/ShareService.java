package io.tidegate.sharing.shares;

import io.tidegate.events.EventMetadata;
import io.tidegate.events.EventStore;
import io.tidegate.events.ExpectedVersion;
import io.tidegate.events.StreamAppend;
import io.tidegate.events.StreamId;
import io.tidegate.kit.errors.ApiException;
import io.tidegate.kit.errors.ErrorCode;
import io.tidegate.kit.security.Caller;
import io.tidegate.kit.security.Privilege;
import io.tidegate.kit.web.Actors;
import io.tidegate.ports.CatalogDirectory;
import io.tidegate.ports.Owner;
import io.tidegate.ports.TableAccess;
import io.tidegate.sharing.events.SharingEvent;
import io.tidegate.sharing.events.SharingEvent.ShareCreated;
import io.tidegate.sharing.events.SharingEvent.ShareDeleted;
import io.tidegate.sharing.events.SharingEvent.ShareGrantRevoked;
import io.tidegate.sharing.events.SharingEvent.ShareGranted;
import io.tidegate.sharing.events.SharingEvent.ShareUpdated;
import io.tidegate.sharing.events.SharingEvent.SharedTableAdded;
import io.tidegate.sharing.events.SharingEvent.SharedTableRemoved;
import io.tidegate.sharing.events.SharingEvent.SharedTableUpdated;
import io.tidegate.sharing.naming.Names;
import io.tidegate.sharing.naming.Unsupported;
import io.tidegate.sharing.recipients.Recipient;
import io.tidegate.sharing.recipients.Recipients;
import io.tidegate.sharing.shares.SharesApi.CreateShare;
import io.tidegate.sharing.shares.SharesApi.DataObjectRequest;
import io.tidegate.sharing.shares.SharesApi.DataObjectUpdate;
import io.tidegate.sharing.shares.SharesApi.PermissionsChange;
import io.tidegate.sharing.shares.SharesApi.UpdateShare;
import io.tidegate.sharing.tables.CatalogTables;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.stereotype.Service;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Changes shares. A share belongs to whoever created it; its owner and admins change it. Every
 * question to the catalog is asked before the database transaction begins.
 */
@Service
class ShareService {
  private static final String NO_STORAGE =
      "a share has no storage of its own; its tables stay where they are";

  private final EventStore events;
  private final ShareQueries queries;
  private final Recipients recipients;
  private final CatalogDirectory catalog;
  private final CatalogTables catalogTables;
  private final TransactionTemplate transactions;

  ShareService(
      @Qualifier("sharingEvents") EventStore events,
      ShareQueries queries,
      Recipients recipients,
      CatalogDirectory catalog,
      CatalogTables catalogTables,
      TransactionTemplate transactions) {
    this.events = events;
    this.queries = queries;
    this.recipients = recipients;
    this.catalog = catalog;
    this.catalogTables = catalogTables;
    this.transactions = transactions;
  }

  Share create(Caller caller, CreateShare request) {
    if (!caller.admin() && !catalog.metastorePrivileges(caller).contains(Privilege.CREATE_SHARE)) {
      throw new ApiException(
          ErrorCode.PERMISSION_DENIED, "You need CREATE_SHARE on the metastore to create a share");
    }
    String name = Names.checkedShare("name", request.name());
    Unsupported.refuse("storage_root", request.storageRoot(), NO_STORAGE);
    String comment = Names.checkedComment("comment", request.comment());
    ShareCreated created =
        new ShareCreated(UUID.randomUUID(), name, comment, caller.name(), caller.principalId());
    uniquely(name, () -> append(caller, created.shareId(), name, created));
    return queries.find(name).orElseThrow(() -> notFound(name));
  }

  Share get(Caller caller, String name) {
    Share share = queries.find(name).orElseThrow(() -> notFound(name));
    requireManaged(caller, share);
    return share;
  }

  void delete(Caller caller, String name) {
    Share share = get(caller, name);
    transactions.executeWithoutResult(status -> {
      lock(share);
      append(caller, share.id(), share.name(), new ShareDeleted(share.id(), share.name()));
    });
  }

  Share update(Caller caller, String name, UpdateShare request) {
    Share share = get(caller, name);
    String newName =
        request.newName() == null
            ? share.name()
            : Names.checkedShare("new_name", request.newName());
    String comment =
        request.comment() == null
            ? share.comment()
            : Names.checkedComment("comment", request.comment());
    Unsupported.refuse("storage_root", request.storageRoot(), NO_STORAGE);
    @Nullable Owner newOwner =
        request.owner() == null || request.owner().equals(share.owner())
            ? null
            : catalog.owner(request.owner());
    List<TableChange> changes = plan(caller, request.updates());
    uniquely(
        newName,
        () -> {
          Share current = lock(share);
          Owner owner = newOwner == null ? new Owner(current.ownerId(), current.owner()) : newOwner;
          if (!newName.equals(current.name())
              || !Objects.equals(comment, current.comment())
              || !owner.id().equals(current.ownerId())) {
            append(
                caller,
                share.id(),
                newName,
                new ShareUpdated(share.id(), newName, comment, owner.name(), owner.id()));
          }
          for (TableChange change : changes) {
            apply(caller, share.id(), newName, change);
          }
        });
    return queries.find(newName).orElseThrow(() -> notFound(newName));
  }

  /** Grants a share to recipients, or takes it from them; what holds already stays as it is. */
  Share updatePermissions(
      Caller caller, String name, @Nullable List<@Nullable PermissionsChange> changes) {
    Share share = get(caller, name);
    List<GrantChange> wanted = new ArrayList<>();
    int index = 0;
    for (PermissionsChange change : changes == null ? List.<PermissionsChange>of() : changes) {
      String field = "changes[" + index++ + "]";
      if (change == null || change.principal() == null) {
        throw invalid(field + ".principal is missing");
      }
      boolean add = hasSelect(field + ".add", change.add());
      boolean remove = hasSelect(field + ".remove", change.remove());
      if (add && remove) {
        throw invalid(field + " both adds and removes SELECT");
      }
      Recipient recipient =
          recipients
              .find(change.principal())
              .orElseThrow(() ->
                  new ApiException(
                      ErrorCode.RECIPIENT_NOT_FOUND,
                      field + ".principal: no recipient " + change.principal()));
      if (add && !recipient.managedBy(caller)) {
        throw new ApiException(
            ErrorCode.PERMISSION_DENIED,
            "Only the owner of recipient " + recipient.name() + " may grant shares to it");
      }
      if (add || remove) {
        wanted.add(new GrantChange(recipient, add));
      }
    }
    transactions.executeWithoutResult(status -> {
      Share current = lock(share);
      for (GrantChange change : wanted) {
        apply(caller, current, change);
      }
    });
    return share;
  }

  private void apply(Caller caller, Share share, GrantChange change) {
    // Locked, so that a recipient deleted at this moment is not granted anything.
    Recipient recipient =
        recipients
            .lock(change.recipient().id())
            .orElseThrow(() ->
                new ApiException(
                    ErrorCode.RECIPIENT_NOT_FOUND, "No recipient " + change.recipient().name()));
    if (queries.granted(share.id(), recipient.id()) == change.add()) {
      return;
    }
    append(
        caller,
        share.id(),
        share.name(),
        change.add()
            ? new ShareGranted(share.id(), share.name(), recipient.id(), recipient.name())
            : new ShareGrantRevoked(share.id(), share.name(), recipient.id(), recipient.name()));
  }

  private static boolean hasSelect(String field, @Nullable List<@Nullable String> privileges) {
    if (privileges == null || privileges.isEmpty()) {
      return false;
    }
    for (String privilege : privileges) {
      if (!"SELECT".equals(privilege)) {
        throw invalid(
            field
                + ": a recipient can be granted SELECT on a share and nothing else, not "
                + privilege);
      }
    }
    return true;
  }

  // Looks up what the catalog knows of, before the transaction.
  private List<TableChange> plan(
      Caller caller, @Nullable List<@Nullable DataObjectUpdate> updates) {
    List<TableChange> changes = new ArrayList<>();
    int index = 0;
    for (DataObjectUpdate update : updates == null ? List.<DataObjectUpdate>of() : updates) {
      String field = "updates[" + index++ + "]";
      if (update == null || update.action() == null) {
        throw invalid(field + ".action is missing; it is one of ADD, REMOVE, UPDATE");
      }
      DataObjectRequest object = update.dataObject();
      if (object == null) {
        throw invalid(field + ".data_object is missing");
      }
      String objectField = field + ".data_object";
      List<String> name = Names.threeParts(objectField + ".name", object.name());
      check(objectField, object);
      @Nullable List<String> sharedAs = sharedAs(objectField + ".shared_as", object.sharedAs());
      changes.add(
          switch (update.action().toUpperCase(Locale.ROOT)) {
            case "ADD" -> {
              TableAccess table = catalog.table(caller, name.get(0), name.get(1), name.get(2));
              if (!table.mayRead()) {
                throw new ApiException(
                    ErrorCode.PERMISSION_DENIED,
                    "You need SELECT on " + table.fullName() + " to share it");
              }
              if (!table.format().equalsIgnoreCase("DELTA")) {
                throw invalid(objectField + ".name: " + table.fullName() + " is not a Delta table");
              }
              yield new TableChange.Add(
                  objectField,
                  object,
                  table,
                  sharedAs != null
                      ? sharedAs
                      : List.of(
                          Names.checked(objectField + ".shared_as (schema)", table.schema()),
                          Names.checked(objectField + ".shared_as (table)", table.name())));
            }
            case "REMOVE" -> new TableChange.Remove(objectField, name);
            case "UPDATE" -> new TableChange.Update(objectField, name, object, sharedAs);
            default ->
                throw invalid(
                    field + ".action is one of ADD, REMOVE, UPDATE, not " + update.action());
          });
    }
    return changes;
  }

  private static void check(String field, DataObjectRequest object) {
    if (object.dataObjectType() != null && !object.dataObjectType().equalsIgnoreCase("TABLE")) {
      throw invalid(
          field + ".data_object_type: only TABLE can be shared, not " + object.dataObjectType());
    }
    Unsupported.refuse(
        field + ".string_shared_as", object.stringSharedAs(), "only tables can be shared");
    Unsupported.refuse(field + ".content", object.content(), "only tables can be shared");
    if (object.partitions() != null && !object.partitions().isEmpty()) {
      throw invalid(field + ".partitions: sharing some partitions of a table is not supported");
    }
    if (Boolean.TRUE.equals(object.cdfEnabled())) {
      throw invalid(field + ".cdf_enabled: sharing the change data feed is not supported");
    }
    if (object.startVersion() != null && object.startVersion() < 0) {
      throw invalid(field + ".start_version must not be negative");
    }
    Names.checkedComment(field + ".comment", object.comment());
    history(field, object);
  }

  private static @Nullable Boolean history(String field, DataObjectRequest object) {
    String status = object.historyDataSharingStatus();
    if (status == null) {
      return null;
    }
    return switch (status.toUpperCase(Locale.ROOT)) {
      case "ENABLED" -> true;
      case "DISABLED" -> false;
      default ->
          throw invalid(
              field + ".history_data_sharing_status is one of ENABLED, DISABLED, not " + status);
    };
  }

  private static @Nullable List<String> sharedAs(String field, @Nullable String sharedAs) {
    if (sharedAs == null || sharedAs.isEmpty()) {
      return null;
    }
    List<String> parts = List.of(sharedAs.split("\\.", -1));
    if (parts.size() != 2) {
      throw invalid(field + " must be of the form schema.table");
    }
    return List.of(
        Names.checked(field + " (schema)", parts.get(0)),
        Names.checked(field + " (table)", parts.get(1)));
  }

  private void apply(Caller caller, UUID shareId, String share, TableChange change) {
    switch (change) {
      case TableChange.Add add -> add(caller, shareId, share, add);
      case TableChange.Remove remove -> {
        SharedTable table = inShare(shareId, share, remove.field(), remove.name());
        append(
            caller,
            shareId,
            share,
            new SharedTableRemoved(shareId, share, table.tableId(), table.fullName()));
      }
      case TableChange.Update update -> {
        SharedTable table = inShare(shareId, share, update.field(), update.name());
        DataObjectRequest object = update.object();
        Boolean history = history(update.field(), object);
        String schema = update.sharedAs() == null ? table.sharedSchema() : update.sharedAs().get(0);
        String name = update.sharedAs() == null ? table.sharedName() : update.sharedAs().get(1);
        makeWay(caller, shareId, share, update.field(), schema, name, table.tableId());
        append(
            caller,
            shareId,
            share,
            new SharedTableUpdated(
                shareId,
                share,
                table.tableId(),
                table.fullName(),
                schema,
                name,
                history == null ? table.history() : history,
                object.startVersion() == null ? table.startVersion() : object.startVersion(),
                object.comment() == null ? table.comment() : object.comment()));
      }
    }
  }

  private void add(Caller caller, UUID shareId, String share, TableChange.Add add) {
    TableAccess table = add.table();
    DataObjectRequest object = add.object();
    if (!catalogTables.seed(table)) {
      throw new ApiException(
          ErrorCode.TABLE_NOT_FOUND,
          add.field() + ".name: " + table.fullName() + " has been dropped");
    }
    String schema = add.sharedAs().get(0);
    String name = add.sharedAs().get(1);
    SharedTableAdded added =
        new SharedTableAdded(
            shareId,
            share,
            table.id(),
            table.fullName(),
            schema,
            name,
            Boolean.TRUE.equals(history(add.field(), object)),
            object.startVersion() == null ? 0 : object.startVersion(),
            object.comment());
    Optional<SharedTable> present = queries.table(shareId, table.id());
    if (present.isPresent()) {
      if (isSame(present.get(), added)) {
        // The same request again, its first answer lost.
        return;
      }
      throw new ApiException(
          ErrorCode.ALREADY_EXISTS,
          add.field()
              + ".name: "
              + table.fullName()
              + " is in the share already, as "
              + present.get().sharedAs());
    }
    makeWay(caller, shareId, share, add.field(), schema, name, table.id());
    append(caller, shareId, share, added);
  }

  private static boolean isSame(SharedTable present, SharedTableAdded wanted) {
    return present.sharedSchema().equals(wanted.sharedSchema())
        && present.sharedName().equals(wanted.sharedName())
        && present.history() == wanted.history()
        && present.startVersion() == wanted.startVersion()
        && Objects.equals(present.comment(), wanted.comment());
  }

  /**
   * Frees the name that recipients are to see. A table that the catalog has dropped gives way, as
   * an event of its own; one that is there does not.
   */
  private void makeWay(
      Caller caller,
      UUID shareId,
      String share,
      String field,
      String schema,
      String name,
      UUID tableId) {
    Optional<SharedTable> found = queries.tableSharedAs(shareId, schema, name);
    if (found.isEmpty() || found.get().tableId().equals(tableId)) {
      return;
    }
    SharedTable holder = found.get();
    if (!holder.dropped() && !hasBeenDropped(caller, holder)) {
      throw new ApiException(
          ErrorCode.ALREADY_EXISTS,
          field
              + ".shared_as: "
              + holder.fullName()
              + " is shared as "
              + holder.sharedAs()
              + " already");
    }
    append(
        caller,
        shareId,
        share,
        new SharedTableRemoved(shareId, share, holder.tableId(), holder.fullName()));
  }

  // The catalog's feed may not have told of the drop yet. Only a name that is taken is asked about.
  private boolean hasBeenDropped(Caller caller, SharedTable table) {
    try {
      catalog.table(caller, table.tableId());
      return false;
    } catch (ApiException e) {
      if (e.code() == ErrorCode.TABLE_NOT_FOUND) {
        return true;
      }
      if (e.code() == ErrorCode.PERMISSION_DENIED) {
        return false;
      }
      throw e;
    }
  }

  private SharedTable inShare(UUID shareId, String share, String field, List<String> name) {
    return queries
        .tableNamed(shareId, name)
        .orElseThrow(() ->
            new ApiException(
                ErrorCode.TABLE_NOT_FOUND,
                field + ".name: " + String.join(".", name) + " is not in share " + share));
  }

  private Share lock(Share share) {
    return queries.lock(share.id()).orElseThrow(() -> notFound(share.name()));
  }

  private void append(Caller caller, UUID shareId, String share, SharingEvent event) {
    EventMetadata metadata = Actors.metadata(caller);
    events.append(
        List.of(
            StreamAppend.of(
                new StreamId("share", shareId.toString()), ExpectedVersion.any(), event, share)),
        metadata);
  }

  private void uniquely(String name, Runnable change) {
    try {
      transactions.executeWithoutResult(status -> change.run());
    } catch (DuplicateKeyException e) {
      throw new ApiException(ErrorCode.ALREADY_EXISTS, "Share " + name + " exists already");
    }
  }

  private static void requireManaged(Caller caller, Share share) {
    if (!share.managedBy(caller)) {
      throw new ApiException(
          ErrorCode.PERMISSION_DENIED, "You are not the owner of share " + share.name());
    }
  }

  private static ApiException notFound(String name) {
    return new ApiException(ErrorCode.SHARE_NOT_FOUND, "Share " + name + " does not exist");
  }

  private static ApiException invalid(String message) {
    return new ApiException(ErrorCode.INVALID_ARGUMENT, message);
  }

  private record GrantChange(Recipient recipient, boolean add) {}

  private sealed interface TableChange {
    record Add(String field, DataObjectRequest object, TableAccess table, List<String> sharedAs)
        implements TableChange {}

    record Remove(String field, List<String> name) implements TableChange {}

    record Update(
        String field, List<String> name, DataObjectRequest object, @Nullable List<String> sharedAs)
        implements TableChange {}
  }
}
