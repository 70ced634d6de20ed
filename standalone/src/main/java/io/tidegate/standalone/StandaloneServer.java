package io.tidegate.standalone;

import io.tidegate.catalog.CatalogServiceConfiguration;
import io.tidegate.commits.CommitServiceConfiguration;
import io.tidegate.kit.TidegateKit;
import io.tidegate.sharing.SharingGatewayConfiguration;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Import;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.MapPropertySource;
import org.springframework.web.context.support.StandardServletEnvironment;

/** The three services in this JVM, on one port and one data source. */
final class StandaloneServer implements AutoCloseable {
  private static final Duration STOP_PATIENCE = Duration.ofSeconds(5);

  private final ConfigurableApplicationContext context;

  private StandaloneServer(ConfigurableApplicationContext context) {
    this.context = context;
  }

  @SpringBootConfiguration(proxyBeanMethods = false)
  @Import({
    TidegateKit.class,
    CatalogServiceConfiguration.class,
    CommitServiceConfiguration.class,
    SharingGatewayConfiguration.class
  })
  static class Services {}

  /**
   * Starts the services on a database that may still be starting; they answer when this returns.
   */
  static StandaloneServer start(UpOptions options, DataFolder folder, EmbeddedDatabase database) {
    SpringApplication application = new SpringApplication(Services.class);
    // The launcher stops the services before the database, in its own hook.
    application.setRegisterShutdownHook(false);
    application.setLogStartupInfo(false);
    application.setBannerMode(org.springframework.boot.Banner.Mode.OFF);
    // Before everything else that sets properties: each service on the class path has its own.
    ConfigurableEnvironment environment = new StandardServletEnvironment();
    environment
        .getPropertySources()
        .addFirst(new MapPropertySource("tidegate", properties(options, folder, database)));
    application.setEnvironment(environment);
    // The database starts while Spring reads the configuration, and is waited for before any bean
    // is made.
    application.addInitializers(
        context -> context.addBeanFactoryPostProcessor(beans -> awaitOwn(folder, database)));
    return new StandaloneServer(application.run());
  }

  private static void awaitOwn(DataFolder folder, EmbeddedDatabase database) {
    database.awaitReady();
    try {
      ServiceRoles.together(folder, database);
    } catch (IOException | SQLException e) {
      throw new StartFailure(
          "The data folder cannot be taken over from --separate: " + e.getMessage(), e);
    }
  }

  private static Map<String, Object> properties(
      UpOptions options, DataFolder folder, EmbeddedDatabase database) {
    Map<String, Object> properties = new LinkedHashMap<>();
    properties.put("spring.application.name", "tidegate");
    properties.put("server.address", options.bind());
    properties.put("server.port", options.port());
    properties.put("spring.datasource.url", database.url());
    properties.put("spring.datasource.username", database.username());
    properties.put("spring.datasource.password", database.password());
    properties.put("tidegate.service-token", folder.secret("service.token"));
    properties.put("tidegate.admin-token-file", folder.adminToken().toString());
    properties.put("tidegate.managed-root", folder.tables().toString());
    List<String> roots = roots(options, folder);
    for (int i = 0; i < roots.size(); i++) {
      properties.put("tidegate.local-roots[" + i + "]", roots.get(i));
    }
    properties.put("logging.file.name", folder.logs().resolve("tidegate.log").toString());
    properties.put("logging.threshold.console", "OFF");
    return properties;
  }

  static List<String> roots(UpOptions options, DataFolder folder) {
    return Stream.concat(Stream.of(folder.root()), options.localRoots().stream())
        .map(path -> path.toString())
        .toList();
  }

  /**
   * Lets the services end their work; what has not ended by then is cut off, which loses nothing:
   * all that counts is done in transactions.
   */
  @Override
  public void close() throws InterruptedException {
    Thread closing = Thread.ofPlatform().daemon().name("close").start(context::close);
    closing.join(STOP_PATIENCE);
  }
}
