package io.tidegate.commits;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.events.PostgresEventStore;
import io.tidegate.events.ProjectionRebuilder;
import io.tidegate.events.ProjectionRebuilder.Report;
import io.tidegate.events.ProjectionRebuilder.Switch;
import org.junit.jupiter.api.Test;

/** The commit service's tables come from its events alone. */
class CommitRebuildTest {
  private final CommitServer server = CommitServer.shared();

  @Test
  void whatIsRebuiltFromTheEventsEqualsWhatIsThereAndServesOn() throws Exception {
    Writer table = Writer.created(server);
    for (int version = 1; version <= 3; version++) {
      assertThat(table.commit(table.stage(version, version + "-" + table.id)).status())
          .isEqualTo(200);
    }

    Report report =
        new ProjectionRebuilder(server.context.getBean(PostgresEventStore.class))
            .rebuild(new CommitProjection(), Switch.IF_EQUAL);

    assertThat(report.compared()).isNotEmpty().allMatch(ProjectionRebuilder.Compared::equal);
    assertThat(report.switched()).isTrue();
    assertThat(table.load().get("latest-table-version").asLong()).isEqualTo(3);
    assertThat(table.commit(table.stage(4, "4-" + table.id)).status()).isEqualTo(200);
    CommitServer.await("published", () -> table.load().get("commits").isEmpty());
  }
}
