package io.tidegate.clients;

import static org.assertj.core.api.Assertions.assertThat;

import io.delta.kernel.TransactionCommitResult;
import io.tidegate.clients.KernelTable.Entry;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.ObjIntConsumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledIfEnvironmentVariable;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code kill -9} while two writers commit, over and over: no acknowledged commit is lost, no
 * version is missing or doubled, and what was killed comes back.
 */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class KilledServerIT {
  private static final String CATALOG = "killed";
  private static final String SCHEMA = "tables";
  private static final String TABLE = "journal";

  @Test
  void theOneProcessIsKilledTenTimes(@TempDir Path folder) throws Exception {
    survives(
        RunningTidegate.Form.STANDALONE,
        folder,
        10,
        (tidegate, number) -> {
          // Mostly PostgreSQL lives on, and is found by the next start; now and then it dies, too.
          if (number % 3 == 2) {
            tidegate.killPostgres();
          }
          tidegate.killStandalone();
          tidegate.up();
        });
  }

  /** Fewer times: whoever watches over the process waits longer after each of its ends. */
  @Test
  @DisabledIfEnvironmentVariable(named = "TIDEGATE_NGINX", matches = "missing")
  void theCommitServiceAloneIsKilledThreeTimes(@TempDir Path folder) throws Exception {
    survives(
        RunningTidegate.Form.SEPARATE,
        folder,
        3,
        (tidegate, number) -> {
          tidegate.killService("commit-service");
          tidegate.awaitRecovery();
        });
  }

  private static void survives(
      RunningTidegate.Form form, Path folder, int kills, ObjIntConsumer<RunningTidegate> kill)
      throws Exception {
    Random chance = new Random(20240611);
    History history = new History();
    AtomicBoolean stop = new AtomicBoolean();
    try (RunningTidegate tidegate = RunningTidegate.start(form, folder);
        ExecutorService pool = Executors.newFixedThreadPool(2)) {
      tidegate.createSchema(CATALOG, SCHEMA);
      KernelTable.create(tidegate, CATALOG, SCHEMA, TABLE).close();
      List<Future<?>> writers =
          List.of(
              pool.submit(writer("left", tidegate, history, stop)),
              pool.submit(writer("right", tidegate, history, stop)));
      try {
        for (int done = 0; done < kills; done++) {
          awaitCommits(history, writers);
          // Somewhere within a commit, and each time elsewhere.
          Await.pause(Duration.ofMillis(chance.nextInt(120)));
          kill.accept(tidegate, done);
        }
        awaitCommits(history, writers);
      } finally {
        stop.set(true);
      }
      for (Future<?> writer : writers) {
        writer.get(60, TimeUnit.SECONDS);
      }
      try (KernelTable table = KernelTable.open(tidegate, CATALOG, SCHEMA, TABLE)) {
        history.check(tidegate, table);
        assertThat(table.latest().getVersion()).isGreaterThanOrEqualTo(3L * (kills + 1));
      }
    }
  }

  private static void awaitCommits(History history, List<Future<?>> writers) {
    int before = history.acknowledgements();
    Await.until(
        "three more commits",
        Duration.ofSeconds(30),
        () ->
            history.acknowledgements() >= before + 3 || writers.stream().anyMatch(Future::isDone));
  }

  /** Appends one row after the other. What a writer was not told stays open, and it goes on. */
  private static Callable<Void> writer(
      String name, RunningTidegate tidegate, History history, AtomicBoolean stop) {
    return () -> {
      try (KernelTable table = KernelTable.open(tidegate, CATALOG, SCHEMA, TABLE)) {
        for (long number = 0; !stop.get(); number++) {
          List<Entry> rows = List.of(new Entry(name, number));
          try {
            TransactionCommitResult done = table.prepare(table.latest(), 3, rows).commit();
            history.acknowledge(done.getVersion(), rows);
          } catch (RuntimeException failed) {
            history.leaveOpen(rows);
            Await.pause(Duration.ofMillis(50));
          }
        }
        return null;
      }
    };
  }
}
