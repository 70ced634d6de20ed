package io.tidegate.delta;

import io.delta.kernel.defaults.engine.fileio.FileIO;
import io.delta.kernel.defaults.engine.fileio.InputFile;
import io.delta.kernel.defaults.engine.fileio.OutputFile;
import io.delta.kernel.defaults.engine.fileio.PositionOutputStream;
import io.delta.kernel.defaults.engine.fileio.SeekableInputStream;
import io.delta.kernel.internal.util.Utils;
import io.delta.kernel.utils.CloseableIterator;
import io.delta.kernel.utils.FileStatus;
import io.tidegate.objects.ObjectInfo;
import io.tidegate.objects.ObjectStore;
import io.tidegate.objects.OutsideRootException;
import io.tidegate.objects.UriPaths;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.util.Iterator;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Lets Delta Kernel read and write through an object store, so that it reaches what the store
 * reaches and nothing else. Kernel's paths are URIs with nothing escaped, and without an authority
 * that is empty; see {@link #path}.
 */
final class StoreFileIO implements FileIO {
  private static final int MOST_LISTED = 1_000_000;

  private final ObjectStore store;

  StoreFileIO(ObjectStore store) {
    this.store = store;
  }

  @Override
  public CloseableIterator<FileStatus> listFrom(String path) throws IOException {
    String text = uri(path).toString();
    URI folder = URI.create(text.substring(0, text.lastIndexOf('/') + 1));
    // From the path on means the path itself too; a listing begins after what it is given.
    Iterator<FileStatus> files =
        store.list(folder, null, MOST_LISTED, false).stream()
            .filter(object -> object.uri().toString().compareTo(text) >= 0)
            .map(StoreFileIO::status)
            .iterator();
    if (!files.hasNext() && store.list(folder, null, 1, true).isEmpty()) {
      throw new FileNotFoundException(folder.toString());
    }
    return Utils.toCloseableIterator(files);
  }

  @Override
  public FileStatus getFileStatus(String path) throws IOException {
    return status(store.head(uri(path)).orElseThrow(() -> new FileNotFoundException(path)));
  }

  @Override
  public String resolvePath(String path) {
    return path(uri(path));
  }

  /** Folders appear with what is in them. */
  @Override
  public boolean mkdirs(String path) {
    return true;
  }

  @Override
  public InputFile newInputFile(String path, long size) {
    return new Input(store, uri(path), size);
  }

  @Override
  public OutputFile newOutputFile(String path) {
    return new Output(store, uri(path));
  }

  @Override
  public boolean delete(String path) throws IOException {
    store.delete(uri(path));
    return true;
  }

  @Override
  public Optional<String> getConf(String name) {
    return Optional.empty();
  }

  @Override
  public void copyFileAtomically(String source, String target, boolean overwrite)
      throws IOException {
    if (overwrite) {
      throw new UnsupportedOperationException("Objects are never replaced: " + target);
    }
    if (!store.copyIfAbsent(uri(source), uri(target))) {
      throw new FileAlreadyExistsException(target);
    }
  }

  private static FileStatus status(ObjectInfo object) {
    return FileStatus.of(path(object.uri()), object.size(), object.modifiedAt().toEpochMilli());
  }

  /** A URI as Kernel writes it. */
  static String path(URI uri) {
    String authority = uri.getAuthority();
    return uri.getScheme()
        + ":"
        + (authority == null || authority.isEmpty() ? "" : "//" + authority)
        + uri.getPath();
  }

  /** The URI that Kernel means. */
  private static URI uri(String path) {
    int colon = path.indexOf(":/");
    if (colon < 1) {
      throw new IllegalArgumentException("A path without a scheme: " + path);
    }
    String scheme = path.substring(0, colon);
    String rest = path.substring(colon + 1);
    String authority = "";
    if (rest.startsWith("//")) {
      int slash = rest.indexOf('/', 2);
      authority = slash < 0 ? rest.substring(2) : rest.substring(2, slash);
      rest = slash < 0 ? "/" : rest.substring(slash);
    }
    return URI.create(scheme + "://" + authority + UriPaths.encode(rest));
  }

  private record Input(ObjectStore store, URI uri, long size) implements InputFile {
    @Override
    public long length() throws IOException {
      return size > 0
          ? size
          : store.head(uri).orElseThrow(() -> new NoSuchFileException(uri.toString())).size();
    }

    @Override
    public String path() {
      return StoreFileIO.path(uri);
    }

    @Override
    public SeekableInputStream newStream() {
      return new Seekable(store, uri);
    }
  }

  /** The store could not be read; whatever else readers throw says that an object is damaged. */
  static final class StoreFailure extends IOException {
    private static final long serialVersionUID = 1L;
    private final IOException failure;

    private StoreFailure(IOException failure) {
      super(failure);
      this.failure = failure;
    }

    @Override
    public synchronized IOException getCause() {
      return failure;
    }

    /** What says that an object is not there, or may not be read, stays what it is. */
    static IOException of(IOException failure) {
      return switch (failure) {
        case NoSuchFileException e -> e;
        case OutsideRootException e -> e;
        case StoreFailure e -> e;
        default -> new StoreFailure(failure);
      };
    }
  }

  /** Opens the object anew where a seek leaves the open stream behind. */
  private static final class Seekable extends SeekableInputStream {
    private final ObjectStore store;
    private final URI uri;
    private @Nullable InputStream current;
    private long position;

    Seekable(ObjectStore store, URI uri) {
      this.store = store;
      this.uri = uri;
    }

    @Override
    public long getPos() {
      return position;
    }

    @Override
    public void seek(long wanted) throws IOException {
      if (wanted != position) {
        close();
        position = wanted;
      }
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
      try {
        int count = stream().read(bytes, offset, length);
        if (count > 0) {
          position += count;
        }
        return count;
      } catch (IOException e) {
        throw StoreFailure.of(e);
      }
    }

    @Override
    public void readFully(byte[] bytes, int offset, int length) throws IOException {
      int count;
      try {
        count = stream().readNBytes(bytes, offset, length);
      } catch (IOException e) {
        throw StoreFailure.of(e);
      }
      position += count;
      if (count < length) {
        throw new EOFException(uri + " ends before " + (position - count + length));
      }
    }

    private InputStream stream() throws IOException {
      InputStream open = current;
      if (open == null) {
        open = store.open(uri, position, -1);
        current = open;
      }
      return open;
    }

    @Override
    public void close() throws IOException {
      InputStream open = current;
      current = null;
      if (open != null) {
        open.close();
      }
    }
  }

  private record Output(ObjectStore store, URI uri) implements OutputFile {
    @Override
    public String path() {
      return StoreFileIO.path(uri);
    }

    @Override
    public PositionOutputStream create(boolean replace) {
      return new Buffered(store, uri);
    }

    @Override
    public void writeAtomically(CloseableIterator<String> lines, boolean overwrite)
        throws IOException {
      if (overwrite) {
        throw new UnsupportedOperationException("Objects are never replaced: " + uri);
      }
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      try (lines) {
        while (lines.hasNext()) {
          bytes.writeBytes(lines.next().getBytes(StandardCharsets.UTF_8));
          bytes.write('\n');
        }
      }
      if (!store.putIfAbsent(uri, bytes.toByteArray())) {
        throw new FileAlreadyExistsException(uri.toString());
      }
    }
  }

  /** Becomes an object when it is closed. */
  private static final class Buffered extends PositionOutputStream {
    private final ObjectStore store;
    private final URI uri;
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private boolean closed;

    Buffered(ObjectStore store, URI uri) {
      this.store = store;
      this.uri = uri;
    }

    @Override
    public long getPos() {
      return bytes.size();
    }

    @Override
    public void write(int value) {
      bytes.write(value);
    }

    @Override
    public void write(byte[] source, int offset, int length) {
      bytes.write(source, offset, length);
    }

    @Override
    public void close() throws IOException {
      if (!closed) {
        closed = true;
        if (!store.putIfAbsent(uri, bytes.toByteArray())) {
          throw new FileAlreadyExistsException(uri.toString());
        }
      }
    }
  }
}
