package io.tidegate.events;

import io.tidegate.events.EventTypes.EventType;
import java.util.function.UnaryOperator;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Writes events as JSON with snake_case names, and reads them back in any schema version. */
final class EventJson {
  private static final JsonMapper MAPPER =
      JsonMapper.builder().propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE).build();

  /** An event as read: its fields in the newest schema version, and the record. */
  record Read(JsonNode data, Event event) {}

  private final EventTypes types;

  EventJson(EventTypes types) {
    this.types = types;
  }

  EventType typeOf(Event event) {
    return types.of(event);
  }

  String write(Event event) {
    return MAPPER.writeValueAsString(event);
  }

  Read read(String name, int schemaVersion, String json) {
    EventType type = types.named(name);
    if (schemaVersion > type.schemaVersion()) {
      throw new IllegalStateException(
          "Event %s has schema version %d; this program knows %d at most"
              .formatted(name, schemaVersion, type.schemaVersion()));
    }
    ObjectNode data = (ObjectNode) MAPPER.readTree(json);
    for (UnaryOperator<ObjectNode> step :
        type.upcasters().subList(schemaVersion - 1, type.upcasters().size())) {
      data = step.apply(data);
    }
    return new Read(data, MAPPER.treeToValue(data, type.type()));
  }
}
