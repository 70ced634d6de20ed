package io.tidegate.commits;

import io.tidegate.kit.errors.ApiException;
import io.tidegate.kit.errors.ErrorCode;
import io.tidegate.kit.feed.EventFeed;
import io.tidegate.kit.feed.FeedEvent;
import io.tidegate.kit.feed.FeedEventPage;
import io.tidegate.kit.security.Caller;
import io.tidegate.kit.security.Privilege;
import io.tidegate.ports.CatalogDirectory;
import io.tidegate.ports.NewTable;
import io.tidegate.ports.Owner;
import io.tidegate.ports.SchemaAccess;
import io.tidegate.ports.TableAccess;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** A catalog in memory with one schema, main.sales; {@code NAME-token} is the token of NAME. */
final class FakeCatalog implements CatalogDirectory, EventFeed {
  private final Map<String, Caller> callers = new ConcurrentHashMap<>();
  private final Map<UUID, TableAccess> tables = new ConcurrentHashMap<>();
  private final Map<String, Set<Privilege>> grants = new ConcurrentHashMap<>();
  private final List<FeedEvent> events = new ArrayList<>();
  private volatile @Nullable RuntimeException afterRegister;

  Caller principal(String name, boolean admin) {
    Caller caller = new Caller(UUID.randomUUID(), name, Set.of(), admin, false);
    callers.put(name + "-token", caller);
    return caller;
  }

  /** Grants on the schema or, by its id, on a table. */
  void grant(String principal, Object on, Privilege... privileges) {
    grants
        .computeIfAbsent(principal + "@" + on, key -> new HashSet<>())
        .addAll(List.of(privileges));
  }

  /** The next registration succeeds, but its caller does not hear of it. */
  void loseNextAnswer(RuntimeException failure) {
    afterRegister = failure;
  }

  TableAccess external(String name, URI location, String format) {
    TableAccess table =
        table(UUID.randomUUID(), name, TableAccess.Type.EXTERNAL, format, location, "admin");
    tables.put(table.id(), table);
    return table;
  }

  /** Registers a managed table of the admin's without telling anybody. */
  void registerInSilence(UUID id, String name, String location) {
    tables.put(
        id, table(id, name, TableAccess.Type.MANAGED, "DELTA", URI.create(location), "admin"));
  }

  /** Makes another principal a table's owner. */
  void give(UUID id, String owner) {
    tables.computeIfPresent(
        id,
        (same, known) ->
            table(id, known.name(), known.type(), known.format(), known.location(), owner));
  }

  private static TableAccess table(
      UUID id, String name, TableAccess.Type type, String format, URI location, String owner) {
    Instant now = Instant.now();
    return new TableAccess(
        id, "main", "sales", name, type, format, location, null, owner, now, owner, now, Set.of(),
        false);
  }

  private void tell(String type, TableAccess table, String principal) {
    ObjectNode data = JsonMapper.shared().createObjectNode();
    data.put("table_id", table.id().toString());
    data.put("full_name", table.fullName());
    data.put("type", table.type().name());
    data.put("location", table.location().toString());
    synchronized (events) {
      events.add(
          new FeedEvent(
              UUID.randomUUID(),
              type,
              "table/" + table.id(),
              0,
              Integer.toString(events.size() + 1),
              table.fullName(),
              data,
              principal,
              "test",
              Instant.now()));
      events.notifyAll();
    }
  }

  @Override
  public FeedEventPage read(
      String after, Set<String> types, Set<String> securables, int limit, Duration wait) {
    int from = after.isEmpty() ? 0 : Integer.parseInt(after);
    synchronized (events) {
      long deadline = System.nanoTime() + wait.toNanos();
      long left = wait.toNanos();
      while (events.size() <= from && left > 0) {
        try {
          events.wait(Math.max(1, left / 1_000_000));
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          break;
        }
        left = deadline - System.nanoTime();
      }
      int to = Math.max(from, Math.min(events.size(), from + limit));
      List<FeedEvent> page =
          events.subList(from, to).stream().filter(event -> types.contains(event.type())).toList();
      return new FeedEventPage(page, to == 0 ? "" : Integer.toString(to), to < events.size());
    }
  }

  @Override
  public Optional<Caller> authenticate(String token) {
    return Optional.ofNullable(callers.get(token));
  }

  @Override
  public Caller principal(UUID principalId) {
    return callers.values().stream()
        .filter(caller -> caller.principalId().equals(principalId))
        .findFirst()
        .orElseThrow(
            () -> new ApiException(ErrorCode.PRINCIPAL_NOT_FOUND, "No principal " + principalId));
  }

  @Override
  public Owner owner(String name) {
    throw new UnsupportedOperationException("The commit service asks for no owner");
  }

  @Override
  public SchemaAccess schema(Caller caller, String catalog, String schema) {
    if (!catalog.equals("main")) {
      throw new ApiException(ErrorCode.CATALOG_NOT_FOUND, "No catalog " + catalog);
    }
    if (!schema.equals("sales")) {
      throw new ApiException(ErrorCode.SCHEMA_NOT_FOUND, "No schema " + schema);
    }
    return new SchemaAccess(
        new UUID(0, 1),
        catalog,
        schema,
        grants.getOrDefault(caller.name() + "@schema", Set.of()),
        caller.admin());
  }

  @Override
  public TableAccess table(Caller caller, String catalog, String schema, String table) {
    schema(caller, catalog, schema);
    return tables.values().stream()
        .filter(known -> known.name().equals(table))
        .findFirst()
        .map(known -> as(caller, known))
        .orElseThrow(() -> new ApiException(ErrorCode.TABLE_NOT_FOUND, "No table " + table));
  }

  @Override
  public TableAccess table(Caller caller, UUID tableId) {
    return Optional.ofNullable(tables.get(tableId))
        .map(known -> as(caller, known))
        .orElseThrow(() -> new ApiException(ErrorCode.TABLE_NOT_FOUND, "No table " + tableId));
  }

  private TableAccess as(Caller caller, TableAccess table) {
    Set<Privilege> held = EnumSet.noneOf(Privilege.class);
    held.addAll(grants.getOrDefault(caller.name() + "@" + table.id(), Set.of()));
    return new TableAccess(
        table.id(),
        table.catalog(),
        table.schema(),
        table.name(),
        table.type(),
        table.format(),
        table.location(),
        table.comment(),
        table.owner(),
        table.createdAt(),
        table.createdBy(),
        table.updatedAt(),
        held,
        caller.admin() || table.owner().equals(caller.name()));
  }

  @Override
  public Set<Privilege> metastorePrivileges(Caller caller) {
    return Set.of();
  }

  @Override
  public TableAccess register(Caller caller, NewTable table) {
    TableAccess registered;
    synchronized (tables) {
      TableAccess known = tables.get(table.id());
      if (known != null) {
        return as(caller, known);
      }
      if (tables.values().stream().anyMatch(other -> other.name().equals(table.name()))) {
        throw new ApiException(ErrorCode.ALREADY_EXISTS, "Table exists: " + table.name());
      }
      registered =
          table(table.id(), table.name(), table.type(), "DELTA", table.location(), caller.name());
      tables.put(table.id(), registered);
    }
    tell("TableRegistered", registered, caller.name());
    RuntimeException failure = afterRegister;
    if (failure != null) {
      afterRegister = null;
      throw failure;
    }
    return as(caller, registered);
  }

  @Override
  public void drop(Caller caller, String catalog, String schema, String table) {
    TableAccess known = table(caller, catalog, schema, table);
    tables.remove(known.id());
    tell("TableDropped", known, caller.name());
  }

  @Override
  public TableAccess rename(
      Caller caller, String catalog, String schema, String table, String newName) {
    TableAccess known = table(caller, catalog, schema, table);
    TableAccess renamed =
        table(known.id(), newName, known.type(), known.format(), known.location(), known.owner());
    tables.put(known.id(), renamed);
    return as(caller, renamed);
  }

  @Override
  public TableAccess comment(
      Caller caller, String catalog, String schema, String table, String comment) {
    TableAccess known = table(caller, catalog, schema, table);
    TableAccess commented =
        new TableAccess(
            known.id(),
            catalog,
            schema,
            table,
            known.type(),
            known.format(),
            known.location(),
            comment,
            known.owner(),
            known.createdAt(),
            known.createdBy(),
            Instant.now(),
            Set.of(),
            false);
    tables.put(known.id(), commented);
    return as(caller, commented);
  }
}
