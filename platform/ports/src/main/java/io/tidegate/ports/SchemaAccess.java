package io.tidegate.ports;

import io.tidegate.kit.security.Privilege;
import java.util.Set;
import java.util.UUID;

/**
 * A schema as the catalog knows it, and what one caller may do in it.
 *
 * @param privileges what the caller holds on the schema, inherited ones included
 * @param owned whether the caller owns the schema or its catalog, or is an admin
 */
public record SchemaAccess(
    UUID id, String catalog, String name, Set<Privilege> privileges, boolean owned) {
  public SchemaAccess {
    privileges = Set.copyOf(privileges);
  }

  public boolean mayCreateTables() {
    return owned || privileges.contains(Privilege.CREATE_TABLE);
  }
}
