package io.tidegate.standalone;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.function.Supplier;
import org.slf4j.LoggerFactory;

/** Starts everything on this machine: {@code ./tidegate up}. */
public final class Tidegate {
  private final UpOptions options;
  private final Running running;

  private Tidegate(UpOptions options, Running running) {
    this.options = options;
    this.running = running;
  }

  /**
   * Runs until TERM or Ctrl-C; exits with 1 and one line on standard error if it cannot start. With
   * the property {@code tidegate.exit-when-ready} it stops as soon as everything is up.
   */
  public static void main(String[] arguments) throws InterruptedException {
    quietBeforeTheLogFile();
    if (arguments.length == 2 && arguments[0].equals(AdminTokenCommand.NAME)) {
      System.exit(done(new AdminTokenCommand(Path.of(arguments[1]).normalize())::run));
    }
    Running running = new Running();
    // Whatever stops the process, all that was started stops.
    Runtime.getRuntime().addShutdownHook(new Thread(running::close, "stop"));
    try {
      new Tidegate(UpOptions.of(arguments), running).start();
    } catch (StartFailure failure) {
      // Who was told to stop need not hear why it did not start.
      if (!running.isClosed()) {
        say(failure);
      }
      System.exit(1);
    }
    if (Boolean.getBoolean("tidegate.exit-when-ready")) {
      System.exit(0);
    }
    // Nothing else keeps this process alive where the services are processes of their own.
    new CountDownLatch(1).await();
  }

  /** Runs a command that ends by itself; its exit status. */
  private static int done(Supplier<String> command) {
    try {
      System.out.println(command.get());
      return 0;
    } catch (StartFailure failure) {
      say(failure);
      return 1;
    }
  }

  private static void say(StartFailure failure) {
    System.err.println(
        "tidegate: " + String.valueOf(failure.getMessage()).replaceAll("\\s*\\R\\s*", " "));
  }

  // Until Spring Boot sends the log to its file, nothing of it belongs on the user's screen.
  private static void quietBeforeTheLogFile() {
    if (LoggerFactory.getILoggerFactory() instanceof LoggerContext context) {
      context.getLogger(Logger.ROOT_LOGGER_NAME).setLevel(Level.OFF);
    }
  }

  private void start() {
    try {
      DataFolder folder = running.add(DataFolder.open(options.data()));
      SupervisedProcess.endLeftovers(folder);
      requireFreePort();
      EmbeddedDatabase database = running.add(EmbeddedDatabase.start(folder));
      if (options.separate()) {
        running.add(new SeparateServices(options, folder, database)).start();
      } else {
        running.add(StandaloneServer.start(options, folder, database));
      }
      boolean tokenWorks = false;
      if (Files.isReadable(folder.adminToken())) {
        String token = Files.readString(folder.adminToken()).strip();
        try (ApiClient api = new ApiClient(options.url(), token)) {
          tokenWorks = api.isAdmin();
          // Whoever has locked themselves out keeps what was loaded before.
          if (tokenWorks && options.sample()) {
            new SampleLoader(api, folder.tables(), folder.sampleProfile()).load();
          }
        }
      }
      Duration took =
          Duration.ofMillis(
              System.currentTimeMillis() - ManagementFactory.getRuntimeMXBean().getStartTime());
      System.out.print(new Greeting(options, folder, tokenWorks).text(took));
      System.out.flush();
    } catch (IOException | RuntimeException e) {
      throw e instanceof StartFailure failure ? failure : unforeseen(e);
    }
  }

  private StartFailure unforeseen(Exception failure) {
    Throwable root = failure;
    while (root.getCause() != null && root.getCause() != root) {
      root = root.getCause();
    }
    return new StartFailure(
        "The server does not start: " + root + " (see " + options.data().resolve("logs") + ")",
        failure);
  }

  private void requireFreePort() {
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
}
