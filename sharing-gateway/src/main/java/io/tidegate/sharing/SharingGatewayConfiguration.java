package io.tidegate.sharing;

import io.tidegate.events.EventStore;
import io.tidegate.events.PostgresEventStore;
import io.tidegate.kit.TidegateKit;
import io.tidegate.kit.database.ServiceSchema;
import io.tidegate.kit.openapi.ApiGroup;
import io.tidegate.kit.security.PublicPath;
import io.tidegate.sharing.events.SharingEvent;
import io.tidegate.sharing.events.SharingProjection;
import java.util.List;
import javax.sql.DataSource;
import org.springdoc.core.models.GroupedOpenApi;
import org.springframework.boot.context.properties.ConfigurationPropertiesScan;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.ComponentScan;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.http.HttpMethod;

/**
 * The sharing gateway: its controllers, its schema and its events. It needs a {@code
 * CatalogDirectory} and a {@code CommitDirectory}.
 */
@Configuration(proxyBeanMethods = false)
@Import(TidegateKit.class)
@ComponentScan
@ConfigurationPropertiesScan
public class SharingGatewayConfiguration {

  @Bean
  ServiceSchema sharingSchema() {
    return new ServiceSchema("sharing");
  }

  @Bean
  EventStore sharingEvents(DataSource dataSource) {
    return new PostgresEventStore(
        "sharing", dataSource, SharingEvent.types(), List.of(new SharingProjection()));
  }

  @Bean
  PublicPath activationPath() {
    return new PublicPath(null, "/api/2.1/unity-catalog/public/data_sharing_activation/*");
  }

  @Bean
  PublicPath activationInfoPath() {
    return new PublicPath(
        HttpMethod.GET, "/api/2.1/unity-catalog/public/data_sharing_activation_info/*");
  }

  @Bean
  GroupedOpenApi sharingApi() {
    return ApiGroup.of(
        "sharing",
        "Tidegate sharing gateway",
        "Shares and recipients in the shapes of the Databricks REST API, and the Delta Sharing"
            + " protocol for the recipients.",
        "io.tidegate.sharing");
  }
}
