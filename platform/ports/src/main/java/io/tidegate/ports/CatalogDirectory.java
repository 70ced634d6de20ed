package io.tidegate.ports;

import io.tidegate.kit.security.Caller;
import io.tidegate.kit.security.CallerAuthenticator;
import io.tidegate.kit.security.Privilege;
import java.util.Set;
import java.util.UUID;

/**
 * What the other services ask the catalog. Every method throws {@code ApiException}: CATALOG_,
 * SCHEMA_ or TABLE_NOT_FOUND for what does not exist, PERMISSION_DENIED for what the caller may not
 * see (no USE CATALOG or USE SCHEMA above it), UNAVAILABLE if the catalog does not answer. Whether
 * the caller may do what they ask for is for the asking service to decide from the answer.
 */
public interface CatalogDirectory extends CallerAuthenticator {

  /**
   * A principal by id, as if they called with one of their tokens: so another service acts for the
   * caller whose token it has checked.
   *
   * @throws io.tidegate.kit.errors.ApiException PRINCIPAL_NOT_FOUND if there is none, or none any
   *     more
   */
  Caller principal(UUID principalId);

  /**
   * A principal or a team by name, for a thing of another service to belong to.
   *
   * @throws io.tidegate.kit.errors.ApiException PRINCIPAL_NOT_FOUND
   */
  Owner owner(String name);

  /** A schema by name. */
  SchemaAccess schema(Caller caller, String catalog, String schema);

  /** A table by its three-part name. */
  TableAccess table(Caller caller, String catalog, String schema, String table);

  /** A table by its id, wherever it was renamed to. */
  TableAccess table(Caller caller, UUID tableId);

  /** What the caller holds on the metastore itself; all privileges for an admin. */
  Set<Privilege> metastorePrivileges(Caller caller);

  /**
   * Registers a table. Idempotent by id: the same table again answers as the first time did. The
   * caller needs CREATE TABLE on the schema, and becomes the owner.
   *
   * @throws io.tidegate.kit.errors.ApiException also ALREADY_EXISTS if the name is taken by another
   *     table, INVALID_ARGUMENT for a bad name or a location outside the configured roots
   */
  TableAccess register(Caller caller, NewTable table);

  /** Drops a table; the caller must own it or something above it. */
  void drop(Caller caller, String catalog, String schema, String table);

  /**
   * Renames a table within its schema; the caller must own it or something above it.
   *
   * @throws io.tidegate.kit.errors.ApiException also ALREADY_EXISTS if the new name is taken
   */
  TableAccess rename(Caller caller, String catalog, String schema, String table, String newName);

  /** Sets what the catalog says a table is about; the caller needs MODIFY on it. */
  TableAccess comment(Caller caller, String catalog, String schema, String table, String comment);
}
