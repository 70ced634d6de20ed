package io.tidegate.clients;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.delta.kernel.Snapshot;
import io.delta.kernel.TransactionCommitResult;
import io.delta.kernel.exceptions.KernelException;
import io.tidegate.clients.KernelTable.Append;
import io.tidegate.clients.KernelTable.Entry;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What Delta Kernel's Unity Catalog client must be able to do, whichever way the services run. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(120)
abstract class KernelClientContract {
  private static final String CATALOG = "kernel";
  private static final String SCHEMA = "tables";

  private final RunningTidegate.Form form;

  @SuppressWarnings("NullAway.Init") // set before the first test
  private RunningTidegate tidegate;

  KernelClientContract(RunningTidegate.Form form) {
    this.form = form;
  }

  @BeforeAll
  void start(@TempDir Path folder) {
    tidegate = RunningTidegate.start(form, folder);
    tidegate.createSchema(CATALOG, SCHEMA);
  }

  @AfterAll
  @SuppressWarnings("NullAway") // null if the start failed
  void stop() {
    if (tidegate != null) {
      tidegate.close();
    }
  }

  @Test
  void createsAppendsReadsAndTravelsInTime() {
    try (KernelTable table = KernelTable.create(tidegate, CATALOG, SCHEMA, "journal")) {
      assertThat(table.latest().getVersion()).isZero();
      assertThat(table.rows(table.latest())).isEmpty();
      assertThat(table.latest().getTableProperties())
          .containsEntry("io.unitycatalog.tableId", table.id());

      for (long number = 1; number <= 3; number++) {
        Append append = table.prepare(table.latest(), 0, List.of(new Entry("only", number)));
        assertThat(append.commit().getVersion()).isEqualTo(number);
      }

      // Another client, which was not there when the rows were written.
      try (KernelTable reader = KernelTable.open(tidegate, CATALOG, SCHEMA, "journal")) {
        assertThat(reader.rows(reader.latest())).containsExactlyInAnyOrderElementsOf(entries(3));
        assertThat(reader.rows(reader.at(2))).containsExactlyInAnyOrderElementsOf(entries(2));
        assertThatThrownBy(() -> reader.at(4)).isInstanceOf(IllegalArgumentException.class);
      }
    }
  }

  private static List<Entry> entries(long last) {
    return LongStream.rangeClosed(1, last).mapToObj(n -> new Entry("only", n)).toList();
  }

  @Test
  void showsTheTableInTheCatalog() {
    try (KernelTable table = KernelTable.create(tidegate, CATALOG, SCHEMA, "listed")) {
      var shown = tidegate.get(RunningTidegate.UNITY + "/tables/kernel.tables.listed");
      assertThat(shown.get("table_id").asString()).isEqualTo(table.id());
      assertThat(shown.get("table_type").asString()).isEqualTo("MANAGED");
      assertThat(shown.get("columns").valueStream().map(c -> c.get("name").asString()))
          .containsExactly("writer", "number");
    }
  }

  @Test
  void publishesAndTheClientMayToo() throws Exception {
    try (KernelTable table = KernelTable.create(tidegate, CATALOG, SCHEMA, "published")) {
      History history = new History();
      for (long number = 1; number <= 5; number++) {
        List<Entry> rows = List.of(new Entry("only", number));
        TransactionCommitResult result = table.prepare(table.latest(), 0, rows).commit();
        history.acknowledge(result.getVersion(), rows);
        Snapshot committed = result.getPostCommitSnapshot().orElseThrow();
        // Whoever is first: the file has the same content, and neither minds the other.
        Snapshot published = table.publish(committed);
        assertThat(published.getVersion()).isEqualTo(number);
        String name = "%020d.json".formatted(number);
        Path log = table.folder().resolve("_delta_log");
        assertThat(log.resolve(name)).isNotEmptyFile();
      }
      history.check(tidegate, table);
      assertThat(leftovers(table.folder().resolve("_delta_log"))).isEmpty();
    }
  }

  /** Temporary files that somebody forgot. */
  private static List<Path> leftovers(Path log) throws Exception {
    try (var files = Files.list(log)) {
      return files.filter(f -> f.getFileName().toString().contains(".tmp")).toList();
    }
  }

  @Test
  void twoWritersRaceAndOneWinsEachVersion() throws Exception {
    KernelTable.create(tidegate, CATALOG, SCHEMA, "raced").close();
    int rounds = 12;
    History history = new History();
    Queue<KernelException> conflicts = new ConcurrentLinkedQueue<>();
    CyclicBarrier line = new CyclicBarrier(2);
    try (ExecutorService writers = Executors.newFixedThreadPool(2)) {
      List<Future<?>> races =
          List.of(
              writers.submit(race("left", rounds, line, history, conflicts)),
              writers.submit(race("right", rounds, line, history, conflicts)));
      for (Future<?> race : races) {
        race.get(90, TimeUnit.SECONDS);
      }
    }
    // Both were at the same version when they set off, so that one of the two lost, every round.
    assertThat(conflicts).hasSize(rounds);
    assertThat(history.acknowledgements()).isEqualTo(2 * rounds);
    try (KernelTable table = KernelTable.open(tidegate, CATALOG, SCHEMA, "raced")) {
      assertThat(table.latest().getVersion()).isEqualTo(2L * rounds);
      assertThat(table.rows(table.latest())).hasSize(2 * rounds);
      history.check(tidegate, table);
    }
  }

  private Callable<Void> race(
      String writer,
      int rounds,
      CyclicBarrier line,
      History history,
      Queue<KernelException> conflicts) {
    return () -> {
      try (KernelTable table = KernelTable.open(tidegate, CATALOG, SCHEMA, "raced")) {
        for (int round = 0; round < rounds; round++) {
          List<Entry> rows = List.of(new Entry(writer, round));
          line.await(30, TimeUnit.SECONDS);
          Append append = table.prepare(table.latest(), 0, rows);
          line.await(30, TimeUnit.SECONDS);
          while (true) {
            try {
              history.acknowledge(append.commit().getVersion(), rows);
              break;
            } catch (KernelException lost) {
              conflicts.add(lost);
              append = table.prepare(table.latest(), 0, rows);
            }
          }
        }
        return null;
      }
    };
  }

  @Test
  void theClientsOwnRetriesAreEnoughForManyWriters() throws Exception {
    KernelTable.create(tidegate, CATALOG, SCHEMA, "crowded").close();
    History history = new History();
    int each = 6;
    try (ExecutorService writers = Executors.newFixedThreadPool(3)) {
      List<Future<?>> all =
          List.of("a", "b", "c").stream()
              .<Future<?>>map(writer ->
                  writers.submit(() -> {
                    try (KernelTable table =
                        KernelTable.open(tidegate, CATALOG, SCHEMA, "crowded")) {
                      for (long number = 0; number < each; number++) {
                        append(table, history, List.of(new Entry(writer, number)));
                      }
                      return null;
                    }
                  }))
              .toList();
      for (Future<?> one : all) {
        one.get(90, TimeUnit.SECONDS);
      }
    }
    try (KernelTable table = KernelTable.open(tidegate, CATALOG, SCHEMA, "crowded")) {
      assertThat(table.latest().getVersion()).isEqualTo(3L * each);
      history.check(tidegate, table);
    }
  }

  /**
   * Appends as an engine does: Kernel retries by itself where it can, and the engine begins again
   * on a new snapshot where it cannot (Kernel gives up when the winner is not published yet).
   */
  private static void append(KernelTable table, History history, List<Entry> rows) {
    for (int attempt = 0; ; attempt++) {
      try {
        TransactionCommitResult done = table.prepare(table.latest(), 20, rows).commit();
        history.acknowledge(done.getVersion(), rows);
        return;
      } catch (KernelException | IllegalArgumentException conflict) {
        // IllegalArgumentException: Kernel 4.4.0's way to say that one winner is published, and
        // the next one is not.
        assertThat(attempt).as("still losing: %s", conflict).isLessThan(100);
      }
    }
  }
}
