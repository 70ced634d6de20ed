package io.tidegate.clients;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.clients.KernelTable.Entry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.LongStream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * What writers were told, compared with what the table is in the end: nothing that was acknowledged
 * is lost, nothing is there twice, and no version is missing or doubled.
 */
final class History {
  private static final JsonMapper JSON = new JsonMapper();

  private final Map<Long, List<Entry>> acknowledged = new TreeMap<>();
  private final List<Entry> uncertain = new ArrayList<>();

  /** The writer was told that its rows are in the table as this version. */
  synchronized void acknowledge(long version, List<Entry> rows) {
    List<Entry> before = acknowledged.put(version, List.copyOf(rows));
    assertThat(before).as("version %d has one winner", version).isNull();
  }

  /** The writer was told nothing that it can rely on: its rows may be in the table once, or not. */
  synchronized void leaveOpen(List<Entry> rows) {
    uncertain.addAll(rows);
  }

  synchronized int acknowledgements() {
    return acknowledged.size();
  }

  /** Checks the table as a reader sees it, its published log, and the feed of ratified commits. */
  void check(RunningTidegate tidegate, KernelTable table) {
    long latest = table.latest().getVersion();
    Map<Entry, Integer> rows = new HashMap<>();
    table.rows(table.latest()).forEach(row -> rows.merge(row, 1, Integer::sum));

    assertThat(rows).as("no row is there twice").allSatisfy((row, n) -> assertThat(n).isEqualTo(1));
    List<Entry> told = acknowledged.values().stream().flatMap(List::stream).toList();
    assertThat(rows.keySet()).as("what was acknowledged is there").containsAll(told);
    List<Entry> possible = new ArrayList<>(told);
    possible.addAll(uncertain);
    assertThat(possible).as("nothing is there that nobody wrote").containsAll(rows.keySet());
    assertThat(acknowledged.keySet()).allSatisfy(v -> assertThat(v).isBetween(1L, latest));

    List<Long> versions = LongStream.rangeClosed(0, latest).boxed().toList();
    assertThat(ratified(tidegate, table)).as("the feed has each version once").isEqualTo(versions);
    published(table, latest);
    acknowledged.forEach((version, entries) ->
        assertThat(addedRows(table.folder(), version))
            .as("version %d is what its writer wrote", version)
            .isEqualTo(entries.size()));
  }

  /** The versions of the table's CommitRatified events, in the feed's order. */
  static List<Long> ratified(RunningTidegate tidegate, KernelTable table) {
    List<Long> versions = new ArrayList<>();
    String after = "";
    while (true) {
      String from = after.isEmpty() ? "" : "&after=" + after;
      JsonNode page =
          tidegate.get("/api/1.0/commits/events?types=CommitRatified&max_results=1000" + from);
      for (JsonNode event : page.get("events")) {
        if (event.get("data").get("table_id").asString().equals(table.id())) {
          versions.add(event.get("data").get("version").asLong());
        }
      }
      if (!page.get("has_more").asBoolean()) {
        return versions;
      }
      after = page.get("next_cursor").asString();
    }
  }

  /** The service publishes by itself: every version is a file of the log before long. */
  private static void published(KernelTable table, long latest) {
    Path log = table.folder().resolve("_delta_log");
    Await.until(
        "version " + latest + " to be published",
        Duration.ofSeconds(20),
        () -> Files.exists(log.resolve(fileName(latest))));
    for (long version = 0; version <= latest; version++) {
      assertThat(log.resolve(fileName(version))).isNotEmptyFile();
    }
    assertThat(log.resolve(fileName(latest + 1))).doesNotExist();
  }

  private static long addedRows(Path folder, long version) {
    try {
      long rows = 0;
      for (String line :
          Files.readAllLines(folder.resolve("_delta_log").resolve(fileName(version)))) {
        JsonNode add = JSON.readTree(line).get("add");
        if (add != null && !add.isNull()) {
          rows += JSON.readTree(add.get("stats").asString()).get("numRecords").asLong();
        }
      }
      return rows;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String fileName(long version) {
    return "%020d.json".formatted(version);
  }
}
