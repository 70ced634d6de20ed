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
import java.util.concurrent.TimeUnit;

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

  private final List<SupervisedProcess> processes = new ArrayList<>();

  private SeparateServices() {}

  /** Starts the processes; they answer through the entry when this returns. */
  static SeparateServices start(UpOptions options, DataFolder folder, EmbeddedDatabase database) {
    SeparateServices services = new SeparateServices();
    try {
      Path project = project();
      EntryProxy entry = EntryProxy.find(folder, project);
      createRoles(project, folder, database);
      Map<Service, Integer> ports = freePorts();
      makeArchives(project, options, folder, database, ports);
      Map<Service, SupervisedProcess> started = new EnumMap<>(Service.class);
      for (Service service : Service.values()) {
        SupervisedProcess process =
            new SupervisedProcess(
                service.application,
                () -> command(project, folder, service, archive(project, service).option()),
                environment(service, options, folder, database, ports),
                folder);
        services.processes.add(process);
        started.put(service, process);
      }
      started.forEach((service, process) ->
          process.awaitReady(() -> isReady(ports.getOrDefault(service, 0)), PATIENCE));
      SupervisedProcess proxy =
          entry.start(
              options,
              address(ports, Service.CATALOG),
              address(ports, Service.COMMITS),
              address(ports, Service.SHARING));
      services.processes.add(proxy);
      proxy.awaitReady(() -> answers(URI.create(options.url() + "/health/catalog")), PATIENCE);
      return services;
    } catch (IOException | SQLException e) {
      services.close();
      throw new StartFailure("The separate services cannot be started: " + e.getMessage(), e);
    } catch (RuntimeException e) {
      services.close();
      throw e;
    }
  }

  private static Path project() {
    String home = System.getProperty("tidegate.home");
    if (home == null) {
      throw new StartFailure("--separate needs the launcher, which says where the project is");
    }
    return Path.of(home);
  }

  private static List<String> command(
      Path project, DataFolder folder, Service service, String archiveOption) {
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
        jar(project, service).toString());
  }

  private static Path jar(Path project, Service service) {
    return project
        .resolve(service.application)
        .resolve("target/app")
        .resolve(service.application + ".jar");
  }

  private static ClassArchive archive(Path project, Service service) {
    return new ClassArchive(jar(project, service));
  }

  /** Lets each service that has no class archive run once for it, before anybody is served. */
  private static void makeArchives(
      Path project,
      UpOptions options,
      DataFolder folder,
      EmbeddedDatabase database,
      Map<Service, Integer> ports)
      throws IOException {
    Map<Service, Process> recording = new EnumMap<>(Service.class);
    try {
      for (Service service : Service.values()) {
        ClassArchive archive = archive(project, service);
        if (!archive.isCurrent()) {
          ProcessBuilder builder =
              new ProcessBuilder(command(project, folder, service, archive.recordingOption()));
          builder.environment().putAll(environment(service, options, folder, database, ports));
          builder.redirectErrorStream(true);
          builder.redirectOutput(
              ProcessBuilder.Redirect.appendTo(
                  folder.logs().resolve(service.application + ".log").toFile()));
          recording.put(service, builder.start());
        }
      }
      for (Map.Entry<Service, Process> each : recording.entrySet()) {
        long until = System.nanoTime() + PATIENCE.toNanos();
        while (each.getValue().isAlive()
            && System.nanoTime() < until
            && !isReady(ports.getOrDefault(each.getKey(), 0))) {
          TimeUnit.MILLISECONDS.sleep(50);
        }
      }
      try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
        recording.forEach(
            (service, process) -> threads.execute(() -> archive(project, service).take(process)));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StartFailure("Interrupted while the class archives were made", e);
    } finally {
      recording.values().forEach(Process::destroyForcibly);
    }
  }

  // Secrets go through the environment, which other users cannot see, and not the command line.
  private static Map<String, String> environment(
      Service service,
      UpOptions options,
      DataFolder folder,
      EmbeddedDatabase database,
      Map<Service, Integer> ports) {
    Map<String, String> environment = new LinkedHashMap<>();
    environment.put("SERVER_ADDRESS", "127.0.0.1");
    environment.put("SERVER_PORT", Integer.toString(ports.getOrDefault(service, 0)));
    environment.put("SPRING_DATASOURCE_URL", database.url());
    environment.put("SPRING_DATASOURCE_USERNAME", service.role);
    environment.put("SPRING_DATASOURCE_PASSWORD", password(folder, service));
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
      environment.put("TIDEGATE_CATALOG_URL", "http://" + address(ports, Service.CATALOG));
    }
    if (service != Service.COMMITS) {
      environment.put("TIDEGATE_COMMIT_URL", "http://" + address(ports, Service.COMMITS));
    }
    return environment;
  }

  private static String address(Map<Service, Integer> ports, Service service) {
    return "127.0.0.1:" + ports.get(service);
  }

  private static void createRoles(Path project, DataFolder folder, EmbeddedDatabase database)
      throws IOException, SQLException {
    Map<String, String> passwords = new LinkedHashMap<>();
    for (Service service : Service.values()) {
      passwords.put(service.role, password(folder, service));
    }
    try (Connection superuser = database.superuser()) {
      ServiceRoles.separate(superuser, project.resolve("deploy/roles.sql"), passwords);
    }
  }

  private static String password(DataFolder folder, Service service) {
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

  private static boolean isReady(int port) {
    return answers(URI.create("http://127.0.0.1:" + port + "/actuator/health/readiness"));
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
  public void close() {
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
