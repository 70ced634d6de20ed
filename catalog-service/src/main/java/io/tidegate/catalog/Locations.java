package io.tidegate.catalog;

import io.tidegate.delta.DeltaTable;
import io.tidegate.delta.DeltaTableException;
import io.tidegate.delta.SnapshotCache;
import io.tidegate.delta.TableSnapshot;
import io.tidegate.delta.TimeTravel;
import io.tidegate.kit.TidegateProperties;
import io.tidegate.kit.errors.ApiException;
import io.tidegate.kit.errors.ErrorCode;
import io.tidegate.objects.LocalObjectStore;
import io.tidegate.objects.ObjectStore;
import io.tidegate.objects.OutsideRootException;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Where tables may be, and what their logs say. */
@Component
class Locations {
  private static final int MAX_LENGTH = 2048;
  private static final long CACHE_BYTES = 16L << 20;

  private final ObjectStore store;
  private final SnapshotCache snapshots = new SnapshotCache(CACHE_BYTES);

  Locations(TidegateProperties properties) {
    List<Path> roots = new ArrayList<>(properties.localRoots());
    String managed = properties.managedRoot();
    if (managed != null) {
      roots.add(managed.startsWith("file:") ? Path.of(URI.create(managed)) : Path.of(managed));
    }
    this.store = new LocalObjectStore(roots);
  }

  /**
   * A location in its one spelling: {@code file:///…}, with no slash at its end.
   *
   * @param field the field's name, for the error
   * @throws ApiException INVALID_ARGUMENT if it is missing, malformed or outside the roots
   */
  String canonical(String field, @Nullable String location) {
    if (location == null || location.isBlank()) {
      throw new ApiException(ErrorCode.INVALID_ARGUMENT, field + " is required");
    }
    String shown = Names.printable(location);
    if (location.length() > MAX_LENGTH || location.chars().anyMatch(Character::isISOControl)) {
      throw new ApiException(ErrorCode.INVALID_ARGUMENT, field + " is not a location: " + shown);
    }
    URI uri;
    try {
      uri = location.startsWith("/") ? new URI("file", "", location, null) : new URI(location);
    } catch (java.net.URISyntaxException e) {
      throw new ApiException(ErrorCode.INVALID_ARGUMENT, field + " is not a URI: " + shown);
    }
    if (!"file".equalsIgnoreCase(uri.getScheme())
        || uri.getPath() == null
        || !uri.getPath().startsWith("/")
        || uri.getAuthority() != null
        || uri.getQuery() != null
        || uri.getFragment() != null) {
      throw new ApiException(
          ErrorCode.INVALID_ARGUMENT,
          field + " must be an absolute path or a file: URI on this server: " + shown);
    }
    try {
      String path = uri.getRawPath().replaceAll("/+", "/").replaceAll("/$", "");
      URI folder = URI.create("file://" + path + "/");
      store.within(folder);
      return "file://" + path;
    } catch (OutsideRootException e) {
      throw new ApiException(
          ErrorCode.INVALID_ARGUMENT,
          field + " is outside the folders under which tables may be registered: " + shown);
    } catch (IOException | IllegalArgumentException e) {
      throw new ApiException(ErrorCode.INVALID_ARGUMENT, field + " is not a location: " + shown);
    }
  }

  /**
   * A location of an existing folder as {@link #canonical} spells it, symbolic links followed, so
   * that one folder has one spelling.
   *
   * @throws ApiException INVALID_ARGUMENT as {@link #canonical} does
   */
  String existing(String field, @Nullable String location) {
    if (location != null && location.startsWith("/")) {
      return existing(field, Path.of(location).toUri().toString());
    }
    String resolved = location;
    try {
      if (location != null && location.startsWith("file:///")) {
        Path folder = Path.of(URI.create(location));
        if (Files.isDirectory(folder)) {
          resolved = folder.toRealPath().toUri().toString();
        }
      }
    } catch (IOException | IllegalArgumentException e) {
      // What is wrong with it is told below.
      return canonical(field, location);
    }
    return canonical(field, resolved);
  }

  /**
   * The latest version of the plain Delta table at a location.
   *
   * @throws ApiException INVALID_ARGUMENT or UNSUPPORTED_TABLE that names the location and what is
   *     wrong with it
   */
  TableSnapshot latest(String field, String location) {
    try {
      return DeltaTable.at(URI.create(location + "/"), store, snapshots)
          .snapshot(TimeTravel.latest(), null, DeltaTable.Features.ANY);
    } catch (DeltaTableException e) {
      ErrorCode code =
          switch (e.reason()) {
            case UNSUPPORTED, CATALOG_MANAGED, CORRUPT, TOO_LARGE -> ErrorCode.UNSUPPORTED_TABLE;
            case NOT_A_TABLE, NO_SUCH_VERSION, TIMESTAMP_OUT_OF_RANGE -> ErrorCode.INVALID_ARGUMENT;
          };
      throw new ApiException(code, field + " " + Names.printable(location) + ": " + e.getMessage());
    } catch (OutsideRootException e) {
      throw new ApiException(
          ErrorCode.INVALID_ARGUMENT,
          field
              + " is outside the folders under which tables may be registered: "
              + Names.printable(location));
    } catch (IOException e) {
      throw new ApiException(
          ErrorCode.INVALID_ARGUMENT, field + " " + Names.printable(location) + " cannot be read");
    }
  }
}
