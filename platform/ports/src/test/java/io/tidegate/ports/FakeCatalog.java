package io.tidegate.ports;

import io.tidegate.kit.errors.ApiException;
import io.tidegate.kit.errors.ErrorCode;
import io.tidegate.kit.security.Caller;
import io.tidegate.kit.security.Privilege;
import java.net.URI;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/** A catalog in memory, with one schema, {@code main.default}. */
final class FakeCatalog implements CatalogDirectory {
  static final Caller ADA =
      new Caller(
          UUID.fromString("0199aaaa-0000-7000-8000-000000000001"),
          "ada",
          Set.of(UUID.fromString("0199aaaa-0000-7000-8000-0000000000aa")),
          false,
          false);
  static final UUID SCHEMA = UUID.fromString("0199aaaa-0000-7000-8000-0000000000bb");

  final Map<String, Caller> tokens = new ConcurrentHashMap<>(Map.of("ada-token", ADA));
  final Map<UUID, TableAccess> tables = new ConcurrentHashMap<>();
  final List<NewTable> registered = new CopyOnWriteArrayList<>();
  final List<String> callers = new CopyOnWriteArrayList<>();
  final List<String> asked = new CopyOnWriteArrayList<>();

  void clear() {
    tokens.clear();
    tokens.put("ada-token", ADA);
    tables.clear();
    registered.clear();
    callers.clear();
    asked.clear();
  }

  @Override
  public Optional<Caller> authenticate(String token) {
    asked.add(token);
    return Optional.ofNullable(tokens.get(token));
  }

  @Override
  public Caller principal(UUID principalId) {
    if (!principalId.equals(ADA.principalId())) {
      throw new ApiException(ErrorCode.PRINCIPAL_NOT_FOUND, "No principal " + principalId);
    }
    return ADA;
  }

  @Override
  public Owner owner(String name) {
    if (!name.equals(ADA.name())) {
      throw new ApiException(ErrorCode.PRINCIPAL_NOT_FOUND, "No owner " + name);
    }
    return new Owner(ADA.principalId(), ADA.name());
  }

  @Override
  public SchemaAccess schema(Caller caller, String catalog, String schema) {
    callers.add(caller.name());
    if (!catalog.equals("main")) {
      throw new ApiException(ErrorCode.CATALOG_NOT_FOUND, "No catalog " + catalog);
    }
    if (!schema.equals("default")) {
      throw new ApiException(ErrorCode.SCHEMA_NOT_FOUND, "No schema " + schema);
    }
    return new SchemaAccess(SCHEMA, catalog, schema, Set.of(Privilege.CREATE_TABLE), false);
  }

  @Override
  public TableAccess table(Caller caller, String catalog, String schema, String table) {
    callers.add(caller.name());
    return tables.values().stream()
        .filter(found -> found.fullName().equals(catalog + "." + schema + "." + table))
        .findFirst()
        .orElseThrow(() -> new ApiException(ErrorCode.TABLE_NOT_FOUND, "No table " + table));
  }

  @Override
  public TableAccess table(Caller caller, UUID tableId) {
    callers.add(caller.name());
    TableAccess found = tables.get(tableId);
    if (found == null) {
      throw new ApiException(ErrorCode.TABLE_NOT_FOUND, "No table " + tableId);
    }
    return found;
  }

  @Override
  public Set<Privilege> metastorePrivileges(Caller caller) {
    return caller.service()
        ? Set.of(Privilege.values())
        : Set.of(Privilege.CREATE_CATALOG, Privilege.CREATE_SHARE);
  }

  @Override
  public TableAccess register(Caller caller, NewTable table) {
    registered.add(table);
    TableAccess access =
        access(caller, table.id(), table.catalog(), table.schema(), table.name(), table.comment());
    tables.put(table.id(), access);
    return access;
  }

  static TableAccess access(
      Caller owner, UUID id, String catalog, String schema, String name, @Nullable String comment) {
    return new TableAccess(
        id,
        catalog,
        schema,
        name,
        TableAccess.Type.MANAGED,
        "DELTA",
        URI.create("file:///tables/" + id),
        comment,
        owner.name(),
        Instant.parse("2026-01-02T03:04:05.678901Z"),
        owner.name(),
        Instant.parse("2026-01-02T03:04:06Z"),
        Set.of(Privilege.SELECT, Privilege.MODIFY),
        true);
  }

  @Override
  public void drop(Caller caller, String catalog, String schema, String table) {
    tables.remove(table(caller, catalog, schema, table).id());
  }

  @Override
  public TableAccess rename(
      Caller caller, String catalog, String schema, String table, String newName) {
    TableAccess old = table(caller, catalog, schema, table);
    if (newName.equals("taken")) {
      throw new ApiException(ErrorCode.ALREADY_EXISTS, "taken exists");
    }
    TableAccess renamed = access(caller, old.id(), catalog, schema, newName, old.comment());
    tables.put(old.id(), renamed);
    return renamed;
  }

  @Override
  public TableAccess comment(
      Caller caller, String catalog, String schema, String table, String comment) {
    TableAccess old = table(caller, catalog, schema, table);
    TableAccess commented = access(caller, old.id(), catalog, schema, table, comment);
    tables.put(old.id(), commented);
    return commented;
  }

  List<String> takeCallers() {
    List<String> taken = new ArrayList<>(callers);
    callers.clear();
    return taken;
  }
}
