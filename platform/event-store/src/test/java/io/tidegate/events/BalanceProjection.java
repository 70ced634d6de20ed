package io.tidegate.events;

import io.tidegate.events.StoreFixture.Deposited;
import io.tidegate.events.StoreFixture.Withdrawn;
import java.util.List;
import org.springframework.jdbc.core.simple.JdbcClient;

/** Balances, and every movement: two tables with indexes and constraints of their own. */
final class BalanceProjection implements Projection {
  private final String name;

  BalanceProjection(String name) {
    this.name = name;
  }

  static void createTables(JdbcClient jdbc) {
    jdbc.sql(
            """
            CREATE TABLE ledger.balances (
              account text CONSTRAINT balances_one_per_account PRIMARY KEY,
              amount bigint NOT NULL,
              movements bigint NOT NULL CONSTRAINT balances_moved CHECK (movements > 0))
              WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05)\
            """)
        .update();
    jdbc.sql("CREATE INDEX poorest_first ON ledger.balances (amount) WHERE amount < 0").update();
    jdbc.sql(
            """
            CREATE TABLE ledger.movements (
              event_id uuid CONSTRAINT movements_once UNIQUE,
              account text NOT NULL, version bigint NOT NULL, amount bigint NOT NULL,
              PRIMARY KEY (account, version))\
            """)
        .update();
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public List<String> tables() {
    return List.of("movements", "balances");
  }

  @Override
  public void apply(RecordedEvent event, Target target) {
    switch (event.event()) {
      case Deposited(String account, long amount) -> move(event, account, amount, target);
      case Withdrawn(String account, long amount, String reason) ->
          move(event, account, -amount, target);
      default -> {
        // Not about money.
      }
    }
  }

  private static void move(RecordedEvent event, String account, long amount, Target target) {
    target
        .jdbc()
        .sql("INSERT INTO " + target.table("movements") + " VALUES (?, ?, ?, ?)")
        .params(event.id(), account, event.version(), amount)
        .update();
    target
        .jdbc()
        .sql(
            """
            INSERT INTO %s AS b VALUES (?, ?, 1) ON CONFLICT (account)
            DO UPDATE SET amount = b.amount + excluded.amount, movements = b.movements + 1\
            """
                .formatted(target.table("balances")))
        .params(account, amount)
        .update();
  }
}
