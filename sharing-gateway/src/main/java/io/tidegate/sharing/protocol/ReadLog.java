package io.tidegate.sharing.protocol;

import io.tidegate.events.EventMetadata;
import io.tidegate.events.EventStore;
import io.tidegate.events.ExpectedVersion;
import io.tidegate.events.StreamAppend;
import io.tidegate.events.StreamId;
import io.tidegate.sharing.events.SharingEvent.SharedTableQueried;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Records reads as events without making readers wait: they are queued, and written many at a time.
 * What is queued when the process stops is written first; a crash loses what it had queued, at most
 * a fraction of a second of reads. If the queue is full readers wait after all, so that no read
 * goes unrecorded while the database is slow.
 */
@Component
class ReadLog implements SmartLifecycle {
  private static final Logger LOG = LoggerFactory.getLogger(ReadLog.class);
  private static final int QUEUE = 10_000;
  private static final int BATCH = 200;
  private static final int PATIENCE_SECONDS = 5;
  private static final int ATTEMPTS = 5;
  private static final long FIRST_PAUSE_MS = 100;

  private final EventStore events;
  private final TransactionTemplate transactions;
  private final BlockingQueue<Read> queue = new ArrayBlockingQueue<>(QUEUE);
  private volatile boolean running;
  private @Nullable Thread worker;

  ReadLog(@Qualifier("sharingEvents") EventStore events, TransactionTemplate transactions) {
    this.events = events;
    this.transactions = transactions;
  }

  private record Read(SharedTableQueried event, EventMetadata metadata) {}

  /** Takes note of a read. */
  void add(SharedTableQueried event, String requestId) {
    Read read = new Read(event, new EventMetadata("recipient:" + event.recipient(), requestId));
    try {
      if (!queue.offer(read, PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        LOG.error("A read was not recorded, because reads cannot be written: {}", event);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      LOG.error("A read was not recorded, because the process stops: {}", event);
    }
  }

  private void work() {
    List<Read> batch = new ArrayList<>();
    while (running || !queue.isEmpty()) {
      try {
        Read first = queue.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
        if (first != null) {
          batch.add(first);
        }
      } catch (InterruptedException e) {
        // The process stops: what is queued is written, and then the loop ends.
      }
      queue.drainTo(batch, BATCH - batch.size());
      if (!batch.isEmpty()) {
        write(batch);
        batch.clear();
      }
    }
  }

  private void write(List<Read> batch) {
    long pause = FIRST_PAUSE_MS;
    for (int attempt = 1; attempt <= ATTEMPTS; attempt++) {
      try {
        transactions.executeWithoutResult(status -> batch.forEach(this::append));
        return;
      } catch (RuntimeException e) {
        LOG.warn("Writing {} reads failed, attempt {} of {}", batch.size(), attempt, ATTEMPTS, e);
        pause = pauseAfter(pause);
      }
    }
    batch.forEach(read -> LOG.error("A read was not recorded: {}", read.event()));
  }

  private long pauseAfter(long pause) {
    try {
      TimeUnit.MILLISECONDS.sleep(running ? pause : FIRST_PAUSE_MS);
    } catch (InterruptedException e) {
      // The process stops: the next attempt comes at once.
    }
    return pause * 2;
  }

  private void append(Read read) {
    events.append(
        List.of(
            StreamAppend.of(
                new StreamId("recipient-reads", read.event().recipientId().toString()),
                ExpectedVersion.any(),
                read.event(),
                read.event().table())),
        read.metadata());
  }

  @Override
  public void start() {
    running = true;
    worker = Thread.ofVirtual().name("sharing-reads").start(this::work);
  }

  @Override
  public void stop() {
    running = false;
    Thread thread = worker;
    if (thread != null) {
      thread.interrupt();
      try {
        thread.join(TimeUnit.SECONDS.toMillis(PATIENCE_SECONDS));
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** Stops after the web server, whose last requests still add reads. */
  @Override
  public int getPhase() {
    return 0;
  }

  @Override
  public boolean isRunning() {
    return running;
  }
}
