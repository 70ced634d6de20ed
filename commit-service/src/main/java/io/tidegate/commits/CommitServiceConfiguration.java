package io.tidegate.commits;

import io.tidegate.events.EventMetadata;
import io.tidegate.events.EventStore;
import io.tidegate.events.PostgresEventStore;
import io.tidegate.kit.TidegateKit;
import io.tidegate.kit.TidegateProperties;
import io.tidegate.kit.database.ServiceSchema;
import io.tidegate.kit.feed.EventFeed;
import io.tidegate.kit.feed.FeedEvent;
import io.tidegate.kit.feed.FeedSubscriber;
import io.tidegate.kit.openapi.ApiGroup;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import javax.sql.DataSource;
import org.springdoc.core.models.GroupedOpenApi;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.ComponentScan;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.transaction.PlatformTransactionManager;

/**
 * The commit service: its controllers, its schema and its events. It needs a {@code
 * CatalogDirectory} and the catalog's feed.
 */
@Configuration(proxyBeanMethods = false)
@Import(TidegateKit.class)
@ComponentScan
@EnableConfigurationProperties(CommitSettings.class)
public class CommitServiceConfiguration {

  @Bean
  ServiceSchema commitsSchema() {
    return new ServiceSchema("commits");
  }

  @Bean
  EventStore commitEvents(DataSource dataSource) {
    return new PostgresEventStore(
        "commits", dataSource, CommitEvent.types(), List.of(new CommitProjection()));
  }

  @Bean
  TableStorage commitTableStorage(TidegateProperties properties) {
    return TableStorage.of(properties);
  }

  @Bean
  FeedSubscriber commitCatalogSubscriber(
      @Qualifier("catalogFeed") EventFeed feed,
      @Qualifier("commitsSchema") ServiceSchema schema,
      DataSource dataSource,
      PlatformTransactionManager transactions,
      ManagedTables tables) {
    return new FeedSubscriber(
        "commits-follow-catalog",
        feed,
        Set.of("TableRegistered", "TableDropped"),
        schema,
        dataSource,
        transactions,
        event -> follow(event, tables));
  }

  private static void follow(FeedEvent event, ManagedTables tables) {
    if (!event.data().path("type").asString("").equals("MANAGED")) {
      return;
    }
    UUID id = UUID.fromString(event.data().required("table_id").asString());
    switch (event.type()) {
      case "TableRegistered" -> tables.registered(id);
      case "TableDropped" ->
          tables.close(id, new EventMetadata(event.principal(), event.requestId()));
      default -> {
        // The feed is asked for these two.
      }
    }
  }

  @Bean
  GroupedOpenApi commitsApi() {
    return ApiGroup.of(
        "commits",
        "Tidegate commit service",
        "The Delta REST API 1.0 of Unity Catalog: managed tables are created, loaded and committed"
            + " to; and the feed of all commits.",
        "io.tidegate.commits");
  }
}
