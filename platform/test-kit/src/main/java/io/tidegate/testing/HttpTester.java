package io.tidegate.testing;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Talks to a server on this machine as clients do: over a real connection, without any of the
 * server's own classes. Immutable; {@link #with} and {@link #token} make changed copies.
 */
public final class HttpTester {
  private static final Duration PATIENCE = Duration.ofSeconds(40);
  private static final HttpClient CLIENT =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(5))
          .build();

  private final int port;
  private final Map<String, String> headers;

  /** A tester that sends no headers of its own. */
  public HttpTester(int port) {
    this(port, Map.of());
  }

  private HttpTester(int port, Map<String, String> headers) {
    this.port = port;
    this.headers = headers;
  }

  /** Also sends a header, in place of one of the same name. */
  public HttpTester with(String name, String value) {
    Map<String, String> more = new LinkedHashMap<>(headers);
    more.put(name, value);
    return new HttpTester(port, more);
  }

  /** Also sends a bearer token. */
  public HttpTester token(String token) {
    return with("Authorization", "Bearer " + token);
  }

  /**
   * An answer.
   *
   * @param headers by lower-case names
   */
  public record Answer(int status, Map<String, List<String>> headers, String body) {
    public Optional<String> header(String name) {
      return Optional.ofNullable(headers.get(name.toLowerCase(Locale.ROOT))).map(List::getFirst);
    }
  }

  public Answer get(String path) {
    return send("GET", path, null);
  }

  public Answer delete(String path) {
    return send("DELETE", path, null);
  }

  public Answer post(String path, String json) {
    return send("POST", path, json);
  }

  public Answer patch(String path, String json) {
    return send("PATCH", path, json);
  }

  public Answer put(String path, String json) {
    return send("PUT", path, json);
  }

  /** Posts JSON without saying how long it is. */
  public Answer postChunked(String path, String json) {
    byte[] bytes = json.getBytes(StandardCharsets.UTF_8);
    return sent(
        request(path, true)
            .POST(HttpRequest.BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(bytes)))
            .build());
  }

  /** The answer; empty if the server cut it off. */
  public Optional<Answer> tryGet(String path) {
    try {
      return Optional.of(get(path));
    } catch (UncheckedIOException e) {
      return Optional.empty();
    }
  }

  /**
   * Sends a request.
   *
   * @param path with its query, encoded
   * @param body JSON, unless a Content-Type was given; null: none
   */
  public Answer send(String method, String path, @Nullable String body) {
    return sent(
        request(path, body != null)
            .method(
                method,
                body == null
                    ? HttpRequest.BodyPublishers.noBody()
                    : HttpRequest.BodyPublishers.ofString(body))
            .build());
  }

  private HttpRequest.Builder request(String path, boolean hasBody) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path)).timeout(PATIENCE);
    if (hasBody
        && headers.keySet().stream().noneMatch(name -> name.equalsIgnoreCase("Content-Type"))) {
      request.setHeader("Content-Type", "application/json");
    }
    headers.forEach(request::setHeader);
    return request;
  }

  private static Answer sent(HttpRequest request) {
    try {
      HttpResponse<String> response = CLIENT.send(request, HttpResponse.BodyHandlers.ofString());
      return new Answer(response.statusCode(), response.headers().map(), response.body());
    } catch (IOException e) {
      throw new UncheckedIOException(request.method() + " " + request.uri(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("Interrupted", e);
    }
  }

  /**
   * Sends bytes that no HTTP client would, on a connection of their own, and reads until the server
   * closes it.
   *
   * @param request ISO-8859-1 text, with its own line ends; should ask for {@code Connection:
   *     close}
   */
  public Answer raw(String request) {
    return raw(request, false);
  }

  /**
   * The same.
   *
   * @param end whether to end the sending side of the connection after that
   */
  public Answer raw(String request, boolean end) {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setSoTimeout((int) PATIENCE.toMillis());
      OutputStream out = socket.getOutputStream();
      try {
        out.write(request.getBytes(StandardCharsets.ISO_8859_1));
        out.flush();
        if (end) {
          socket.shutdownOutput();
        }
      } catch (SocketException e) {
        // Refused before it was read to its end; the answer may be there all the same.
      }
      return parse(new String(readAll(socket), StandardCharsets.ISO_8859_1));
    } catch (IOException e) {
      throw new UncheckedIOException("A raw request", e);
    }
  }

  private static byte[] readAll(Socket socket) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    byte[] buffer = new byte[8192];
    try {
      int read = socket.getInputStream().read(buffer);
      while (read >= 0) {
        bytes.write(buffer, 0, read);
        read = socket.getInputStream().read(buffer);
      }
    } catch (SocketException e) {
      // Reset by the server, after its answer.
    }
    return bytes.toByteArray();
  }

  private static Answer parse(String response) {
    int end = response.indexOf("\r\n\r\n");
    if (!response.startsWith("HTTP/1.1 ") || end < 0) {
      throw new IllegalStateException("Not an HTTP answer: " + response);
    }
    List<String> lines = response.substring(0, end).lines().toList();
    Map<String, List<String>> headers = new LinkedHashMap<>();
    for (String line : lines.subList(1, lines.size())) {
      int colon = line.indexOf(':');
      headers.put(
          line.substring(0, colon).toLowerCase(Locale.ROOT),
          List.of(line.substring(colon + 1).strip()));
    }
    return new Answer(
        Integer.parseInt(lines.getFirst().substring(9, 12)), headers, response.substring(end + 4));
  }
}
