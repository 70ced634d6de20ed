package io.tidegate.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.catalog.CatalogEvent.TableDescriptionChanged;
import io.tidegate.catalog.CatalogEvent.TableRegistered;
import io.tidegate.events.EventStore;
import io.tidegate.events.RecordedEvent;
import io.tidegate.events.StreamId;
import io.tidegate.testing.TestDatabase;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.configuration.FluentConfiguration;
import org.junit.jupiter.api.Test;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.DriverManagerDataSource;

/** What earlier versions of the service wrote is read as if it were written now. */
class EarlierDataTest {
  @Test
  void rowsOfTheFirstSchemaSayWhichPropertiesAreTheLogs() {
    TestDatabase database = TestDatabase.create();
    DriverManagerDataSource dataSource =
        new DriverManagerDataSource(database.jdbcUrl(), database.username(), database.password());
    FluentConfiguration flyway =
        Flyway.configure()
            .dataSource(dataSource)
            .schemas("catalog")
            .locations("classpath:db/catalog")
            .placeholders(Map.of("schema", "catalog"));
    flyway.target("1").load().migrate();
    JdbcClient jdbc = JdbcClient.create(dataSource);
    jdbc.sql(
            "INSERT INTO catalog.tables VALUES (gen_random_uuid(), gen_random_uuid(), 't',"
                + " 'EXTERNAL', 'DELTA', 'file:///t', NULL, '{}', '{}',"
                + " '{\"delta.b\": \"1\", \"own\": \"2\", \"delta.a\": \"3\"}', 0,"
                + " gen_random_uuid(), now(), 'a', now(), 'a')")
        .update();
    flyway.target("latest").load().migrate();
    assertThat(
            jdbc.sql("SELECT array_to_string(log_properties, ' ') FROM catalog.tables")
                .query((row, number) -> row.getString(1))
                .list())
        .containsExactly("delta.a delta.b");
  }

  @Test
  void eventsOfTheFirstSchemaSayWhichPropertiesAreTheLogs() {
    CatalogServer server = CatalogServer.running();
    server.schema("earlier", "e");
    Path table = server.registered("earlier", "e", "t");
    server.commit(table, 1, server.metadata(table).replace("\\\"id\\\"", "\\\"key\\\""));
    String id =
        CatalogServer.json(server.admin.get(CatalogServer.UC + "/tables/earlier.e.t"))
            .path("table_id")
            .asString();
    JdbcClient jdbc = server.context.getBean(JdbcClient.class);
    assertThat(
            jdbc.sql(
                    "UPDATE catalog.events SET schema_version = 1, data = data - 'log_properties'"
                        + " WHERE data->>'table_id' = ?")
                .param(id)
                .update())
        .isEqualTo(2);
    List<RecordedEvent> events =
        server.context.getBean(EventStore.class).readStream(new StreamId("table", id), 0, 10);
    String[] ofTheLog = {"delta.appendOnly", "delta.minReaderVersion", "delta.minWriterVersion"};
    assertThat(((TableRegistered) events.get(0).event()).logProperties())
        .containsExactlyInAnyOrder(ofTheLog);
    assertThat(((TableDescriptionChanged) events.get(1).event()).logProperties())
        .containsExactlyInAnyOrder(ofTheLog);
  }
}
