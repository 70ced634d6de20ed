package io.tidegate.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Delta tables with known answers, in {@code ../shared/golden} beside the project. They are no part
 * of the project: a test that finds none is skipped.
 */
public final class GoldenTables {
  private GoldenTables() {}

  /**
   * A table of known content.
   *
   * @param table its folder
   * @param expected the folder of the rows that it must give; null if its log alone matters, or if
   *     it must be refused
   */
  public record GoldenTable(String name, Path table, @Nullable Path expected) {
    @Override
    public String toString() {
      return name;
    }
  }

  /** The folder of all golden data, empty where it is absent. */
  public static Optional<Path> folder() {
    Path root = Path.of("").toAbsolutePath();
    while (root != null && !Files.isDirectory(root.resolve("platform"))) {
      root = root.getParent();
    }
    return Optional.ofNullable(root)
        .map(found -> found.resolveSibling("shared").resolve("golden"))
        .filter(Files::isDirectory);
  }

  /** The tables with expected rows, and those to be refused; none where the folder is absent. */
  public static List<GoldenTable> tables() {
    return folder().map(folder -> children(folder.resolve("tables"))).orElse(List.of()).stream()
        .map(folder -> {
          Path expected = folder.resolve("expected");
          return new GoldenTable(
              folder.getFileName().toString(),
              folder.resolve("delta"),
              Files.isDirectory(expected) ? expected : null);
        })
        .toList();
  }

  /** Tables of further kinds (change data, v2 checkpoints, compacted logs), with no answers. */
  public static List<GoldenTable> more() {
    return folder().map(folder -> children(folder.resolve("more"))).orElse(List.of()).stream()
        .map(folder -> new GoldenTable(folder.getFileName().toString(), folder, null))
        .toList();
  }

  private static List<Path> children(Path folder) {
    try (Stream<Path> children = Files.list(folder)) {
      return children.filter(Files::isDirectory).sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
