package io.tidegate.events;

import static io.tidegate.events.StoreFixture.ALICE;
import static io.tidegate.events.StoreFixture.deposit;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidegate.events.ProjectionRebuilder.Report;
import io.tidegate.events.ProjectionRebuilder.Switch;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ProjectionRebuilderTest {
  private final BalanceProjection projection = new BalanceProjection("balances");
  private StoreFixture fixture;
  private ProjectionRebuilder rebuilder;

  @BeforeEach
  void start() {
    fixture = StoreFixture.create(projection);
    BalanceProjection.createTables(fixture.jdbc);
    rebuilder = new ProjectionRebuilder(fixture.store);
  }

  @AfterEach
  void stop() {
    fixture.close();
  }

  private long balance(String account) {
    return fixture
        .jdbc
        .sql("SELECT amount FROM ledger.balances WHERE account = ?")
        .param(account)
        .query(Long.class)
        .single();
  }

  private List<String> relations() {
    return fixture
        .jdbc
        .sql(
            """
            SELECT concat(c.relkind, ' ', c.relname, ' ', c.reloptions) FROM pg_class c
             WHERE c.relnamespace = 'ledger'::regnamespace AND c.relkind IN ('r', 'i')
             UNION ALL
            SELECT 'constraint ' || conname FROM pg_constraint
             WHERE connamespace = 'ledger'::regnamespace AND contype IN ('p', 'u', 'c')
             ORDER BY 1\
            """)
        .query((row, number) -> row.getString(1))
        .list();
  }

  @Test
  void putsRightWhatWasSpoiltAndKeepsEveryName() throws Exception {
    fixture.append(deposit("a", ExpectedVersion.any(), 1, 2, 3));
    fixture.append(deposit("b", ExpectedVersion.any(), 10));
    List<String> before = relations();
    fixture.jdbc.sql("UPDATE ledger.balances SET amount = 99 WHERE account = 'a'").update();

    Report report = rebuilder.rebuild(projection, Switch.ALWAYS);

    assertThat(report.events()).isEqualTo(4);
    assertThat(report.switched()).isTrue();
    assertThat(balance("a")).isEqualTo(6);
    assertThat(relations()).isEqualTo(before);
    fixture.append(deposit("a", ExpectedVersion.any(), 4));
    assertThat(balance("a")).isEqualTo(10);
  }

  @Test
  void theChecksumTellsAgreementFromDisagreement() throws Exception {
    fixture.append(deposit("a", ExpectedVersion.any(), 1, 2, 3));

    Report agreed = rebuilder.rebuild(projection, Switch.IF_EQUAL);
    assertThat(agreed.equal()).isTrue();
    assertThat(agreed.switched()).isTrue();
    assertThat(agreed.compared())
        .hasSize(2)
        .allSatisfy(table -> assertThat(table.live().rows()).isPositive());

    fixture.jdbc.sql("UPDATE ledger.balances SET amount = 99 WHERE account = 'a'").update();
    for (Switch when : List.of(Switch.NEVER, Switch.IF_EQUAL)) {
      Report spoilt = rebuilder.rebuild(projection, when);
      assertThat(spoilt.switched()).isFalse();
      assertThat(spoilt.compared().stream().filter(table -> !table.equal()))
          .extracting(ProjectionRebuilder.Compared::table)
          .containsExactly("balances");
      assertThat(balance("a")).isEqualTo(99);
    }
    assertThat(relations()).noneMatch(name -> name.contains(ProjectionRebuilder.SUFFIX));
  }

  @Test
  void switchesUnderAppendsWithoutLosingOrDoublingAnEvent() throws Exception {
    AtomicBoolean over = new AtomicBoolean();
    AtomicInteger appended = new AtomicInteger();
    List<CompletableFuture<Void>> writers = new ArrayList<>();
    for (int writer = 0; writer < 6; writer++) {
      Random random = new Random(7 + writer);
      CompletableFuture<Void> ended = new CompletableFuture<>();
      writers.add(ended);
      Thread.ofVirtual()
          .start(() -> {
            try {
              while (!over.get()) {
                fixture.transactions.executeWithoutResult(status -> {
                  // Reads the projection before it appends, as a service does.
                  fixture
                      .jdbc
                      .sql("SELECT count(*) FROM ledger.balances")
                      .query(Long.class)
                      .single();
                  fixture.store.append(
                      List.of(
                          deposit("x" + random.nextInt(5), ExpectedVersion.any(), 1, 2),
                          deposit("y" + random.nextInt(5), ExpectedVersion.any(), 3)),
                      ALICE);
                  if (random.nextInt(8) == 0) {
                    status.setRollbackOnly();
                  }
                });
                appended.incrementAndGet();
              }
              ended.complete(null);
            } catch (Throwable e) {
              ended.completeExceptionally(e);
            }
          });
    }
    int switches = 0;
    for (int i = 0; i < 4; i++) {
      int before = appended.get();
      StoreFixture.await(() -> appended.get() > before + 10);
      Report report = rebuilder.rebuild(projection, Switch.IF_EQUAL);
      assertThat(report.compared()).as("round %d", i).allMatch(table -> table.equal());
      switches += report.switched() ? 1 : 0;
    }
    over.set(true);
    for (CompletableFuture<Void> writer : writers) {
      writer.get();
    }

    assertThat(switches).isEqualTo(4);
    Report last = rebuilder.rebuild(projection, Switch.NEVER);
    assertThat(last.compared()).allMatch(ProjectionRebuilder.Compared::equal);
    assertThat(number("SELECT count(*) FROM ledger.movements"))
        .isEqualTo(number("SELECT count(*) FROM ledger.events"))
        .isEqualTo(number("SELECT sum(movements)::bigint FROM ledger.balances"));
  }

  @Test
  void givesWayToATransactionThatHoldsTheTables() throws Exception {
    fixture.append(deposit("a", ExpectedVersion.any(), 1));
    StoreFixture.OpenAppend slow =
        fixture.appendAndStayOpen(deposit("a", ExpectedVersion.any(), 2));
    CompletableFuture<Report> report = new CompletableFuture<>();
    Thread.ofVirtual()
        .start(() -> {
          try {
            report.complete(rebuilder.rebuild(projection, Switch.IF_EQUAL));
          } catch (Throwable e) {
            report.completeExceptionally(e);
          }
        });
    StoreFixture.await(() -> waitingForTables() > 0);
    assertThatThrownBy(() -> rebuilder.rebuild(projection, Switch.NEVER))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("already");
    slow.end();

    assertThat(report.get().switched()).isTrue();
    assertThat(report.get().events()).isEqualTo(2);
    assertThat(balance("a")).isEqualTo(3);
  }

  private long waitingForTables() {
    return number(
        "SELECT count(*) FROM pg_locks WHERE NOT granted AND mode = 'AccessExclusiveLock'");
  }

  private long number(String query) {
    return fixture.jdbc.sql(query).query(Long.class).single();
  }

  @Test
  void rebuildsAFollowingProjectionUpToItsFollower() throws Exception {
    BalanceProjection following = new BalanceProjection("following");
    try (StoreFixture apart = StoreFixture.create()) {
      BalanceProjection.createTables(apart.jdbc);
      ProjectionRebuilder rebuilderApart = new ProjectionRebuilder(apart.store);
      apart.append(deposit("a", ExpectedVersion.any(), 1, 2));
      assertThat(rebuilderApart.rebuild(following, Switch.IF_EQUAL).events()).isZero();

      try (FeedFollower<RecordedEvent> follower = FeedFollower.of(apart.store, following)) {
        follower.start();
        assertThat(follower.awaitCaughtUp(Duration.ofSeconds(20))).isTrue();
        Report report = rebuilderApart.rebuild(following, Switch.IF_EQUAL);
        assertThat(report.events()).isEqualTo(2);
        assertThat(report.switched()).isTrue();
        apart.append(deposit("a", ExpectedVersion.any(), 3));
        assertThat(follower.awaitCaughtUp(Duration.ofSeconds(20))).isTrue();
      }
      apart.append(deposit("a", ExpectedVersion.any(), 4));
      Report behind = rebuilderApart.rebuild(following, Switch.IF_EQUAL);
      assertThat(behind.events()).isEqualTo(3);
      assertThat(behind.switched()).isTrue();
      assertThat(apart.jdbc.sql("SELECT amount FROM ledger.balances").query(Long.class).single())
          .isEqualTo(6);
    }
  }
}
