package io.tidegate.kit.web;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.kit.testapp.TestApplication;
import io.tidegate.testing.HttpTester;
import io.tidegate.testing.HttpTester.Answer;
import io.tidegate.testing.TestDatabase;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;

@Timeout(60)
class ShutdownTest {

  @Test
  void stopsSoonThoughClientsWait() throws Exception {
    TestDatabase database = TestDatabase.create();
    ConfigurableApplicationContext context =
        new SpringApplicationBuilder(TestApplication.class)
            .properties(
                Map.of(
                    "server.port", "0",
                    "spring.datasource.url", database.jdbcUrl(),
                    "spring.datasource.username", database.username(),
                    "spring.datasource.password", database.password()))
            .run();
    int port = Integer.parseInt(context.getEnvironment().getProperty("local.server.port", "0"));
    HttpTester admin = new HttpTester(port).token(TestApplication.ADMIN_TOKEN);

    CompletableFuture<Answer> poll =
        CompletableFuture.supplyAsync(() -> admin.get("/api/1.0/test/events?wait_ms=30000"));
    CompletableFuture<Answer> stream =
        CompletableFuture.supplyAsync(
            () -> admin.with("Accept", "text/event-stream").get("/api/1.0/test/events"));
    // Both are there once the server counts them, with the request that asks.
    while (!activeRequests(admin).contains("http_server_requests_active_seconds_count")
        || count(activeRequests(admin)) < 2) {
      Thread.onSpinWait();
    }

    long began = System.nanoTime();
    context.close();
    assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(8));
    assertThat(poll.get(5, TimeUnit.SECONDS).status()).isEqualTo(200);
    assertThat(poll.get().body()).startsWith("{\"events\":[]");
    assertThat(stream.get(5, TimeUnit.SECONDS).status()).isEqualTo(200);
  }

  private static String activeRequests(HttpTester admin) {
    return admin.get("/actuator/prometheus").body();
  }

  private static int count(String metrics) {
    return metrics
        .lines()
        .filter(line -> line.startsWith("http_server_requests_active_seconds_count"))
        .mapToInt(line -> (int) Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
        .sum();
  }
}
