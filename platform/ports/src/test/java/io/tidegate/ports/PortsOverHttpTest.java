package io.tidegate.ports;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.sun.net.httpserver.HttpServer;
import io.tidegate.delta.CatalogCommits;
import io.tidegate.delta.CatalogCommits.StagedCommit;
import io.tidegate.kit.TidegateKit;
import io.tidegate.kit.errors.ApiException;
import io.tidegate.kit.errors.ErrorCode;
import io.tidegate.kit.security.Caller;
import io.tidegate.kit.security.Privilege;
import io.tidegate.kit.web.RequestId;
import io.tidegate.kit.web.ServiceClient;
import io.tidegate.testing.HttpTester;
import io.tidegate.testing.HttpTester.Answer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import tools.jackson.databind.json.JsonMapper;

/** The clients of the ports against the controllers that serve them, over real connections. */
@Timeout(60)
@SpringBootTest(
    classes = PortsOverHttpTest.Application.class,
    webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT,
    properties = {
      "tidegate.service-token=between-services",
      "management.endpoint.health.validate-group-membership=false",
      "spring.autoconfigure.exclude="
          + "org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration"
    })
class PortsOverHttpTest {
  private static final UUID TABLE = UUID.fromString("0199aaaa-0000-7000-8000-000000000010");
  private static final UUID PLAIN = UUID.fromString("0199aaaa-0000-7000-8000-000000000011");
  private static final Caller SERVICE =
      new Caller(new UUID(0, 0), "service", Set.of(), false, true);

  private static final ManagedDescription DESCRIPTION =
      new ManagedDescription(
          Long.MAX_VALUE,
          3,
          "{\"type\":\"struct\",\"fields\":[]}",
          List.of("a", "ü"),
          Map.of("delta.feature.catalogManaged", "supported", "camelCase_key", "1"),
          null);

  @Configuration(proxyBeanMethods = false)
  @Import(TidegateKit.class)
  static class Application {
    @Bean
    FakeCatalog catalog() {
      return new FakeCatalog();
    }

    @Bean
    CommitDirectory commits() {
      return new CommitDirectory() {
        @Override
        public Optional<CatalogCommits> commits(UUID table) {
          return table.equals(TABLE)
              ? Optional.of(
                  new CatalogCommits(
                      Long.MAX_VALUE, List.of(new StagedCommit(7, "a-b.json", 1L << 40, 5))))
              : Optional.empty();
        }

        @Override
        public Optional<ManagedDescription> description(UUID table) {
          return table.equals(TABLE) ? Optional.of(DESCRIPTION) : Optional.empty();
        }
      };
    }
  }

  @Value("${local.server.port}")
  private int port;

  @Autowired private FakeCatalog fake;
  @Autowired private JsonMapper json;

  private CatalogDirectory catalog;
  private CommitDirectory commits;

  @BeforeEach
  void connect() {
    fake.clear();
    catalog = new HttpCatalogDirectory(client(port, "between-services"));
    commits = new HttpCommitDirectory(client(port, "between-services"));
  }

  private ServiceClient client(int at, @Nullable String token) {
    return new ServiceClient("catalog service", URI.create("http://127.0.0.1:" + at), token, json);
  }

  private static NewTable table(String name) {
    return new NewTable(
        TABLE,
        "main",
        "default",
        name,
        TableAccess.Type.MANAGED,
        URI.create("file:///tables/" + TABLE),
        null,
        "{\"type\":\"struct\",\"fields\":[]}",
        List.of("a", "ü"),
        Map.of("delta.feature.catalogManaged", "supported", "camelCase_key", "1"),
        3);
  }

  private static ErrorCode code(Callable<?> call) {
    ApiException failure = catchThrowableOfType(ApiException.class, call::call);
    assertThat(failure).isNotNull();
    assertThat(failure).message().isNotBlank();
    return failure.code();
  }

  @Test
  void tellsWhoseATokenIs() {
    assertThat(catalog.authenticate("ada-token")).contains(FakeCatalog.ADA);
    assertThat(catalog.authenticate("nobody")).isEmpty();
    assertThat(catalog.principal(FakeCatalog.ADA.principalId())).isEqualTo(FakeCatalog.ADA);
    assertThat(code(() -> catalog.principal(TABLE))).isEqualTo(ErrorCode.PRINCIPAL_NOT_FOUND);
    assertThat(catalog.owner(FakeCatalog.ADA.name()).id()).isEqualTo(FakeCatalog.ADA.principalId());
    assertThat(code(() -> catalog.owner("a&name=b#?"))).isEqualTo(ErrorCode.PRINCIPAL_NOT_FOUND);
  }

  @Test
  void remembersATokenForAMomentAndARefusalNotAtAll() {
    for (int i = 0; i < 5; i++) {
      assertThat(catalog.authenticate("ada-token")).isPresent();
      assertThat(catalog.authenticate("later")).isEmpty();
    }
    assertThat(fake.asked.stream().filter("later"::equals)).hasSize(5);
    assertThat(fake.asked.stream().filter("ada-token"::equals)).hasSizeLessThan(5);
    fake.tokens.put("later", FakeCatalog.ADA);
    assertThat(catalog.authenticate("later")).isPresent();

    fake.tokens.remove("ada-token");
    long revoked = System.nanoTime();
    while (catalog.authenticate("ada-token").isPresent()) {
      assertThat(System.nanoTime() - revoked).isLessThan(1_000_000_000L);
      Thread.onSpinWait();
    }
  }

  @Test
  void asksInTheNameOfTheCaller() {
    SchemaAccess schema = catalog.schema(FakeCatalog.ADA, "main", "default");
    assertThat(schema)
        .isEqualTo(
            new SchemaAccess(
                FakeCatalog.SCHEMA, "main", "default", Set.of(Privilege.CREATE_TABLE), false));
    assertThat(fake.takeCallers()).containsExactly("ada");
    catalog.schema(SERVICE, "main", "default");
    assertThat(fake.takeCallers()).containsExactly("service");
    assertThat(catalog.metastorePrivileges(FakeCatalog.ADA))
        .containsExactlyInAnyOrder(Privilege.CREATE_CATALOG, Privilege.CREATE_SHARE);
    assertThat(catalog.metastorePrivileges(SERVICE)).hasSize(Privilege.values().length);

    Caller dropped = new Caller(PLAIN, "gone", Set.of(), false, false);
    assertThat(code(() -> catalog.schema(dropped, "main", "default")))
        .isEqualTo(ErrorCode.PERMISSION_DENIED);
  }

  @Test
  void carriesErrorsThrough() {
    assertThat(code(() -> catalog.schema(FakeCatalog.ADA, "nope", "default")))
        .isEqualTo(ErrorCode.CATALOG_NOT_FOUND);
    assertThat(code(() -> catalog.schema(FakeCatalog.ADA, "main", "nope")))
        .isEqualTo(ErrorCode.SCHEMA_NOT_FOUND);
    assertThat(code(() -> catalog.table(FakeCatalog.ADA, TABLE)))
        .isEqualTo(ErrorCode.TABLE_NOT_FOUND);
    assertThat(code(() -> catalog.table(FakeCatalog.ADA, "main", "default", "nope")))
        .isEqualTo(ErrorCode.TABLE_NOT_FOUND);
  }

  @Test
  void registersRenamesAndDrops() {
    NewTable wanted = table("wéird name/with?odd=&parts");
    TableAccess registered = catalog.register(FakeCatalog.ADA, wanted);
    assertThat(fake.registered).containsExactly(wanted);
    TableAccess expected =
        FakeCatalog.access(
            FakeCatalog.ADA, TABLE, "main", "default", "wéird name/with?odd=&parts", null);
    assertThat(registered).isEqualTo(expected);
    assertThat(catalog.table(FakeCatalog.ADA, TABLE)).isEqualTo(expected);
    assertThat(catalog.table(FakeCatalog.ADA, "main", "default", expected.name()))
        .isEqualTo(expected);

    assertThat(
            code(
                () -> catalog.rename(FakeCatalog.ADA, "main", "default", expected.name(), "taken")))
        .isEqualTo(ErrorCode.ALREADY_EXISTS);
    assertThat(
            catalog
                .comment(FakeCatalog.ADA, "main", "default", expected.name(), "Über alles")
                .comment())
        .isEqualTo("Über alles");
    assertThat(catalog.rename(FakeCatalog.ADA, "main", "default", expected.name(), "plain").name())
        .isEqualTo("plain");
    catalog.drop(FakeCatalog.ADA, "main", "default", "plain");
    assertThat(fake.tables).isEmpty();
  }

  @Test
  void carriesLargeSchemas() {
    NewTable wide =
        new NewTable(
            TABLE,
            "main",
            "default",
            "wide",
            TableAccess.Type.EXTERNAL,
            URI.create("file:///tables/wide"),
            "a comment",
            "x".repeat(8 << 20),
            List.of(),
            Map.of(),
            0);
    catalog.register(FakeCatalog.ADA, wide);
    assertThat(fake.registered).containsExactly(wide);
  }

  @Test
  void tellsTheCommitsOfATable() {
    assertThat(commits.commits(TABLE))
        .contains(
            new CatalogCommits(
                Long.MAX_VALUE, List.of(new StagedCommit(7, "a-b.json", 1L << 40, 5))));
    assertThat(commits.commits(PLAIN)).isEmpty();
  }

  @Test
  void tellsWhatDescribesATable() {
    assertThat(commits.description(TABLE)).contains(DESCRIPTION);
    assertThat(commits.description(PLAIN)).isEmpty();
    assertThat(code(() -> new HttpCommitDirectory(client(1, null)).description(TABLE)))
        .isEqualTo(ErrorCode.UNAVAILABLE);
  }

  @Test
  void aServiceThatIsDownIsNamed() {
    CatalogDirectory down = new HttpCatalogDirectory(client(1, "between-services"));
    ApiException failure =
        catchThrowableOfType(ApiException.class, () -> down.authenticate("ada-token"));
    assertThat(failure.code()).isEqualTo(ErrorCode.UNAVAILABLE);
    assertThat(failure).hasMessageContaining("catalog service");
    assertThat(code(() -> new HttpCommitDirectory(client(1, null)).commits(TABLE)))
        .isEqualTo(ErrorCode.UNAVAILABLE);
  }

  @Test
  void aServiceThatRefusesOurTokenCountsAsUnavailable() {
    for (String token : new String[] {"wrong", null}) {
      CatalogDirectory refused = new HttpCatalogDirectory(client(port, token));
      assertThat(code(() -> refused.schema(FakeCatalog.ADA, "main", "default")))
          .isEqualTo(ErrorCode.UNAVAILABLE);
    }
  }

  @Test
  void whateverElseAnswersCountsAsUnavailable() throws IOException {
    HttpServer other =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    Map<String, Integer> answers = Map.of("<html>502</html>", 502, "{}", 404, "[]", 500, "", 429);
    try {
      other.start();
      CatalogDirectory catalogThere =
          new HttpCatalogDirectory(client(other.getAddress().getPort(), "between-services"));
      answers.forEach((body, status) -> {
        other.createContext(
            "/service",
            exchange -> {
              byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
              exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
              exchange.getResponseBody().write(bytes);
              exchange.close();
            });
        assertThat(code(() -> catalogThere.table(FakeCatalog.ADA, TABLE)))
            .as(body)
            .isEqualTo(ErrorCode.UNAVAILABLE);
        other.removeContext("/service");
      });
    } finally {
      other.stop(0);
    }
  }

  @Test
  void passesTheRequestIdOn() {
    RequestId.run(
        "trace-42",
        () -> {
          assertThat(RequestId.current()).isEqualTo("trace-42");
          catalog.authenticate("ada-token");
        });
    Answer answer =
        new HttpTester(port)
            .token("between-services")
            .with("X-Tidegate-Token", "ada-token")
            .with("X-Request-Id", "trace-43")
            .get("/service/catalog/caller");
    assertThat(answer.header("X-Request-Id")).contains("trace-43");
    assertThat(answer.body()).contains("\"principal_id\":\"" + FakeCatalog.ADA.principalId());
  }

  @Test
  void principalsDoNotReachWhatIsForServices() {
    HttpTester ada = new HttpTester(port).token("ada-token");
    assertThat(ada.get("/service/catalog/schema?catalog=main&schema=default").status())
        .isEqualTo(403);
    assertThat(ada.get("/service/commits/tables/" + TABLE).status()).isEqualTo(403);
    HttpTester service = new HttpTester(port).token("between-services");
    assertThat(service.get("/service/catalog/schema?catalog=main").body())
        .contains("schema is missing");
    assertThat(
            service
                .with("X-Tidegate-Principal", "x")
                .get("/service/catalog/schema?catalog=main&schema=default")
                .body())
        .contains("X-Tidegate-Principal must be a UUID");
  }
}
