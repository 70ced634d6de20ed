package io.tidegate.ports;

import io.tidegate.events.EventStore;
import io.tidegate.kit.TidegateProperties;
import io.tidegate.kit.feed.EventFeed;
import io.tidegate.kit.feed.HttpEventFeed;
import io.tidegate.kit.feed.LocalEventFeed;
import io.tidegate.kit.web.ServiceClient;
import java.net.URI;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import tools.jackson.databind.json.JsonMapper;

/**
 * Connects the services. Where {@code tidegate.catalog-url} or {@code tidegate.commit-url} is set,
 * that service is another process and its port speaks HTTP; else the port is the bean of the
 * service in this process, and is also served to others. The feeds of the two are beans as well, by
 * the names {@code catalogFeed} and {@code commitFeed}.
 *
 * <p>Takes effect by itself where the kit is imported.
 */
@AutoConfiguration
public class TidegatePorts {

  /** The catalog is another process. */
  @Configuration(proxyBeanMethods = false)
  @ConditionalOnProperty("tidegate.catalog-url")
  static class RemoteCatalog {
    @Bean
    ServiceClient catalogClient(TidegateProperties properties, JsonMapper json) {
      return client("catalog service", properties.catalogUrl(), properties, json);
    }

    @Bean
    @ConditionalOnMissingBean
    CatalogDirectory catalogDirectory(@Qualifier("catalogClient") ServiceClient client) {
      return new HttpCatalogDirectory(client);
    }

    @Bean
    @ConditionalOnMissingBean(name = "catalogFeed")
    EventFeed catalogFeed(@Qualifier("catalogClient") ServiceClient client) {
      return new HttpEventFeed(client, "/api/1.0/events");
    }
  }

  /** The catalog is here. */
  @Configuration(proxyBeanMethods = false)
  @ConditionalOnProperty(name = "tidegate.catalog-url", matchIfMissing = true, havingValue = "none")
  static class LocalCatalog {
    @Bean
    @ConditionalOnBean(CatalogDirectory.class)
    CatalogServiceController catalogServiceController(CatalogDirectory catalog) {
      return new CatalogServiceController(catalog);
    }

    @Bean
    @ConditionalOnBean(name = "catalogEvents")
    @ConditionalOnMissingBean(name = "catalogFeed")
    EventFeed catalogFeed(@Qualifier("catalogEvents") EventStore events) {
      return new LocalEventFeed(events);
    }
  }

  /** The commit service is another process. */
  @Configuration(proxyBeanMethods = false)
  @ConditionalOnProperty("tidegate.commit-url")
  static class RemoteCommits {
    @Bean
    ServiceClient commitClient(TidegateProperties properties, JsonMapper json) {
      return client("commit service", properties.commitUrl(), properties, json);
    }

    @Bean
    @ConditionalOnMissingBean
    CommitDirectory commitDirectory(@Qualifier("commitClient") ServiceClient client) {
      return new HttpCommitDirectory(client);
    }

    @Bean
    @ConditionalOnMissingBean(name = "commitFeed")
    EventFeed commitFeed(@Qualifier("commitClient") ServiceClient client) {
      return new HttpEventFeed(client, "/api/1.0/commits/events");
    }
  }

  /** The commit service is here. */
  @Configuration(proxyBeanMethods = false)
  @ConditionalOnProperty(name = "tidegate.commit-url", matchIfMissing = true, havingValue = "none")
  static class LocalCommits {
    @Bean
    @ConditionalOnBean(CommitDirectory.class)
    CommitServiceController commitServiceController(CommitDirectory commits) {
      return new CommitServiceController(commits);
    }

    @Bean
    @ConditionalOnBean(name = "commitEvents")
    @ConditionalOnMissingBean(name = "commitFeed")
    EventFeed commitFeed(@Qualifier("commitEvents") EventStore events) {
      return new LocalEventFeed(events);
    }
  }

  private static ServiceClient client(
      String service, @Nullable URI url, TidegateProperties properties, JsonMapper json) {
    return new ServiceClient(service, Objects.requireNonNull(url), properties.serviceToken(), json);
  }
}
