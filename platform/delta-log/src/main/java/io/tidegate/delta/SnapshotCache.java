package io.tidegate.delta;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.net.URI;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Versions of tables that were read before, the least used forgotten first. One for a process; safe
 * for any number of threads.
 */
public final class SnapshotCache {
  private static final int LOCKS = 64;
  private static final int MOST_WARNINGS = 10_000;
  private static final long LATEST = -1;
  private static final long DESCRIBED = -2;

  private final Cache<Key, TableState> states;
  private final Cache<URI, Boolean> warned =
      Caffeine.newBuilder().maximumSize(MOST_WARNINGS).build();
  private final Lock[] locks = new Lock[LOCKS];

  /** Reading a whole log takes a processor and memory of its own. */
  private final Semaphore loads =
      new Semaphore(Math.max(2, Runtime.getRuntime().availableProcessors()));

  /**
   * Makes an empty cache.
   *
   * @param maxBytes about how much memory the versions may take together; 0 keeps nothing
   */
  public SnapshotCache(long maxBytes) {
    this.states =
        Caffeine.newBuilder()
            .maximumWeight(maxBytes / 1024)
            .weigher((Key key, TableState state) -> weight(state))
            .build();
    for (int i = 0; i < LOCKS; i++) {
      locks[i] = new ReentrantLock();
    }
  }

  private record Key(URI table, long version) {}

  @Nullable TableState latest(URI table) {
    return states.getIfPresent(new Key(table, LATEST));
  }

  @Nullable TableState version(URI table, long version) {
    TableState state = latest(table);
    return state != null && state.version() == version
        ? state
        : states.getIfPresent(new Key(table, version));
  }

  void putLatest(TableState state) {
    states.put(new Key(state.table(), LATEST), state);
  }

  void putVersion(TableState state) {
    states.put(new Key(state.table(), state.version()), state);
  }

  /** The latest version without its files. */
  @Nullable TableState described(URI table) {
    return states.getIfPresent(new Key(table, DESCRIBED));
  }

  void putDescribed(TableState state) {
    states.put(new Key(state.table(), DESCRIBED), state);
  }

  /** Whether a file of a log is spoken of for the first time, so that a log is told of it once. */
  boolean isNews(URI file) {
    return warned.asMap().putIfAbsent(file, true) == null;
  }

  /** Held while a table's versions are read, so that several callers do not read the same. */
  Lock lock(URI table) {
    return locks[Math.floorMod(table.hashCode(), LOCKS)];
  }

  /** A place among those who read a whole log at this moment; to be had before it is read. */
  Semaphore loads() {
    return loads;
  }

  // A weight is an int; in units of a kilobyte it reaches far enough.
  private static int weight(TableState state) {
    return (int) Math.min(Integer.MAX_VALUE, 1 + state.weight() / 1024);
  }
}
