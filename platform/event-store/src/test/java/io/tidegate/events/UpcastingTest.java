package io.tidegate.events;

import static io.tidegate.events.StoreFixture.account;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidegate.testing.TestDatabase;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.node.ObjectNode;

/** The same stored event through three versions of its type. */
class UpcastingTest {
  private static final StreamId STREAM = account("old");

  /** Holds the versions apart that were called the same at different times. */
  private static final class Version1 {
    record Renamed(String name) implements Event {}
  }

  private static final class Version2 {
    record Renamed(String newName) implements Event {}
  }

  private static final class Version3 {
    record Renamed(String newName, String reason) implements Event {}
  }

  private static ObjectNode oneToTwo(ObjectNode data) {
    data.set("new_name", data.remove("name"));
    return data;
  }

  private static ObjectNode twoToThree(ObjectNode data) {
    return data.put("reason", "unknown");
  }

  private static void append(StoreFixture fixture, Event event) {
    fixture.append(StreamAppend.of(STREAM, ExpectedVersion.any(), event, "old"));
  }

  @Test
  void readsEverySchemaVersionAsTheNewest() {
    DataSource database = StoreFixture.dataSource(TestDatabase.create());
    EventTypes first = EventTypes.builder().add(Version1.Renamed.class).build();
    EventTypes second =
        EventTypes.builder().add(Version2.Renamed.class, UpcastingTest::oneToTwo).build();
    EventTypes third =
        EventTypes.builder()
            .add(Version3.Renamed.class, UpcastingTest::oneToTwo, UpcastingTest::twoToThree)
            .build();
    try (StoreFixture fixture = new StoreFixture(database, first)) {
      append(fixture, new Version1.Renamed("a"));
    }
    try (StoreFixture fixture = new StoreFixture(database, second)) {
      append(fixture, new Version2.Renamed("b"));
    }
    try (StoreFixture fixture = new StoreFixture(database, third)) {
      append(fixture, new Version3.Renamed("c", "liked it better"));

      assertThat(fixture.store.readStream(STREAM, 0, 10))
          .extracting(RecordedEvent::event)
          .containsExactly(
              new Version3.Renamed("a", "unknown"),
              new Version3.Renamed("b", "unknown"),
              new Version3.Renamed("c", "liked it better"));
      assertThat(fixture.feed(FeedFilter.ALL, 10).getFirst().data().toString())
          .isEqualTo("{\"new_name\":\"a\",\"reason\":\"unknown\"}");
    }
    try (StoreFixture fixture = new StoreFixture(database, second)) {
      assertThatThrownBy(() -> fixture.store.readStream(STREAM, 2, 1))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("Renamed has schema version 3; this program knows 2");
    }
  }
}
