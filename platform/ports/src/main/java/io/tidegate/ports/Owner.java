package io.tidegate.ports;

import java.util.UUID;

/** A principal or a team, who can own things. */
public record Owner(UUID id, String name) {}
