package io.tidegate.catalog;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.context.annotation.Import;

/** The catalog service as a process of its own. */
@SpringBootConfiguration(proxyBeanMethods = false)
@Import(CatalogServiceConfiguration.class)
public class CatalogServiceApplication {

  /** Starts the service with the settings of the environment. */
  public static void main(String[] arguments) {
    SpringApplication.run(CatalogServiceApplication.class, arguments);
  }
}
