package io.tidegate.commits;

import io.tidegate.kit.TidegateProperties;
import io.tidegate.kit.errors.ApiException;
import io.tidegate.kit.errors.ErrorCode;
import io.tidegate.objects.LocalObjectStore;
import io.tidegate.objects.ObjectStore;
import io.tidegate.objects.OutsideRootException;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Where tables' files are, and where new managed tables get their place. */
final class TableStorage {
  private final @Nullable String managedRoot;
  private final ObjectStore store;

  /**
   * @param managedRoot the folder of managed tables, null if none may be created
   * @param store reaches that folder, and those under which tables may be registered
   */
  TableStorage(@Nullable Path managedRoot, ObjectStore store) {
    this.managedRoot =
        managedRoot == null ? null : text(managedRoot.toAbsolutePath().normalize().toUri());
    this.store = store;
  }

  static TableStorage of(TidegateProperties properties) {
    List<Path> roots = new ArrayList<>(properties.localRoots());
    String root = properties.managedRoot();
    Path managed = null;
    if (root != null && !root.isBlank()) {
      managed = root.startsWith("file:") ? Path.of(URI.create(root)) : Path.of(root);
      roots.add(managed);
    }
    return new TableStorage(managed, new LocalObjectStore(roots));
  }

  ObjectStore store() {
    return store;
  }

  /**
   * A managed table's own files and nothing else.
   *
   * @throws OutsideRootException if the table's folder is a link; calls on what is returned throw
   *     it where a link in the folder leads out of it
   */
  ObjectStore files(URI table) throws IOException {
    URI folder = URI.create(table + "/");
    if ("file".equals(table.getScheme()) && Files.isSymbolicLink(Path.of(table))) {
      throw new OutsideRootException(folder);
    }
    return store.within(folder);
  }

  /**
   * The place of a managed table: {@code file:///…}, with no slash at its end.
   *
   * @throws ApiException NOT_IMPLEMENTED if this installation has no managed tables
   */
  URI managedLocation(UUID tableId) {
    if (managedRoot == null) {
      throw new ApiException(
          ErrorCode.NOT_IMPLEMENTED,
          "This installation has no managed tables: tidegate.managed-root is not set");
    }
    return URI.create(managedRoot + "/" + tableId);
  }

  /**
   * Which managed table a location is the place of, however many slashes its spelling has; empty if
   * it is none's.
   */
  Optional<UUID> tableAt(String location) {
    if (managedRoot == null) {
      return Optional.empty();
    }
    String place = text(location);
    int end = place.lastIndexOf('/');
    if (end < 0 || !place.substring(0, end).equals(managedRoot)) {
      return Optional.empty();
    }
    try {
      return Optional.of(UUID.fromString(place.substring(end + 1)));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  private static String text(String location) {
    try {
      return text(
          location.startsWith("/") ? new URI("file", "", location, null) : new URI(location));
    } catch (URISyntaxException e) {
      throw Texts.invalid("location is not a URI: " + Texts.shown(location));
    }
  }

  /** One spelling of a {@code file:} URI; any other as it is. */
  private static String text(URI uri) {
    if (!"file".equalsIgnoreCase(uri.getScheme())
        || uri.getRawPath() == null
        || uri.getAuthority() != null) {
      return uri.toString();
    }
    return "file://" + uri.getRawPath().replaceAll("/+", "/").replaceAll("/$", "");
  }
}
