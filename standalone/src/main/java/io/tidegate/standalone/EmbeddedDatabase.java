package io.tidegate.standalone;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.util.FileSystemUtils;

/**
 * A real PostgreSQL whose data stay in the data folder. It is durable (a commit is on disk when it
 * is acknowledged), listens on loopback only and asks for a password. When it ends by itself it is
 * started again, on the same port.
 */
final class EmbeddedDatabase implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(EmbeddedDatabase.class);
  private static final String DATABASE = "tidegate";
  private static final String PASSWORD = "postgres.password";
  private static final String READY = "tidegate.ready";
  private static final Set<String> PROGRAMS = Set.of("postgres", "initdb", "pg_ctl");
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final Duration BREAK_OFF = Duration.ofSeconds(4);
  private static final Duration FIRST_PAUSE = Duration.ofMillis(250);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(8);
  private static final Duration STABLE = Duration.ofSeconds(30);

  private final DataFolder folder;
  private final String password;
  private final int port;
  private volatile FutureTask<Server> starting = new FutureTask<>(this::startServer);
  private final CountDownLatch closing = new CountDownLatch(1);

  private record Server(EmbeddedPostgres postgres, ProcessHandle postmaster) {}

  private EmbeddedDatabase(DataFolder folder, int port) {
    this.folder = folder;
    this.password = folder.secret(PASSWORD);
    this.port = port;
  }

  /**
   * Begins to start the server on a free port; one that a killed process left behind is stopped
   * first. {@link #awaitReady} waits for it.
   */
  static EmbeddedDatabase start(DataFolder folder) {
    EmbeddedDatabase database = new EmbeddedDatabase(folder, freePort());
    Thread.ofPlatform().daemon().name("supervise-postgres").start(database::supervise);
    return database;
  }

  private void supervise() {
    Duration pause = FIRST_PAUSE;
    try {
      starting.run();
      // Why it does not start the first time is told whoever waits for it.
      starting.get();
      while (true) {
        long begun = System.nanoTime();
        awaitEnd();
        boolean stable = System.nanoTime() - begun > STABLE.toNanos();
        pause = stable ? FIRST_PAUSE : pause;
        if (!mayStartAgain(pause)) {
          return;
        }
        pause = pause.compareTo(LONGEST_PAUSE) < 0 ? pause.multipliedBy(2) : pause;
        LOG.warn("PostgreSQL has ended by itself; starting it again");
        starting.run();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException e) {
      LOG.debug("The first start failed", e);
    }
  }

  /** Waits for the end of the server, which has come already if it could not be started again. */
  private void awaitEnd() throws InterruptedException {
    try {
      Server server = starting.get();
      server.postmaster().onExit().join();
      // It holds a lock in the data folder.
      server.postgres().close();
    } catch (ExecutionException e) {
      LOG.error("PostgreSQL cannot be started again", e.getCause());
    } catch (IOException e) {
      LOG.warn("What is left of PostgreSQL cannot be cleaned up", e);
    }
  }

  /** After a pause; false if it is closed by then. */
  private boolean mayStartAgain(Duration pause) throws InterruptedException {
    if (closing.await(pause.toMillis(), TimeUnit.MILLISECONDS)) {
      return false;
    }
    synchronized (this) {
      if (closing.getCount() == 0) {
        return false;
      }
      // Whoever needs the server waits for the one that is going to be started, or breaks it off.
      starting = new FutureTask<>(this::startAgain);
      return true;
    }
  }

  // A folder that was unmounted or removed must not get an empty database in its place.
  private Server startAgain() throws IOException, SQLException {
    if (!Files.exists(folder.postgres().resolve(READY))) {
      throw new IOException("There is no database any more in " + folder.postgres());
    }
    return startServer();
  }

  /**
   * Waits until the server answers and is set up.
   *
   * @throws StartFailure if it does not come up
   */
  void awaitReady() {
    try {
      starting.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StartFailure("Interrupted while PostgreSQL started", e);
    } catch (ExecutionException e) {
      throw new StartFailure(
          "The embedded PostgreSQL does not start: " + reason(e) + " (see " + log() + ")", e);
    }
  }

  private static String reason(ExecutionException failure) {
    Throwable cause = failure.getCause() == null ? failure : failure.getCause();
    return cause.getMessage() == null ? cause.toString() : cause.getMessage();
  }

  private Path log() {
    return folder.logs().resolve("postgres.log");
  }

  private Server startServer() throws IOException, SQLException {
    Path data = folder.postgres();
    stopLeftover(data);
    Path ready = data.resolve(READY);
    boolean fresh = !Files.exists(ready);
    if (fresh) {
      // What a first start that was killed has left is not whole, and nothing is in it yet. Its
      // initdb may still be at work.
      if (Files.exists(data)) {
        ProcessHandle.allProcesses()
            .filter(process -> isServerOf(process, data))
            .forEach(ProcessHandle::destroyForcibly);
      }
      FileSystemUtils.deleteRecursively(data);
    }
    System.setProperty("ot.epg.working-dir", binaries().toString());
    EmbeddedPostgres postgres =
        EmbeddedPostgres.builder()
            .setDataDirectory(data)
            .setCleanDataDirectory(false)
            .setRegisterShutdownHook(false)
            .setPort(port)
            .setPGStartupWait(PATIENCE)
            .setOutputRedirector(ProcessBuilder.Redirect.appendTo(log().toFile()))
            .setErrorRedirector(ProcessBuilder.Redirect.appendTo(log().toFile()))
            // Options of initdb. The order of text must depend on no system's locales, or another
            // system's would make indexes wrong.
            .setLocaleConfig("locale-provider", "builtin")
            .setLocaleConfig("builtin-locale", "C.UTF-8")
            .setLocaleConfig("locale", "C")
            .setLocaleConfig("auth-local", "scram-sha-256")
            .setLocaleConfig("auth-host", "scram-sha-256")
            .setLocaleConfig("pwfile", folder.secretFile(PASSWORD).toString())
            .setConnectConfig("password", password)
            .setServerConfig("fsync", "on")
            .setServerConfig("synchronous_commit", "on")
            .setServerConfig("full_page_writes", "on")
            .setServerConfig("listen_addresses", "127.0.0.1")
            .setServerConfig("unix_socket_directories", "")
            .setServerConfig("max_connections", "100")
            .setServerConfig("shared_buffers", "64MB")
            .setServerConfig("idle_in_transaction_session_timeout", "60s")
            .start();
    try (Connection superuser = connect("postgres");
        Statement statement = superuser.createStatement()) {
      verify(statement, data);
      if (fresh) {
        statement.execute("CREATE ROLE tidegate LOGIN PASSWORD '" + password + "'");
        statement.execute("CREATE DATABASE tidegate OWNER tidegate");
        Files.createFile(ready);
      }
      return new Server(postgres, postmaster(data));
    } catch (SQLException | IOException | RuntimeException e) {
      postgres.close();
      throw e;
    }
  }

  // Where the programs are unpacked: not in the system's temporary folder, which is cleaned up now
  // and then. The library lets everybody write there, hence the folder around it.
  private Path binaries() throws IOException {
    String home = System.getProperty("tidegate.home");
    Path build = home == null ? folder.root() : Path.of(home, "target");
    Path own = (Files.isWritable(build) ? build : folder.root()).resolve("postgresql");
    Files.createDirectories(own);
    Files.setPosixFilePermissions(own, PosixFilePermissions.fromString("rwx------"));
    return own.resolve("unpacked");
  }

  static int freePort() {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new StartFailure("There is no free port: " + e.getMessage(), e);
    }
  }

  // After a kill -9 of the JVM the server lives on. Its pid file may also name a process that has
  // nothing to do with it: pids are reused.
  private static void stopLeftover(Path data) throws IOException {
    Path pidFile = pidFile(data);
    if (!Files.exists(pidFile)) {
      return;
    }
    OptionalLong pid = pid(pidFile);
    if (pid.isEmpty()) {
      Files.delete(pidFile);
      return;
    }
    Optional<ProcessHandle> leftover =
        ProcessHandle.of(pid.getAsLong()).filter(process -> isServerOf(process, data));
    if (leftover.isEmpty()) {
      // Where no process has the pid, PostgreSQL sees so itself; and by what this file says it
      // sees whether children of the old server are still at the data. Where another program has
      // it, the file is in the way; but not where it may be a server of these data under another
      // name of the folder.
      if (ProcessHandle.of(pid.getAsLong())
          .flatMap(process -> process.info().command())
          .filter(command -> !PROGRAMS.contains(programName(command)))
          .isPresent()) {
        Files.deleteIfExists(pidFile);
      }
      return;
    }
    ProcessHandle process = leftover.get();
    try {
      // INT is PostgreSQL's fast shutdown: it does not wait for clients. Every shell has a kill of
      // its own; the program of that name is not on every machine.
      new ProcessBuilder("sh", "-c", "kill -INT " + process.pid()).start().waitFor();
      process.onExit().get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("Interrupted while a left-over PostgreSQL was stopped", e);
    } catch (ExecutionException | TimeoutException e) {
      throw new IOException(
          "The PostgreSQL of an earlier run (process " + process.pid() + ") does not stop", e);
    }
  }

  private static Path pidFile(Path data) {
    return data.resolve("postmaster.pid");
  }

  /** The pid in PostgreSQL's own file; empty if there is none in it. */
  private static OptionalLong pid(Path pidFile) throws IOException {
    List<String> lines = Files.readAllLines(pidFile);
    return lines.isEmpty() || !lines.getFirst().strip().matches("[0-9]{1,18}")
        ? OptionalLong.empty()
        : OptionalLong.of(Long.parseLong(lines.getFirst().strip()));
  }

  private static ProcessHandle postmaster(Path data) throws IOException {
    OptionalLong pid = pid(pidFile(data));
    return (pid.isEmpty() ? Optional.<ProcessHandle>empty() : ProcessHandle.of(pid.getAsLong()))
        .orElseThrow(() -> new IOException("It has ended already"));
  }

  // By its program and its arguments, not by words on the command line: an editor that has a file
  // below the folder open is nobody's to end.
  private static boolean isServerOf(ProcessHandle process, Path data) {
    ProcessHandle.Info info = process.info();
    return info.command().filter(command -> PROGRAMS.contains(programName(command))).isPresent()
        && Arrays.asList(info.arguments().orElse(new String[0])).contains(data.toString());
  }

  private static String programName(String command) {
    // What Linux adds to a program that was removed, by a new build for example, is no part of it.
    return command.substring(command.lastIndexOf('/') + 1).replace(" (deleted)", "");
  }

  // What starts it here asks for durability; this asks what came of it, and whether it is ours.
  private static void verify(Statement statement, Path data) throws SQLException {
    Map<String, String> wanted =
        Map.of(
            "data_directory", data.toString(),
            "fsync", "on",
            "full_page_writes", "on",
            "synchronous_commit", "on");
    for (Map.Entry<String, String> setting : wanted.entrySet()) {
      try (ResultSet row = statement.executeQuery("SHOW " + setting.getKey())) {
        row.next();
        if (!row.getString(1).equals(setting.getValue())) {
          throw new IllegalStateException(
              "its "
                  + setting.getKey()
                  + " is "
                  + row.getString(1)
                  + ", not "
                  + setting.getValue());
        }
      }
    }
  }

  private String url(String database) {
    return "jdbc:postgresql://127.0.0.1:" + port + "/" + database;
  }

  /** The URL of Tidegate's database, without credentials. */
  String url() {
    return url(DATABASE);
  }

  String username() {
    return "tidegate";
  }

  String password() {
    return password;
  }

  /** A connection of the superuser to Tidegate's database. */
  Connection superuser() throws SQLException {
    awaitReady();
    return connect(DATABASE);
  }

  private Connection connect(String database) throws SQLException {
    return DriverManager.getConnection(url(database), "postgres", password);
  }

  /**
   * Stops the server. One that is still starting is broken off: whoever stops does not wait for it,
   * and it would outlive this process.
   */
  @Override
  public void close() throws IOException {
    synchronized (this) {
      closing.countDown();
    }
    try {
      long until = System.nanoTime() + BREAK_OFF.toNanos();
      while (!starting.isDone() && System.nanoTime() < until) {
        breakOff();
        TimeUnit.MILLISECONDS.sleep(50);
      }
      if (starting.isDone()) {
        starting.get().postgres().close();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException e) {
      // It did not start, which whoever waited for it was told; there is nothing to stop.
    }
  }

  // A first start has nothing to lose. A later one PostgreSQL ends well by itself: TERM waits for
  // clients alone, and there are none yet.
  private void breakOff() {
    Path data = folder.postgres();
    boolean first = !Files.exists(data.resolve(READY));
    ProcessHandle.allProcesses()
        .filter(process -> isServerOf(process, data))
        .forEach(process -> {
          if (first) {
            process.destroyForcibly();
          } else {
            process.destroy();
          }
        });
  }
}
