package io.tidegate.delta;

import io.tidegate.delta.Action.Metadata;
import io.tidegate.delta.Action.Protocol;

/** What a version of a table says of itself, without its files. */
public record TableDescription(long version, Protocol protocol, Metadata metadata) {}
