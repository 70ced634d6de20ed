package io.tidegate.commits;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import org.springframework.stereotype.Component;

/** How much work on tables' files is due, such as publishing, and since when. */
@Component
class WorkMetrics implements MeterBinder {
  private final WorkQueue queue;

  WorkMetrics(WorkQueue queue) {
    this.queue = queue;
  }

  @Override
  public void bindTo(MeterRegistry registry) {
    Gauge.builder("tidegate.commits.work.due", queue, work -> work.backlog().entries())
        .description("Publishing and other work on tables' files that is not done yet")
        .register(registry);
    Gauge.builder("tidegate.commits.work.failing", queue, work -> work.backlog().failing())
        .description("That of it which failed when it was last tried; the log says why")
        .register(registry);
    Gauge.builder("tidegate.commits.work.oldest", queue, work -> work.backlog().oldestSeconds())
        .description("How long the oldest of that work has been due, however often it was tried")
        .baseUnit("seconds")
        .register(registry);
  }
}
