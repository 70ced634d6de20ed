package io.tidegate.commits;

import static io.tidegate.commits.Texts.invalid;
import static io.tidegate.commits.Texts.required;

import io.tidegate.commits.CommitEvent.CommitMetricsReported;
import io.tidegate.commits.DeltaApi.Histogram;
import io.tidegate.events.EventStore;
import io.tidegate.events.ExpectedVersion;
import io.tidegate.events.StreamAppend;
import io.tidegate.kit.security.Caller;
import io.tidegate.kit.web.Actors;
import io.tidegate.ports.TableAccess;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.stereotype.Component;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;
import tools.jackson.databind.json.JsonMapper;

/** What clients tell of their commits. */
@Component
class CommitMetrics {
  private static final int MAX_BINS = 1000;

  private final EventStore events;
  private final JsonMapper json;
  private final TransactionTemplate transactions;

  CommitMetrics(
      @Qualifier("commitEvents") EventStore events,
      JsonMapper json,
      PlatformTransactionManager transactions) {
    this.events = events;
    this.json = json;
    this.transactions = new TransactionTemplate(transactions);
  }

  /** Takes in what a client tells of its commit. */
  void report(Caller caller, TableAccess table, DeltaApi.Metrics metrics) {
    if (!Texts.uuid("table-id", metrics.tableId()).equals(table.id())) {
      throw invalid("table-id is not that of table " + table.fullName() + ": " + table.id());
    }
    DeltaApi.Report report = metrics.report();
    DeltaApi.CommitReport commit = report == null ? null : report.commitReport();
    if (commit == null) {
      return;
    }
    notNegative("num-files-added", commit.filesAdded());
    notNegative("num-bytes-added", commit.bytesAdded());
    notNegative("num-files-removed", commit.filesRemoved());
    notNegative("num-bytes-removed", commit.bytesRemoved());
    notNegative("num-rows-inserted", commit.rowsInserted());
    notNegative("num-rows-removed", commit.rowsRemoved());
    notNegative("num-rows-updated", commit.rowsUpdated());
    Histogram histogram = commit.histogram();
    if (histogram != null) {
      check(histogram);
    }
    transactions.executeWithoutResult(status ->
        events.append(
            List.of(
                StreamAppend.of(
                    CommitEvent.metrics(table.id()),
                    ExpectedVersion.any(),
                    new CommitMetricsReported(table.id(), json.valueToTree(commit)),
                    table.fullName())),
            Actors.metadata(caller)));
  }

  private static void notNegative(String field, @Nullable Long value) {
    if (value != null && value < 0) {
      throw invalid("report.commit-report." + field + " must not be negative, but is " + value);
    }
  }

  private static void check(Histogram histogram) {
    String field = "report.commit-report.file-size-histogram.";
    List<@Nullable Long> boundaries =
        required(field + "sorted-bin-boundaries", histogram.boundaries());
    List<@Nullable Long> counts = required(field + "file-counts", histogram.counts());
    List<@Nullable Long> bytes = required(field + "total-bytes", histogram.totalBytes());
    if (boundaries.size() > MAX_BINS) {
      throw invalid(field + "sorted-bin-boundaries has more than " + MAX_BINS + " entries");
    }
    if (boundaries.isEmpty() || !Long.valueOf(0).equals(boundaries.getFirst())) {
      throw invalid(field + "sorted-bin-boundaries must begin with 0");
    }
    long last = -1;
    for (@Nullable Long boundary : boundaries) {
      if (boundary == null || boundary <= last) {
        throw invalid(field + "sorted-bin-boundaries must ascend");
      }
      last = boundary;
    }
    requireBins(field + "file-counts", counts, boundaries.size());
    requireBins(field + "total-bytes", bytes, boundaries.size());
  }

  private static void requireBins(String field, List<@Nullable Long> values, int bins) {
    if (values.size() != bins) {
      throw invalid(field + " must be as long as sorted-bin-boundaries");
    }
    if (values.stream().anyMatch(value -> value == null || value < 0)) {
      throw invalid(field + " must hold numbers that are not negative");
    }
  }
}
