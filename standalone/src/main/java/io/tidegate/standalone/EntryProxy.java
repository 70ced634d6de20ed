package io.tidegate.standalone;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** nginx as the entry of the separate form, with the settings that docker-compose uses, too. */
record EntryProxy(DataFolder folder, Path program, Path template) {

  private static final List<String> USUAL_PLACES =
      List.of("/usr/sbin", "/usr/local/sbin", "/opt/homebrew/bin", "/usr/local/bin");

  /**
   * Finds nginx.
   *
   * @throws StartFailure if there is no nginx
   */
  static EntryProxy find(DataFolder folder, Path project) {
    String path = Optional.ofNullable(System.getenv("PATH")).orElse("");
    return new EntryProxy(
        folder, program(path, USUAL_PLACES), project.resolve("deploy/entry.conf.template"));
  }

  /** nginx on the path, or else in a place that may not be on it. */
  static Path program(String path, List<String> usualPlaces) {
    return Stream.concat(Stream.of(path.split(":")), usualPlaces.stream())
        .filter(directory -> !directory.isEmpty())
        .map(directory -> Path.of(directory, "nginx"))
        .filter(Files::isExecutable)
        .findFirst()
        .orElseThrow(() ->
            new StartFailure(
                "--separate needs nginx as its entry, and there is none: install it with your"
                    + " system's package manager (package nginx)"));
  }

  SupervisedProcess start(UpOptions options, String catalog, String commits, String sharing)
      throws IOException {
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
            .replace("${SHARING_ADDRESS}", sharing)
            // Never asked: the services are named by their addresses.
            .replace("${RESOLVER}", "127.0.0.1");
    Files.writeString(run.resolve("entry.conf"), entry);
    StringBuilder settings = new StringBuilder();
    settings.append("daemon off;\n");
    // One process: a worker would outlive a master that is killed, and keep the port.
    settings.append("master_process off;\n");
    settings.append("pid ").append(quoted(run.resolve("nginx.pid"))).append(";\n");
    settings.append("error_log stderr warn;\n");
    settings.append("events { worker_connections 1024; }\n");
    settings.append("http {\n    access_log off;\n");
    for (String kind : List.of("client_body", "proxy", "fastcgi", "uwsgi", "scgi")) {
      settings
          .append("    ")
          .append(kind)
          .append("_temp_path ")
          .append(quoted(run.resolve("nginx-" + kind)))
          .append(";\n");
    }
    settings.append("    include ").append(quoted(run.resolve("entry.conf"))).append(";\n}\n");
    Files.writeString(configuration(), settings.toString());
    return new SupervisedProcess(
        "entry",
        () ->
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

  private static String quoted(Path path) {
    return '"' + path.toString().replace("\\", "\\\\").replace("\"", "\\\"") + '"';
  }

  private Path configuration() {
    return folder.run().resolve("nginx.conf");
  }
}
