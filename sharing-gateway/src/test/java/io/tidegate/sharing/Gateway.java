package io.tidegate.sharing;

import io.tidegate.objects.LocalObjectStore;
import io.tidegate.sharing.files.TableStorage;
import io.tidegate.testing.CountingObjectStore;
import io.tidegate.testing.GoldenTables;
import io.tidegate.testing.SqlCounter;
import io.tidegate.testing.TestDatabase;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Primary;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A running gateway with a fake catalog and a fake commit service, spoken to over HTTP; one for a
 * test JVM.
 */
final class Gateway {
  static final JsonMapper JSON = JsonMapper.shared();
  private static final int PATIENCE_MS = 10_000;
  private static @Nullable Gateway running;

  final FakeCatalog catalog = new FakeCatalog();
  final FakeCommits commits = new FakeCommits();
  final Path tables;
  final CountingObjectStore store;
  final String url;
  final ConfigurableApplicationContext context;
  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  private Gateway() throws IOException {
    tables = Files.createTempDirectory("tidegate-sharing").toRealPath();
    List<Path> roots = new ArrayList<>(List.of(tables));
    GoldenTables.folder().ifPresent(roots::add);
    store = new CountingObjectStore(new LocalObjectStore(roots));
    catalog.principal("admin", true);
    TestDatabase database = TestDatabase.create();
    context =
        new SpringApplicationBuilder(SharingGatewayConfiguration.class, Fakes.class)
            .initializers(
                application -> application.getBeanFactory().registerSingleton("testGateway", this))
            .properties(
                Map.of(
                    "server.port", "0",
                    "server.address", "127.0.0.1",
                    "spring.datasource.url", database.jdbcUrl(),
                    "spring.datasource.username", database.username(),
                    "spring.datasource.password", database.password()))
            .run();
    url = "http://127.0.0.1:" + context.getEnvironment().getProperty("local.server.port");
  }

  @Configuration(proxyBeanMethods = false)
  static class Fakes {
    @Bean
    static SqlCounter sqlCounter() {
      return new SqlCounter();
    }

    @Bean
    FakeCatalog catalogFeed(Gateway gateway) {
      return gateway.catalog;
    }

    @Bean
    FakeCommits commitDirectory(Gateway gateway) {
      return gateway.commits;
    }

    @Bean
    @Primary
    TableStorage countedStorage(Gateway gateway) {
      return new TableStorage(gateway.store);
    }
  }

  static synchronized Gateway start() {
    if (running == null) {
      try {
        running = new Gateway();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return running;
  }

  /** An answer. */
  record Answer(HttpResponse<byte[]> response) {
    int status() {
      return response.statusCode();
    }

    byte[] bytes() {
      return response.body();
    }

    String text() {
      return new String(bytes(), StandardCharsets.UTF_8);
    }

    JsonNode json() {
      return JSON.readTree(bytes());
    }

    List<JsonNode> lines() {
      return text().lines().map(JSON::readTree).toList();
    }

    String header(String name) {
      return response.headers().firstValue(name).orElse("");
    }
  }

  Answer as(String token, String method, String path, @Nullable Object body, String... headers) {
    List<String> all = new ArrayList<>(List.of(headers));
    all.add("Authorization");
    all.add("Bearer " + token);
    return send(method, url + path, body, all.toArray(String[]::new));
  }

  Answer admin(String method, String path, @Nullable Object body) {
    return as("admin-token", method, path, body);
  }

  /** Without credentials; a body that is text is sent as it is, another as JSON. */
  Answer send(String method, String address, @Nullable Object body, String... headers) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(address))
            .method(
                method,
                body == null
                    ? BodyPublishers.noBody()
                    : BodyPublishers.ofString(
                        body instanceof String text ? text : JSON.writeValueAsString(body)));
    if (body != null) {
      request.header("Content-Type", "application/json");
    }
    if (headers.length > 0) {
      request.headers(headers);
    }
    try {
      return new Answer(http.send(request.build(), BodyHandlers.ofByteArray()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** Waits until a condition holds. */
  static void await(String what, BooleanSupplier condition) {
    long deadline = System.nanoTime() + PATIENCE_MS * 1_000_000L;
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > deadline) {
        throw new AssertionError("Not within " + PATIENCE_MS + " ms: " + what);
      }
      Thread.onSpinWait();
      try {
        Thread.sleep(5);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException(e);
      }
    }
  }
}
