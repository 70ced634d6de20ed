package io.tidegate.sharing;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.ports.TableAccess;
import io.tidegate.ports.TableAccess.Type;
import io.tidegate.sharing.Gateway.Answer;
import io.tidegate.sharing.Sharing.Holder;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Answers are sent while the files are still being walked, and held nowhere. */
class StreamingTest {
  private static final int FILES = 20_000;

  private final Gateway gateway = Gateway.start();
  private final Sharing sharing = new Sharing(gateway);
  private final String share = sharing.share();
  private final Holder recipient = sharing.recipientOf(share);

  private TableAccess table() {
    String name = Tables.unique("large");
    Path folder = gateway.tables.resolve(name);
    Stream<String> head = Stream.of(Tables.PLAIN_PROTOCOL, Tables.METADATA);
    Stream<String> files =
        IntStream.range(0, FILES)
            .mapToObj(i -> Tables.add("p=a/part-" + i + ".parquet", "a", 10, i, i, 1));
    Tables.commit(folder, 0, Stream.concat(head, files).toArray(String[]::new));
    TableAccess table = gateway.catalog.add("main", "sales", name, folder.toUri(), Type.EXTERNAL);
    sharing.add(share, table);
    return table;
  }

  private Answer query(TableAccess table, String... headers) {
    return gateway.as(
        recipient.token(), "POST", Sharing.path(share, table) + "/query", "{}", headers);
  }

  private String completed(TableAccess table) {
    StringBuilder completed = new StringBuilder();
    Gateway.await(
        "the read's event",
        () -> {
          for (JsonNode event :
              gateway
                  .admin(
                      "GET",
                      "/api/1.0/sharing/events?types=SharedTableQueried&securables="
                          + table.fullName(),
                      null)
                  .json()
                  .get("events")) {
            completed.append(event.get("data").get("completed")).append(' ');
          }
          return !completed.isEmpty();
        });
    return completed.toString();
  }

  @Test
  void manyFilesAreSentWhole() {
    TableAccess table = table();
    List<JsonNode> lines = query(table).lines();
    assertThat(lines).hasSize(FILES + 2);
    assertThat(lines.stream().skip(2).map(line -> line.get("file").get("id").asString()))
        .doesNotHaveDuplicates();
    assertThat(completed(table)).isEqualTo("true ");
  }

  /** A client that goes away while files are still being walked; those are never written. */
  @Test
  void anAnswerIsSentAsItIsMade() throws Exception {
    TableAccess table = table();
    URI server = URI.create(gateway.url);
    try (Socket socket = new Socket()) {
      socket.setReceiveBufferSize(4096);
      socket.connect(new InetSocketAddress(server.getHost(), server.getPort()));
      String request =
          "POST %s HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\nContent-Length: 2\r\n\r\n{}"
              .formatted(
                  Sharing.path(share, table) + "/query", server.getAuthority(), recipient.token());
      socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
      String begun =
          new String(socket.getInputStream().readNBytes(2_000), StandardCharsets.US_ASCII);
      assertThat(begun).startsWith("HTTP/1.1 200").contains("{\"protocol\":");
    }
    assertThat(completed(table)).isEqualTo("false ");
  }
}
