package io.tidegate.events;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import tools.jackson.databind.node.ObjectNode;

/** The event types of a service: names, schema versions and upcasters. */
public final class EventTypes {

  /**
   * How events of one type are stored and read.
   *
   * @param name the name under which events of this type are stored
   * @param type the record that holds it
   * @param upcasters step i turns the JSON of schema version i+1 into that of version i+2, so that
   *     the newest schema version is the number of steps plus one
   */
  public record EventType(
      String name, Class<? extends Event> type, List<UnaryOperator<ObjectNode>> upcasters) {
    public EventType {
      upcasters = List.copyOf(upcasters);
    }

    public int schemaVersion() {
      return upcasters.size() + 1;
    }
  }

  private final Map<String, EventType> byName;
  private final Map<Class<?>, EventType> byClass;

  private EventTypes(List<EventType> types) {
    byName = new HashMap<>();
    byClass = new HashMap<>();
    for (EventType type : types) {
      if (byName.put(type.name(), type) != null || byClass.put(type.type(), type) != null) {
        throw new IllegalArgumentException("Event type registered twice: " + type.name());
      }
    }
  }

  public static Builder builder() {
    return new Builder();
  }

  /** The type stored under a name, or an error if no such type was registered. */
  public EventType named(String name) {
    EventType type = byName.get(name);
    if (type == null) {
      throw new IllegalStateException("No event type is registered under the name " + name);
    }
    return type;
  }

  /** The type of an event, or an error if its class was not registered. */
  public EventType of(Event event) {
    EventType type = byClass.get(event.getClass());
    if (type == null) {
      throw new IllegalStateException("Event class not registered: " + event.getClass().getName());
    }
    return type;
  }

  /** The names of all types. */
  public Set<String> names() {
    return Set.copyOf(byName.keySet());
  }

  /** Collects the types. */
  public static final class Builder {
    private final List<EventType> types = new ArrayList<>();

    private Builder() {}

    /** Registers a record under its simple name, with an upcaster per earlier schema version. */
    @SafeVarargs
    public final Builder add(Class<? extends Event> type, UnaryOperator<ObjectNode>... upcasters) {
      types.add(new EventType(type.getSimpleName(), type, List.of(upcasters)));
      return this;
    }

    public EventTypes build() {
      return new EventTypes(types);
    }
  }
}
