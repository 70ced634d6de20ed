package io.tidegate.events;

import static io.tidegate.events.StoreFixture.ALICE;
import static io.tidegate.events.StoreFixture.account;
import static io.tidegate.events.StoreFixture.deposit;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidegate.events.StoreFixture.Deposited;
import io.tidegate.events.StoreFixture.Withdrawn;
import io.tidegate.testing.TestDatabase;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.support.TransactionTemplate;
import tools.jackson.databind.JsonNode;

class AppendTest {
  private static StoreFixture fixture;

  @BeforeAll
  static void start() {
    fixture = StoreFixture.create();
  }

  @AfterAll
  static void stop() {
    fixture.close();
  }

  @Test
  void readsBackWhatItAppended() {
    List<RecordedEvent> appended =
        fixture.append(deposit("read-back", ExpectedVersion.noStream(), 1, 2, 3));

    assertThat(appended).extracting(RecordedEvent::version).containsExactly(0L, 1L, 2L);
    assertThat(appended.getFirst().data().get("amount").longValue()).isEqualTo(1);
    assertThat(fixture.store.readStream(account("read-back"), 0, 10)).isEqualTo(appended);
    assertThat(fixture.store.readStream(account("read-back"), 1, 1))
        .containsExactly(appended.get(1));
    assertThat(fixture.store.streamVersion(account("read-back"))).hasValue(2);
    assertThat(fixture.feed(new FeedFilter(Set.of(), Set.of("read-back")), 2)).isEqualTo(appended);
  }

  @Test
  void appendsToSeveralStreamsInTheOrderGiven() {
    List<RecordedEvent> appended =
        fixture.append(
            deposit("several-b", ExpectedVersion.any(), 1),
            deposit("several-a", ExpectedVersion.noStream(), 2, 3));

    assertThat(appended)
        .extracting(event -> event.stream().id())
        .containsExactly("several-b", "several-a", "several-a");
    assertThat(appended)
        .isEqualTo(
            fixture.store.readFeed(FeedCursor.START, FeedFilter.ALL, 1000).events().stream()
                .filter(event -> event.stream().id().startsWith("several-"))
                .toList());
  }

  @Test
  void knowsEveryExpectation() {
    fixture.append(deposit("expect", ExpectedVersion.any(), 1));
    fixture.append(deposit("expect", ExpectedVersion.exactly(0), 2));
    fixture.append(deposit("expect", ExpectedVersion.any(), 3));

    assertThat(wrong(deposit("expect", ExpectedVersion.noStream(), 4)).actual()).hasValue(2);
    assertThat(wrong(deposit("expect", ExpectedVersion.exactly(1), 4)).actual()).hasValue(2);
    assertThat(wrong(deposit("expect", ExpectedVersion.exactly(3), 4)).actual()).hasValue(2);
    assertThat(wrong(deposit("expect-none", ExpectedVersion.exactly(0), 4)).actual()).isEmpty();
    assertThat(fixture.store.streamVersion(account("expect-none"))).isEmpty();
    assertThat(fixture.store.streamVersion(account("expect"))).hasValue(2);
  }

  @Test
  void oneWrongStreamUndoesAll() {
    fixture.append(deposit("undo-a", ExpectedVersion.noStream(), 1));

    WrongVersionException exception =
        wrong(
            deposit("undo-b", ExpectedVersion.noStream(), 1),
            deposit("undo-a", ExpectedVersion.noStream(), 1));

    assertThat(exception.stream()).isEqualTo(account("undo-a"));
    assertThat(fixture.store.streamVersion(account("undo-b"))).isEmpty();
  }

  @Test
  void aSwallowedWrongVersionCannotBeCommitted() {
    fixture.append(deposit("swallowed", ExpectedVersion.noStream(), 1));

    assertThatThrownBy(() ->
            fixture.inTransaction(() -> {
              try {
                return fixture.store.append(
                    List.of(
                        deposit("swallowed-too", ExpectedVersion.any(), 1),
                        deposit("swallowed", ExpectedVersion.noStream(), 1)),
                    ALICE);
              } catch (WrongVersionException e) {
                return List.<RecordedEvent>of();
              }
            }))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("rolled back");
    assertThat(fixture.store.streamVersion(account("swallowed-too"))).isEmpty();
  }

  @Test
  void anAppendThatAProjectionRefusedCannotBeCommitted() {
    Projection refusing =
        new Projection() {
          @Override
          public String name() {
            return "refusing";
          }

          @Override
          public List<String> tables() {
            return List.of("any");
          }

          @Override
          public void apply(RecordedEvent event, Target target) {
            throw new UnsupportedOperationException("Not this one");
          }
        };
    try (PostgresEventStore store =
        new PostgresEventStore(
            StoreFixture.SCHEMA,
            fixture.dataSource,
            StoreFixture.TYPES,
            List.of(refusing),
            fixture.database)) {
      assertThatThrownBy(() ->
              fixture.inTransaction(() -> {
                try {
                  return store.append(
                      List.of(deposit("unprojected", ExpectedVersion.any(), 1)), ALICE);
                } catch (UnsupportedOperationException e) {
                  return List.<RecordedEvent>of();
                }
              }))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("rolled back");
    }
    assertThat(fixture.store.streamVersion(account("unprojected"))).isEmpty();
  }

  @Test
  void theUniqueConstraintHasTheLastWord() {
    fixture.append(deposit("spoilt", ExpectedVersion.noStream(), 1, 2));
    fixture.jdbc.sql("UPDATE ledger.streams SET version = 0 WHERE id = 'spoilt'").update();

    assertThat(wrong(deposit("spoilt", ExpectedVersion.exactly(0), 3)).actual()).hasValue(1);
    assertThat(fixture.store.readStream(account("spoilt"), 0, 9)).hasSize(2);
  }

  /** What JSON does not tell apart: a null node from none, orders of keys. */
  record Described(@Nullable JsonNode note, Map<String, Integer> numbers) implements Event {}

  @Test
  void projectionsSeeAnEventAsItWillBeRead() {
    List<Event> seen = new ArrayList<>();
    Projection noting =
        new Projection() {
          @Override
          public String name() {
            return "noting";
          }

          @Override
          public List<String> tables() {
            return List.of();
          }

          @Override
          public void apply(RecordedEvent event, Target target) {
            seen.add(event.event());
          }
        };
    Map<String, Integer> numbers = new LinkedHashMap<>();
    numbers.put("longest", 1);
    numbers.put("b", 2);
    EventTypes types = EventTypes.builder().add(Described.class).build();
    try (StoreFixture other =
        new StoreFixture(StoreFixture.dataSource(TestDatabase.create()), types, noting)) {
      List<RecordedEvent> appended =
          other.append(
              StreamAppend.of(
                  account("described"),
                  ExpectedVersion.any(),
                  new Described(null, numbers),
                  "described"));
      List<RecordedEvent> read = other.store.readStream(account("described"), 0, 1);

      assertThat(appended).isEqualTo(read);
      assertThat(seen).containsExactly(read.getFirst().event());
      // Equal maps may differ in their order, which a projection could store.
      assertThat(String.valueOf(seen)).isEqualTo(String.valueOf(List.of(read.getFirst().event())));
    }
  }

  @Test
  void refusesWhatItCannotDoSafely() {
    List<StreamAppend> append = List.of(deposit("refused", ExpectedVersion.any(), 1));
    assertThatThrownBy(() -> fixture.store.append(append, ALICE))
        .isInstanceOf(IllegalStateException.class);

    TransactionTemplate repeatable =
        new TransactionTemplate(new JdbcTransactionManager(fixture.dataSource));
    repeatable.setIsolationLevel(TransactionDefinition.ISOLATION_REPEATABLE_READ);
    assertThatThrownBy(() -> repeatable.execute(status -> fixture.store.append(append, ALICE)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("READ COMMITTED");

    assertThatThrownBy(() ->
            fixture.append(
                deposit("refused", ExpectedVersion.any(), 1),
                deposit("refused", ExpectedVersion.any(), 1)))
        .isInstanceOf(IllegalArgumentException.class);
    for (String text : List.of("a\u0000b", "\u0000", "a\\\u0000b")) {
      assertThatThrownBy(() ->
              fixture.append(
                  StreamAppend.of(
                      account("refused"),
                      ExpectedVersion.any(),
                      new Withdrawn("refused", 1, text),
                      "refused")))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("U+0000");
    }
  }

  @Test
  void keepsNullsAndText() {
    List<RecordedEvent> appended =
        fixture.append(
            StreamAppend.of(
                account("text"),
                ExpectedVersion.any(),
                new Withdrawn(
                    "text", Long.MAX_VALUE, "\\u0000 \\\\u0000 \"\\ ü \uD83D\uDE00 \n {}"),
                "text"),
            new StreamAppend(
                account("nulls"),
                ExpectedVersion.any(),
                List.of(new NewEvent(new Withdrawn("nulls", 1, null), null))));

    assertThat(fixture.store.readStream(account("text"), 0, 9)).containsExactly(appended.get(0));
    assertThat(fixture.store.readStream(account("nulls"), 0, 9)).containsExactly(appended.get(1));
  }

  private static WrongVersionException wrong(StreamAppend... appends) {
    try {
      fixture.append(appends);
    } catch (WrongVersionException e) {
      return e;
    }
    throw new AssertionError("The append went through");
  }

  @Test
  void theRecordIsWhatWasGiven() {
    Deposited event = new Deposited("record", 7);
    RecordedEvent recorded =
        fixture
            .append(StreamAppend.of(account("record"), ExpectedVersion.any(), event, "record"))
            .getFirst();

    assertThat(recorded.event()).isEqualTo(event);
    assertThat(recorded.type()).isEqualTo("Deposited");
    assertThat(recorded.metadata()).isEqualTo(ALICE);
  }
}
