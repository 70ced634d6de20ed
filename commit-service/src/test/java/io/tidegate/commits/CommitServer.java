package io.tidegate.commits;

import io.tidegate.objects.LocalObjectStore;
import io.tidegate.testing.CountingObjectStore;
import io.tidegate.testing.HttpTester;
import io.tidegate.testing.SqlCounter;
import io.tidegate.testing.TestDatabase;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Primary;

/** A running commit service with a catalog in memory, spoken to over HTTP. */
final class CommitServer implements AutoCloseable {
  private static final int PATIENCE_MS = 60_000;
  private static @Nullable CommitServer shared;

  final FakeCatalog catalog;
  final Path root;
  final CountingObjectStore calls;
  final FaultyStore store;
  final TestDatabase database;
  final SqlCounter sql;
  final ConfigurableApplicationContext context;
  private final HttpTester http;

  private CommitServer(
      FakeCatalog catalog, Path root, TestDatabase database, Map<String, String> settings) {
    this.catalog = catalog;
    this.root = root;
    this.database = database;
    this.calls = new CountingObjectStore(new LocalObjectStore(List.of(root)));
    this.store = new FaultyStore(calls);
    Map<String, Object> properties = new HashMap<>(settings);
    properties.put("server.port", "0");
    properties.put("server.address", "127.0.0.1");
    properties.put("tidegate.managed-root", root.resolve("managed").toString());
    properties.put("spring.datasource.url", database.jdbcUrl());
    properties.put("spring.datasource.username", database.username());
    properties.put("spring.datasource.password", database.password());
    context =
        new SpringApplicationBuilder(CommitServiceConfiguration.class, Fakes.class)
            .initializers(
                application -> application.getBeanFactory().registerSingleton("testServer", this))
            .properties(properties)
            .run();
    sql = context.getBean(SqlCounter.class);
    http =
        new HttpTester(
            Integer.parseInt(context.getEnvironment().getRequiredProperty("local.server.port")));
  }

  @Configuration(proxyBeanMethods = false)
  static class Fakes {
    @Bean
    static SqlCounter sqlCounter() {
      return new SqlCounter();
    }

    @Bean
    static LostAnswers lostAnswers() {
      return new LostAnswers();
    }

    @Bean
    FakeCatalog catalogFeed(CommitServer server) {
      return server.catalog;
    }

    @Bean
    @Primary
    TableStorage faultyStorage(CommitServer server) {
      return new TableStorage(server.root.resolve("managed"), server.store);
    }
  }

  /** The one that tests share. */
  static synchronized CommitServer shared() {
    if (shared == null) {
      shared = start(Map.of());
    }
    return shared;
  }

  static CommitServer start(Map<String, String> settings) {
    FakeCatalog catalog = new FakeCatalog();
    catalog.principal("admin", true);
    try {
      Path root = Files.createTempDirectory("tidegate-commits").toRealPath();
      return new CommitServer(catalog, root, TestDatabase.create(), settings);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Another process on the same database, catalog and files. */
  CommitServer replica() {
    return new CommitServer(catalog, root, database, Map.of());
  }

  HttpTester as(String principal) {
    return http.token(principal + "-token");
  }

  HttpTester admin() {
    return as("admin");
  }

  HttpTester anybody() {
    return http;
  }

  /** Waits until a condition holds. */
  static void await(String what, BooleanSupplier condition) {
    long deadline = System.nanoTime() + PATIENCE_MS * 1_000_000L;
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > deadline) {
        throw new AssertionError("Not within " + PATIENCE_MS + " ms: " + what);
      }
      try {
        Thread.sleep(5);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException(e);
      }
    }
  }

  @Override
  public void close() {
    context.close();
  }
}
