package io.tidegate.commits;

import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/**
 * What is still to be done with tables' files. An entry is written in the transaction that makes it
 * necessary, and removed when it is done; whoever dies with one in hand loses it when its lease
 * ends.
 */
@Component
class WorkQueue {
  // As long as a table waits for others once its worker has been killed.
  private static final Duration LEASE = Duration.ofSeconds(10);
  private static final Duration FIRST_PAUSE = Duration.ofMillis(200);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);
  private static final int MAX_FAILURE = 500;

  private final JdbcClient jdbc;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition added = lock.newCondition();
  private long additions;

  WorkQueue(JdbcClient jdbc) {
    this.jdbc = jdbc;
  }

  /** What there is to do. */
  enum Kind {
    /** Copy ratified commits into the log. */
    PUBLISH,
    /** Open the commit stream of a table that the catalog has registered. */
    OPEN,
    /** Give up a staging table that nothing was made of. */
    EXPIRE,
    /** Remove staged commits that nobody needs any more. */
    REAP,
    /** Remove the files of a table that is gone. */
    PURGE
  }

  /**
   * Work in hand.
   *
   * @param generation how often it had been asked for when it was taken
   * @param attempts how often it was taken since it last succeeded, this time included
   */
  record Work(Kind kind, UUID tableId, long generation, int attempts) {}

  /** Asks for work now, within the caller's transaction. */
  void add(Kind kind, UUID tableId) {
    add(kind, tableId, Duration.ZERO);
  }

  /** Asks for work after a while; work that was asked for already stays due when it was. */
  void add(Kind kind, UUID tableId, Duration after) {
    jdbc.sql(
            """
            INSERT INTO commits.work AS w (kind, table_id, due_at, since)
            SELECT :kind, :id, due, due FROM (VALUES (now() + :after * interval '1 millisecond')) v (due)
            ON CONFLICT (kind, table_id) DO UPDATE SET generation = w.generation + 1
            """)
        .param("kind", kind.name())
        .param("id", tableId)
        .param("after", after.toMillis())
        .update();
    if (TransactionSynchronizationManager.isSynchronizationActive()) {
      TransactionSynchronizationManager.registerSynchronization(
          new TransactionSynchronization() {
            @Override
            public void afterCommit() {
              kick();
            }
          });
    } else {
      kick();
    }
  }

  /** Takes what is due first, for the length of a lease; empty if nothing is due. */
  Optional<Work> take() {
    return jdbc.sql(
            """
            UPDATE commits.work w
               SET due_at = now() + :lease * interval '1 millisecond', attempts = w.attempts + 1
              FROM (SELECT kind, table_id FROM commits.work WHERE due_at <= now()
                     ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED) due
             WHERE w.kind = due.kind AND w.table_id = due.table_id
            RETURNING w.kind, w.table_id, w.generation, w.attempts
            """)
        .param("lease", LEASE.toMillis())
        .query((row, number) ->
            new Work(
                Kind.valueOf(row.getString("kind")),
                row.getObject("table_id", UUID.class),
                row.getLong("generation"),
                row.getInt("attempts")))
        .optional();
  }

  /** Work is done; what was asked for again meanwhile is due at once. */
  void done(Work work) {
    int removed =
        jdbc.sql(
                "DELETE FROM commits.work"
                    + " WHERE kind = :kind AND table_id = :id AND generation = :generation")
            .param("kind", work.kind().name())
            .param("id", work.tableId())
            .param("generation", work.generation())
            .update();
    if (removed == 0) {
      jdbc.sql(
              "UPDATE commits.work SET due_at = now(), since = now(), attempts = 0, failure = NULL"
                  + " WHERE kind = :kind AND table_id = :id")
          .param("kind", work.kind().name())
          .param("id", work.tableId())
          .update();
      kick();
    }
  }

  /** Work is done for now, and due again after a while. */
  void again(Work work, Duration after) {
    jdbc.sql(
            "UPDATE commits.work SET attempts = 0, failure = NULL,"
                + " due_at = now() + :after * interval '1 millisecond',"
                + " since = now() + :after * interval '1 millisecond'"
                + " WHERE kind = :kind AND table_id = :id")
        .param("after", after.toMillis())
        .param("kind", work.kind().name())
        .param("id", work.tableId())
        .update();
  }

  /** Work failed, and is tried again after a pause that grows with every attempt. */
  void failed(Work work, String failure) {
    long pause =
        Math.min(
            LONGEST_PAUSE.toMillis(), FIRST_PAUSE.toMillis() << Math.min(20, work.attempts() - 1));
    jdbc.sql(
            "UPDATE commits.work SET failure = :failure,"
                + " due_at = now() + :pause * interval '1 millisecond'"
                + " WHERE kind = :kind AND table_id = :id")
        .param("failure", failure.substring(0, Math.min(MAX_FAILURE, failure.length())))
        .param("pause", pause)
        .param("kind", work.kind().name())
        .param("id", work.tableId())
        .update();
  }

  /** Work in hand was not done, and not for any fault of its own: others may take it at once. */
  void release(Work work) {
    jdbc.sql("UPDATE commits.work SET due_at = now() WHERE kind = :kind AND table_id = :id")
        .param("kind", work.kind().name())
        .param("id", work.tableId())
        .update();
  }

  /** Work that has failed, and waits to be tried again, may go better now. */
  void hasten(Kind kind, UUID tableId) {
    int hastened =
        jdbc.sql(
                "UPDATE commits.work SET due_at = now()"
                    + " WHERE kind = :kind AND table_id = :id AND failure IS NOT NULL")
            .param("kind", kind.name())
            .param("id", tableId)
            .update();
    if (hastened > 0) {
      kick();
    }
  }

  /**
   * Keeps work that was just taken in hand: to be run after each part of it, however small. The
   * lease begins anew when a third of it is over; whoever hangs within one part loses it.
   */
  Runnable keeping(Work work) {
    long third = LEASE.toNanos() / 3;
    return new Runnable() {
      private long renewed = System.nanoTime();

      @Override
      public void run() {
        long now = System.nanoTime();
        if (now - renewed >= third) {
          extend(work);
          renewed = now;
        }
      }
    };
  }

  private void extend(Work work) {
    jdbc.sql(
            "UPDATE commits.work SET due_at = now() + :lease * interval '1 millisecond'"
                + " WHERE kind = :kind AND table_id = :id")
        .param("lease", LEASE.toMillis())
        .param("kind", work.kind().name())
        .param("id", work.tableId())
        .update();
  }

  /**
   * What is due and not done.
   *
   * @param failing the entries of which the last try failed
   * @param oldestSeconds for how long the oldest entry has been due, however often it was tried
   */
  record Backlog(long entries, long failing, double oldestSeconds) {}

  Backlog backlog() {
    return jdbc.sql(
            "SELECT count(*) AS entries, count(failure) AS failing,"
                + " coalesce(extract(epoch FROM now() - min(since)), 0) AS age"
                + " FROM commits.work WHERE since <= now()")
        .query((row, number) ->
            new Backlog(row.getLong("entries"), row.getLong("failing"), row.getDouble("age")))
        .single();
  }

  /** Wakes one that waits for work. */
  private void kick() {
    lock.lock();
    try {
      additions++;
      added.signal();
    } finally {
      lock.unlock();
    }
  }

  /** How many additions this process has made; taken before looking, given to {@link #await}. */
  long additions() {
    lock.lock();
    try {
      return additions;
    } finally {
      lock.unlock();
    }
  }

  /** Waits until work was added after the count was taken, or the time is over. */
  void await(long seen, Duration atMost) throws InterruptedException {
    long left = atMost.toNanos();
    lock.lock();
    try {
      while (additions == seen && left > 0) {
        left = added.awaitNanos(left);
      }
    } finally {
      lock.unlock();
    }
  }
}
