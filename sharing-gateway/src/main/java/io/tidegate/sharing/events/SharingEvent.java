package io.tidegate.sharing.events;

import io.tidegate.events.Event;
import io.tidegate.events.EventTypes;
import java.time.Instant;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Everything that changes the gateway's state, and the reads that recipients make. */
public sealed interface SharingEvent extends Event {

  /** The event types of this service, as its event store needs them. */
  static EventTypes types() {
    return EventTypes.builder()
        .add(ShareCreated.class)
        .add(ShareUpdated.class)
        .add(ShareDeleted.class)
        .add(SharedTableAdded.class)
        .add(SharedTableUpdated.class)
        .add(SharedTableRemoved.class)
        .add(ShareGranted.class)
        .add(ShareGrantRevoked.class)
        .add(RecipientCreated.class)
        .add(RecipientUpdated.class)
        .add(RecipientDeleted.class)
        .add(TokenRotated.class)
        .add(ActivationUsed.class)
        .add(SharedTableQueried.class)
        .build();
  }

  record ShareCreated(
      UUID shareId, String name, @Nullable String comment, String owner, UUID ownerId)
      implements SharingEvent {}

  /** The share's settings after the change, all of them. */
  record ShareUpdated(
      UUID shareId, String name, @Nullable String comment, String owner, UUID ownerId)
      implements SharingEvent {}

  record ShareDeleted(UUID shareId, String name) implements SharingEvent {}

  /**
   * A table came into a share.
   *
   * @param table the table's full name in the catalog at that moment
   * @param sharedSchema the schema that recipients see it in
   * @param sharedName the name that recipients see
   * @param history whether recipients may ask for other versions than the latest
   * @param startVersion the earliest version that recipients may ask for
   */
  record SharedTableAdded(
      UUID shareId,
      String share,
      UUID tableId,
      String table,
      String sharedSchema,
      String sharedName,
      boolean history,
      long startVersion,
      @Nullable String comment)
      implements SharingEvent {}

  /** The shared table's settings after the change, all of them. */
  record SharedTableUpdated(
      UUID shareId,
      String share,
      UUID tableId,
      String table,
      String sharedSchema,
      String sharedName,
      boolean history,
      long startVersion,
      @Nullable String comment)
      implements SharingEvent {}

  record SharedTableRemoved(UUID shareId, String share, UUID tableId, String table)
      implements SharingEvent {}

  /** The recipient may read everything in the share. */
  record ShareGranted(UUID shareId, String share, UUID recipientId, String recipient)
      implements SharingEvent {}

  record ShareGrantRevoked(UUID shareId, String share, UUID recipientId, String recipient)
      implements SharingEvent {}

  /**
   * A recipient came into being.
   *
   * @param expirationTime when every token of the recipient stops working, null for never
   */
  record RecipientCreated(
      UUID recipientId,
      String name,
      @Nullable String comment,
      String owner,
      UUID ownerId,
      @Nullable Instant expirationTime,
      Map<String, String> properties)
      implements SharingEvent {}

  /** The recipient's settings after the change, all of them. */
  record RecipientUpdated(
      UUID recipientId,
      String name,
      @Nullable String comment,
      String owner,
      UUID ownerId,
      @Nullable Instant expirationTime,
      Map<String, String> properties)
      implements SharingEvent {}

  record RecipientDeleted(UUID recipientId, String name) implements SharingEvent {}

  /**
   * A recipient got a new token, or a link to one.
   *
   * @param tokenId the new token
   * @param existingTokensExpireAt when the earlier tokens stop working
   */
  record TokenRotated(
      UUID recipientId, String recipient, UUID tokenId, Instant existingTokensExpireAt)
      implements SharingEvent {}

  /** The bearer token came into being and was handed out. */
  record ActivationUsed(UUID recipientId, String recipient, UUID tokenId) implements SharingEvent {}

  /**
   * A recipient was told the files of a table.
   *
   * @param table the table's full name in the catalog
   * @param version the Delta version that was read
   * @param files how many files were named in the answer
   * @param bytes the sum of their sizes
   * @param completed whether the answer was sent to its end
   */
  record SharedTableQueried(
      UUID recipientId,
      String recipient,
      UUID tokenId,
      String share,
      String sharedSchema,
      String sharedName,
      UUID tableId,
      String table,
      long version,
      String responseFormat,
      long files,
      long bytes,
      boolean completed)
      implements SharingEvent {}
}
