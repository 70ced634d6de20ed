package io.tidegate.sharing;

import io.tidegate.objects.ObjectInfo;
import io.tidegate.objects.ObjectStore;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/** Notes what is asked of a store. */
final class CountingStore implements ObjectStore {
  private final ObjectStore store;
  private final List<String> calls;

  CountingStore(ObjectStore store) {
    this(store, new CopyOnWriteArrayList<>());
  }

  private CountingStore(ObjectStore store, List<String> calls) {
    this.store = store;
    this.calls = calls;
  }

  List<String> calls() {
    return List.copyOf(calls);
  }

  void forget() {
    calls.clear();
  }

  @Override
  public Optional<ObjectInfo> head(URI object) throws IOException {
    calls.add("head " + object);
    return store.head(object);
  }

  @Override
  public InputStream open(URI object, long offset, long length) throws IOException {
    calls.add("open " + object);
    return store.open(object, offset, length);
  }

  @Override
  public List<ObjectInfo> list(URI folder, @Nullable URI startAfter, int limit, boolean recursive)
      throws IOException {
    calls.add("list " + folder);
    return store.list(folder, startAfter, limit, recursive);
  }

  @Override
  public boolean putIfAbsent(URI object, byte[] content) {
    throw new UnsupportedOperationException("The gateway writes nothing");
  }

  @Override
  public boolean copyIfAbsent(URI source, URI target) {
    throw new UnsupportedOperationException("The gateway writes nothing");
  }

  @Override
  public void delete(URI object) {
    throw new UnsupportedOperationException("The gateway deletes nothing");
  }

  @Override
  public ObjectStore within(URI folder) throws IOException {
    return new CountingStore(store.within(folder), calls);
  }
}
