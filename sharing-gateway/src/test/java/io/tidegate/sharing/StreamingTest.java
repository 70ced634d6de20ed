package io.tidegate.sharing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidegate.ports.TableAccess;
import io.tidegate.ports.TableAccess.Type;
import io.tidegate.sharing.Gateway.Answer;
import io.tidegate.sharing.Sharing.Holder;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/**
 * Answers are sent while the files are still being walked: a fault at the last of many files comes
 * when the answer has long begun.
 */
class StreamingTest {
  private static final int FILES = 5_000;

  private final Gateway gateway = Gateway.start();
  private final Sharing sharing = new Sharing(gateway);
  private final String share = sharing.share();
  private final Holder recipient = sharing.recipientOf(share);

  private TableAccess table(String... last) {
    String name = Tables.unique("large");
    Path folder = gateway.tables.resolve(name);
    Stream<String> head = Stream.of(Tables.PLAIN_PROTOCOL, Tables.METADATA);
    Stream<String> files =
        IntStream.range(0, FILES)
            .mapToObj(i -> Tables.add("p=a/part-" + i + ".parquet", "a", 10, i, i, 1));
    Tables.commit(
        folder,
        0,
        Stream.of(head, files, Stream.of(last)).flatMap(part -> part).toArray(String[]::new));
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

  @Test
  void aFaultInTheMiddleIsToldToAClientThatAskedForTheEnd() {
    TableAccess table = table(Tables.add("file:///elsewhere/x.parquet", "a", 1, 0, 0, 1));
    Answer answer = query(table, "delta-sharing-capabilities", "includeendstreamaction=true");
    assertThat(answer.status()).isEqualTo(200);
    List<JsonNode> lines = answer.lines();
    assertThat(lines).hasSize(FILES + 3);
    JsonNode end = lines.getLast().get("endStreamAction");
    assertThat(end.get("errorMessage").asString()).contains("outside its own folder");
    assertThat(end.get("httpStatusErrorCode").asInt()).isEqualTo(400);
    assertThat(completed(table)).isEqualTo("false ");
  }

  @Test
  void aFaultInTheMiddleCutsTheConnectionOfAnyOtherClient() {
    TableAccess table = table(Tables.add("file:///elsewhere/x.parquet", "a", 1, 0, 0, 1));
    assertThatThrownBy(() -> query(table)).isInstanceOf(UncheckedIOException.class);
    assertThat(completed(table)).isEqualTo("false ");
  }
}
