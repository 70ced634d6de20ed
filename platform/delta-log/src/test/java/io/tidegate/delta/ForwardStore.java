package io.tidegate.delta;

import io.tidegate.objects.ObjectInfo;
import io.tidegate.objects.ObjectStore;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.NoSuchFileException;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Shows a log as it was when it had no files above some version. */
final class ForwardStore implements ObjectStore {
  private final ObjectStore store;
  private final long[] last;

  ForwardStore(ObjectStore store) {
    this(store, new long[1]);
  }

  private ForwardStore(ObjectStore store, long[] last) {
    this.store = store;
    this.last = last;
  }

  void showUpTo(long version) {
    last[0] = version;
  }

  private boolean hidden(URI object) {
    String name = LogPaths.nameOf(object);
    return name.equals("_last_checkpoint")
        || LogPaths.parse(name).filter(file -> file.version() > last[0]).isPresent();
  }

  @Override
  public Optional<ObjectInfo> head(URI object) throws IOException {
    return hidden(object) ? Optional.empty() : store.head(object);
  }

  @Override
  public InputStream open(URI object, long offset, long length) throws IOException {
    if (hidden(object)) {
      throw new NoSuchFileException(object.toString());
    }
    return store.open(object, offset, length);
  }

  @Override
  public List<ObjectInfo> list(URI folder, @Nullable URI startAfter, int limit, boolean recursive)
      throws IOException {
    return store.list(folder, startAfter, limit, recursive).stream()
        .filter(object -> !hidden(object.uri()))
        .toList();
  }

  @Override
  public boolean putIfAbsent(URI object, Content content) throws IOException {
    return store.putIfAbsent(object, content);
  }

  @Override
  public void delete(URI object) throws IOException {
    store.delete(object);
  }

  @Override
  public ObjectStore within(URI folder) throws IOException {
    return new ForwardStore(store.within(folder), last);
  }
}
