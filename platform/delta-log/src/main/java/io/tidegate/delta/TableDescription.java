package io.tidegate.delta;

import io.tidegate.delta.Action.Metadata;
import io.tidegate.delta.Action.Protocol;
import java.util.LinkedHashMap;
import java.util.Map;

/** What a version of a table says of itself, without its files. */
public record TableDescription(long version, Protocol protocol, Metadata metadata) {

  /** The properties that the log has, and those that follow from the protocol. */
  public Map<String, String> properties() {
    Map<String, String> properties = new LinkedHashMap<>(metadata.configuration());
    properties.putAll(DerivedProperties.of(protocol));
    return properties;
  }
}
