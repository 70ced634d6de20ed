package io.tidegate.objects;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Objects as files below a set of folders of this machine, under {@code file:} URIs. It needs a
 * file system with hard links, which is how a file appears whole or not at all and never replaces
 * another.
 *
 * <p>A URI is refused if it has a {@code .} or {@code ..} segment (however encoded), or if what it
 * names, symbolic links followed, is outside the folders; the check looks at the nearest existing
 * parent where the object itself does not exist. Whoever may place symbolic links below the folders
 * while a call runs is trusted.
 */
public final class LocalObjectStore implements ObjectStore {
  private static final String TEMPORARY_PREFIX = ".tidegate-";
  private static final String TEMPORARY_SUFFIX = ".tmp";

  private final List<Path> roots;

  /** What this store is a view of, and so confined by too; null for none. */
  private final @Nullable LocalObjectStore whole;

  /**
   * Opens a store.
   *
   * @param roots the folders; they need not exist yet. None means that nothing can be reached
   */
  public LocalObjectStore(List<Path> roots) {
    this(roots, null);
  }

  private LocalObjectStore(List<Path> roots, @Nullable LocalObjectStore whole) {
    this.whole = whole;
    this.roots = roots.stream().map(root -> root.toAbsolutePath().normalize()).toList();
  }

  @Override
  public Optional<ObjectInfo> head(URI object) throws IOException {
    Path path = resolve(object);
    if (namesFolder(object) || isTemporary(path)) {
      return Optional.empty();
    }
    return attributes(path)
        .filter(BasicFileAttributes::isRegularFile)
        .map(attributes -> info(object, attributes));
  }

  @Override
  public InputStream open(URI object, long offset, long length) throws IOException {
    if (offset < 0 || length < -1) {
      throw new IllegalArgumentException("Offset " + offset + ", length " + length);
    }
    Path path = resolve(object);
    if (namesFolder(object) || isTemporary(path) || !Files.isRegularFile(path)) {
      throw new NoSuchFileException(object.toString());
    }
    SeekableByteChannel channel = Files.newByteChannel(path);
    try {
      channel.position(offset);
      InputStream whole = Channels.newInputStream(channel);
      return length < 0 ? whole : new Bounded(whole, length);
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  @Override
  public List<ObjectInfo> list(URI folder, @Nullable URI startAfter, int limit, boolean recursive)
      throws IOException {
    if (!namesFolder(folder)) {
      throw new IllegalArgumentException("A folder's URI ends with a slash: " + folder);
    }
    if (limit < 1) {
      throw new IllegalArgumentException("Limit " + limit);
    }
    Path named = resolve(folder);
    if (!Files.isDirectory(named)) {
      return List.of();
    }
    // A folder may be reached by a link, which a walk would not follow.
    Path top = named.toRealPath();
    String after = startAfter == null ? "" : startAfter.toString();
    List<Found> found = new ArrayList<>();
    Files.walkFileTree(
        top,
        Set.of(),
        recursive ? Integer.MAX_VALUE : 1,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            if (!attributes.isDirectory() && !isTemporary(file)) {
              String uri = folder + UriPaths.encode(top.relativize(file).toString());
              if (uri.compareTo(after) > 0) {
                found.add(new Found(uri, attributes));
              }
            }
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
            // Deleted since the folder was read, or never there.
            if (e instanceof NoSuchFileException) {
              return FileVisitResult.CONTINUE;
            }
            throw e;
          }
        });
    found.sort(Comparator.comparing(Found::uri));
    List<ObjectInfo> objects = new ArrayList<>(Math.min(limit, found.size()));
    for (Found each : found) {
      if (objects.size() == limit) {
        break;
      }
      visible(each).ifPresent(objects::add);
    }
    return objects;
  }

  /** A symbolic link counts as the file that it leads to, if that is inside the folders. */
  private Optional<ObjectInfo> visible(Found found) throws IOException {
    URI uri = URI.create(found.uri());
    if (!found.attributes().isSymbolicLink()) {
      return found.attributes().isRegularFile()
          ? Optional.of(info(uri, found.attributes()))
          : Optional.empty();
    }
    try {
      return head(uri);
    } catch (OutsideRootException e) {
      return Optional.empty();
    }
  }

  @Override
  public boolean putIfAbsent(URI object, Content content) throws IOException {
    Path target = resolve(object);
    if (namesFolder(object) || isTemporary(target)) {
      throw new IllegalArgumentException("Not the name of an object: " + object);
    }
    Path folder = parent(target);
    if (Files.exists(target, LinkOption.NOFOLLOW_LINKS)) {
      // Whoever was first may not have come as far as this.
      force(folder);
      return false;
    }
    createFolders(folder);
    Path temporary = folder.resolve(TEMPORARY_PREFIX + UUID.randomUUID() + TEMPORARY_SUFFIX);
    try {
      try (FileChannel channel =
          FileChannel.open(temporary, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
        content.writeTo(Channels.newOutputStream(channel));
        channel.force(true);
      }
      try {
        Files.createLink(target, temporary);
      } catch (FileAlreadyExistsException e) {
        force(folder);
        return false;
      } catch (UnsupportedOperationException e) {
        throw new IOException("The file system of " + folder + " has no hard links", e);
      }
    } finally {
      Files.deleteIfExists(temporary);
    }
    force(folder);
    return true;
  }

  @Override
  public void delete(URI object) throws IOException {
    Path path = resolve(object);
    if (namesFolder(object) || Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
      throw new IOException("A folder is not an object: " + object);
    }
    if (Files.deleteIfExists(path)) {
      force(parent(path));
    }
  }

  @Override
  public ObjectStore within(URI folder) throws IOException {
    if (!namesFolder(folder)) {
      throw new IllegalArgumentException("A folder's URI ends with a slash: " + folder);
    }
    return new LocalObjectStore(List.of(resolve(folder)), this);
  }

  private record Found(String uri, BasicFileAttributes attributes) {}

  private static void createFolders(Path folder) throws IOException {
    Deque<Path> missing = new ArrayDeque<>();
    for (Path each = folder; !Files.isDirectory(each); each = parent(each)) {
      missing.push(each);
    }
    for (Path each : missing) {
      try {
        Files.createDirectory(each);
      } catch (FileAlreadyExistsException e) {
        if (!Files.isDirectory(each)) {
          throw e;
        }
      }
      force(parent(each));
    }
  }

  /** Makes the names in a folder durable. */
  private static void force(Path folder) throws IOException {
    try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  private static Optional<BasicFileAttributes> attributes(Path path) throws IOException {
    try {
      return Optional.of(Files.readAttributes(path, BasicFileAttributes.class));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  private static ObjectInfo info(URI uri, BasicFileAttributes attributes) {
    return new ObjectInfo(uri, attributes.size(), attributes.lastModifiedTime().toInstant());
  }

  private static boolean namesFolder(URI uri) {
    String path = uri.getPath();
    return path == null || path.isEmpty() || path.endsWith("/");
  }

  private static boolean isTemporary(Path path) {
    Path name = path.getFileName();
    return name != null
        && name.toString().startsWith(TEMPORARY_PREFIX)
        && name.toString().endsWith(TEMPORARY_SUFFIX);
  }

  private static Path parent(Path path) throws IOException {
    Path parent = path.getParent();
    if (parent == null) {
      throw new IOException("No folder holds " + path);
    }
    return parent;
  }

  private Path resolve(URI uri) throws OutsideRootException {
    Path path = whole == null ? path(uri) : whole.resolve(uri);
    for (Path root : roots) {
      Path realRoot = realPath(root);
      if (realRoot != null && (path.startsWith(root) || path.startsWith(realRoot))) {
        Path realPath = realPath(path);
        if (realPath != null && realPath.startsWith(realRoot)) {
          return path;
        }
      }
    }
    throw new OutsideRootException(uri);
  }

  private static Path path(URI uri) throws OutsideRootException {
    String text = uri.getPath();
    if (!"file".equalsIgnoreCase(uri.getScheme())
        || text == null
        || !text.startsWith("/")
        || (uri.getAuthority() != null && !uri.getAuthority().isEmpty())
        || uri.getRawQuery() != null
        || uri.getRawFragment() != null) {
      throw new OutsideRootException(uri);
    }
    for (String segment : text.split("/", -1)) {
      if (segment.equals("..") || segment.equals(".")) {
        throw new OutsideRootException(uri);
      }
    }
    try {
      return Path.of(text);
    } catch (InvalidPathException e) {
      throw new OutsideRootException(uri);
    }
  }

  /**
   * Where a path leads when symbolic links are followed as far as it exists.
   *
   * @return null if it leads nowhere: a dangling link, a loop, a folder that may not be read
   */
  private static @Nullable Path realPath(Path path) {
    Path existing = path;
    while (!Files.exists(existing, LinkOption.NOFOLLOW_LINKS)) {
      Path parent = existing.getParent();
      if (parent == null) {
        return null;
      }
      existing = parent;
    }
    try {
      return existing.toRealPath().resolve(existing.relativize(path)).normalize();
    } catch (IOException e) {
      return null;
    }
  }

  /** The first bytes of a stream. */
  private static final class Bounded extends FilterInputStream {
    private long left;

    Bounded(InputStream in, long length) {
      super(in);
      this.left = length;
    }

    @Override
    public int read() throws IOException {
      if (left == 0) {
        return -1;
      }
      int value = super.read();
      if (value >= 0) {
        left--;
      }
      return value;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
      if (left == 0 && length > 0) {
        return -1;
      }
      int count = super.read(bytes, offset, (int) Math.min(length, left));
      if (count > 0) {
        left -= count;
      }
      return count;
    }

    @Override
    public long skip(long count) throws IOException {
      long skipped = super.skip(Math.min(count, left));
      left -= skipped;
      return skipped;
    }

    @Override
    public int available() throws IOException {
      return (int) Math.min(super.available(), left);
    }

    @Override
    public boolean markSupported() {
      return false;
    }
  }
}
