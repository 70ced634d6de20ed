package io.tidegate.events;

import java.util.List;

/**
 * Events to append to one stream.
 *
 * @param stream the stream
 * @param expected what the stream must look like for the append to succeed
 * @param events at least one event, in order
 */
public record StreamAppend(StreamId stream, ExpectedVersion expected, List<NewEvent> events) {
  public StreamAppend {
    events = List.copyOf(events);
    if (events.isEmpty()) {
      throw new IllegalArgumentException("An append to " + stream + " needs at least one event");
    }
  }

  public static StreamAppend of(
      StreamId stream, ExpectedVersion expected, Event event, String securable) {
    return new StreamAppend(stream, expected, List.of(new NewEvent(event, securable)));
  }
}
