package io.tidegate.standalone;

import java.nio.file.Path;
import java.util.List;

/**
 * What {@code up} was asked to do.
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

  /** The URL at which a client on this machine reaches the server. */
  String url() {
    boolean everywhere = bind.equals("0.0.0.0") || bind.equals("::");
    String host = everywhere ? "127.0.0.1" : bind.contains(":") ? "[" + bind + "]" : bind;
    return "http://" + host + ":" + port;
  }
}
