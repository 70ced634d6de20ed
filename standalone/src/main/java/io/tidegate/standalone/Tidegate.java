package io.tidegate.standalone;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Starts everything on this machine: {@code ./tidegate up}. */
@Command(name = "./tidegate up", sortOptions = false)
public final class Tidegate implements Callable<Integer> {

  @Option(names = "--data", paramLabel = "DIR", required = true)
  private Path data = Path.of("");

  @Option(names = "--port", paramLabel = "N", defaultValue = "8080")
  private int port;

  @Option(names = "--bind", paramLabel = "ADDRESS", defaultValue = "127.0.0.1")
  private String bind = "";

  @Option(names = "--local-root", paramLabel = "DIR")
  private List<Path> localRoots = List.of();

  @Option(names = "--no-sample", negatable = false)
  private boolean noSample;

  @Option(names = "--separate")
  private boolean separate;

  private final Instant begun;

  private Tidegate(Instant begun) {
    this.begun = begun;
  }

  /** Runs until TERM or Ctrl-C; exits with 1 and one line on standard error if it cannot start. */
  public static void main(String[] arguments) {
    quietBeforeTheLogFile();
    Instant begun = ProcessHandle.current().info().startInstant().orElseGet(Instant::now);
    CommandLine line = new CommandLine(new Tidegate(begun));
    line.setParameterExceptionHandler((failure, given) -> {
      failure.getCommandLine().getErr().println("tidegate: " + failure.getMessage());
      return 2;
    });
    line.setExecutionExceptionHandler((failure, command, result) -> {
      command.getErr().println("tidegate: " + oneLine(failure));
      return 1;
    });
    int status = line.execute(arguments);
    if (status != 0) {
      System.exit(status);
    }
  }

  // Until Spring Boot sends the log to its file, nothing of it belongs on the user's screen.
  private static void quietBeforeTheLogFile() {
    if (LoggerFactory.getILoggerFactory() instanceof LoggerContext context) {
      context.getLogger(Logger.ROOT_LOGGER_NAME).setLevel(Level.OFF);
    }
  }

  private static String oneLine(Throwable failure) {
    String message = failure instanceof StartFailure ? failure.getMessage() : failure.toString();
    return String.valueOf(message).replaceAll("\\s*\\R\\s*", " ");
  }

  @Override
  public Integer call() {
    UpOptions options =
        new UpOptions(
            data.toAbsolutePath().normalize(),
            checkedPort(),
            bind,
            localRoots.stream().map(Tidegate::existingFolder).toList(),
            !noSample,
            separate);
    Resources resources = new Resources();
    // Whatever stops the process, all that was started stops, the latest first.
    Runtime.getRuntime().addShutdownHook(new Thread(resources::close, "stop"));
    try {
      DataFolder folder = resources.add(DataFolder.open(options.data()));
      SupervisedProcess.endLeftovers(folder);
      requireFreePort(options);
      EmbeddedDatabase database = resources.add(EmbeddedDatabase.start(folder));
      if (options.separate()) {
        resources.add(SeparateServices.start(options, folder, database));
      } else {
        ServiceRoles.together(folder, database);
        resources.add(StandaloneServer.start(options, folder, database));
      }
      if (options.sample()) {
        String token = Files.readString(folder.adminToken()).strip();
        try (ApiClient api = new ApiClient(options.url(), token)) {
          new SampleLoader(api, folder.tables(), folder.sampleProfile()).load();
        }
      }
      new Greeting(options, folder).print(Duration.between(begun, Instant.now()), System.out);
      // Nothing else keeps this process alive where the services are processes of their own.
      new CountDownLatch(1).await();
      return 0;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      resources.close();
      return 0;
    } catch (IOException | SQLException | RuntimeException e) {
      resources.close();
      throw e instanceof StartFailure failure ? failure : unforeseen(options, e);
    }
  }

  private static StartFailure unforeseen(UpOptions options, Exception failure) {
    Throwable root = failure;
    while (root.getCause() != null && root.getCause() != root) {
      root = root.getCause();
    }
    return new StartFailure(
        "The server does not start: " + root + " (see " + options.data().resolve("logs") + ")",
        failure);
  }

  private int checkedPort() {
    if (port < 1 || port > 65535) {
      throw new StartFailure("--port must be from 1 to 65535, not " + port);
    }
    return port;
  }

  // As given: whoever names a folder through a symbolic link registers tables by that name, too.
  private static Path existingFolder(Path folder) {
    if (!Files.isDirectory(folder) || !Files.isReadable(folder)) {
      throw new StartFailure("--local-root " + folder + " is not a folder that can be read");
    }
    return folder.toAbsolutePath().normalize();
  }

  private static void requireFreePort(UpOptions options) {
    try (ServerSocket socket = new ServerSocket()) {
      socket.setReuseAddress(true);
      socket.bind(new InetSocketAddress(InetAddress.getByName(options.bind()), options.port()));
    } catch (IOException e) {
      throw new StartFailure(
          "Cannot listen on "
              + options.bind()
              + " port "
              + options.port()
              + ": "
              + e.getMessage()
              + "; use --port or --bind",
          e);
    }
  }

  /** What was started, closed once, the latest first. */
  private static final class Resources implements AutoCloseable {
    private final java.util.ArrayDeque<AutoCloseable> started = new java.util.ArrayDeque<>();

    synchronized <T extends AutoCloseable> T add(T resource) {
      started.push(resource);
      return resource;
    }

    @Override
    public synchronized void close() {
      for (@Nullable AutoCloseable resource = started.poll();
          resource != null;
          resource = started.poll()) {
        try {
          resource.close();
        } catch (Exception e) {
          System.err.println("tidegate: while stopping: " + e);
        }
      }
    }
  }
}
