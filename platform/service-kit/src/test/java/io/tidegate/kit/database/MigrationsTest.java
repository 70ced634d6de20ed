package io.tidegate.kit.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidegate.testing.TestDatabase;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CyclicBarrier;
import java.util.stream.IntStream;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.postgresql.ds.PGSimpleDataSource;
import org.springframework.beans.factory.support.StaticListableBeanFactory;
import org.springframework.jdbc.core.simple.JdbcClient;

class MigrationsTest {
  private final TestDatabase database = TestDatabase.create();

  private DataSource connect(String user, String password) {
    PGSimpleDataSource dataSource = new PGSimpleDataSource();
    dataSource.setUrl(database.jdbcUrl());
    dataSource.setUser(user);
    dataSource.setPassword(password);
    return dataSource;
  }

  private static void migrate(DataSource dataSource, String... schemas) {
    StaticListableBeanFactory beans = new StaticListableBeanFactory();
    beans.addBean("dataSource", dataSource);
    for (String schema : schemas) {
      beans.addBean(schema, new ServiceSchema(schema));
    }
    new Migrations(
            beans.getBeanProvider(DataSource.class), beans.getBeanProvider(ServiceSchema.class))
        .afterPropertiesSet();
  }

  private static String tables(DataSource dataSource, String schema) {
    return String.join(
        " ",
        JdbcClient.create(dataSource)
            .sql("SELECT tablename FROM pg_tables WHERE schemaname = ? ORDER BY tablename")
            .param(schema)
            .query(String.class)
            .list());
  }

  @Test
  void createsAndMigratesSeveralSchemasOfOneDatabase() {
    DataSource owner = connect(database.username(), database.password());
    migrate(owner, "kit_test", "kit_other");
    assertThat(tables(owner, "kit_test"))
        .contains("events")
        .contains("feed_positions")
        .contains("flyway_event_store")
        .contains("flyway_history")
        .contains("things");
    assertThat(tables(owner, "kit_other")).contains("events").contains("others");
    assertThat(tables(owner, "public")).isEmpty();

    String before = tables(owner, "kit_test");
    migrate(owner, "kit_test", "kit_other");
    assertThat(tables(owner, "kit_test")).isEqualTo(before);
  }

  @Test
  void worksForARoleThatOwnsItsSchemaAndNothingElse() {
    String role = "service_" + UUID.randomUUID().toString().replace('-', '_');
    DataSource owner = connect(database.username(), database.password());
    JdbcClient sql = JdbcClient.create(owner);
    sql.sql("CREATE ROLE %s LOGIN PASSWORD 'secret'".formatted(role)).update();
    sql.sql("CREATE SCHEMA kit_test AUTHORIZATION %s".formatted(role)).update();
    sql.sql("REVOKE ALL ON SCHEMA public FROM PUBLIC").update();

    DataSource restricted = connect(role, "secret");
    migrate(restricted, "kit_test");
    migrate(restricted, "kit_test");
    assertThat(tables(owner, "kit_test")).contains("things").contains("events");
    assertThatThrownBy(() -> migrate(restricted, "kit_other")).hasMessageContaining("kit_other");
  }

  @Test
  void replicasThatStartTogetherMigrateOnce() {
    DataSource owner = connect(database.username(), database.password());
    CyclicBarrier together = new CyclicBarrier(4);
    List<CompletableFuture<Void>> replicas =
        IntStream.range(0, 4)
            .mapToObj(replica ->
                CompletableFuture.runAsync(
                    () -> {
                      try {
                        together.await();
                      } catch (Exception e) {
                        throw new IllegalStateException(e);
                      }
                      migrate(owner, "kit_test", "kit_other");
                    },
                    work -> Thread.ofVirtual().start(work)))
            .toList();
    replicas.forEach(CompletableFuture::join);

    assertThat(tables(owner, "kit_test")).contains("things").contains("events");
    assertThat(
            JdbcClient.create(owner)
                .sql("SELECT count(*) FROM kit_test.flyway_history WHERE version = '1'")
                .query(Integer.class)
                .single())
        .isEqualTo(1);
  }

  @Test
  void refusesNamesThatAreNoSchemas() {
    for (String name : new String[] {"", "Catalog", "a b", "a\"; DROP", "1a", "a".repeat(41)}) {
      assertThatThrownBy(() -> new ServiceSchema(name))
          .isInstanceOf(IllegalArgumentException.class);
    }
    assertThat(new ServiceSchema("catalog").name()).isEqualTo("catalog");
  }
}
