package io.tidegate.standalone;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The folder that keeps everything: the database, the managed tables, the tokens, the logs. One
 * process at a time holds it.
 */
final class DataFolder implements AutoCloseable {
  private static final SecureRandom RANDOM = new SecureRandom();

  private final Path root;
  private final FileChannel lockFile;

  private DataFolder(Path root, FileChannel lockFile) {
    this.root = root;
    this.lockFile = lockFile;
  }

  /**
   * Creates the folder if there is none, and takes it for this process.
   *
   * @throws StartFailure if it cannot be written or another process holds it
   */
  static DataFolder open(Path path) {
    return openIfFree(path)
        .orElseThrow(() ->
            new StartFailure(
                "The data folder "
                    + path
                    + " is in use by another Tidegate; stop it or use --data"));
  }

  /**
   * As {@link #open}; empty if another process holds it.
   *
   * @throws StartFailure if it cannot be written
   */
  static Optional<DataFolder> openIfFree(Path path) {
    try {
      Files.createDirectories(path);
      Path root = path.toRealPath();
      FileChannel channel =
          FileChannel.open(
              root.resolve("lock"),
              Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE),
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      if (lock(channel) == null) {
        channel.close();
        return Optional.empty();
      }
      DataFolder folder = new DataFolder(root, channel);
      Files.createDirectories(folder.tables());
      Files.createDirectories(folder.logs());
      return Optional.of(folder);
    } catch (IOException e) {
      throw new StartFailure(
          "The data folder "
              + path
              + " cannot be used: "
              + e.getClass().getSimpleName()
              + " "
              + e.getMessage(),
          e);
    }
  }

  private static @Nullable FileLock lock(FileChannel channel) throws IOException {
    try {
      return channel.tryLock();
    } catch (OverlappingFileLockException e) {
      return null;
    }
  }

  Path root() {
    return root;
  }

  Path postgres() {
    return root.resolve("postgres");
  }

  Path tables() {
    return root.resolve("tables");
  }

  Path logs() {
    return root.resolve("logs");
  }

  /** Where processes that this one starts keep what they need only while they run. */
  Path run() {
    return root.resolve("run");
  }

  Path adminToken() {
    return root.resolve("admin.token");
  }

  Path sampleProfile() {
    return root.resolve("sample.share");
  }

  boolean hasSecret(String name) {
    return Files.exists(root.resolve("secrets").resolve(name), LinkOption.NOFOLLOW_LINKS);
  }

  /** A random secret that is made once and kept in a file that only its owner may read. */
  String secret(String name) {
    Path file = secretFile(name);
    try {
      if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
        byte[] random = new byte[32];
        RANDOM.nextBytes(random);
        writePrivately(file, HexFormat.of().formatHex(random));
      }
      return Files.readString(file).strip();
    } catch (IOException e) {
      throw new StartFailure("The secret " + file + " cannot be kept: " + e.getMessage(), e);
    }
  }

  Path secretFile(String name) {
    return root.resolve("secrets").resolve(name);
  }

  /** Writes a file that only its owner may read; it appears whole or not at all. */
  static void writePrivately(Path file, String content) throws IOException {
    Files.createDirectories(file.toAbsolutePath().getParent());
    Path draft =
        Files.createTempFile(
            file.toAbsolutePath().getParent(),
            file.getFileName().toString(),
            ".draft",
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    Files.write(draft, content.getBytes(StandardCharsets.UTF_8));
    Files.move(draft, file, java.nio.file.StandardCopyOption.ATOMIC_MOVE);
  }

  @Override
  public void close() {
    try {
      lockFile.close();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
