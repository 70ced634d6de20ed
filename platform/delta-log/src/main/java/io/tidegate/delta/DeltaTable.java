package io.tidegate.delta;

import io.tidegate.delta.CatalogCommits.StagedCommit;
import io.tidegate.delta.DeltaTableException.Reason;
import io.tidegate.delta.LogListing.Checkpoint;
import io.tidegate.objects.ObjectInfo;
import io.tidegate.objects.ObjectStore;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.NoSuchFileException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.locks.Lock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * A Delta table, read by its log. Nothing outside its folder is read. Safe for any number of
 * threads; as short-lived or long-lived as its owner likes, for what is worth keeping is in the
 * {@link SnapshotCache}.
 */
public final class DeltaTable {
  private static final Logger LOG = LoggerFactory.getLogger(DeltaTable.class);
  private static final int MOST_LISTED = 1_000_000;
  private static final int LAST_CHECKPOINT_BYTES = 1 << 20;

  /** How many new commits are looked for one by one, before the log is listed instead. */
  private static final int STEPS = 16;

  private final LogPaths paths;
  private final ObjectStore store;
  private final SnapshotCache cache;

  private DeltaTable(LogPaths paths, ObjectStore store, SnapshotCache cache) {
    this.paths = paths;
    this.store = store;
    this.cache = cache;
  }

  /** Whether a table with features that are not known here is given to the caller. */
  public enum Features {
    /** Refuse a table with a reader feature that is not {@linkplain ReaderFeatures#supported()}. */
    SUPPORTED,
    /**
     * Take any: the log can be read, and whether the data can is for the caller's own client to
     * say. A reader version above 3 is refused even so.
     */
    ANY
  }

  /**
   * A table whose versions are read anew each time.
   *
   * @param location the table's folder, with or without a slash at its end
   * @throws io.tidegate.objects.OutsideRootException if the store does not reach there
   */
  public static DeltaTable at(URI location, ObjectStore store) throws IOException {
    return at(location, store, new SnapshotCache(0));
  }

  /** A table whose versions are kept in a cache, and moved forward by what is new in the log. */
  public static DeltaTable at(URI location, ObjectStore store, SnapshotCache cache)
      throws IOException {
    LogPaths paths = new LogPaths(location);
    return new DeltaTable(paths, store.within(paths.table()), cache);
  }

  /** As {@link #snapshot(TimeTravel, CatalogCommits, Features)} with supported features only. */
  public TableSnapshot snapshot(TimeTravel wanted, @Nullable CatalogCommits commits)
      throws IOException {
    return snapshot(wanted, commits, Features.SUPPORTED);
  }

  /**
   * One version of the table.
   *
   * @param commits what the catalog says of a catalog-managed table, null for a plain one; not
   *     looked at if the table turns out to be plain
   * @throws DeltaTableException with every reason but TOO_LARGE; the message is fit for a user
   */
  public TableSnapshot snapshot(
      TimeTravel wanted, @Nullable CatalogCommits commits, Features features) throws IOException {
    TableState state = state(wanted, commits);
    if (features == Features.SUPPORTED) {
      ReaderFeatures.require(state.protocol());
    }
    return new TableSnapshot(state);
  }

  /**
   * What the latest version of a plain table says of itself. Its files are not looked at, so it
   * costs little however large the table is: if it was described before, two looks at the log and
   * the commits that are new; else the commits from the latest back to the one that describes the
   * table, or to a checkpoint.
   *
   * @throws DeltaTableException as {@link #snapshot} with {@link Features#ANY}
   */
  public TableDescription describe() throws IOException {
    TableState known = cache.described(paths.table());
    if (known != null && isLatest(known)) {
      return description(known);
    }
    Lock lock = cache.lock(paths.table());
    lock.lock();
    try {
      // Another caller may have moved it forward meanwhile.
      TableState state = followed(cache.described(paths.table()));
      if (state == null) {
        state = described();
      }
      refuseCatalogManaged(state);
      cache.putDescribed(state);
      return description(state);
    } finally {
      lock.unlock();
    }
  }

  private static TableDescription description(TableState state) {
    return new TableDescription(state.version(), state.protocol(), state.metadata());
  }

  private boolean isLatest(TableState known) throws IOException {
    return stands(known) && store.head(paths.published(known.version() + 1)).isEmpty();
  }

  /** Whether the version that is known is still the one in the log. */
  private boolean stands(TableState known) throws IOException {
    ObjectInfo anchor = known.anchor();
    return anchor != null && store.head(anchor.uri()).equals(Optional.of(anchor));
  }

  /**
   * A description moved forward commit by commit.
   *
   * @return null if there is none, if it no longer stands, or if it is far behind
   */
  private @Nullable TableState followed(@Nullable TableState known) throws IOException {
    if (known == null || !stands(known)) {
      return null;
    }
    TableState state = known;
    for (int step = 0; step < STEPS; step++) {
      long version = state.version() + 1;
      Optional<ObjectInfo> commit = store.head(paths.published(version));
      if (commit.isEmpty()) {
        return state;
      }
      try {
        TableState.Replay replay = state.next();
        readDescription(commit.get().uri(), replay::apply);
        state = replay.build(version, 0, commit.get());
      } catch (NoSuchFileException e) {
        return null;
      }
    }
    return null;
  }

  /** A description read anew, from the latest commit backwards. */
  private TableState described() throws IOException {
    return patiently(-1, this::describedBy);
  }

  private TableState describedBy(LogListing listing) throws IOException, DamagedCheckpoint {
    if (listing.isEmpty()) {
      throw notATable();
    }
    long latest = listing.latestVersion();
    Checkpoint checkpoint = listing.checkpoint(latest).orElse(null);
    long from = checkpoint == null ? -1 : checkpoint.version();
    NavigableMap<Long, Source> sources = sources(listing.commits(), null);
    LatestDescription found = new LatestDescription();
    for (long version = latest; version > from && !found.isWhole(); version--) {
      readDescription(commit(sources, version).uri(), found::add);
      found.nextBefore();
    }
    if (!found.isWhole() && checkpoint != null) {
      CheckpointReader reader = new CheckpointReader(store, paths);
      readCheckpoint(
          checkpoint,
          () -> {
            reader.readDescription(checkpoint.files(), found::add);
            found.nextBefore();
            return found.isWhole();
          });
    }
    TableState.Replay replay = new TableState.Replay(paths.table());
    found.actions().forEach(replay::apply);
    return replay.build(latest, 0, listing.anchor(latest).orElse(null));
  }

  private void readDescription(URI commit, Consumer<Action> actions) throws IOException {
    try (InputStream input = store.open(commit)) {
      CommitLines lines =
          new CommitLines(
              LogPaths.nameOf(commit), input, CommitFile.Limits.OF_A_LOG.maxLineBytes());
      for (JsonNode line = lines.next(); line != null; line = lines.next()) {
        if (line.has("metaData") || line.has("protocol")) {
          Action action = lines.action(line);
          if (action != null) {
            actions.accept(action);
          }
        }
      }
    }
  }

  /** Collects what describes a table from commits that are read backwards: the latest counts. */
  private static final class LatestDescription {
    private @Nullable Action protocol;
    private @Nullable Action metadata;
    private @Nullable Action newProtocol;
    private @Nullable Action newMetadata;

    void add(Action action) {
      switch (action) {
        case Action.Protocol given -> newProtocol = given;
        case Action.Metadata given -> newMetadata = given;
        default -> {}
      }
    }

    /** Goes on with the commit before: what it says counts only where no later one spoke. */
    void nextBefore() {
      protocol = protocol == null ? newProtocol : protocol;
      metadata = metadata == null ? newMetadata : metadata;
      newProtocol = null;
      newMetadata = null;
    }

    boolean isWhole() {
      return protocol != null && metadata != null;
    }

    List<Action> actions() {
      List<Action> actions = new ArrayList<>();
      if (protocol != null) {
        actions.add(protocol);
      }
      if (metadata != null) {
        actions.add(metadata);
      }
      return actions;
    }
  }

  /**
   * The first version committed at or after an instant.
   *
   * @throws DeltaTableException TIMESTAMP_OUT_OF_RANGE if it is after the last commit, and those of
   *     {@link #snapshot}
   */
  public long versionAtOrAfter(Instant instant, @Nullable CatalogCommits commits)
      throws IOException {
    VersionTimes times = times(commits);
    Optional<Long> version = times.firstAtOrAfter(instant.toEpochMilli());
    return version.orElseThrow(() -> times.outOfRange(instant));
  }

  private TableState state(TimeTravel wanted, @Nullable CatalogCommits commits) throws IOException {
    return switch (wanted) {
      case TimeTravel.Latest latest -> latest(commits);
      case TimeTravel.AtVersion(long version) -> version(version, commits);
      case TimeTravel.AtTimestamp(Instant instant) -> {
        VersionTimes times = times(commits);
        Optional<Long> version = times.lastAtOrBefore(instant.toEpochMilli());
        yield version(version.orElseThrow(() -> times.outOfRange(instant)), commits);
      }
    };
  }

  private TableState latest(@Nullable CatalogCommits commits) throws IOException {
    return commits == null ? latestPlain() : latestRatified(commits);
  }

  private TableState latestPlain() throws IOException {
    TableState before = cache.latest(paths.table());
    LogListing news = null;
    if (before != null && before.anchor() != null) {
      news = list(before.version());
      if (news.latestVersion() == before.version() && unchanged(before, news)) {
        return before;
      }
    }
    Lock lock = cache.lock(paths.table());
    lock.lock();
    try {
      TableState known = cache.latest(paths.table());
      TableState state = null;
      if (known != null && known.anchor() != null) {
        if (news == null || known != before) {
          // Another caller moved it forward meanwhile.
          news = list(known.version());
        }
        if (unchanged(known, news)) {
          state = advance(known, news.latestVersion(), sources(news.commits(), null));
        }
      }
      if (state == null) {
        state = load(-1, null);
      }
      refuseCatalogManaged(state);
      cache.putLatest(state);
      return state;
    } finally {
      lock.unlock();
    }
  }

  /** Whether the version that is known is still the one in the log. */
  private static boolean unchanged(TableState known, LogListing listing) {
    return listing.anchor(known.version()).equals(Optional.ofNullable(known.anchor()));
  }

  private TableState latestRatified(CatalogCommits commits) throws IOException {
    TableState known = cache.latest(paths.table());
    if (known != null && known.version() == commits.latestVersion() && known.anchor() == null) {
      return known;
    }
    Lock lock = cache.lock(paths.table());
    lock.lock();
    try {
      known = cache.latest(paths.table());
      if (known == null || known.anchor() != null) {
        known = null;
      } else if (known.version() == commits.latestVersion()) {
        return known;
      } else if (known.version() > commits.latestVersion()) {
        // The catalog was asked before another caller that knows of more.
        return ratified(commits.latestVersion(), commits);
      }
      TableState state =
          known == null
              ? null
              : advance(known, commits.latestVersion(), ratifiedSources(known.version(), commits));
      if (state == null) {
        state = load(commits.latestVersion(), commits);
      }
      if (!state.protocol().catalogManaged()) {
        return latestPlain();
      }
      cache.putLatest(state);
      return state;
    } finally {
      lock.unlock();
    }
  }

  private TableState version(long version, @Nullable CatalogCommits commits) throws IOException {
    if (commits == null) {
      return plain(version);
    }
    TableState latest = latestRatified(commits);
    if (latest.version() == version) {
      return latest;
    }
    if (!latest.protocol().catalogManaged()) {
      return plain(version);
    }
    return ratified(version, commits);
  }

  private TableState ratified(long version, CatalogCommits commits) throws IOException {
    if (version < 0 || version > commits.latestVersion()) {
      throw noSuchVersion(version, list(-1), commits);
    }
    return knownOrLoaded(version, commits);
  }

  private TableState plain(long version) throws IOException {
    if (version < 0) {
      throw noSuchVersion(version, list(-1), null);
    }
    return knownOrLoaded(version, null);
  }

  private TableState knownOrLoaded(long version, @Nullable CatalogCommits commits)
      throws IOException {
    TableState known = known(version, commits);
    if (known != null) {
      return known;
    }
    Lock lock = cache.lock(paths.table());
    lock.lock();
    try {
      known = known(version, commits);
      if (known != null) {
        return known;
      }
      TableState state = load(version, commits);
      if (commits == null) {
        refuseCatalogManaged(state);
      }
      cache.putVersion(state);
      return state;
    } finally {
      lock.unlock();
    }
  }

  /** A version that was read before and is still the same. */
  private @Nullable TableState known(long version, @Nullable CatalogCommits commits)
      throws IOException {
    TableState known = cache.version(paths.table(), version);
    if (known == null || (commits != null) != (known.anchor() == null)) {
      return null;
    }
    ObjectInfo anchor = known.anchor();
    return anchor == null || store.head(anchor.uri()).equals(Optional.of(anchor)) ? known : null;
  }

  private void refuseCatalogManaged(TableState state) {
    if (state.protocol().catalogManaged()) {
      throw new DeltaTableException(
          Reason.CATALOG_MANAGED,
          "The table at "
              + paths.table()
              + " is managed by a catalog, which alone knows its versions");
    }
  }

  /** A commit to read: where it is, and where else if it is no longer there. */
  private record Source(
      URI uri, @Nullable URI published, long fileTime, @Nullable ObjectInfo file) {}

  private NavigableMap<Long, Source> sources(
      NavigableMap<Long, ObjectInfo> published, @Nullable CatalogCommits commits) {
    NavigableMap<Long, Source> sources = new TreeMap<>();
    published.forEach((version, file) ->
        sources.put(version, new Source(file.uri(), null, file.modifiedAt().toEpochMilli(), file)));
    if (commits != null) {
      sources.tailMap(commits.latestVersion(), false).clear();
      for (StagedCommit staged : commits.unpublished()) {
        sources.put(staged.version(), source(staged));
      }
    }
    return sources;
  }

  private NavigableMap<Long, Source> ratifiedSources(long after, CatalogCommits commits) {
    NavigableMap<Long, Source> sources = new TreeMap<>();
    for (long version = after + 1; version <= commits.latestVersion(); version++) {
      sources.put(version, new Source(paths.published(version), null, 0, null));
    }
    for (StagedCommit staged : commits.unpublished()) {
      if (staged.version() > after) {
        sources.put(staged.version(), source(staged));
      }
    }
    return sources;
  }

  private Source source(StagedCommit staged) {
    return new Source(
        paths.staged(staged.fileName()),
        paths.published(staged.version()),
        staged.timestamp(),
        null);
  }

  /**
   * Moves a version forward by the commits after it.
   *
   * @return null if they are not all there
   */
  private @Nullable TableState advance(
      TableState known, long target, NavigableMap<Long, Source> sources) throws IOException {
    if (target == known.version()) {
      return known;
    }
    for (long version = known.version() + 1; version <= target; version++) {
      if (!sources.containsKey(version)) {
        return null;
      }
    }
    try {
      return replay(known.next(), known.version(), known.timestamp(), target, sources);
    } catch (NoSuchFileException e) {
      return null;
    }
  }

  /**
   * Applies the commits after one version up to another. Compactions of them are left alone: they
   * are optional, and in those that are about a file may be both added and removed.
   */
  private TableState replay(
      TableState.Replay replay,
      long from,
      long fromTimestamp,
      long target,
      NavigableMap<Long, Source> sources)
      throws IOException {
    long timestamp = fromTimestamp;
    ObjectInfo anchor = null;
    for (long version = from + 1; version <= target; version++) {
      Source source = commit(sources, version);
      replay.nextCommit();
      read(source, replay);
      timestamp = timestamp(replay, version, source.fileTime(), timestamp);
      anchor = source.file();
    }
    return replay.build(target, timestamp, anchor);
  }

  private Source commit(NavigableMap<Long, Source> sources, long version) {
    Source source = sources.get(version);
    if (source == null) {
      throw new DeltaTableException(
          Reason.CORRUPT,
          "The log of " + paths.table() + " lacks the commit of version " + version);
    }
    return source;
  }

  private long timestamp(TableState.Replay replay, long version, long fileTime, long previous) {
    if (!replay.inCommitTimestamps()) {
      return Math.max(previous + 1, fileTime);
    }
    Long inCommit = replay.inCommitTimestamp();
    if (inCommit == null) {
      throw new DeltaTableException(
          Reason.CORRUPT,
          "Version " + version + " of " + paths.table() + " lacks its in-commit timestamp");
    }
    return inCommit;
  }

  private void read(Source source, TableState.Replay replay) throws IOException {
    try (InputStream input = open(source)) {
      CommitLines lines =
          new CommitLines(
              LogPaths.nameOf(source.uri()), input, CommitFile.Limits.OF_A_LOG.maxLineBytes());
      for (JsonNode line = lines.next(); line != null; line = lines.next()) {
        Action action = lines.action(line);
        if (action != null) {
          replay.apply(action);
        }
      }
    }
  }

  private InputStream open(Source source) throws IOException {
    try {
      return store.open(source.uri());
    } catch (NoSuchFileException e) {
      URI published = source.published();
      if (published == null) {
        throw e;
      }
      // Published since the catalog was asked, and its staged file cleaned up.
      return store.open(published);
    }
  }

  /**
   * Reads a version from the nearest checkpoint before it.
   *
   * @param wanted the version; -1 for the latest of the log
   */
  private TableState load(long wanted, @Nullable CatalogCommits commits) throws IOException {
    cache.loads().acquireUninterruptibly();
    try {
      TableState state = patiently(wanted, listing -> load(wanted, listing, commits));
      // What a catalog ratified stays what it is; no look at the log need confirm it.
      return commits == null ? state : state.withAnchor(null);
    } finally {
      cache.loads().release();
    }
  }

  /** Makes a version of what a listing of the log shows. */
  @FunctionalInterface
  private interface Reading {
    TableState of(LogListing listing) throws IOException, DamagedCheckpoint;
  }

  private TableState patiently(long wanted, Reading reading) throws IOException {
    try {
      return once(wanted, reading);
    } catch (NoSuchFileException e) {
      // Cleaned up between the listing and the reading; the next listing shows what is left.
      try {
        return once(wanted, reading);
      } catch (NoSuchFileException again) {
        throw new DeltaTableException(
            Reason.CORRUPT,
            "The log of " + paths.table() + " names what is not there: " + again.getFile(),
            again);
      }
    }
  }

  private TableState once(long wanted, Reading reading) throws IOException {
    Optional<Long> hint = lastCheckpoint();
    LogListing listing = null;
    if (hint.isPresent() && (wanted < 0 || hint.get() <= wanted)) {
      listing = list(hint.get());
      if (!listing.hasCheckpoint(hint.get())) {
        listing = null;
      }
    }
    boolean whole = listing == null;
    if (listing == null) {
      listing = list(-1);
    }
    try {
      return reading.of(listing);
    } catch (DamagedCheckpoint e) {
      return without(e, whole ? listing : list(-1), reading);
    }
  }

  /**
   * Does without a checkpoint that cannot be read: an older one will do, or the commits alone.
   *
   * @throws DeltaTableException that the checkpoint is damaged, if they do not
   */
  private TableState without(DamagedCheckpoint newest, LogListing whole, Reading reading)
      throws IOException {
    LogListing left = whole;
    DamagedCheckpoint damaged = newest;
    while (true) {
      left = left.withoutCheckpoint(damaged.version());
      try {
        TableState state = reading.of(left);
        if (cache.isNews(newest.file())) {
          LOG.warn(
              "The checkpoint {} cannot be read. The table is read from what came before it: {}",
              newest.file(),
              newest.getMessage());
        }
        return state;
      } catch (DamagedCheckpoint e) {
        damaged = e;
      } catch (DeltaTableException e) {
        switch (e.reason()) {
          case CORRUPT, NO_SUCH_VERSION -> throw newest.failure(e);
          case NOT_A_TABLE, UNSUPPORTED, TOO_LARGE, TIMESTAMP_OUT_OF_RANGE, CATALOG_MANAGED ->
              throw e;
        }
      }
    }
  }

  /** A checkpoint cannot be read, or is none: an older one may do. */
  private static final class DamagedCheckpoint extends Exception {
    private static final long serialVersionUID = 1L;
    private final long version;
    private final URI file;

    private final @Nullable DeltaTableException damage;

    DamagedCheckpoint(Checkpoint checkpoint, DeltaTableException damage) {
      this(checkpoint, damage, damage);
    }

    /** A file that the checkpoint names is not there. */
    DamagedCheckpoint(Checkpoint checkpoint, NoSuchFileException missing) {
      this(checkpoint, missing, null);
    }

    private DamagedCheckpoint(
        Checkpoint checkpoint, Exception cause, @Nullable DeltaTableException damage) {
      super(cause.getMessage(), cause);
      this.damage = damage;
      this.version = checkpoint.version();
      this.file = checkpoint.files().getFirst().uri();
    }

    long version() {
      return version;
    }

    URI file() {
      return file;
    }

    /**
     * What is to be said if nothing else will do, either.
     *
     * @throws NoSuchFileException if a file is not there, which another listing may show otherwise
     */
    DeltaTableException failure(DeltaTableException otherwise) throws NoSuchFileException {
      if (damage == null) {
        NoSuchFileException missing = new NoSuchFileException(getMessage());
        missing.initCause(this);
        throw missing;
      }
      damage.addSuppressed(otherwise);
      return damage;
    }
  }

  /** Reads a checkpoint, and says whether it held what each must hold. */
  @FunctionalInterface
  private interface CheckpointReading {
    boolean isWhole() throws IOException;
  }

  private void readCheckpoint(Checkpoint checkpoint, CheckpointReading reading)
      throws IOException, DamagedCheckpoint {
    try {
      if (!reading.isWhole()) {
        throw new DeltaTableException(
            Reason.CORRUPT,
            "The checkpoint "
                + checkpoint.files().getFirst().uri()
                + " has no protocol or no metaData action");
      }
    } catch (DeltaTableException e) {
      throw new DamagedCheckpoint(checkpoint, e);
    } catch (NoSuchFileException e) {
      throw new DamagedCheckpoint(checkpoint, e);
    }
  }

  private DeltaTableException notATable() {
    return new DeltaTableException(
        Reason.NOT_A_TABLE, "There is no Delta table at " + paths.table());
  }

  private TableState load(long wanted, LogListing listing, @Nullable CatalogCommits commits)
      throws IOException, DamagedCheckpoint {
    NavigableMap<Long, Source> sources = sources(listing.commits(), commits);
    if (listing.isEmpty() && sources.isEmpty()) {
      throw notATable();
    }
    long latest = commits == null ? listing.latestVersion() : commits.latestVersion();
    long target = wanted < 0 ? latest : wanted;
    Checkpoint checkpoint = listing.checkpoint(target).orElse(null);
    long from = checkpoint == null ? -1 : checkpoint.version();
    if (target > latest || (checkpoint == null && !sources.containsKey(0L))) {
      if (wanted < 0 || target <= latest && listing.firstVersion() < 0) {
        throw new DeltaTableException(
            Reason.CORRUPT,
            "The log of " + paths.table() + " begins with no checkpoint after version 0");
      }
      throw noSuchVersion(target, listing, commits);
    }
    for (long version = from + 1; version <= target; version++) {
      commit(sources, version);
    }
    TableState.Replay replay = new TableState.Replay(paths.table());
    if (checkpoint == null) {
      return replay(replay, from, -1, target, sources);
    }
    CheckpointReader reader = new CheckpointReader(store, paths);
    readCheckpoint(
        checkpoint,
        () -> {
          reader.read(checkpoint.files(), replay::apply);
          return replay.isDescribed();
        });
    Source commit = sources.get(from);
    long fileTime =
        commit == null
            ? checkpoint.files().getFirst().modifiedAt().toEpochMilli()
            : commit.fileTime();
    if (from < target) {
      return replay(replay, from, fileTime, target, sources);
    }
    long timestamp = fileTime;
    if (replay.inCommitTimestamps() && commit != null) {
      timestamp = inCommitTimestamp(from, commit);
    }
    ObjectInfo anchor = commit == null ? listing.anchor(from).orElse(null) : commit.file();
    return replay.build(target, timestamp, anchor);
  }

  private long inCommitTimestamp(long version, Source commit) throws IOException {
    TableState.Replay only = new TableState.Replay(paths.table());
    read(commit, only);
    Long timestamp = only.inCommitTimestamp();
    if (timestamp == null) {
      throw new DeltaTableException(
          Reason.CORRUPT,
          "Version " + version + " of " + paths.table() + " lacks its in-commit timestamp");
    }
    return timestamp;
  }

  private DeltaTableException noSuchVersion(
      long version, LogListing listing, @Nullable CatalogCommits commits) throws IOException {
    LogListing whole = listing.firstVersion() == 0 ? listing : list(-1);
    long latest = commits == null ? whole.latestVersion() : commits.latestVersion();
    if (latest < 0) {
      return notATable();
    }
    return new DeltaTableException(
        Reason.NO_SUCH_VERSION,
        "Version "
            + version
            + " is not available; the versions "
            + Math.max(0, whole.firstVersion())
            + " to "
            + latest
            + " are");
  }

  /** The version that {@code _last_checkpoint} names: a hint, which may be wrong or unreadable. */
  private Optional<Long> lastCheckpoint() throws IOException {
    try (InputStream input = store.open(paths.lastCheckpoint(), 0, LAST_CHECKPOINT_BYTES)) {
      JsonNode version = ActionJson.MAPPER.readTree(input.readAllBytes()).get("version");
      return version != null && version.isIntegralNumber() && version.asLong() >= 0
          ? Optional.of(version.asLong())
          : Optional.empty();
    } catch (NoSuchFileException | JacksonException e) {
      return Optional.empty();
    }
  }

  /** Lists the log from a version on, that version's files included; all of it from -1. */
  private LogListing list(long from) throws IOException {
    return new LogListing(
        store.list(paths.log(), from < 0 ? null : paths.before(from), MOST_LISTED, false));
  }

  private VersionTimes times(@Nullable CatalogCommits commits) throws IOException {
    TableState latest = latest(commits);
    CatalogCommits counted = latest.protocol().catalogManaged() ? commits : null;
    LogListing listing = list(-1);
    NavigableMap<Long, Source> sources = sources(listing.commits(), counted);
    List<VersionTimes.Commit> known = new ArrayList<>();
    long first = Math.max(0, listing.firstVersion());
    for (Map.Entry<Long, Source> entry : sources.headMap(latest.version(), true).entrySet()) {
      if (entry.getKey() >= first) {
        known.add(new VersionTimes.Commit(entry.getKey(), entry.getValue().fileTime()));
      }
    }
    return new VersionTimes(
        latest, known, version -> inCommitTimestamp(version, commit(sources, version)));
  }
}
