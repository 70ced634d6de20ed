package io.tidegate.kit.feed;

import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * An event as the feed shows it to other services and to users; in JSON with underscores.
 *
 * @param id the event's own id
 * @param type for instance {@code TableRegistered}
 * @param stream what it happened to: {@code category/id}
 * @param version its place in the stream, from 0
 * @param cursor its place in the feed: reading after it goes on with the next event
 * @param securable the full name or id of what it is about; null where that has no name
 * @param data the event's fields, in their newest schema version
 * @param principal who caused it
 * @param requestId in which request
 * @param recordedAt when, by the database's clock
 */
public record FeedEvent(
    UUID id,
    String type,
    String stream,
    long version,
    String cursor,
    @Nullable String securable,
    JsonNode data,
    String principal,
    String requestId,
    Instant recordedAt) {}
