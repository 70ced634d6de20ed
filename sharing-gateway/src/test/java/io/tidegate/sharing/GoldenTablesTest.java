package io.tidegate.sharing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.delta.kernel.Snapshot;
import io.tidegate.delta.KernelReader;
import io.tidegate.ports.TableAccess;
import io.tidegate.ports.TableAccess.Type;
import io.tidegate.sharing.Gateway.Answer;
import io.tidegate.sharing.Sharing.Holder;
import io.tidegate.testing.GoldenTables;
import io.tidegate.testing.GoldenTables.GoldenTable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Every golden table is registered, shared and read back as a recipient reads it: from the lines of
 * the answer a log is made, as clients make one, with the files that the URLs gave; Delta Kernel
 * reads that, deletion vectors and column mapping applied.
 */
class GoldenTablesTest {
  private static final Set<String> REFUSED =
      Set.of(
          "no-delta-log-folder",
          "deltalog-invalid-protocol-version",
          "deltalog-commit-info",
          "deltalog-state-reconstruction-from-checkpoint-missing-protocol",
          "deltalog-state-reconstruction-without-protocol",
          "update-deleted-directory");

  private static final String CAPABILITIES = "delta-sharing-capabilities";
  private static final String FEATURES =
      ";readerfeatures=columnmapping,deletionvectors,timestampntz,typewidening,varianttype";
  private static final KernelReader KERNEL = KernelReader.stock();

  private final Gateway gateway = Gateway.start();
  private final Sharing sharing = new Sharing(gateway);

  @TempDir private Path folder;

  /** With expected rows, or with those that Delta Kernel finds. */
  static Stream<GoldenTable> answered() {
    return Stream.concat(
        GoldenTables.tables().stream().filter(golden -> golden.expected() != null),
        GoldenTables.more().stream());
  }

  static Stream<GoldenTable> unanswered() {
    return GoldenTables.tables().stream().filter(golden -> golden.expected() == null);
  }

  @Test
  void areThere() {
    assumeTrue(
        GoldenTables.folder().isPresent(), "the golden tables are absent (../shared/golden)");
    assertThat(answered()).isNotEmpty();
  }

  private Answer query(GoldenTable golden, String formats) {
    String share = sharing.share();
    TableAccess table =
        gateway.catalog.add(
            "golden", "tables", Tables.unique("golden"), golden.table().toUri(), Type.EXTERNAL);
    sharing.add(share, table);
    Holder recipient = sharing.recipientOf(share);
    return gateway.as(
        recipient.token(),
        "POST",
        Sharing.path(share, table) + "/query",
        "{}",
        CAPABILITIES,
        "responseformat=" + formats + FEATURES);
  }

  @ParameterizedTest(allowZeroInvocations = true)
  @MethodSource("answered")
  void readsAsExpectedInDeltaFormat(GoldenTable golden) throws IOException {
    Answer answer = query(golden, "delta");
    assertThat(answer.status()).as(answer.text()).isEqualTo(200);
    List<JsonNode> lines = answer.lines();
    List<String> log = new ArrayList<>();
    log.add("{\"protocol\":" + lines.get(0).get("protocol").get("deltaProtocol") + "}");
    log.add("{\"metaData\":" + lines.get(1).get("metaData").get("deltaMetadata") + "}");
    for (JsonNode line : lines.subList(2, lines.size())) {
      ObjectNode action = (ObjectNode) line.get("file").get("deltaSingleAction");
      ObjectNode add = (ObjectNode) action.get("add");
      add.put(
          "path",
          fetch(add.get("path").asString(), add.get("size").asLong(), log.size(), ".parquet"));
      if (add.get("deletionVector") instanceof ObjectNode vector
          && vector.get("storageType").asString().equals("p")) {
        vector.put(
            "pathOrInlineDv",
            fetch(vector.get("pathOrInlineDv").asString(), -1, log.size(), ".bin"));
      }
      log.add(action.toString());
    }
    assertReadsAs(golden, log);
  }

  @ParameterizedTest(allowZeroInvocations = true)
  @MethodSource("answered")
  void readsAsExpectedInTheFormatThatTheGatewayChooses(GoldenTable golden) throws IOException {
    Answer answer = query(golden, "parquet,delta");
    assertThat(answer.status()).as(answer.text()).isEqualTo(200);
    if (answer.header(CAPABILITIES).equals("responseformat=delta")) {
      // Then parquet alone is refused, with advice.
      Answer refused = query(golden, "parquet");
      assertThat(refused.status()).isEqualTo(400);
      assertThat(refused.json().get("message").asString()).contains("responseformat=delta");
      return;
    }
    List<JsonNode> lines = answer.lines();
    List<String> log = new ArrayList<>();
    log.add(Tables.PLAIN_PROTOCOL);
    log.add(lines.get(1).toString());
    for (JsonNode line : lines.subList(2, lines.size())) {
      JsonNode file = line.get("file");
      ObjectNode add = Gateway.JSON.createObjectNode();
      add.put(
          "path",
          fetch(file.get("url").asString(), file.get("size").asLong(), log.size(), ".parquet"));
      add.set("partitionValues", file.get("partitionValues"));
      add.set("size", file.get("size"));
      add.put("modificationTime", 0);
      add.put("dataChange", true);
      log.add("{\"add\":" + add + "}");
    }
    assertReadsAs(golden, log);
  }

  private void assertReadsAs(GoldenTable golden, List<String> log) throws IOException {
    Tables.commit(folder, 0, log.toArray(String[]::new));
    Snapshot snapshot = KERNEL.snapshot(folder);
    Path expected = golden.expected();
    assertThat(KERNEL.rows(snapshot))
        .isEqualTo(
            expected == null
                ? KERNEL.rows(KERNEL.snapshot(golden.table()))
                : KERNEL.rows(expected, snapshot.getSchema()));
  }

  /** Follows a URL, and gives the URI of the copy. */
  private String fetch(String url, long size, int number, String extension) throws IOException {
    Answer content = gateway.send("GET", url, null);
    assertThat(content.status()).as(content.text()).isEqualTo(200);
    if (size >= 0) {
      assertThat(content.bytes()).hasSize((int) size);
    }
    Path copy = folder.resolve("copy-" + number + extension);
    Files.write(copy, content.bytes());
    return copy.toUri().toString();
  }

  @ParameterizedTest(allowZeroInvocations = true)
  @MethodSource("unanswered")
  void isReadableOrRefusedWithAClearError(GoldenTable golden) {
    Answer answer = query(golden, "delta");
    if (REFUSED.contains(golden.name())) {
      assertThat(answer.status()).isEqualTo(400);
      assertThat(answer.json().propertyNames()).containsExactly("errorCode", "message");
      assertThat(answer.json().get("message").asString()).hasSizeGreaterThan(20);
      assertThat(answer.text()).doesNotContain(golden.table().toString());
    } else {
      assertThat(answer.status()).as(answer.text()).isEqualTo(200);
      for (JsonNode line : answer.lines().subList(2, answer.lines().size())) {
        String url = line.get("file").get("deltaSingleAction").get("add").get("path").asString();
        assertThat(gateway.send("HEAD", url, null).status()).isIn(200, 404);
      }
    }
  }
}
