package io.tidegate.standalone;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Talks to the running server's APIs with a bearer token. */
final class ApiClient implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final JsonMapper JSON = JsonMapper.shared();

  private final String url;
  private final String token;
  private final HttpClient http =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(5))
          .build();

  ApiClient(String url, String token) {
    this.url = url;
    this.token = token;
  }

  String url() {
    return url;
  }

  /** Whether the token is an administrator's, and works. */
  boolean isAdmin() throws IOException {
    HttpResponse<String> response = send("GET", "/api/1.0/me", null);
    return response.statusCode() != 401
        && checked("GET", "/api/1.0/me", response).path("admin").asBoolean();
  }

  /** The object at a path, empty if there is none. */
  Optional<JsonNode> find(String path) throws IOException {
    HttpResponse<String> response = send("GET", path, null);
    return response.statusCode() == 404
        ? Optional.empty()
        : Optional.of(checked("GET", path, response));
  }

  JsonNode post(String path, Object body) throws IOException {
    return checked("POST", path, send("POST", path, body));
  }

  JsonNode patch(String path, Object body) throws IOException {
    return checked("PATCH", path, send("PATCH", path, body));
  }

  /** Creates something that may be there already. */
  void createIfMissing(String path, Object body) throws IOException {
    HttpResponse<String> response = send("POST", path, body);
    if (response.statusCode() != 409) {
      checked("POST", path, response);
    }
  }

  private HttpResponse<String> send(
      String method, String path, @org.jspecify.annotations.Nullable Object body)
      throws IOException {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(url + path))
            .timeout(PATIENCE)
            .header("Authorization", "Bearer " + token)
            .header("Content-Type", "application/json")
            .method(
                method,
                body == null
                    ? BodyPublishers.noBody()
                    : BodyPublishers.ofByteArray(JSON.writeValueAsBytes(body)))
            .build();
    try {
      long until = System.nanoTime() + PATIENCE.toNanos();
      HttpResponse<String> response = http.send(request, BodyHandlers.ofString());
      // Services apart may miss each other for a moment, and say so.
      while (response.statusCode() == 503 && System.nanoTime() < until) {
        TimeUnit.SECONDS.sleep(
            Math.min(5, response.headers().firstValueAsLong("Retry-After").orElse(1)));
        response = http.send(request, BodyHandlers.ofString());
      }
      return response;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("Interrupted", e);
    }
  }

  private static JsonNode checked(String method, String path, HttpResponse<String> response)
      throws IOException {
    if (response.statusCode() / 100 != 2) {
      throw new IOException(
          method + " " + path + " answered " + response.statusCode() + ": " + response.body());
    }
    return response.body().isEmpty() ? JSON.createObjectNode() : JSON.readTree(response.body());
  }

  @Override
  public void close() {
    http.close();
  }
}
