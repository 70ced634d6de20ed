package io.tidegate.ports;

import io.tidegate.kit.security.Privilege;
import java.net.URI;
import java.time.Instant;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A table as the catalog knows it, and what one caller may do with it.
 *
 * @param id the table's UUID, for ever
 * @param type managed or external
 * @param format the data source format, {@code DELTA} or another name of the Unity Catalog API
 * @param location where the table's files are; ends with no slash
 * @param owner the name of the owning principal
 * @param privileges what the caller holds on the table, inherited ones included; an owner of the
 *     table or of anything above it, and an admin, hold all
 * @param owned whether the caller owns the table or anything above it, or is an admin
 */
public record TableAccess(
    UUID id,
    String catalog,
    String schema,
    String name,
    Type type,
    String format,
    URI location,
    @Nullable String comment,
    String owner,
    Instant createdAt,
    String createdBy,
    Instant updatedAt,
    Set<Privilege> privileges,
    boolean owned) {

  /** Who controls the table's files. */
  public enum Type {
    MANAGED,
    EXTERNAL
  }

  public TableAccess {
    privileges = Set.copyOf(privileges);
  }

  public String fullName() {
    return catalog + "." + schema + "." + name;
  }

  public boolean mayRead() {
    return owned || privileges.contains(Privilege.SELECT);
  }

  public boolean mayWrite() {
    return owned || privileges.contains(Privilege.MODIFY);
  }
}
