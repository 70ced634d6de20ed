package io.tidegate.events;

import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * An event as the store holds it.
 *
 * @param id the event's own id
 * @param stream the stream that it is on
 * @param version its place in the stream, from 0
 * @param cursor its place in the feed
 * @param type the registered name of the event's type, for instance {@code TableRegistered}
 * @param data the event's fields, in their newest schema version (older ones are upcast when read)
 * @param event the same, as the record that the type was registered with
 * @param metadata who caused it
 * @param securable what it is about, as in {@link NewEvent}
 * @param recordedAt the database's clock when the appending transaction began
 */
public record RecordedEvent(
    UUID id,
    StreamId stream,
    long version,
    FeedCursor cursor,
    String type,
    JsonNode data,
    Event event,
    EventMetadata metadata,
    @Nullable String securable,
    Instant recordedAt) {}
