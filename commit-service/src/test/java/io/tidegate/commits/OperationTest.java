package io.tidegate.commits;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.events.EventStore;
import io.tidegate.events.PostgresEventStore;
import io.tidegate.events.ProjectionRebuilder;
import io.tidegate.events.ProjectionRebuilder.Report;
import io.tidegate.testing.HttpTester.Answer;
import org.junit.jupiter.api.Test;

/** What whoever runs the service relies on. */
class OperationTest {
  private final CommitServer server = CommitServer.shared();

  @Test
  void theStateOfTablesIsTheSameWhenItIsBuiltAnewFromEvents() throws InterruptedException {
    Writer table = Writer.created(server);
    table.append(1, "first");
    Writer dropped = Writer.created(server);
    assertThat(dropped.http.delete(dropped.path()).status()).isEqualTo(204);
    CommitServer.await("published", () -> table.load().get("commits").isEmpty());
    PostgresEventStore events =
        (PostgresEventStore) server.context.getBean("commitEvents", EventStore.class);

    Report report =
        new ProjectionRebuilder(events)
            .rebuild(new CommitProjection(), ProjectionRebuilder.Switch.IF_EQUAL);

    assertThat(report.compared()).hasSize(3).allMatch(ProjectionRebuilder.Compared::equal);
    assertThat(report.switched()).isTrue();
    table.append(2, "after");
    assertThat(table.load().get("latest-table-version").asLong()).isEqualTo(2);
  }

  @Test
  void theBacklogAndTheFollowerAreMeasured() {
    Answer metrics = server.admin().get("/actuator/prometheus");
    assertThat(metrics.status()).isEqualTo(200);
    assertThat(metrics.body())
        .contains(
            "tidegate_commits_work_due",
            "tidegate_commits_work_failing",
            "tidegate_commits_work_oldest_seconds",
            "follower=\"commits-follow-catalog\"");
  }

  @Test
  void theApiIsDocumented() {
    Answer document = server.anybody().get("/openapi/commits");
    assertThat(document.status()).isEqualTo(200);
    assertThat(document.body())
        .contains("/staging-tables", "latest-table-version", "file-modification-timestamp");
  }
}
