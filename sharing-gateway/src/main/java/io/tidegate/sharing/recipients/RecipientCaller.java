package io.tidegate.sharing.recipients;

import java.util.UUID;

/**
 * The recipient who sent a request of the Delta Sharing protocol.
 *
 * @param id the recipient
 * @param name the recipient's name
 * @param tokenId the token that the request carried
 */
public record RecipientCaller(UUID id, String name, UUID tokenId) {}
