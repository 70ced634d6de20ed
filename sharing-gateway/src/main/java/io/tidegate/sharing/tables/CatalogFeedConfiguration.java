package io.tidegate.sharing.tables;

import io.tidegate.kit.database.ServiceSchema;
import io.tidegate.kit.feed.EventFeed;
import io.tidegate.kit.feed.FeedSubscriber;
import java.util.Set;
import javax.sql.DataSource;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.transaction.PlatformTransactionManager;

/** Follows the catalog's feed. */
@Configuration(proxyBeanMethods = false)
class CatalogFeedConfiguration {
  private static final Set<String> TYPES =
      Set.of(
          "CatalogUpdated",
          "SchemaCreated",
          "SchemaUpdated",
          "TableRegistered",
          "TableRenamed",
          "TableDropped");

  @Bean
  FeedSubscriber sharingCatalogSubscriber(
      @Qualifier("catalogFeed") EventFeed feed,
      @Qualifier("sharingSchema") ServiceSchema schema,
      DataSource dataSource,
      PlatformTransactionManager transactions,
      CatalogTables tables) {
    return new FeedSubscriber(
        "sharing-follows-catalog",
        feed,
        TYPES,
        schema,
        dataSource,
        transactions,
        event -> tables.apply(event.type(), event.data()));
  }
}
