package io.tidegate.events;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Pattern;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.dao.TransientDataAccessResourceException;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/**
 * The event store on PostgreSQL, version 15 or later, at the primary. Its tables come from {@link
 * EventStoreMigration}.
 *
 * <p><b>Why the feed loses nothing.</b> Sequence numbers are not handed out in the order in which
 * transactions commit, so a reader that remembers the highest number seen skips what commits late.
 * The feed is ordered by transaction id instead, and an event appears only once its transaction id
 * is below that of every transaction still running; nothing can then appear before it any more. The
 * id under which an event is ordered is its transaction's own or that of the newest transaction
 * that had ended when it was appended, whichever is greater; that keeps a stream in order even
 * where the later appender's transaction began first.
 *
 * <p><b>What that costs.</b> The feed stands still behind the oldest open writing transaction of
 * the whole cluster, other databases included. {@link #feedLag()} shows it; {@code
 * idle_in_transaction_session_timeout} bounds it.
 *
 * <p><b>Restores.</b> Transaction ids mean something within one timeline of one cluster only. The
 * store notices that it works on another one than its last event came from (a restored dump, a
 * failover, a recovery to a point in time) and begins a new feed epoch: all that is there counts as
 * ended, new events come after it, and cursors handed out before stay good, even those of events
 * that the restore lost.
 *
 * <p>Event data are JSON with snake_case names; unknown fields are ignored at read.
 */
public final class PostgresEventStore implements EventStore {
  /** A waiting reader looks again after this long even if nothing wakes it. */
  private static final Duration LOOK_AGAIN = Duration.ofSeconds(5);

  /** How soon a waiting reader looks again while committed events have not appeared yet. */
  private static final Duration FIRST_HELD_LOOK = Duration.ofMillis(2);

  private static final Duration LAST_HELD_LOOK = Duration.ofMillis(250);

  /** U+0000 as JSON text has it, but not an escaped backslash before the text u0000. */
  private static final Pattern ESCAPED_NULL = Pattern.compile("(?<!\\\\)(?:\\\\\\\\)*+\\\\u0000");

  private final DataSource dataSource;
  private final Set<String> types;
  private final EventJson json;
  private final List<Projection> projections;
  private final JdbcTemplate jdbc;
  private final Projection.Target live;
  private final FeedEpochs epochs;
  private final EventSql sql;
  private final String schema;
  private final WakeUp wakeUp = new WakeUp();
  private final AppendChannel channel;
  private volatile boolean closed;

  /**
   * Opens the store and starts to listen for what other processes append.
   *
   * @param schema the PostgreSQL schema that holds the tables
   * @param dataSource where they are; the transactions in which {@link #append} is called must be
   *     on it
   * @param types all event types of the service
   * @param projections those that are updated in the appending transaction
   * @param unpooled the same database, for the one connection that listens for notifications and is
   *     kept; not through a pooler that shares sessions
   */
  public PostgresEventStore(
      String schema,
      DataSource dataSource,
      EventTypes types,
      List<Projection> projections,
      DataSource unpooled) {
    this.schema = SchemaName.checked(schema);
    this.dataSource = dataSource;
    this.types = types.names();
    this.json = new EventJson(types);
    this.projections = List.copyOf(projections);
    this.jdbc = new JdbcTemplate(dataSource);
    this.live = new Projection.Target(schema, JdbcClient.create(dataSource));
    this.epochs = new FeedEpochs(schema, dataSource);
    this.sql = new EventSql(schema);
    this.channel = new AppendChannel(schema, dataSource, unpooled, wakeUp, epochs::doubt);
    channel.start();
  }

  /** As the longer constructor, with the kept connection taken from {@code dataSource} as well. */
  public PostgresEventStore(
      String schema, DataSource dataSource, EventTypes types, List<Projection> projections) {
    this(schema, dataSource, types, projections, dataSource);
  }

  @Override
  public List<RecordedEvent> append(List<StreamAppend> appends, EventMetadata metadata) {
    requireTransaction();
    if (appends.isEmpty()) {
      return List.of();
    }
    requireDistinctStreams(appends);
    epochs.ensureCurrent();
    lockAgainstNewEpoch();
    List<RecordedEvent> recorded;
    try {
      Map<StreamId, Long> firstVersions = advance(appends);
      recorded = insert(appends, firstVersions, metadata);
      for (RecordedEvent event : recorded) {
        for (Projection projection : projections) {
          projection.apply(event, live);
        }
      }
    } catch (RuntimeException e) {
      refuseCommit();
      throw e;
    }
    TransactionSynchronizationManager.registerSynchronization(
        new TransactionSynchronization() {
          @Override
          public void afterCommit() {
            wakeUp.signal();
            channel.tellOthers();
          }
        });
    return recorded;
  }

  private void requireTransaction() {
    if (!TransactionSynchronizationManager.isActualTransactionActive()
        || !TransactionSynchronizationManager.isSynchronizationActive()
        || !TransactionSynchronizationManager.hasResource(dataSource)) {
      throw new IllegalStateException("An append needs a transaction on the store's data source");
    }
  }

  private static void requireDistinctStreams(List<StreamAppend> appends) {
    Set<StreamId> streams = new HashSet<>();
    for (StreamAppend append : appends) {
      if (!streams.add(append.stream())) {
        throw new IllegalArgumentException("Two appends to stream " + append.stream());
      }
    }
  }

  // Until this transaction ends no new epoch begins, so that all events of an epoch have been
  // committed when the next one starts.
  private void lockAgainstNewEpoch() {
    record Session(String cluster, String isolation) {}
    Session session =
        jdbc.queryForObject(
            sql.lockShared(),
            (row, number) -> new Session(row.getString("cluster"), row.getString("isolation")),
            FeedEpochs.lockName(schema));
    if (!session.isolation().equals("read committed")) {
      // The statements after a lock must see what was committed while it was waited for.
      throw new IllegalStateException(
          "An append needs a READ COMMITTED transaction, not " + session.isolation());
    }
    if (!epochs.isCurrent(session.cluster())) {
      throw new TransientDataAccessResourceException(
          "The database moved to another cluster or timeline; try again");
    }
  }

  /** Compares and sets the streams' rows; returns the version of each stream's first new event. */
  private Map<StreamId, Long> advance(List<StreamAppend> appends) {
    String[] categories = new String[appends.size()];
    String[] ids = new String[appends.size()];
    @Nullable Long[] expected = new @Nullable Long[appends.size()];
    Long[] counts = new Long[appends.size()];
    for (int i = 0; i < appends.size(); i++) {
      StreamAppend append = appends.get(i);
      categories[i] = storable(append.stream().category());
      ids[i] = storable(append.stream().id());
      expected[i] =
          switch (append.expected()) {
            case ExpectedVersion.NoStream() -> -1L;
            case ExpectedVersion.Exactly(long version) -> version;
            case ExpectedVersion.Any() -> null;
          };
      counts[i] = (long) append.events().size();
    }
    Map<StreamId, Long> lastVersions = new HashMap<>();
    jdbc.query(
        sql.advanceStreams(),
        row -> {
          lastVersions.put(
              new StreamId(row.getString("category"), row.getString("id")), row.getLong("version"));
        },
        categories,
        ids,
        expected,
        counts);
    Map<StreamId, Long> firstVersions = new HashMap<>();
    for (StreamAppend append : appends) {
      Long last = lastVersions.get(append.stream());
      if (last == null) {
        throw wrongVersion(append, streamVersion(append.stream()));
      }
      firstVersions.put(append.stream(), last - append.events().size() + 1);
    }
    return firstVersions;
  }

  private List<RecordedEvent> insert(
      List<StreamAppend> appends, Map<StreamId, Long> firstVersions, EventMetadata metadata) {
    EventColumns columns = new EventColumns();
    List<EventColumns.Draft> drafts = new ArrayList<>();
    for (StreamAppend append : appends) {
      long version = firstVersions.getOrDefault(append.stream(), 0L);
      for (NewEvent event : append.events()) {
        String text = storableJson(json.write(event.event()));
        drafts.add(
            columns.add(
                append.stream(),
                version++,
                json.typeOf(event.event()),
                text,
                event.securable() == null ? null : storable(event.securable())));
      }
    }
    record Place(FeedPlace place, String json, OffsetDateTime recordedAt) {}
    Map<UUID, Place> places = new HashMap<>();
    try {
      jdbc.query(
          sql.insertEvents(),
          row -> {
            places.put(
                row.getObject("id", UUID.class),
                new Place(
                    EventSql.place(row),
                    row.getString("data"),
                    row.getObject("recorded_at", OffsetDateTime.class)));
          },
          columns.arguments(storable(metadata.principal()), storable(metadata.requestId())));
    } catch (DuplicateKeyException e) {
      // The stream's row and its events disagree; the unique constraint has the last word. An
      // event has the version that the first new one was to get, or a later one.
      StreamAppend append = appends.getFirst();
      WrongVersionException wrong =
          wrongVersion(append, OptionalLong.of(firstVersions.getOrDefault(append.stream(), 0L)));
      wrong.addSuppressed(e);
      throw wrong;
    }
    List<RecordedEvent> recorded = new ArrayList<>(drafts.size());
    for (EventColumns.Draft draft : drafts) {
      Place place = places.get(draft.id());
      if (place == null) {
        throw new IllegalStateException("The database did not return event " + draft.id());
      }
      // As it will be read, so that a projection sees the same now and when it is rebuilt.
      EventJson.Read read = json.read(draft.type(), draft.schemaVersion(), place.json());
      recorded.add(
          new RecordedEvent(
              draft.id(),
              draft.stream(),
              draft.version(),
              place.place().cursor(schema),
              draft.type(),
              read.data(),
              read.event(),
              metadata,
              draft.securable(),
              place.recordedAt().toInstant()));
    }
    return recorded;
  }

  // Half of the append may have been done, so a commit must not happen even if the caller swallows
  // the exception.
  private static void refuseCommit() {
    TransactionSynchronizationManager.registerSynchronization(
        new TransactionSynchronization() {
          @Override
          public void beforeCommit(boolean readOnly) {
            throw new IllegalStateException(
                "An append failed in this transaction, which can only be rolled back");
          }
        });
  }

  private static WrongVersionException wrongVersion(StreamAppend append, OptionalLong actual) {
    return new WrongVersionException(append.stream(), append.expected(), actual);
  }

  private static String storable(String text) {
    if (text.indexOf('\u0000') >= 0) {
      throw unstorable();
    }
    return text;
  }

  private static String storableJson(String text) {
    if (ESCAPED_NULL.matcher(text).find()) {
      throw unstorable();
    }
    return text;
  }

  private static IllegalArgumentException unstorable() {
    return new IllegalArgumentException("PostgreSQL cannot store the character U+0000");
  }

  @Override
  public Set<String> types() {
    return types;
  }

  @Override
  public List<RecordedEvent> readStream(StreamId stream, long fromVersion, int limit) {
    return jdbc.query(
        sql.readStream(), this::event, stream.category(), stream.id(), fromVersion, limit);
  }

  @Override
  public OptionalLong streamVersion(StreamId stream) {
    return jdbc
        .query(
            sql.streamVersion(),
            (row, number) -> row.getLong("version"),
            stream.category(),
            stream.id())
        .stream()
        .mapToLong(Long::longValue)
        .findFirst();
  }

  @Override
  public FeedPage readFeed(FeedCursor after, FeedFilter filter, int limit) {
    return read(after, filter, limit).page();
  }

  @Override
  public FeedPage readFeed(FeedCursor after, FeedFilter filter, int limit, Duration atMost)
      throws InterruptedException {
    long deadline = System.nanoTime() + atMost.toNanos();
    FeedCursor from = after;
    Duration heldLook = FIRST_HELD_LOOK;
    while (true) {
      // Taken before looking: an append that commits after the look has not been counted yet.
      long seen = wakeUp.seen();
      Look look = read(from, filter, limit);
      Duration remaining = Duration.ofNanos(deadline - System.nanoTime());
      if (!look.page().events().isEmpty() || !remaining.isPositive() || closed) {
        return look.page();
      }
      from = look.page().next();
      Duration pause = LOOK_AGAIN;
      if (look.held()) {
        // Nothing wakes a reader when the transaction ends that holds the feed back.
        pause = heldLook;
        heldLook = min(heldLook.multipliedBy(2), LAST_HELD_LOOK);
      } else {
        heldLook = FIRST_HELD_LOOK;
      }
      wakeUp.await(seen, min(pause, remaining));
    }
  }

  private static Duration min(Duration one, Duration other) {
    return one.compareTo(other) <= 0 ? one : other;
  }

  /**
   * @param held whether there are committed events that have not appeared yet
   */
  private record Look(FeedPage page, boolean held) {}

  /**
   * @param end the last event that has appeared, null if none has
   * @param epoch the current feed epoch
   * @param oldestRunning no transaction below this id is running
   */
  private record Horizon(@Nullable FeedPlace end, int epoch, long oldestRunning, boolean held) {}

  private Look read(FeedCursor after, FeedFilter filter, int limit) {
    if (limit < 1) {
      throw new IllegalArgumentException("limit must be at least 1: " + limit);
    }
    FeedPlace from = FeedPlace.of(after, schema);
    Horizon horizon = horizon();
    if (from.epoch() > horizon.epoch()
        || (from.epoch() == horizon.epoch() && from.txid() >= horizon.oldestRunning())) {
      throw new IllegalArgumentException("The cursor lies beyond the end of this feed");
    }
    FeedPlace end = horizon.end();
    if (end == null || end.compareTo(from) <= 0) {
      return new Look(new FeedPage(List.of(), after, false), horizon.held());
    }
    List<RecordedEvent> events = between(from, end, filter, limit);
    boolean full = events.size() == limit;
    FeedCursor last = full ? events.getLast().cursor() : end.cursor(schema);
    return new Look(
        new FeedPage(events, last, full && !last.equals(end.cursor(schema))), horizon.held());
  }

  private Horizon horizon() {
    epochs.ensureCurrent();
    return jdbc.queryForObject(
        sql.horizon(),
        (row, number) ->
            new Horizon(
                row.getObject("position") == null ? null : EventSql.place(row),
                row.getInt("current_epoch"),
                row.getLong("oldest_running"),
                row.getBoolean("held")));
  }

  // Everything up to the horizon has been committed and stays, so this needs no snapshot in common
  // with the statement that found it.
  private List<RecordedEvent> between(FeedPlace from, FeedPlace end, FeedFilter filter, int limit) {
    String[] types = filter.types().toArray(String[]::new);
    String[] securables = filter.securables().toArray(String[]::new);
    List<Object> arguments = new ArrayList<>();
    String query = sql.feed();
    if (securables.length > 0) {
      query = sql.feedBySecurable();
      arguments.add(securables);
      arguments.add(types);
      arguments.add(types);
    } else if (types.length > 0) {
      query = sql.feedByType();
      arguments.add(types);
    }
    for (FeedPlace bound : List.of(from, end)) {
      arguments.add(bound.epoch());
      arguments.add(Long.toString(bound.txid()));
      arguments.add(bound.position());
    }
    arguments.add(limit);
    if (!filter.equals(FeedFilter.ALL)) {
      arguments.add(limit);
    }
    return jdbc.query(query, this::event, arguments.toArray());
  }

  @Override
  public Duration feedLag() {
    epochs.ensureCurrent();
    return jdbc.query(sql.feedLag(), (row, number) -> row.getLong("lag")).stream()
        .findFirst()
        .map(micros -> Duration.of(Math.max(0, micros), ChronoUnit.MICROS))
        .orElse(Duration.ZERO);
  }

  String schema() {
    return schema;
  }

  DataSource dataSource() {
    return dataSource;
  }

  Projection.Target liveTarget() {
    return live;
  }

  /** Whether a projection is among those that are updated in the appending transaction. */
  boolean updatesInTransaction(Projection projection) {
    return projections.stream().anyMatch(one -> one.name().equals(projection.name()));
  }

  /** The last event that has appeared in the feed. */
  FeedPlace feedEnd() {
    FeedPlace end = horizon().end();
    return end == null ? FeedPlace.START : end;
  }

  /**
   * Committed events in feed order, whether they have appeared in the feed or not: up to the feed's
   * end as the feed has them, beyond it those that the current snapshot happens to see.
   *
   * @param end the last place that is wanted
   */
  List<RecordedEvent> between(FeedPlace from, FeedPlace end, int limit) {
    return between(from, end, FeedFilter.ALL, limit);
  }

  private RecordedEvent event(ResultSet row, int number) throws SQLException {
    EventJson.Read read =
        json.read(row.getString("type"), row.getInt("schema_version"), row.getString("data"));
    return new RecordedEvent(
        row.getObject("id", UUID.class),
        new StreamId(row.getString("category"), row.getString("stream_id")),
        row.getLong("version"),
        EventSql.place(row).cursor(schema),
        row.getString("type"),
        read.data(),
        read.event(),
        new EventMetadata(row.getString("principal"), row.getString("request_id")),
        row.getString("securable"),
        row.getObject("recorded_at", OffsetDateTime.class).toInstant());
  }

  @Override
  public void close() {
    closed = true;
    channel.close();
    wakeUp.signal();
  }
}
