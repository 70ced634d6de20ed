package io.tidegate.sharing;

import static io.tidegate.sharing.Sharing.SHARES;
import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.events.PostgresEventStore;
import io.tidegate.events.ProjectionRebuilder;
import io.tidegate.events.ProjectionRebuilder.Report;
import io.tidegate.events.ProjectionRebuilder.Switch;
import io.tidegate.sharing.events.SharingProjection;
import java.util.Map;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** The gateway's tables come from its events alone. */
class SharingRebuildTest {
  private final Gateway gateway = Gateway.start();

  @Test
  void whatIsRebuiltFromTheEventsEqualsWhatIsThereAndServesOn() throws Exception {
    String name = Tables.unique("replay");
    gateway.admin("POST", SHARES, Map.of("name", name, "comment", "c"));
    gateway.admin("PATCH", SHARES + "/" + name, Map.of("comment", "d"));
    JsonNode before = gateway.admin("GET", SHARES + "/" + name, null).json();
    assertThat(before.get("comment").asString()).isEqualTo("d");

    Report report =
        new ProjectionRebuilder(gateway.context.getBean(PostgresEventStore.class))
            .rebuild(new SharingProjection(), Switch.IF_EQUAL);

    assertThat(report.compared()).isNotEmpty().allMatch(ProjectionRebuilder.Compared::equal);
    assertThat(report.switched()).isTrue();
    assertThat(gateway.admin("GET", SHARES + "/" + name, null).json()).isEqualTo(before);
    assertThat(gateway.admin("DELETE", SHARES + "/" + name, null).status()).isEqualTo(200);
  }
}
