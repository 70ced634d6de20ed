package io.tidegate.sharing;

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
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** A catalog in memory: tables, principals by token, and the feed of what happened to tables. */
final class FakeCatalog implements CatalogDirectory, EventFeed {
  private final Map<String, Caller> callers = new ConcurrentHashMap<>();
  private final Map<UUID, Set<Privilege>> metastore = new ConcurrentHashMap<>();
  private final Map<UUID, TableAccess> tables = new ConcurrentHashMap<>();
  private final Map<UUID, Set<UUID>> readers = new ConcurrentHashMap<>();
  private final Set<String> schemas = ConcurrentHashMap.newKeySet();
  private final List<FeedEvent> events = new ArrayList<>();
  private volatile boolean down;

  /** A principal that comes with a token of the same name. */
  Caller principal(String name, boolean admin, Privilege... privileges) {
    Caller caller = new Caller(UUID.randomUUID(), name, Set.of(), admin, false);
    callers.put(name + "-token", caller);
    Set<Privilege> held = EnumSet.noneOf(Privilege.class);
    held.addAll(List.of(privileges));
    metastore.put(caller.principalId(), held);
    return caller;
  }

  TableAccess add(String catalog, String schema, String name, URI location, TableAccess.Type type) {
    return add(catalog, schema, name, location, type, "DELTA");
  }

  TableAccess add(
      String catalog,
      String schema,
      String name,
      URI location,
      TableAccess.Type type,
      String format) {
    Instant now = Instant.now();
    TableAccess table =
        new TableAccess(
            UUID.randomUUID(),
            catalog,
            schema,
            name,
            type,
            format,
            location,
            null,
            "admin",
            now,
            "admin",
            now,
            Set.of(),
            false);
    tables.put(table.id(), table);
    if (schemas.add(catalog + "." + schema)) {
      ObjectNode created = JsonMapper.shared().createObjectNode();
      created.put("schema_id", id(catalog + "." + schema).toString());
      created.put("catalog_id", id(catalog).toString());
      created.put("catalog", catalog);
      created.put("name", schema);
      tell("SchemaCreated", table, created);
    }
    ObjectNode data = JsonMapper.shared().createObjectNode();
    data.put("table_id", table.id().toString());
    data.put("schema_id", id(catalog + "." + schema).toString());
    data.put("catalog", catalog);
    data.put("schema", schema);
    data.put("name", name);
    data.put("type", type.name());
    data.put("format", format);
    data.put("location", location.toString());
    tell("TableRegistered", table, data);
    return table;
  }

  void allowRead(TableAccess table, Caller caller) {
    readers
        .computeIfAbsent(table.id(), id -> ConcurrentHashMap.newKeySet())
        .add(caller.principalId());
  }

  void rename(TableAccess table, String newName) {
    TableAccess old = Objects.requireNonNull(tables.get(table.id()));
    tables.put(
        table.id(),
        new TableAccess(
            old.id(),
            old.catalog(),
            old.schema(),
            newName,
            old.type(),
            old.format(),
            old.location(),
            old.comment(),
            old.owner(),
            old.createdAt(),
            old.createdBy(),
            Instant.now(),
            Set.of(),
            false));
    ObjectNode data = JsonMapper.shared().createObjectNode();
    data.put("table_id", table.id().toString());
    data.put("catalog", old.catalog());
    data.put("schema", old.schema());
    data.put("name", old.name());
    data.put("new_name", newName);
    tell("TableRenamed", old, data);
  }

  private static UUID id(String name) {
    return UUID.nameUUIDFromBytes(name.getBytes(StandardCharsets.UTF_8));
  }

  /** Tells that the catalog of a table has another name; its tables are not looked up again. */
  void renameCatalog(TableAccess table, String newName) {
    ObjectNode data = JsonMapper.shared().createObjectNode();
    data.put("catalog_id", id(table.catalog()).toString());
    data.put("name", newName);
    tell("CatalogUpdated", table, data);
  }

  /** Tells that the schema of a table has another name. */
  void renameSchema(TableAccess table, String catalog, String newName) {
    ObjectNode data = JsonMapper.shared().createObjectNode();
    data.put("schema_id", id(table.catalog() + "." + table.schema()).toString());
    data.put("catalog", catalog);
    data.put("name", newName);
    tell("SchemaUpdated", table, data);
  }

  void drop(TableAccess table) {
    tables.remove(table.id());
    ObjectNode data = JsonMapper.shared().createObjectNode();
    data.put("table_id", table.id().toString());
    data.put("full_name", table.fullName());
    data.put("type", table.type().name());
    data.put("location", table.location().toString());
    tell("TableDropped", table, data);
  }

  void down(boolean now) {
    down = now;
  }

  private void tell(String type, TableAccess table, ObjectNode data) {
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
              "admin",
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
      while (events.size() <= from) {
        long left = deadline - System.nanoTime();
        if (left <= 0) {
          break;
        }
        try {
          events.wait(Math.max(1, left / 1_000_000));
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          break;
        }
      }
      int to = Math.min(events.size(), from + limit);
      List<FeedEvent> page =
          from >= to
              ? List.of()
              : events.subList(from, to).stream()
                  .filter(event -> types.isEmpty() || types.contains(event.type()))
                  .toList();
      return new FeedEventPage(page, Integer.toString(Math.max(from, to)), to < events.size());
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
        .orElseThrow(() -> new ApiException(ErrorCode.PRINCIPAL_NOT_FOUND, "No principal"));
  }

  @Override
  public Owner owner(String name) {
    return callers.values().stream()
        .filter(caller -> caller.name().equals(name))
        .findFirst()
        .map(caller -> new Owner(caller.principalId(), caller.name()))
        .orElseThrow(
            () -> new ApiException(ErrorCode.PRINCIPAL_NOT_FOUND, "owner: no principal " + name));
  }

  @Override
  public SchemaAccess schema(Caller caller, String catalog, String schema) {
    throw new UnsupportedOperationException("The gateway asks for no schema");
  }

  @Override
  public TableAccess table(Caller caller, String catalog, String schema, String table) {
    requireUp();
    String name = catalog + "." + schema + "." + table;
    return tables.values().stream()
        .filter(known -> known.fullName().equalsIgnoreCase(name))
        .findFirst()
        .map(known -> as(caller, known))
        .orElseThrow(
            () -> new ApiException(ErrorCode.TABLE_NOT_FOUND, "Table " + name + " does not exist"));
  }

  @Override
  public TableAccess table(Caller caller, UUID tableId) {
    requireUp();
    return Optional.ofNullable(tables.get(tableId))
        .map(known -> as(caller, known))
        .orElseThrow(() -> new ApiException(ErrorCode.TABLE_NOT_FOUND, "No table " + tableId));
  }

  private TableAccess as(Caller caller, TableAccess table) {
    boolean reads = readers.getOrDefault(table.id(), Set.of()).contains(caller.principalId());
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
        reads ? Set.of(Privilege.SELECT) : Set.of(),
        caller.admin());
  }

  @Override
  public Set<Privilege> metastorePrivileges(Caller caller) {
    requireUp();
    return metastore.getOrDefault(caller.principalId(), Set.of());
  }

  private void requireUp() {
    if (down) {
      throw new ApiException(ErrorCode.UNAVAILABLE, "The catalog service does not answer");
    }
  }

  @Override
  public TableAccess register(Caller caller, NewTable table) {
    throw new UnsupportedOperationException("The gateway registers no table");
  }

  @Override
  public void drop(Caller caller, String catalog, String schema, String table) {
    throw new UnsupportedOperationException("The gateway drops no table");
  }

  @Override
  public TableAccess rename(
      Caller caller, String catalog, String schema, String table, String newName) {
    throw new UnsupportedOperationException("The gateway renames no table");
  }

  @Override
  public TableAccess comment(
      Caller caller, String catalog, String schema, String table, String comment) {
    throw new UnsupportedOperationException("The gateway comments no table");
  }
}
