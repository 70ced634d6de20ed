package io.tidegate.commits;

import io.tidegate.commits.WorkQueue.Work;
import io.tidegate.kit.errors.ApiException;
import io.tidegate.kit.web.RequestId;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;

/** Does what the work queue holds, a few tables at a time; any number of replicas may. */
@Component
class CommitWorker implements SmartLifecycle {
  private static final Logger LOG = LoggerFactory.getLogger(CommitWorker.class);
  private static final int THREADS = 3;

  /** How soon work is found that no one in this process has added. */
  private static final Duration LOOK_AGAIN = Duration.ofSeconds(1);

  private static final Duration END = Duration.ofSeconds(2);

  private final WorkQueue queue;
  private final Publisher publisher;
  private final ManagedTables tables;
  private final StagedCommitReaper reaper;
  private final List<Thread> threads = new ArrayList<>();
  private final Set<Work> inHand = ConcurrentHashMap.newKeySet();
  private volatile boolean running;

  CommitWorker(
      WorkQueue queue, Publisher publisher, ManagedTables tables, StagedCommitReaper reaper) {
    this.queue = queue;
    this.publisher = publisher;
    this.tables = tables;
    this.reaper = reaper;
  }

  @Override
  public synchronized void start() {
    running = true;
    for (int i = 0; i < THREADS; i++) {
      threads.add(Thread.ofVirtual().name("commit-worker-" + i).start(this::run));
    }
  }

  private void run() {
    while (running) {
      long seen = queue.additions();
      boolean worked = false;
      try {
        worked = workOnce();
      } catch (RuntimeException | Error e) {
        // Whatever it is, this thread is needed for the next table.
        if (running) {
          LOG.warn("The work queue cannot be read, and is tried again: {}", e.toString());
        }
      }
      if (!worked && running) {
        try {
          queue.await(seen, LOOK_AGAIN);
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          return;
        }
      }
    }
  }

  /** Does one piece of work; false if nothing is due. */
  private boolean workOnce() {
    Optional<Work> taken = queue.take();
    if (taken.isEmpty()) {
      return false;
    }
    Work work = taken.get();
    RequestId.run(
        "work-" + work.kind().name().toLowerCase(java.util.Locale.ROOT) + "-" + UUID.randomUUID(),
        () -> doIt(work));
    return true;
  }

  private void doIt(Work work) {
    inHand.add(work);
    boolean stopped = false;
    try {
      Runnable step = queue.keeping(work);
      Optional<Duration> next = Optional.empty();
      switch (work.kind()) {
        case PUBLISH -> publisher.publish(work.tableId(), step);
        case OPEN -> tables.finishOpening(work.tableId());
        case PURGE -> tables.purge(work.tableId(), step);
        case EXPIRE -> next = tables.giveUp(work.tableId());
        case REAP -> next = reaper.reap(work.tableId(), step);
      }
      if (next.isPresent()) {
        queue.again(work, next.get());
      } else {
        queue.done(work);
      }
    } catch (IOException | RuntimeException | Error e) {
      if (!running) {
        // Whoever stops this thread gives the work back.
        stopped = true;
        return;
      }
      if (e instanceof IOException || e instanceof ApiException) {
        LOG.warn(
            "{} of table {} failed, and is tried again: {}",
            work.kind(),
            work.tableId(),
            e.toString());
      } else {
        LOG.error("{} of table {} failed, and is tried again", work.kind(), work.tableId(), e);
      }
      queue.failed(work, e.toString());
    } finally {
      if (!stopped) {
        inHand.remove(work);
      }
    }
  }

  @Override
  public synchronized void stop() {
    running = false;
    threads.forEach(Thread::interrupt);
    for (Thread thread : threads) {
      try {
        if (!thread.join(END)) {
          LOG.warn("{} still runs", thread.getName());
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    threads.clear();
    try {
      inHand.forEach(queue::release);
    } catch (RuntimeException e) {
      // A database that is away is not waited for.
      LOG.warn("Work in hand waits for its lease to end: {}", e.toString());
    }
    inHand.clear();
  }

  @Override
  public boolean isRunning() {
    return running;
  }
}
