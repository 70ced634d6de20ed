package io.tidegate.kit.feed;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.events.EventMetadata;
import io.tidegate.events.EventStore;
import io.tidegate.events.ExpectedVersion;
import io.tidegate.events.StreamAppend;
import io.tidegate.events.StreamId;
import io.tidegate.kit.database.ServiceSchema;
import io.tidegate.kit.errors.ApiException;
import io.tidegate.kit.errors.ErrorCode;
import io.tidegate.kit.testapp.KitTest;
import io.tidegate.kit.testapp.TestApplication;
import io.tidegate.kit.testapp.TestApplication.OtherHappened;
import io.tidegate.kit.testapp.TestApplication.ThingHappened;
import io.tidegate.kit.web.RequestId;
import io.tidegate.kit.web.ServiceClient;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;
import tools.jackson.databind.json.JsonMapper;

@Timeout(60)
class FeedSubscriberTest extends KitTest {
  private static final Duration LIMIT = Duration.ofSeconds(20);

  @Autowired private EventStore events;
  @Autowired private ServiceSchema schema;
  @Autowired private DataSource dataSource;
  @Autowired private PlatformTransactionManager transactionManager;
  @Autowired private TransactionTemplate transactions;
  @Autowired private JdbcClient jdbc;
  @Autowired private JsonMapper json;

  private final String name = "test-" + UUID.randomUUID();
  private final List<FeedSubscriber> started = new CopyOnWriteArrayList<>();
  private final List<String> handled = new CopyOnWriteArrayList<>();

  @AfterEach
  void stop() {
    started.forEach(FeedSubscriber::stop);
    jdbc.sql("DELETE FROM kit_test.things").update();
  }

  private FeedSubscriber subscriber(EventFeed feed, FeedEventHandler handler) {
    FeedSubscriber subscriber =
        new FeedSubscriber(
            name,
            feed,
            Set.of("ThingHappened"),
            schema,
            dataSource,
            transactionManager,
            event -> {
              if (event.data().path("name").asString().equals(name)) {
                handler.handle(event);
              }
            });
    started.add(subscriber);
    subscriber.start();
    return subscriber;
  }

  private void happened(int number) {
    StreamId stream = new StreamId("things", name);
    transactions.executeWithoutResult(status ->
        events.append(
            List.of(
                StreamAppend.of(
                    stream, ExpectedVersion.any(), new ThingHappened(name, number), name),
                StreamAppend.of(
                    new StreamId("others", name),
                    ExpectedVersion.any(),
                    new OtherHappened(name),
                    name)),
            new EventMetadata("ada", "request")));
  }

  private void record(FeedEvent event) {
    assertThat(RequestId.current()).startsWith("feed-" + name);
    handled.add(event.type() + event.data().path("number").asInt());
    jdbc.sql(
            "INSERT INTO kit_test.things VALUES (?, 1)"
                + " ON CONFLICT (name) DO UPDATE SET times = things.times + 1")
        .param(event.id().toString())
        .update();
  }

  private EventFeed remote() {
    return new HttpEventFeed(
        new ServiceClient(
            "test service",
            URI.create("http://127.0.0.1:" + port()),
            TestApplication.SERVICE_TOKEN,
            json),
        "/api/1.0/test/events");
  }

  @Test
  void followsAFeedOverHttpAndGoesOnAfterARestart() throws InterruptedException {
    happened(1);
    happened(2);
    FeedSubscriber first = subscriber(remote(), this::record);
    assertThat(first.awaitCaughtUp(LIMIT)).isTrue();
    assertThat(handled).containsExactly("ThingHappened1", "ThingHappened2");
    assertThat(first.behind()).isLessThan(Duration.ofSeconds(5));
    first.stop();
    assertThat(first.isRunning()).isFalse();

    happened(3);
    FeedSubscriber second = subscriber(remote(), this::record);
    assertThat(second.awaitCaughtUp(LIMIT)).isTrue();
    assertThat(handled).containsExactly("ThingHappened1", "ThingHappened2", "ThingHappened3");
    happened(4);
    assertThat(second.awaitCaughtUp(LIMIT)).isTrue();
    assertThat(handled).hasSize(4);
  }

  @Test
  void takesEffectOnceThoughHandlingFailsHalfway() throws InterruptedException {
    AtomicInteger failures = new AtomicInteger(3);
    FeedSubscriber subscriber =
        subscriber(
            new LocalEventFeed(events),
            event -> {
              record(event);
              if (event.data().path("number").asInt() == 2 && failures.getAndDecrement() > 0) {
                throw new IllegalStateException("fails on purpose");
              }
            });
    happened(1);
    happened(2);
    happened(3);
    assertThat(subscriber.awaitCaughtUp(LIMIT)).isTrue();
    assertThat(failures.get()).isLessThan(0);
    assertThat(jdbc.sql("SELECT times FROM kit_test.things").query(Integer.class).list())
        .containsExactly(1, 1, 1);
  }

  @Test
  void twoReplicasHandleEachEventOnce() throws InterruptedException {
    FeedSubscriber one = subscriber(new LocalEventFeed(events), this::record);
    FeedSubscriber two = subscriber(new LocalEventFeed(events), this::record);
    for (int number = 0; number < 20; number++) {
      happened(number);
    }
    assertThat(one.awaitCaughtUp(LIMIT)).isTrue();
    assertThat(two.awaitCaughtUp(LIMIT)).isTrue();
    assertThat(jdbc.sql("SELECT times FROM kit_test.things").query(Integer.class).list())
        .hasSize(20)
        .containsOnly(1);
  }

  @Test
  void waitsForAServiceThatIsDown() throws InterruptedException {
    AtomicBoolean down = new AtomicBoolean(true);
    AtomicInteger asked = new AtomicInteger();
    EventFeed local = new LocalEventFeed(events);
    FeedSubscriber subscriber =
        subscriber(
            (after, types, securables, limit, wait) -> {
              if (down.get()) {
                asked.incrementAndGet();
                throw new ApiException(ErrorCode.UNAVAILABLE, "The test service does not answer");
              }
              return local.read(after, types, securables, limit, wait);
            },
            this::record);
    happened(1);
    assertThat(subscriber.awaitCaughtUp(Duration.ofMillis(300))).isFalse();
    assertThat(subscriber.caughtUpAt()).isEmpty();
    assertThat(subscriber.behind()).isGreaterThan(Duration.ofDays(365));
    // However impatiently somebody waits for it, the service is not stormed.
    assertThat(asked).hasValueBetween(1, 5);
    down.set(false);
    assertThat(subscriber.awaitCaughtUp(LIMIT)).isTrue();
    assertThat(handled).containsExactly("ThingHappened1");
  }
}
