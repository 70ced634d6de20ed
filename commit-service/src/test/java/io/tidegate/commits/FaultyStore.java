package io.tidegate.commits;

import io.tidegate.objects.ObjectInfo;
import io.tidegate.objects.ObjectStore;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** A store in which calls fail as a test says; views of folders fail with it. */
final class FaultyStore implements ObjectStore {
  /** What is about to be done, or has just been done. */
  enum Moment {
    BEFORE_WRITE,
    AFTER_WRITE,
    BEFORE_READ
  }

  record Call(Moment moment, URI object) {}

  private final ObjectStore store;
  private final AtomicReference<@Nullable Predicate<Call>> fault;

  FaultyStore(ObjectStore store) {
    this(store, new AtomicReference<>());
  }

  private FaultyStore(ObjectStore store, AtomicReference<@Nullable Predicate<Call>> fault) {
    this.store = store;
    this.fault = fault;
  }

  /** From now on calls fail for which this is true; null: none. */
  void failWhen(@Nullable Predicate<Call> when) {
    fault.set(when);
  }

  private void at(Moment moment, URI object) throws IOException {
    Predicate<Call> when = fault.get();
    if (when != null && when.test(new Call(moment, object))) {
      throw new IOException("A fault " + moment + " of " + object);
    }
  }

  @Override
  public Optional<ObjectInfo> head(URI object) throws IOException {
    return store.head(object);
  }

  @Override
  public InputStream open(URI object, long offset, long length) throws IOException {
    at(Moment.BEFORE_READ, object);
    return store.open(object, offset, length);
  }

  @Override
  public List<ObjectInfo> list(URI folder, @Nullable URI startAfter, int limit, boolean recursive)
      throws IOException {
    return store.list(folder, startAfter, limit, recursive);
  }

  @Override
  public boolean putIfAbsent(URI object, Content content) throws IOException {
    at(Moment.BEFORE_WRITE, object);
    boolean written = store.putIfAbsent(object, content);
    at(Moment.AFTER_WRITE, object);
    return written;
  }

  @Override
  public void delete(URI object) throws IOException {
    store.delete(object);
  }

  @Override
  public ObjectStore within(URI folder) throws IOException {
    return new FaultyStore(store.within(folder), fault);
  }
}
