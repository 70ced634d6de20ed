package io.tidegate.standalone;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadLocalRandom;

/**
 * The three services as processes of their own, each with a database role that reaches its own
 * schema alone, behind one entry port.
 */
final class SeparateServices implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(90);
  private static final int FIRST_PORT = 20_000;
  private static final int LAST_PORT = 32_000;

  /** The services, in the order in which they are started. */
  private enum Service {
    CATALOG("catalog-service", "catalog"),
    COMMITS("commit-service", "commits"),
    SHARING("sharing-gateway", "sharing");

    private final String application;
    private final String role;

    Service(String application, String role) {
      this.application = application;
      this.role = role;
    }
  }

  private final UpOptions options;
  private final DataFolder folder;
  private final EmbeddedDatabase database;
  private final Path project = project();
  private final Map<Service, Integer> ports = freePorts();
  private final List<SupervisedProcess> processes = new ArrayList<>();
  private final List<ClassArchive.Recording> recordings = new ArrayList<>();
  private boolean closed;

  SeparateServices(UpOptions options, DataFolder folder, EmbeddedDatabase database) {
    this.options = options;
    this.folder = folder;
    this.database = database;
  }

  /**
   * Starts the processes; they answer through the entry when this returns.
   *
   * @throws StartFailure if one does not come up, or {@link #close} is called meanwhile
   */
  void start() {
    try {
      EntryProxy entry = EntryProxy.find(folder, project);
      createRoles();
      makeArchives();
      Map<Service, SupervisedProcess> started = new EnumMap<>(Service.class);
      for (Service service : Service.values()) {
        started.put(
            service,
            begin(() ->
                new SupervisedProcess(
                    service.application,
                    () -> command(service, archive(service).option()),
                    environment(service),
                    folder)));
      }
      started.forEach((service, process) -> process.awaitReady(() -> isReady(service), PATIENCE));
      begin(() ->
              entry.start(
                  options,
                  address(Service.CATALOG),
                  address(Service.COMMITS),
                  address(Service.SHARING)))
          .awaitReady(() -> answers(URI.create(options.url() + "/health/catalog")), PATIENCE);
    } catch (IOException | SQLException e) {
      throw new StartFailure("The separate services cannot be started: " + e.getMessage(), e);
    }
  }

  private interface Start {
    SupervisedProcess begin() throws IOException;
  }

  // As one step: a stop finds what has begun, and what has not does not begin after it.
  private synchronized SupervisedProcess begin(Start start) throws IOException {
    requireOpen();
    SupervisedProcess process = start.begin();
    processes.add(process);
    return process;
  }

  private void requireOpen() {
    if (closed) {
      throw new StartFailure("Stopped while it started");
    }
  }

  private static Path project() {
    String home = System.getProperty("tidegate.home");
    if (home == null) {
      throw new StartFailure("--separate needs the launcher, which says where the project is");
    }
    return Path.of(home);
  }

  private List<String> command(Service service, String archiveOption) {
    Path java = Path.of(System.getProperty("java.home"), "bin", "java");
    return List.of(
        java.toString(),
        "-XX:+UseSerialGC",
        "-Xmx384m",
        "-XX:TieredStopAtLevel=1",
        archiveOption,
        "-Xlog:cds=off",
        "-Xlog:cds+dynamic=off",
        "-XX:ErrorFile=" + folder.logs().resolve(service.application + ".crash.log"),
        "-jar",
        jar(service).toString());
  }

  private Path jar(Service service) {
    return project
        .resolve(service.application)
        .resolve("target/app")
        .resolve(service.application + ".jar");
  }

  private ClassArchive archive(Service service) {
    return new ClassArchive(jar(service));
  }

  /** Lets each service that has no class archive run once for it, before anybody is served. */
  private void makeArchives() throws IOException {
    Map<Service, ClassArchive.Recording> begun = new EnumMap<>(Service.class);
    for (Service service : Service.values()) {
      if (archive(service).isWanted()) {
        begun.put(service, record(service));
      }
    }
    long until = System.nanoTime() + PATIENCE.toNanos();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      begun.forEach((service, recording) ->
          threads.execute(() -> recording.keepOnce(() -> isReady(service), until)));
    }
  }

  private synchronized ClassArchive.Recording record(Service service) throws IOException {
    requireOpen();
    ClassArchive archive = archive(service);
    ProcessBuilder builder = new ProcessBuilder(command(service, archive.recordingOption()));
    builder.environment().putAll(environment(service));
    builder.redirectErrorStream(true);
    builder.redirectOutput(
        ProcessBuilder.Redirect.appendTo(
            folder.logs().resolve(service.application + ".log").toFile()));
    ClassArchive.Recording recording = archive.record(builder);
    recordings.add(recording);
    return recording;
  }

  // Secrets go through the environment, which other users cannot see, and not the command line.
  private Map<String, String> environment(Service service) {
    Map<String, String> environment = new LinkedHashMap<>();
    environment.put("SERVER_ADDRESS", "127.0.0.1");
    environment.put("SERVER_PORT", Integer.toString(ports.getOrDefault(service, 0)));
    environment.put("SPRING_DATASOURCE_URL", database.url());
    environment.put("SPRING_DATASOURCE_USERNAME", service.role);
    environment.put("SPRING_DATASOURCE_PASSWORD", password(service));
    environment.put("SPRING_DATASOURCE_HIKARI_MAXIMUM_POOL_SIZE", "10");
    environment.put("SPRING_MAIN_BANNER_MODE", "off");
    environment.put("TIDEGATE_SERVICE_TOKEN", folder.secret("service.token"));
    environment.put("TIDEGATE_MANAGED_ROOT", folder.tables().toString());
    List<String> roots = StandaloneServer.roots(options, folder);
    for (int i = 0; i < roots.size(); i++) {
      environment.put("TIDEGATE_LOCAL_ROOTS_" + i, roots.get(i));
    }
    environment.put("TIDEGATE_EXIT_WITH_PARENT", "true");
    if (service == Service.CATALOG) {
      environment.put("TIDEGATE_ADMIN_TOKEN_FILE", folder.adminToken().toString());
    } else {
      environment.put("TIDEGATE_CATALOG_URL", "http://" + address(Service.CATALOG));
    }
    if (service != Service.COMMITS) {
      environment.put("TIDEGATE_COMMIT_URL", "http://" + address(Service.COMMITS));
    }
    return environment;
  }

  private String address(Service service) {
    return "127.0.0.1:" + ports.get(service);
  }

  private void createRoles() throws IOException, SQLException {
    Map<String, String> passwords = new LinkedHashMap<>();
    for (Service service : Service.values()) {
      passwords.put(service.role, password(service));
    }
    try (Connection superuser = database.superuser()) {
      ServiceRoles.separate(superuser, project.resolve("deploy/roles.sql"), passwords);
    }
  }

  private String password(Service service) {
    return folder.secret(ServiceRoles.secret(service.role));
  }

  // Below the range from which systems take the ports of outgoing connections: a service that is
  // started again finds its port free.
  private static Map<Service, Integer> freePorts() {
    Map<Service, Integer> ports = new EnumMap<>(Service.class);
    int candidate = ThreadLocalRandom.current().nextInt(FIRST_PORT, LAST_PORT - 1000);
    for (Service service : Service.values()) {
      while (!isFree(++candidate)) {
        if (candidate >= LAST_PORT) {
          throw new StartFailure("No free ports from " + FIRST_PORT + " to " + LAST_PORT);
        }
      }
      ports.put(service, candidate);
    }
    return ports;
  }

  private static boolean isFree(int port) {
    try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
      return socket.isBound();
    } catch (IOException e) {
      return false;
    }
  }

  private boolean isReady(Service service) {
    return answers(URI.create("http://" + address(service) + "/actuator/health/readiness"));
  }

  private static boolean answers(URI uri) {
    try (HttpClient client =
        HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(1)).build()) {
      HttpRequest request = HttpRequest.newBuilder(uri).timeout(Duration.ofSeconds(5)).build();
      return client.send(request, HttpResponse.BodyHandlers.discarding()).statusCode() == 200;
    } catch (IOException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StartFailure("Interrupted while the services started", e);
    }
  }

  @Override
  public synchronized void close() {
    closed = true;
    recordings.forEach(ClassArchive.Recording::close);
    // All are asked first, so that they stop side by side.
    processes.reversed().forEach(SupervisedProcess::stop);
    for (SupervisedProcess process : processes.reversed()) {
      try {
        process.close();
      } catch (IOException e) {
        System.err.println("tidegate: while stopping: " + e.getMessage());
      }
    }
  }
}
