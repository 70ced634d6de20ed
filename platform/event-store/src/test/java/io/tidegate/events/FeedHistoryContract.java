package io.tidegate.events;

import static io.tidegate.events.StoreFixture.ALICE;
import static io.tidegate.events.StoreFixture.account;
import static io.tidegate.events.StoreFixture.deposit;

import io.tidegate.events.StoreFixture.Deposited;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What a reader that tails the feed sees of a history, and what is wrong with that. One subclass
 * reads as the store does and must see nothing wrong; the other reads naively and must lose events,
 * which shows that these histories bite.
 */
abstract class FeedHistoryContract {
  private static final int WRITERS = 16;
  private static final int TRANSACTIONS = 30;
  private static final int STREAMS = 24;
  private static final long SEED = 20261123;

  /** An event as a reader saw it. */
  record Seen(UUID id, String stream, long version) {}

  /** Reads on from where it was; empty if there is nothing new. */
  interface Reader {
    List<Seen> poll();
  }

  /**
   * What is wrong with what a reader saw.
   *
   * @param tooLate events that were committed before an event that came earlier was appended
   */
  record Verdict(Set<UUID> skipped, Set<UUID> twice, List<String> outOfOrder, List<UUID> tooLate) {}

  /** Ticks with each commit that a writer knows of. */
  private final AtomicLong clock = new AtomicLong();

  /** The clock before the append of each event, and when its commit was known. */
  private final Map<UUID, Long> appendedAfter = new ConcurrentHashMap<>();

  private final Map<UUID, Long> committedAt = new ConcurrentHashMap<>();

  StoreFixture fixture;

  abstract Reader reader();

  /** Whether the reader has read all that it ever will, the writers being done. */
  abstract boolean finished(List<Seen> seen);

  abstract void judge(Verdict verdict);

  @BeforeEach
  void start() {
    fixture = StoreFixture.create();
  }

  @AfterEach
  void stop() {
    fixture.close();
  }

  Set<UUID> committed() {
    return new HashSet<>(fixture.jdbc.sql("SELECT id FROM ledger.events").query(UUID.class).list());
  }

  private Verdict verdict(List<Seen> seen) {
    Set<UUID> skipped = committed();
    Set<UUID> known = new HashSet<>();
    Set<UUID> twice = new HashSet<>();
    Map<String, Long> versions = new HashMap<>();
    List<String> outOfOrder = new ArrayList<>();
    List<UUID> tooLate = new ArrayList<>();
    long latest = -1;
    for (Seen event : seen) {
      if (committedAt.getOrDefault(event.id(), Long.MAX_VALUE) <= latest) {
        tooLate.add(event.id());
      }
      latest = Math.max(latest, appendedAfter.getOrDefault(event.id(), -1L));
      skipped.remove(event.id());
      if (!known.add(event.id())) {
        twice.add(event.id());
      }
      Long before = versions.put(event.stream(), event.version());
      if (before != null && before >= event.version()) {
        outOfOrder.add(event.stream() + ": " + event.version() + " after " + before);
      }
    }
    return new Verdict(skipped, twice, outOfOrder, tooLate);
  }

  @Test
  void aTransactionThatBeganFirstCommitsLast() throws Exception {
    Reader reader = reader();
    StoreFixture.OpenAppend slow =
        fixture.appendAndStayOpen(deposit("slow", ExpectedVersion.any(), 1, 2));
    fixture.append(deposit("quick", ExpectedVersion.any(), 3));

    List<Seen> seen = new ArrayList<>(reader.poll());
    slow.end();

    StoreFixture.await(() -> {
      seen.addAll(reader.poll());
      return finished(seen);
    });

    judge(verdict(seen));
  }

  @Test
  void sixteenWritersAbortAndStall() {
    AtomicInteger running = new AtomicInteger(WRITERS);
    AtomicLong commits = new AtomicLong();
    AtomicLong polls = new AtomicLong();
    AtomicInteger stallers = new AtomicInteger();
    ConcurrentLinkedQueue<Throwable> failures = new ConcurrentLinkedQueue<>();
    ConcurrentLinkedQueue<UUID> acknowledged = new ConcurrentLinkedQueue<>();
    for (int writer = 0; writer < WRITERS; writer++) {
      Random random = new Random(SEED + writer);
      Thread.ofVirtual()
          .start(() -> {
            try {
              for (int i = 0; i < TRANSACTIONS; i++) {
                List<UUID> ids =
                    write(new Stalls(running, commits, polls, stallers, random), random);
                if (!ids.isEmpty()) {
                  long now = clock.incrementAndGet();
                  ids.forEach(id -> committedAt.put(id, now));
                  commits.incrementAndGet();
                  acknowledged.addAll(ids);
                }
              }
            } catch (Throwable e) {
              failures.add(e);
            } finally {
              running.decrementAndGet();
            }
          });
    }
    Reader reader = reader();
    List<Seen> seen = new ArrayList<>();
    while (running.get() > 0) {
      seen.addAll(reader.poll());
      polls.incrementAndGet();
    }
    StoreFixture.await(() -> {
      seen.addAll(reader.poll());
      return finished(seen);
    });

    if (!failures.isEmpty()) {
      throw new AssertionError("A writer failed", failures.peek());
    }
    if (!committed().equals(new HashSet<>(acknowledged))) {
      throw new AssertionError("What was acknowledged is not what is there");
    }
    judge(verdict(seen));
  }

  /** Holds a transaction open while others commit and the reader reads past it. */
  private record Stalls(
      AtomicInteger running,
      AtomicLong commits,
      AtomicLong polls,
      AtomicInteger stallers,
      Random random) {
    void maybe() {
      if (random.nextInt(8) != 0) {
        return;
      }
      if (stallers.incrementAndGet() <= 4) {
        long commitsBefore = commits.get();
        long deadline = System.nanoTime() + Duration.ofMillis(500).toNanos();
        while (commits.get() < commitsBefore + 2 && goesOn(deadline)) {
          LockSupport.parkNanos(200_000);
        }
        long pollsBefore = polls.get();
        while (polls.get() < pollsBefore + 2 && goesOn(deadline)) {
          LockSupport.parkNanos(200_000);
        }
      }
      stallers.decrementAndGet();
    }

    // Those that could commit may be waiting for this very transaction's streams.
    private boolean goesOn(long deadline) {
      return running.get() > 1 && System.nanoTime() < deadline;
    }
  }

  private List<UUID> write(Stalls stalls, Random random) {
    return fixture.transactions.execute(status -> {
      if (random.nextInt(4) == 0) {
        // Takes its transaction id long before it appends.
        fixture.jdbc.sql("SELECT pg_current_xact_id()::text").query(String.class).single();
        stalls.maybe();
      }
      List<UUID> ids = new ArrayList<>();
      Set<Integer> chosen = new HashSet<>();
      List<StreamAppend> appends = new ArrayList<>();
      for (int i = 0; i <= random.nextInt(3); i++) {
        int stream = random.nextInt(STREAMS);
        if (chosen.add(stream)) {
          List<NewEvent> events = new ArrayList<>();
          for (int j = 0; j <= random.nextInt(3); j++) {
            events.add(new NewEvent(new Deposited("a", random.nextInt()), "s" + stream));
          }
          appends.add(new StreamAppend(account("s" + stream), ExpectedVersion.any(), events));
        }
      }
      if (random.nextInt(5) == 0) {
        // A subtransaction has an id of its own, and ends before its transaction does.
        Object savepoint = status.createSavepoint();
        fixture.store.append(appends, ALICE);
        status.rollbackToSavepoint(savepoint);
      }
      long before = clock.get();
      for (RecordedEvent event : fixture.store.append(appends, ALICE)) {
        ids.add(event.id());
        appendedAfter.put(event.id(), before);
      }
      stalls.maybe();
      if (random.nextInt(6) == 0) {
        status.setRollbackOnly();
        return List.<UUID>of();
      }
      return ids;
    });
  }
}
