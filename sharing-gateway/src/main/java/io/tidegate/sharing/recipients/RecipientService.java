package io.tidegate.sharing.recipients;

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
import io.tidegate.kit.web.RequestId;
import io.tidegate.ports.CatalogDirectory;
import io.tidegate.ports.Owner;
import io.tidegate.sharing.events.SharingEvent;
import io.tidegate.sharing.events.SharingEvent.ActivationUsed;
import io.tidegate.sharing.events.SharingEvent.RecipientCreated;
import io.tidegate.sharing.events.SharingEvent.RecipientDeleted;
import io.tidegate.sharing.events.SharingEvent.RecipientUpdated;
import io.tidegate.sharing.events.SharingEvent.TokenRotated;
import io.tidegate.sharing.naming.Names;
import io.tidegate.sharing.naming.Unsupported;
import io.tidegate.sharing.recipients.RecipientTokens.Activation;
import io.tidegate.sharing.recipients.RecipientsApi.CreateRecipient;
import io.tidegate.sharing.recipients.RecipientsApi.IpAccessList;
import io.tidegate.sharing.recipients.RecipientsApi.Properties;
import io.tidegate.sharing.recipients.RecipientsApi.RotateToken;
import io.tidegate.sharing.recipients.RecipientsApi.UpdateRecipient;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.stereotype.Service;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Changes recipients and their tokens.
 *
 * <p>No secret is kept in clear. A new recipient gets an activation link; the bearer token is made
 * when the link is opened, and shown then and never again. Whoever sets up a recipient by program
 * asks for the token at once.
 */
@Service
class RecipientService {
  static final String NO_METASTORE =
      "recipients read with tokens; those of another metastore are not supported";

  private static final Duration LONGEST_GRACE = Duration.ofDays(365);
  private static final int MOST_PROPERTIES = 100;
  private static final int LONGEST_PROPERTY = 1024;

  private final EventStore events;
  private final Recipients recipients;
  private final RecipientTokens tokens;
  private final CatalogDirectory catalog;
  private final TransactionTemplate transactions;
  private final Clock clock;

  RecipientService(
      @Qualifier("sharingEvents") EventStore events,
      Recipients recipients,
      RecipientTokens tokens,
      CatalogDirectory catalog,
      TransactionTemplate transactions) {
    this.events = events;
    this.recipients = recipients;
    this.tokens = tokens;
    this.catalog = catalog;
    this.transactions = transactions;
    this.clock = Clock.systemUTC();
  }

  /**
   * A secret that was made for a recipient just now.
   *
   * @param secret the activation link's secret, or the bearer token
   * @param isToken whether it is the bearer token
   */
  record Issued(Recipient recipient, UUID tokenId, Secret secret, boolean isToken) {}

  Issued create(Caller caller, CreateRecipient request) {
    if (!caller.admin()
        && !catalog.metastorePrivileges(caller).contains(Privilege.CREATE_RECIPIENT)) {
      throw new ApiException(
          ErrorCode.PERMISSION_DENIED,
          "You need CREATE_RECIPIENT on the metastore to create a recipient");
    }
    String name = Names.checked("name", request.name());
    if (request.authenticationType() != null && !request.authenticationType().equals("TOKEN")) {
      throw invalid(
          "authentication_type: only TOKEN is supported, not " + request.authenticationType());
    }
    Unsupported.refuse(
        "data_recipient_global_metastore_id",
        request.dataRecipientGlobalMetastoreId(),
        NO_METASTORE);
    Unsupported.refuse("sharing_code", request.sharingCode(), NO_METASTORE);
    refuseIpAccessList(request.ipAccessList());
    Owner owner =
        request.owner() == null || request.owner().isEmpty()
            ? new Owner(caller.principalId(), caller.name())
            : catalog.owner(request.owner());
    RecipientCreated created =
        new RecipientCreated(
            UUID.randomUUID(),
            name,
            Names.checkedComment("comment", request.comment()),
            owner.name(),
            owner.id(),
            expiration(request.expirationTime()),
            properties(request.propertiesKvpairs()));
    boolean asToken = Boolean.TRUE.equals(request.returnProfile());
    UUID tokenId = UUID.randomUUID();
    Secret secret = Secret.random(asToken ? Secret.TOKEN : Secret.ACTIVATION);
    uniquely(
        name,
        () -> {
          append(caller, created.recipientId(), name, created);
          issue(caller, created.recipientId(), name, tokenId, secret, asToken);
        });
    return new Issued(find(name), tokenId, secret, asToken);
  }

  Recipient get(Caller caller, String name) {
    Recipient recipient = find(name);
    if (!recipient.managedBy(caller)) {
      throw new ApiException(
          ErrorCode.PERMISSION_DENIED, "You are not the owner of recipient " + recipient.name());
    }
    return recipient;
  }

  Recipient update(Caller caller, String name, UpdateRecipient request) {
    Recipient recipient = get(caller, name);
    String newName =
        request.newName() == null ? recipient.name() : Names.checked("new_name", request.newName());
    @Nullable Owner newOwner =
        request.owner() == null || request.owner().equals(recipient.owner())
            ? null
            : catalog.owner(request.owner());
    refuseIpAccessList(request.ipAccessList());
    String comment = Names.checkedComment("comment", request.comment());
    Instant expiration = expiration(request.expirationTime());
    Map<String, String> properties =
        request.propertiesKvpairs() == null ? null : properties(request.propertiesKvpairs());
    uniquely(
        newName,
        () -> {
          Recipient current = lock(recipient);
          append(
              caller,
              current.id(),
              newName,
              new RecipientUpdated(
                  current.id(),
                  newName,
                  comment == null ? current.comment() : comment,
                  newOwner == null ? current.owner() : newOwner.name(),
                  newOwner == null ? current.ownerId() : newOwner.id(),
                  request.expirationTime() == null ? current.expiresAt() : expiration,
                  properties == null ? current.properties() : properties));
        });
    return find(newName);
  }

  void delete(Caller caller, String name) {
    Recipient recipient = get(caller, name);
    transactions.executeWithoutResult(status -> {
      lock(recipient);
      append(
          caller,
          recipient.id(),
          recipient.name(),
          new RecipientDeleted(recipient.id(), recipient.name()));
      tokens.deleteAll(recipient.id());
    });
  }

  Issued rotate(Caller caller, String name, RotateToken request) {
    Recipient recipient = get(caller, name);
    Long seconds = request.existingTokenExpireInSeconds();
    if (seconds == null || seconds < 0 || seconds > LONGEST_GRACE.toSeconds()) {
      throw invalid(
          "existing_token_expire_in_seconds must be from 0 to " + LONGEST_GRACE.toSeconds());
    }
    boolean asToken = Boolean.TRUE.equals(request.returnProfile());
    UUID tokenId = UUID.randomUUID();
    Secret secret = Secret.random(asToken ? Secret.TOKEN : Secret.ACTIVATION);
    transactions.executeWithoutResult(status -> {
      Recipient current = lock(recipient);
      Instant now = clock.instant();
      if (current.expiresAt() != null && !current.expiresAt().isAfter(now)) {
        throw invalid(
            "Recipient "
                + current.name()
                + " has expired, and a new token would not work: set a later"
                + " expiration_time first");
      }
      Instant expireAt = now.plusSeconds(seconds);
      tokens.expire(current.id(), expireAt);
      append(
          caller,
          current.id(),
          current.name(),
          new TokenRotated(current.id(), current.name(), tokenId, expireAt));
      issue(caller, current.id(), current.name(), tokenId, secret, asToken);
    });
    return new Issued(find(recipient.name()), tokenId, secret, asToken);
  }

  /**
   * What the profile file says of a token.
   *
   * @param expiresAt null for never
   */
  record ActivatedToken(Secret token, @Nullable Instant expiresAt) {}

  /** Opens an activation link: makes the bearer token, once. */
  ActivatedToken activate(String link) {
    Secret token = Secret.random(Secret.TOKEN);
    Activation activation = usable(link);
    transactions.executeWithoutResult(status -> {
      if (!tokens.activate(activation.tokenId(), token)) {
        throw used();
      }
      // Whoever opens the link is known by nothing but the link, so the recipient did it.
      events.append(
          List.of(
              StreamAppend.of(
                  stream(activation.recipientId()),
                  ExpectedVersion.any(),
                  new ActivationUsed(
                      activation.recipientId(), activation.recipient(), activation.tokenId()),
                  activation.recipient())),
          new EventMetadata("recipient:" + activation.recipient(), RequestId.current()));
    });
    return new ActivatedToken(token, activation.expiresAt());
  }

  /** Tells whether an activation link can be opened, without opening it. */
  void checkLink(String link) {
    usable(link);
  }

  private Activation usable(String link) {
    Activation activation =
        tokens
            .findLink(link)
            .orElseThrow(() ->
                new ApiException(
                    ErrorCode.NOT_FOUND, "There is no such activation link: check it"));
    if (activation.used()) {
      throw used();
    }
    if (!activation.alive()) {
      throw new ApiException(ErrorCode.GONE, "This activation link has expired: ask for a new one");
    }
    return activation;
  }

  private static ApiException used() {
    return new ApiException(
        ErrorCode.GONE, "This activation link was used before and works once: ask for a new one");
  }

  private void issue(
      Caller caller, UUID recipientId, String name, UUID tokenId, Secret secret, boolean asToken) {
    if (asToken) {
      tokens.insertToken(tokenId, recipientId, secret, caller.name());
      append(caller, recipientId, name, new ActivationUsed(recipientId, name, tokenId));
    } else {
      tokens.insertLink(tokenId, recipientId, secret, caller.name());
    }
  }

  private @Nullable Instant expiration(@Nullable Long expirationTime) {
    if (expirationTime == null || expirationTime == 0) {
      return null;
    }
    Instant instant = Instant.ofEpochMilli(expirationTime);
    if (!instant.isAfter(clock.instant())
        || instant.isAfter(Instant.parse("9999-12-31T00:00:00Z"))) {
      throw invalid(
          "expiration_time must be in the future, in milliseconds since the epoch, or 0 for never");
    }
    return instant;
  }

  private static Map<String, String> properties(@Nullable Properties properties) {
    Map<String, String> wanted =
        properties == null || properties.properties() == null ? Map.of() : properties.properties();
    if (wanted.size() > MOST_PROPERTIES) {
      throw invalid("properties_kvpairs.properties has more than " + MOST_PROPERTIES + " entries");
    }
    wanted.forEach((key, value) -> {
      // A JSON null gets past the type.
      @Nullable String text = value;
      if (text == null
          || key.length() > LONGEST_PROPERTY
          || text.length() > LONGEST_PROPERTY
          || key.indexOf('\0') >= 0
          || text.indexOf('\0') >= 0) {
        throw invalid(
            "properties_kvpairs.properties."
                + key.substring(0, Math.min(key.length(), LONGEST_PROPERTY))
                + " must be text of at most "
                + LONGEST_PROPERTY
                + " characters");
      }
    });
    return wanted;
  }

  // A list that is not obeyed would be worse than none.
  private static void refuseIpAccessList(@Nullable IpAccessList list) {
    if (list != null && list.allowedIpAddresses() != null && !list.allowedIpAddresses().isEmpty()) {
      throw invalid("ip_access_list is not supported");
    }
  }

  private Recipient find(String name) {
    return recipients.find(name).orElseThrow(() -> notFound(name));
  }

  private Recipient lock(Recipient recipient) {
    return recipients.lock(recipient.id()).orElseThrow(() -> notFound(recipient.name()));
  }

  private void append(Caller caller, UUID recipientId, String name, SharingEvent event) {
    events.append(
        List.of(StreamAppend.of(stream(recipientId), ExpectedVersion.any(), event, name)),
        Actors.metadata(caller));
  }

  private static StreamId stream(UUID recipientId) {
    return new StreamId("recipient", recipientId.toString());
  }

  private void uniquely(String name, Runnable change) {
    try {
      transactions.executeWithoutResult(status -> change.run());
    } catch (DuplicateKeyException e) {
      throw new ApiException(ErrorCode.ALREADY_EXISTS, "Recipient " + name + " exists already");
    }
  }

  private static ApiException notFound(String name) {
    return new ApiException(ErrorCode.RECIPIENT_NOT_FOUND, "Recipient " + name + " does not exist");
  }

  private static ApiException invalid(String message) {
    return new ApiException(ErrorCode.INVALID_ARGUMENT, message);
  }
}
