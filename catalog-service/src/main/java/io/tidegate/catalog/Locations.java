package io.tidegate.catalog;

import io.tidegate.delta.DeltaTable;
import io.tidegate.delta.DeltaTableException;
import io.tidegate.delta.LogPaths;
import io.tidegate.delta.SnapshotCache;
import io.tidegate.delta.TableDescription;
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
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Where tables may be, and what their logs say. */
@Component
class Locations {
  private static final int MAX_LENGTH = 2048;
  private static final long CACHE_BYTES = 16L << 20;

  private final LocalObjectStore store;
  private final @Nullable Path managedRoot;
  private final SnapshotCache descriptions = new SnapshotCache(CACHE_BYTES);

  Locations(TidegateProperties properties) {
    List<Path> roots = new ArrayList<>(properties.localRoots());
    String managed = properties.managedRoot();
    if (managed == null) {
      this.managedRoot = null;
    } else {
      Path root = managed.startsWith("file:") ? Path.of(URI.create(managed)) : Path.of(managed);
      this.managedRoot = root.toAbsolutePath().normalize();
      roots.add(root);
    }
    this.store = new LocalObjectStore(roots);
  }

  /**
   * Where this installation put a managed table, in its one spelling: {@code file:///…}, with no
   * slash at its end.
   *
   * @param field the field's name, for the error
   * @throws ApiException INVALID_ARGUMENT if it is missing, malformed or outside the roots
   */
  String managed(String field, @Nullable String location) {
    return spelled(folder(field, location));
  }

  /**
   * A location that a user names, in its one spelling: symbolic links are followed, so that one
   * folder has one spelling however it is reached.
   *
   * @param field the field's name, for the error
   * @throws ApiException INVALID_ARGUMENT as {@link #managed} does, and for a folder in which
   *     managed tables are or that they are in
   */
  String external(String field, @Nullable String location) {
    Path named = folder(field, location);
    Path folder = real(named);
    Path managed = managedRoot == null ? null : real(managedRoot);
    if (managed != null && (folder.startsWith(managed) || managed.startsWith(folder))) {
      throw new ApiException(
          ErrorCode.INVALID_ARGUMENT,
          field
              + " overlaps the folder of this installation's managed tables: "
              + Names.printable(String.valueOf(location)));
    }
    // Where links lead was looked at above; what they lead to is what is kept.
    requireWithin(field, folder, String.valueOf(location));
    return spelled(folder);
  }

  private Path folder(String field, @Nullable String location) {
    if (location == null || location.isBlank()) {
      throw new ApiException(ErrorCode.INVALID_ARGUMENT, field + " is required");
    }
    String shown = Names.printable(location);
    if (location.length() > MAX_LENGTH || location.chars().anyMatch(Character::isISOControl)) {
      throw new ApiException(ErrorCode.INVALID_ARGUMENT, field + " is not a location: " + shown);
    }
    URI uri;
    try {
      uri = location.startsWith("/") ? new URI("file", null, location, null) : new URI(location);
    } catch (URISyntaxException e) {
      throw new ApiException(ErrorCode.INVALID_ARGUMENT, field + " is not a URI: " + shown);
    }
    String path = uri.getPath();
    if (!"file".equalsIgnoreCase(uri.getScheme())
        || path == null
        || !path.startsWith("/")
        || uri.getAuthority() != null
        || uri.getQuery() != null
        || uri.getFragment() != null
        || path.chars().anyMatch(Character::isISOControl)) {
      throw new ApiException(
          ErrorCode.INVALID_ARGUMENT,
          field + " must be an absolute path or a file: URI on this server: " + shown);
    }
    for (String segment : path.split("/", -1)) {
      if (segment.equals(".") || segment.equals("..")) {
        throw new ApiException(
            ErrorCode.INVALID_ARGUMENT, field + " must have no '.' or '..' in its path: " + shown);
      }
    }
    try {
      Path folder = Path.of(path);
      requireWithin(field, folder, location);
      return folder;
    } catch (InvalidPathException e) {
      throw new ApiException(ErrorCode.INVALID_ARGUMENT, field + " is not a location: " + shown);
    }
  }

  private void requireWithin(String field, Path folder, String location) {
    try {
      store.within(URI.create(spelled(folder) + "/"));
    } catch (OutsideRootException e) {
      throw outside(field, location);
    } catch (IOException e) {
      throw new ApiException(
          ErrorCode.INVALID_ARGUMENT, field + " is not a location: " + Names.printable(location));
    }
  }

  private static ApiException outside(String field, String location) {
    return new ApiException(
        ErrorCode.INVALID_ARGUMENT,
        field
            + " is outside the folders under which tables may be registered: "
            + Names.printable(location));
  }

  // A folder that exists has a slash at the end of its URI.
  private static String spelled(Path folder) {
    String uri = folder.toUri().toString();
    return uri.endsWith("/") ? uri.substring(0, uri.length() - 1) : uri;
  }

  /** A folder with its symbolic links followed as far as it exists. */
  private static Path real(Path folder) {
    Path existing = folder;
    while (!Files.exists(existing)) {
      Path parent = existing.getParent();
      if (parent == null) {
        return folder;
      }
      existing = parent;
    }
    try {
      return existing.toRealPath().resolve(existing.relativize(folder)).normalize();
    } catch (IOException e) {
      return folder;
    }
  }

  /**
   * What the latest version of the plain Delta table at a location says of itself.
   *
   * @throws ApiException INVALID_ARGUMENT or UNSUPPORTED_TABLE that names the location and what is
   *     wrong with it
   */
  TableDescription latest(String field, String location) {
    return find(field, location)
        .orElseThrow(() ->
            new ApiException(
                ErrorCode.INVALID_ARGUMENT,
                field + " " + Names.printable(location) + ": There is no Delta table there"));
  }

  /**
   * Writes version 0 of a table where there is no file yet; where another came first with it, that
   * one stays.
   *
   * @throws ApiException INVALID_ARGUMENT if there are files, but no Delta log
   */
  void begin(String field, String location, byte[] version) {
    URI folder = URI.create(location + "/");
    try {
      ObjectStore within = store.within(folder);
      if (!within.list(folder, null, 1, true).isEmpty() && find(field, location).isEmpty()) {
        throw new ApiException(
            ErrorCode.INVALID_ARGUMENT,
            field
                + " "
                + Names.printable(location)
                + " has files, but no Delta log: make it a Delta table with a Delta client");
      }
      within.putIfAbsent(new LogPaths(folder).published(0), version);
    } catch (OutsideRootException e) {
      throw outside(field, location);
    } catch (IOException e) {
      throw new ApiException(
          ErrorCode.INVALID_ARGUMENT,
          field + " " + Names.printable(location) + " cannot be written");
    }
  }

  /** As {@link #latest}; empty where there is no Delta log. */
  Optional<TableDescription> find(String field, String location) {
    try {
      return Optional.of(DeltaTable.at(URI.create(location + "/"), store, descriptions).describe());
    } catch (DeltaTableException e) {
      if (e.reason() == DeltaTableException.Reason.NOT_A_TABLE) {
        return Optional.empty();
      }
      ErrorCode code =
          switch (e.reason()) {
            case UNSUPPORTED, CATALOG_MANAGED, CORRUPT, TOO_LARGE -> ErrorCode.UNSUPPORTED_TABLE;
            case NOT_A_TABLE, NO_SUCH_VERSION, TIMESTAMP_OUT_OF_RANGE -> ErrorCode.INVALID_ARGUMENT;
          };
      throw new ApiException(code, field + " " + Names.printable(location) + ": " + e.getMessage());
    } catch (OutsideRootException e) {
      throw outside(field, location);
    } catch (IOException e) {
      throw new ApiException(
          ErrorCode.INVALID_ARGUMENT, field + " " + Names.printable(location) + " cannot be read");
    }
  }
}
