package io.tidegate.standalone;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;

/** nginx as the entry of the separate form, with the settings that docker-compose uses, too. */
record EntryProxy(DataFolder folder, Path program, Path template) {

  /**
   * Finds nginx, and stops one that a killed run left behind.
   *
   * @throws StartFailure if there is no nginx
   */
  static EntryProxy find(DataFolder folder, Path project) throws IOException {
    Path program =
        Stream.concat(
                Stream.of(Optional.ofNullable(System.getenv("PATH")).orElse("").split(":")),
                Stream.of("/usr/sbin", "/usr/local/sbin", "/opt/homebrew/bin", "/usr/local/bin"))
            .filter(directory -> !directory.isEmpty())
            .map(directory -> Path.of(directory, "nginx"))
            .filter(Files::isExecutable)
            .findFirst()
            .orElseThrow(() ->
                new StartFailure(
                    "--separate needs nginx as its entry, and there is none: install it with your"
                        + " system's package manager (package nginx)"));
    return new EntryProxy(folder, program, project.resolve("deploy/entry.conf.template"));
  }

  SupervisedProcess start(UpOptions options, String catalog, String commits, String sharing)
      throws IOException {
    stopLeftover();
    Path run = folder.run();
    Files.createDirectories(run);
    String listen =
        options.bind().contains(":")
            ? "[" + options.bind() + "]:" + options.port()
            : options.bind() + ":" + options.port();
    String entry =
        Files.readString(template)
            .replace("${ENTRY_ADDRESS}", listen)
            .replace("${CATALOG_ADDRESS}", catalog)
            .replace("${COMMIT_ADDRESS}", commits)
            .replace("${SHARING_ADDRESS}", sharing);
    Files.writeString(run.resolve("entry.conf"), entry);
    StringBuilder settings = new StringBuilder();
    settings.append("daemon off;\n");
    settings.append("worker_processes 1;\n");
    settings.append("pid \"").append(run.resolve("nginx.pid")).append("\";\n");
    settings.append("error_log stderr warn;\n");
    settings.append("events { worker_connections 1024; }\n");
    settings.append("http {\n    access_log off;\n");
    for (String kind : List.of("client_body", "proxy", "fastcgi", "uwsgi", "scgi")) {
      settings
          .append("    ")
          .append(kind)
          .append("_temp_path \"")
          .append(run.resolve("nginx-" + kind))
          .append("\";\n");
    }
    settings.append("    include \"").append(run.resolve("entry.conf")).append("\";\n}\n");
    Files.writeString(configuration(), settings.toString());
    return new SupervisedProcess(
        "entry",
        List.of(
            program.toString(),
            "-e",
            "stderr",
            "-c",
            configuration().toString(),
            "-p",
            run.toString()),
        Map.of(),
        folder);
  }

  private Path configuration() {
    return folder.run().resolve("nginx.conf");
  }

  // A kill -9 of this process leaves nginx running; its port would be taken.
  static void stopLeftover(Path run) throws IOException {
    Path pidFile = run.resolve("nginx.pid");
    if (!Files.exists(pidFile)) {
      return;
    }
    String pid = Files.readString(pidFile).strip();
    Optional<ProcessHandle> leftover =
        pid.matches("[0-9]+")
            ? ProcessHandle.of(Long.parseLong(pid))
                .filter(process ->
                    process
                        .info()
                        .commandLine()
                        .orElse("")
                        .contains(run.resolve("nginx.conf").toString()))
            : Optional.empty();
    if (leftover.isPresent()) {
      leftover.get().destroy();
      try {
        leftover.get().onExit().get(5, TimeUnit.SECONDS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IOException("Interrupted while a left-over nginx was stopped", e);
      } catch (ExecutionException | TimeoutException e) {
        throw new IOException("The nginx of an earlier run does not stop", e);
      }
    }
    Files.deleteIfExists(pidFile);
  }

  private void stopLeftover() throws IOException {
    stopLeftover(folder.run());
  }
}
