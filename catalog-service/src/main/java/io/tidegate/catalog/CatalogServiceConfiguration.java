package io.tidegate.catalog;

import io.tidegate.events.EventStore;
import io.tidegate.events.PostgresEventStore;
import io.tidegate.kit.TidegateKit;
import io.tidegate.kit.database.ServiceSchema;
import io.tidegate.kit.feed.EventFeed;
import io.tidegate.kit.feed.FeedSubscriber;
import io.tidegate.kit.openapi.ApiGroup;
import java.util.List;
import java.util.Set;
import javax.sql.DataSource;
import org.springdoc.core.models.GroupedOpenApi;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.ComponentScan;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.transaction.PlatformTransactionManager;

/**
 * The catalog service: its controllers, its schema and its events. It wants a commit feed and a
 * {@code CommitDirectory}.
 */
@Configuration(proxyBeanMethods = false)
@Import(TidegateKit.class)
@ComponentScan
public class CatalogServiceConfiguration {

  @Bean
  ServiceSchema catalogSchema() {
    return new ServiceSchema("catalog");
  }

  @Bean
  EventStore catalogEvents(DataSource dataSource) {
    return new PostgresEventStore(
        "catalog", dataSource, CatalogEvent.types(), List.of(new CatalogProjection()));
  }

  /**
   * Begins anew what once was called catalog-follows-commits: descriptions that were kept then lack
   * what follows from the protocol.
   */
  @Bean
  FeedSubscriber commitFeedSubscriber(
      @Qualifier("commitFeed") EventFeed feed,
      @Qualifier("catalogSchema") ServiceSchema schema,
      DataSource dataSource,
      PlatformTransactionManager transactions,
      CommitFollower follower) {
    return new FeedSubscriber(
        "catalog-describes-tables",
        feed,
        Set.of("CommitRatified"),
        schema,
        dataSource,
        transactions,
        follower);
  }

  @Bean
  GroupedOpenApi catalogApi() {
    return ApiGroup.of(
        "catalog",
        "Tidegate catalog service",
        "Catalogs, schemas, tables and permissions in the shapes of the Unity Catalog REST API,"
            + " principals and tokens, and the feed of all changes.",
        "io.tidegate.catalog");
  }
}
