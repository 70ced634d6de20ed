package io.tidegate.sharing.protocol;

import io.tidegate.delta.Action.AddFile;
import io.tidegate.delta.Action.DeletionVector;
import io.tidegate.delta.TableSnapshot;
import io.tidegate.objects.ObjectStore;
import java.io.IOException;
import java.net.URI;
import java.util.Arrays;
import java.util.Iterator;
import java.util.Optional;

/**
 * Looks whether the files of an earlier version are still there, which a VACUUM may have removed.
 * It leaves those of the latest version, so only files that are no longer in that are looked at:
 * one call of the store for each, up to the first that is gone.
 */
final class EarlierFiles {
  private static final long FNV_OFFSET = 0xcbf29ce484222325L;
  private static final long FNV_PRIME = 0x100000001b3L;

  private final ObjectStore store;

  /** Hashes, sorted: eight bytes a file, however long its path. */
  private final long[] latest;

  EarlierFiles(ObjectStore store, TableSnapshot latest) {
    this.store = store;
    long[] hashes = new long[Math.toIntExact(latest.numFiles())];
    int count = 0;
    for (Iterator<AddFile> files = latest.files(); files.hasNext(); ) {
      hashes[count++] = hash(files.next());
    }
    Arrays.sort(hashes);
    this.latest = hashes;
  }

  /** Whether all these files of an earlier version are there, and their deletion vectors. */
  boolean areThere(TableSnapshot earlier, Iterator<AddFile> files) throws IOException {
    while (files.hasNext()) {
      AddFile file = files.next();
      if (Arrays.binarySearch(latest, hash(file)) < 0 && !isThere(earlier, file)) {
        return false;
      }
    }
    return true;
  }

  private boolean isThere(TableSnapshot earlier, AddFile file) throws IOException {
    if (store.head(earlier.uri(file)).isEmpty()) {
      return false;
    }
    DeletionVector vector = file.deletionVector();
    Optional<URI> uri = vector == null ? Optional.empty() : earlier.uri(vector);
    return uri.isEmpty() || store.head(uri.get()).isPresent();
  }

  // Of the file together with its deletion vector: a file may have had another one.
  private static long hash(AddFile file) {
    long hash = hash(FNV_OFFSET, file.path());
    DeletionVector vector = file.deletionVector();
    return vector == null ? hash : hash(hash(hash, "\n"), vector.pathOrInlineDv());
  }

  private static long hash(long seed, String text) {
    long hash = seed;
    for (int i = 0; i < text.length(); i++) {
      hash = (hash ^ text.charAt(i)) * FNV_PRIME;
    }
    return hash;
  }
}
