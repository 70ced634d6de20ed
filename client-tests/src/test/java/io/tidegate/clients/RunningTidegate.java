package io.tidegate.clients;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A Tidegate that {@code ./tidegate up} runs in a folder of its own, with the JSON calls that tests
 * need as its administrator. Whatever it started is ended by {@link #close}.
 */
final class RunningTidegate implements AutoCloseable {
  static final String UNITY = "/api/2.1/unity-catalog";
  private static final Duration START_LIMIT = Duration.ofSeconds(90);
  private static final Duration STOP_LIMIT = Duration.ofSeconds(11);
  private static final JsonMapper JSON = new JsonMapper();

  /** How the three services run. */
  enum Form {
    STANDALONE,
    SEPARATE
  }

  private final Form form;
  private final Path folder;
  private final int port;
  private final HttpClient http =
      HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(2)).build();
  private @Nullable Process launcher;
  private String adminToken = "";

  private RunningTidegate(Form form, Path folder, int port) {
    this.form = form;
    this.folder = folder;
    this.port = port;
  }

  /** Starts Tidegate with its data below {@code folder}, and waits until it serves. */
  static RunningTidegate start(Form form, Path folder) {
    RunningTidegate tidegate = new RunningTidegate(form, folder, freePort());
    try {
      tidegate.up();
    } catch (Throwable e) {
      tidegate.kill();
      throw e;
    }
    return tidegate;
  }

  /** Runs {@code ./tidegate up} (again) on the same folder and port, and waits until it serves. */
  void up() {
    List<String> command =
        new ArrayList<>(
            List.of(
                project().resolve("tidegate").toString(),
                "up",
                "--data",
                data().toString(),
                "--port",
                Integer.toString(port),
                "--no-sample"));
    if (form == Form.SEPARATE) {
      command.add("--separate");
    }
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
            .redirectOutput(ProcessBuilder.Redirect.appendTo(output().toFile()))
            .redirectErrorStream(true);
    // Ours to run, not to build: whoever runs the suite has built before.
    builder.environment().put("TIDEGATE_BUILD", "never");
    try {
      Process started = builder.start();
      launcher = started;
      Await.until(
          "the services' readiness",
          START_LIMIT,
          () -> {
            if (!started.isAlive()) {
              throw new AssertionError(
                  "`tidegate up` ended with " + started.exitValue() + ":\n" + printed());
            }
            return serves();
          });
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (AssertionError e) {
      throw new AssertionError(e.getMessage() + "\n" + printed(), e);
    }
  }

  /** Waits until all three services answer again after one of them was killed. */
  void awaitRecovery() {
    Await.until("the services to be back", START_LIMIT, this::serves);
  }

  /** Whether all three services answer their administrator. */
  boolean serves() {
    try {
      Path token = data().resolve("admin.token");
      if (!Files.exists(token)) {
        return false;
      }
      adminToken = Files.readString(token).strip();
      // A catalog that is not there is an answer, too: 404.
      return status(UNITY + "/catalogs") == 200
          && status(UNITY + "/shares") == 200
          && status(UNITY + "/delta/v1/config?catalog=none&protocol-versions=1.0") == 404;
    } catch (IOException e) {
      return false;
    }
  }

  private int status(String path) {
    try {
      return send("GET", path, null).statusCode();
    } catch (IOException e) {
      return 0;
    }
  }

  URI url() {
    return URI.create("http://127.0.0.1:" + port);
  }

  String adminToken() {
    return adminToken;
  }

  Path data() {
    return folder.resolve("data");
  }

  /**
   * Kills the JVM of the standalone form with no warning (SIGKILL), and waits until the launcher is
   * gone, too.
   */
  void killStandalone() {
    Process running = Objects.requireNonNull(launcher);
    ProcessHandle victim;
    try (Stream<ProcessHandle> family =
        Stream.concat(Stream.of(running.toHandle()), running.descendants())) {
      victim =
          family
              .filter(process -> process.info().command().orElse("").endsWith("/java"))
              .findFirst()
              .orElseThrow(() -> new AssertionError("no JVM is running"));
    }
    kill(victim);
    Await.until("the launcher to end", STOP_LIMIT, () -> !running.isAlive());
  }

  /**
   * Kills PostgreSQL's first process with no warning (SIGKILL); the others of its processes end
   * when they notice.
   */
  void killPostgres() {
    try {
      List<String> lines = Files.readAllLines(data().resolve("postgres").resolve("postmaster.pid"));
      kill(
          ProcessHandle.of(Long.parseLong(lines.getFirst().strip()))
              .orElseThrow(() -> new AssertionError("PostgreSQL is not running")));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Kills one service of the separate form with no warning (SIGKILL). Whatever watches over it is
   * left to start it again.
   *
   * @param service the name of its application, for instance {@code commit-service}
   */
  void killService(String service) {
    try {
      Path file = data().resolve("run").resolve(service + ".pid");
      long pid = Long.parseLong(Files.readString(file).strip());
      kill(
          ProcessHandle.of(pid).orElseThrow(() -> new AssertionError(service + " is not running")));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void kill(ProcessHandle victim) {
    victim.destroyForcibly();
    Await.until(
        "process " + victim.pid() + " to be gone", Duration.ofSeconds(5), () -> !victim.isAlive());
  }

  JsonNode get(String path) {
    return call("GET", path, null);
  }

  JsonNode post(String path, String body) {
    return call("POST", path, body);
  }

  JsonNode patch(String path, String body) {
    return call("PATCH", path, body);
  }

  void createSchema(String catalog, String schema) {
    post(UNITY + "/catalogs", "{\"name\":\"" + catalog + "\"}");
    post(UNITY + "/schemas", "{\"name\":\"" + schema + "\",\"catalog_name\":\"" + catalog + "\"}");
  }

  private JsonNode call(String method, String path, @Nullable String body) {
    try {
      HttpResponse<String> answer = send(method, path, body);
      if (answer.statusCode() != 200) {
        throw new AssertionError(
            method + " " + path + " answered " + answer.statusCode() + ": " + answer.body());
      }
      return JSON.readTree(answer.body());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private HttpResponse<String> send(String method, String path, @Nullable String body)
      throws IOException {
    HttpRequest request =
        HttpRequest.newBuilder(url().resolve(path))
            .timeout(Duration.ofSeconds(20))
            .header("Authorization", "Bearer " + adminToken)
            .header("Content-Type", "application/json")
            .method(method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body))
            .build();
    try {
      return http.send(request, BodyHandlers.ofString());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  /** Stops everything as Ctrl-C does; what does not stop in time is killed, and that fails. */
  @Override
  public void close() {
    http.close();
    Process running = launcher;
    if (running == null || !running.isAlive()) {
      return;
    }
    running.destroy();
    try {
      if (!running.waitFor(STOP_LIMIT.toSeconds(), TimeUnit.SECONDS)) {
        throw new AssertionError("still running after TERM:\n" + printed());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      kill();
    }
  }

  private void kill() {
    Process running = launcher;
    if (running != null) {
      List<ProcessHandle> family;
      try (Stream<ProcessHandle> below = running.descendants()) {
        family = below.toList();
      }
      running.destroyForcibly();
      family.forEach(ProcessHandle::destroyForcibly);
    }
  }

  private Path output() {
    return folder.resolve("up.log");
  }

  private String printed() {
    try {
      String all = Files.readString(output());
      return all.substring(Math.max(0, all.length() - 6000));
    } catch (IOException e) {
      return "(no output: " + e + ")";
    }
  }

  private static Path project() {
    return Path.of(Objects.requireNonNull(System.getProperty("tidegate.project"))).normalize();
  }

  private static int freePort() {
    try (ServerSocket probe = new ServerSocket(0)) {
      return probe.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
