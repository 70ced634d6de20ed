package io.tidegate.catalog;

import io.tidegate.kit.feed.EventFeed;
import io.tidegate.kit.feed.FeedEventPage;
import io.tidegate.testing.HttpTester;
import io.tidegate.testing.SqlCounter;
import io.tidegate.testing.TestDatabase;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A running catalog service on a database of its own; one for a test JVM. */
final class CatalogServer {
  static final String UC = "/api/2.1/unity-catalog";
  static final JsonMapper JSON = JsonMapper.shared();
  private static @Nullable CatalogServer running;

  final Path lake;
  final Path outside;
  final ConfigurableApplicationContext context;
  final HttpTester anonymous;
  final HttpTester admin;

  private CatalogServer() throws IOException {
    lake = Files.createTempDirectory("tidegate-catalog").toRealPath();
    outside = Files.createTempDirectory("tidegate-outside").toRealPath();
    Path token = lake.resolve("admin.token");
    TestDatabase database = TestDatabase.create();
    context =
        new SpringApplicationBuilder(CatalogServiceConfiguration.class, NoCommits.class)
            .properties(
                Map.of(
                    "server.port", "0",
                    "server.address", "127.0.0.1",
                    "spring.datasource.url", database.jdbcUrl(),
                    "spring.datasource.username", database.username(),
                    "spring.datasource.password", database.password(),
                    "tidegate.admin-token-file", token.toString(),
                    "tidegate.local-roots", lake.toString(),
                    "tidegate.managed-root", lake.resolve("managed").toString(),
                    "tidegate.service-token", "service-token-of-the-test"))
            .run();
    int port = context.getEnvironment().getRequiredProperty("local.server.port", Integer.class);
    anonymous = new HttpTester(port);
    admin = anonymous.token(Files.readString(token).strip());
  }

  static synchronized CatalogServer running() {
    if (running == null) {
      try {
        running = new CatalogServer();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return running;
  }

  /** The commit service is another process in these tests, and it has nothing to tell. */
  @Configuration(proxyBeanMethods = false)
  static class NoCommits {
    @Bean
    static SqlCounter sqlCounter() {
      return new SqlCounter();
    }

    @Bean
    FakeCommits commitDirectory() {
      return new FakeCommits();
    }

    @Bean
    EventFeed commitFeed() {
      return new EventFeed() {
        @Override
        public FeedEventPage read(
            String after, Set<String> types, Set<String> securables, int limit, Duration wait) {
          try {
            Thread.sleep(wait);
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
          return new FeedEventPage(List.of(), after, false);
        }
      };
    }
  }

  static JsonNode json(HttpTester.Answer answer) {
    return JSON.readTree(answer.body());
  }

  /** A principal of its own for a test, with a token. */
  HttpTester principal(String name) {
    admin.post("/api/1.0/principals", "{\"name\": \"" + name + "\"}");
    JsonNode made = json(admin.post("/api/1.0/tokens", "{\"principal\": \"" + name + "\"}"));
    return anonymous.token(made.path("token").asString());
  }

  /** The statements that one request costs. */
  List<String> statements(HttpTester by, String path) {
    String request = "counted-" + java.util.UUID.randomUUID();
    HttpTester.Answer answer = by.with("X-Request-Id", request).get(path);
    if (answer.status() != 200) {
      throw new IllegalStateException(path + ": " + answer.body());
    }
    return context.getBean(SqlCounter.class).of(request);
  }

  /** Adds a commit to a plain Delta table. */
  void commit(Path table, long version, String... actions) {
    try {
      Files.writeString(
          table.resolve("_delta_log/%020d.json".formatted(version)),
          String.join("\n", actions) + "\n");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The metaData action of a table's version 0. */
  String metadata(Path table) {
    try {
      return Files.readAllLines(table.resolve("_delta_log/%020d.json".formatted(0))).get(1);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Registers a new plain Delta table. */
  Path registered(String catalog, String schema, String name) {
    Path table = deltaTable(catalog + "-" + name);
    HttpTester.Answer made =
        admin.post(UC + "/tables", table(catalog, schema, name, table.toUri().toString()));
    if (made.status() != 200) {
      throw new IllegalStateException(made.body());
    }
    return table;
  }

  void grant(String securable, String principal, String... privileges) {
    HttpTester.Answer granted =
        admin.patch(
            UC + "/permissions/" + securable,
            JSON.writeValueAsString(
                Map.of(
                    "changes",
                    List.of(Map.of("principal", principal, "add", List.of(privileges))))));
    if (granted.status() != 200) {
      throw new IllegalStateException(granted.body());
    }
  }

  void schema(String catalog, String schema) {
    admin.post(UC + "/catalogs", "{\"name\": \"" + catalog + "\"}");
    admin.post(
        UC + "/schemas", "{\"name\": \"" + schema + "\", \"catalog_name\": \"" + catalog + "\"}");
  }

  /** A plain Delta table with two columns and no rows. */
  Path deltaTable(String name) {
    try {
      Path log = Files.createDirectories(lake.resolve(name).resolve("_delta_log"));
      Files.writeString(
          log.resolve("00000000000000000000.json"),
          """
          {"protocol":{"minReaderVersion":1,"minWriterVersion":2}}
          {"metaData":{"id":"%s","format":{"provider":"parquet","options":{}},"schemaString":"{\\"type\\":\\"struct\\",\\"fields\\":[{\\"name\\":\\"id\\",\\"type\\":\\"long\\",\\"nullable\\":false,\\"metadata\\":{}},{\\"name\\":\\"day\\",\\"type\\":\\"date\\",\\"nullable\\":true,\\"metadata\\":{\\"comment\\":\\"of the reading\\"}}]}","partitionColumns":["day"],"configuration":{"delta.appendOnly":"true"},"createdTime":1700000000000}}
          """
              .formatted(
                  java.util.UUID.nameUUIDFromBytes(
                      name.getBytes(java.nio.charset.StandardCharsets.UTF_8))));
      return lake.resolve(name);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  String table(String catalog, String schema, String name, String location) {
    return JSON.writeValueAsString(
        Map.of(
            "name", name,
            "catalog_name", catalog,
            "schema_name", schema,
            "table_type", "EXTERNAL",
            "data_source_format", "DELTA",
            "storage_location", location));
  }
}
