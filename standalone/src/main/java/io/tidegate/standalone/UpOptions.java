package io.tidegate.standalone;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/**
 * What {@code ./tidegate up} was asked to do.
 *
 * @param data the folder that keeps everything
 * @param port the port of all APIs
 * @param bind the address to listen on
 * @param localRoots folders under which tables may be registered, besides {@code data}
 * @param sample whether to load the sample table
 * @param separate whether to run three processes and an entry instead of one process
 */
record UpOptions(
    Path data, int port, String bind, List<Path> localRoots, boolean sample, boolean separate) {
  UpOptions {
    localRoots = List.copyOf(localRoots);
  }

  /**
   * Takes over what the launcher has read and checked, before it built anything: folder, port,
   * address, sample, separate, and the further roots. Port 0 is any that is free.
   */
  static UpOptions of(String[] arguments) {
    if (arguments.length < 5) {
      throw new StartFailure("Start it with ./tidegate up");
    }
    int port = Integer.parseInt(arguments[1]);
    return new UpOptions(
        Path.of(arguments[0]).normalize(),
        port == 0 ? EmbeddedDatabase.freePort() : port,
        arguments[2],
        // As given: whoever names a folder through a symbolic link registers tables by that name.
        Arrays.stream(arguments).skip(5).map(root -> Path.of(root).normalize()).toList(),
        Boolean.parseBoolean(arguments[3]),
        Boolean.parseBoolean(arguments[4]));
  }

  /** The URL at which a client on this machine reaches the server. */
  String url() {
    boolean everywhere = bind.equals("0.0.0.0") || bind.equals("::");
    String host = everywhere ? "127.0.0.1" : bind.contains(":") ? "[" + bind + "]" : bind;
    return "http://" + host + ":" + port;
  }
}
