package io.tidegate.objects;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Where the files of tables live. Every implementation refuses a URI outside what it was opened for
 * with {@link OutsideRootException}, whatever way the URI spells it.
 */
public interface ObjectStore {

  /** What is known of an object, empty if there is none. */
  Optional<ObjectInfo> head(URI object) throws IOException;

  /**
   * Opens an object, or a part of it, for reading; the caller closes the stream.
   *
   * @param offset the first byte wanted
   * @param length how many bytes at most, or -1 for all up to the end
   * @throws java.nio.file.NoSuchFileException if there is no such object
   */
  InputStream open(URI object, long offset, long length) throws IOException;

  /** Opens a whole object. */
  default InputStream open(URI object) throws IOException {
    return open(object, 0, -1);
  }

  /**
   * Lists the objects directly or indirectly below a folder in the order of their URIs.
   *
   * @param folder a URI that ends with a slash; one that does not exist is an empty folder
   * @param startAfter only objects whose URI text sorts after this one; null for all
   * @param limit how many at most
   * @param recursive whether to descend into folders below
   */
  List<ObjectInfo> list(URI folder, @Nullable URI startAfter, int limit, boolean recursive)
      throws IOException;

  /** What a new object is filled with. */
  @FunctionalInterface
  interface Content {
    /** Writes all of it; if this fails, the object does not come to be. */
    void writeTo(OutputStream output) throws IOException;
  }

  /**
   * Writes an object if there is none; it becomes visible whole or not at all, and is durable when
   * the call returns.
   *
   * @param content not asked for if the object is seen to be there
   * @return false if an object was there already, which is then unchanged, and durable too
   */
  boolean putIfAbsent(URI object, Content content) throws IOException;

  /** As {@link #putIfAbsent(URI, Content)}, of bytes that are there already. */
  default boolean putIfAbsent(URI object, byte[] content) throws IOException {
    return putIfAbsent(object, output -> output.write(content));
  }

  /**
   * Copies an object to a place where there is none, with the promises of {@link #putIfAbsent(URI,
   * Content)}.
   */
  default boolean copyIfAbsent(URI source, URI target) throws IOException {
    return putIfAbsent(
        target,
        output -> {
          try (InputStream input = open(source)) {
            input.transferTo(output);
          }
        });
  }

  /** Deletes an object; one that is not there is fine. */
  void delete(URI object) throws IOException;

  /**
   * A view of this store that reaches nothing outside one folder: not by {@code ..}, not by
   * encoding, not by a symbolic link.
   *
   * @param folder a URI that ends with a slash, inside what this store was opened for
   */
  ObjectStore within(URI folder) throws IOException;
}
