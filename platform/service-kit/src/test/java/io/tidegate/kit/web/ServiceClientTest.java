package io.tidegate.kit.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.tidegate.kit.errors.ApiException;
import io.tidegate.kit.errors.ErrorCode;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.json.JsonMapper;

/** What becomes of whatever another service may answer: never anything but an ApiException. */
@Timeout(60)
class ServiceClientTest {
  private ServerSocket server;
  private ServiceClient client;

  record Named(UUID id, String name) {}

  @BeforeEach
  void listen() throws IOException {
    server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    client =
        new ServiceClient(
            "catalog service",
            URI.create("http://127.0.0.1:" + server.getLocalPort()),
            "between-services",
            JsonMapper.builder().build(),
            Duration.ofSeconds(1));
  }

  @AfterEach
  void stop() throws IOException {
    client.close();
    server.close();
  }

  private interface Script {
    void answer(OutputStream out) throws IOException;
  }

  private void answering(Script script) {
    Thread.ofVirtual()
        .start(() -> {
          try (Socket socket = server.accept()) {
            byte[] request = new byte[4096];
            assertThat(socket.getInputStream().read(request)).isPositive();
            script.answer(socket.getOutputStream());
          } catch (IOException e) {
            // The client did not wait.
          }
        });
  }

  private void answering(String text) {
    answering(out -> out.write(text.getBytes(StandardCharsets.UTF_8)));
  }

  private static String http(String status, String type, String body) {
    return "HTTP/1.1 %s\r\nContent-Type: %s\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s"
        .formatted(status, type, body.getBytes(StandardCharsets.UTF_8).length, body);
  }

  private ApiException failure() {
    ApiException failure =
        catchThrowableOfType(
            ApiException.class,
            () -> client.rest().get().uri("/service/x").retrieve().body(Named.class));
    assertThat(failure).isNotNull();
    return failure;
  }

  static Stream<Arguments> nonsense() {
    String json = "application/json";
    return Stream.of(
        arguments("HTML", http("200 OK", "text/html", "<html>Sign in</html>")),
        arguments("no type", http("200 OK", "", "{}")),
        arguments("a broken type", http("200 OK", "json/", "{}")),
        arguments("broken JSON", http("200 OK", json, "{\"id\":")),
        arguments("another shape", http("200 OK", json, "[1,2]")),
        arguments("another type", http("200 OK", json, "{\"id\":\"x\",\"name\":\"a\"}")),
        arguments("a redirect", http("302 Found", "text/plain", "elsewhere")),
        arguments("not HTTP", "SSH-2.0-OpenSSH\r\n"),
        arguments("nothing", ""),
        arguments(
            "half an answer",
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{\"id\":"),
        arguments("an error that is none of ours", http("418 Teapot", json, "{\"error\":1}")),
        // Ours, but about how this service asked.
        arguments(
            "another version's paths",
            http("404 Not Found", json, "{\"error_code\":\"NOT_FOUND\",\"message\":\"No path\"}")),
        arguments(
            "a refused request",
            http("400 Bad", json, "{\"error_code\":\"BAD_REQUEST\",\"message\":\"No body\"}")),
        arguments(
            "its own trouble",
            http(
                "503 Later",
                json,
                "{\"error_code\":\"TEMPORARILY_UNAVAILABLE\",\"message\":\"The database\"}")));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("nonsense")
  void nonsenseIsUnavailableAndNamesTheService(String what, String answer) {
    answering(answer);
    ApiException failure = failure();
    assertThat(failure.code()).isEqualTo(ErrorCode.UNAVAILABLE);
    assertThat(failure).hasMessageContaining("catalog service").hasMessageNotContaining("Named");
  }

  @Test
  void whatIsAboutTheCallerGoesThrough() {
    answering(
        http(
            "404 Not Found",
            "application/json",
            "{\"error_code\":\"TABLE_DOES_NOT_EXIST\",\"message\":\"No such table\"}"));
    ApiException failure = failure();
    assertThat(failure.code()).isEqualTo(ErrorCode.TABLE_NOT_FOUND);
    assertThat(failure).hasMessage("No such table");
  }

  @Test
  void anAnswerThatNeverEndsIsGivenUp() {
    answering(out -> {
      out.write(
          "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n\""
              .getBytes(StandardCharsets.UTF_8));
      byte[] more = "x".repeat(1 << 20).getBytes(StandardCharsets.UTF_8);
      while (true) {
        out.write(more);
      }
    });
    ApiException failure = failure();
    assertThat(failure.code()).isEqualTo(ErrorCode.UNAVAILABLE);
    assertThat(failure).hasMessageContaining("too much");
  }

  @Test
  void anAnswerThatTricklesIsGivenUp() {
    answering(out -> {
      out.write(
          "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n\""
              .getBytes(StandardCharsets.UTF_8));
      try (Socket never = server.accept()) {
        // Nobody else connects: this hangs until the test is over.
        out.write(never.getPort());
      }
    });
    long began = System.nanoTime();
    assertThat(failure().code()).isEqualTo(ErrorCode.UNAVAILABLE);
    assertThat(Duration.ofNanos(System.nanoTime() - began))
        .isBetween(Duration.ofSeconds(1), Duration.ofSeconds(20));
  }
}
