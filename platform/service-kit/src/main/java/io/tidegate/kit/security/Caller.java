package io.tidegate.kit.security;

import java.util.Set;
import java.util.UUID;

/**
 * Whoever sent the request, as their token shows. Controllers take it as a method parameter.
 *
 * @param principalId the principal
 * @param name the principal's name, as events record it
 * @param teams the teams that the principal is in
 * @param admin whether the principal may do everything
 * @param service whether it is another Tidegate service rather than a principal
 */
public record Caller(
    UUID principalId, String name, Set<UUID> teams, boolean admin, boolean service) {
  public Caller {
    teams = Set.copyOf(teams);
  }
}
