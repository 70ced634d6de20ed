package io.tidegate.testing;

import io.tidegate.objects.ObjectInfo;
import io.tidegate.objects.ObjectStore;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Passes every call on and counts it; views of folders count with the store that they are of. */
public final class CountingObjectStore implements ObjectStore {
  private final ObjectStore store;
  private final Counters counters;

  private record Counters(
      AtomicInteger heads,
      AtomicInteger opens,
      AtomicInteger lists,
      AtomicInteger writes,
      AtomicInteger deletes) {}

  /** How often each kind of call was made; a copy is an open and a write. */
  public record Calls(int heads, int opens, int lists, int writes, int deletes) {}

  public CountingObjectStore(ObjectStore store) {
    this(
        store,
        new Counters(
            new AtomicInteger(),
            new AtomicInteger(),
            new AtomicInteger(),
            new AtomicInteger(),
            new AtomicInteger()));
  }

  private CountingObjectStore(ObjectStore store, Counters counters) {
    this.store = store;
    this.counters = counters;
  }

  /** What was counted since the last time, which begins anew. */
  public Calls takeCalls() {
    return new Calls(
        counters.heads().getAndSet(0),
        counters.opens().getAndSet(0),
        counters.lists().getAndSet(0),
        counters.writes().getAndSet(0),
        counters.deletes().getAndSet(0));
  }

  @Override
  public Optional<ObjectInfo> head(URI object) throws IOException {
    counters.heads().incrementAndGet();
    return store.head(object);
  }

  @Override
  public InputStream open(URI object, long offset, long length) throws IOException {
    counters.opens().incrementAndGet();
    return store.open(object, offset, length);
  }

  @Override
  public List<ObjectInfo> list(URI folder, @Nullable URI startAfter, int limit, boolean recursive)
      throws IOException {
    counters.lists().incrementAndGet();
    return store.list(folder, startAfter, limit, recursive);
  }

  @Override
  public boolean putIfAbsent(URI object, Content content) throws IOException {
    counters.writes().incrementAndGet();
    return store.putIfAbsent(object, content);
  }

  @Override
  public void delete(URI object) throws IOException {
    counters.deletes().incrementAndGet();
    store.delete(object);
  }

  @Override
  public ObjectStore within(URI folder) throws IOException {
    return new CountingObjectStore(store.within(folder), counters);
  }
}
