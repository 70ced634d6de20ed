package io.tidegate.sharing;

import io.tidegate.ports.TableAccess;
import io.tidegate.ports.TableAccess.Type;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** Writes small Delta tables by hand, and shares them. */
final class Tables {
  private static final AtomicInteger COUNTER = new AtomicInteger();

  private final Gateway gateway;

  Tables(Gateway gateway) {
    this.gateway = gateway;
  }

  /** A name that no other test uses. */
  static String unique(String prefix) {
    return prefix + COUNTER.incrementAndGet();
  }

  /** One line of a log: a protocol that any reader can handle. */
  static final String PLAIN_PROTOCOL =
      "{\"protocol\":{\"minReaderVersion\":1,\"minWriterVersion\":2}}";

  /** One line of a log: a table of {@code x long, p string}, partitioned by p. */
  static final String METADATA =
      metadata(
          "[{\"name\":\"x\",\"type\":\"long\",\"nullable\":true,\"metadata\":{\"comment\":\"how"
              + " many\",\"delta.columnMapping.id\":1}},"
              + "{\"name\":\"p\",\"type\":\"string\",\"nullable\":true,\"metadata\":{}}]",
          "[\"p\"]",
          "{\"delta.appendOnly\":\"true\"}");

  static String metadata(String fields, String partitionColumns, String configuration) {
    String schema = "{\"type\":\"struct\",\"fields\":" + fields + "}";
    return "{\"metaData\":{\"id\":\"7a3c0d4e-0f0e-4c5c-9a52-8a2d6b6f0001\",\"format\":"
        + "{\"provider\":\"parquet\",\"options\":{}},\"schemaString\":"
        + Gateway.JSON.writeValueAsString(schema)
        + ",\"partitionColumns\":"
        + partitionColumns
        + ",\"configuration\":"
        + configuration
        + ",\"createdTime\":1700000000000}}";
  }

  /** One line of a log: a file with x from min to max, in partition p. */
  static String add(String path, String partition, long size, long min, long max, long records) {
    String stats =
        "{\"numRecords\":"
            + records
            + ",\"minValues\":{\"x\":"
            + min
            + "},\"maxValues\":{\"x\":"
            + max
            + "},\"nullCount\":{\"x\":0}}";
    return "{\"add\":{\"path\":\""
        + path
        + "\",\"partitionValues\":{\"p\":"
        + Gateway.JSON.writeValueAsString(partition)
        + "},\"size\":"
        + size
        + ",\"modificationTime\":1700000000000,\"dataChange\":true,\"stats\":"
        + Gateway.JSON.writeValueAsString(stats)
        + "}}";
  }

  /** Writes a commit. */
  static void commit(Path folder, long version, String... lines) {
    write(
        folder.resolve("_delta_log").resolve("%020d.json".formatted(version)),
        String.join("\n", lines) + "\n");
  }

  static void write(Path file, String content) {
    try {
      Files.createDirectories(file.getParent());
      Files.writeString(file, content);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A table of three files in two partitions, with the files there. */
  TableAccess small(Type type) {
    String name = unique("small");
    Path folder = gateway.tables.resolve(name);
    List<String> lines = new ArrayList<>(List.of(PLAIN_PROTOCOL, METADATA));
    for (int i = 0; i < 3; i++) {
      String path = "p=" + (i < 2 ? "a" : "b") + "/part-" + i + ".parquet";
      write(folder.resolve(path), "file number " + i);
      lines.add(add(path, i < 2 ? "a" : "b", 13, i * 10L, i * 10L + 9, 10));
    }
    commit(folder, 0, lines.toArray(String[]::new));
    return gateway.catalog.add("main", "sales", name, folder.toUri(), type);
  }
}
