package io.tidegate.sharing;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.ports.TableAccess;
import io.tidegate.ports.TableAccess.Type;
import io.tidegate.sharing.Gateway.Answer;
import io.tidegate.sharing.Sharing.Holder;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Metadata and queries of tables, in both formats. */
class QueryTest {
  private static final String DELTA = "responseformat=delta;readerfeatures=deletionvectors";

  private final Gateway gateway = Gateway.start();
  private final Tables tables = new Tables(gateway);
  private final Sharing sharing = new Sharing(gateway);
  private final String share = sharing.share();
  private final TableAccess table = tables.small(Type.EXTERNAL);
  private final Holder recipient = sharing.recipientOf(share);

  private Answer query(String body, String... headers) {
    return gateway.as(
        recipient.token(), "POST", Sharing.path(share, table) + "/query", body, headers);
  }

  @Test
  void parquetFormatNamesFilesByUrl() {
    sharing.add(share, table);
    Answer answer = query("{}");
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.header("content-type")).isEqualTo("application/x-ndjson;charset=utf-8");
    assertThat(answer.header("delta-table-version")).isEqualTo("0");
    assertThat(answer.header("delta-sharing-capabilities")).isEqualTo("responseformat=parquet");
    List<JsonNode> lines = answer.lines();
    assertThat(lines).hasSize(5);
    assertThat(lines.get(0)).hasToString("{\"protocol\":{\"minReaderVersion\":1}}");
    JsonNode metadata = lines.get(1).get("metaData");
    assertThat(metadata.get("numFiles").asLong()).isEqualTo(3);
    assertThat(metadata.get("size").asLong()).isEqualTo(39);
    assertThat(metadata.get("schemaString").asString())
        .contains("how many")
        .doesNotContain("columnMapping");
    for (JsonNode line : lines.subList(2, 5)) {
      JsonNode file = line.get("file");
      Answer content = gateway.send("GET", file.get("url").asString(), null);
      assertThat(content.status()).isEqualTo(200);
      assertThat(content.bytes()).hasSize(file.get("size").asInt());
      assertThat(content.text()).startsWith("file number ");
      assertThat(file.get("id").asString()).matches("[0-9a-f]{32}");
      assertThat(file.get("stats").asString()).contains("numRecords");
      assertThat(file.get("version").asLong()).isZero();
      assertThat(file.get("expirationTimestamp").asLong()).isGreaterThan(1_700_000_000_000L);
    }
  }

  @Test
  void deltaFormatWrapsActions() {
    sharing.add(share, table);
    Answer answer = query("{}", "delta-sharing-capabilities", DELTA);
    assertThat(answer.header("delta-sharing-capabilities")).isEqualTo("responseformat=delta");
    List<JsonNode> lines = answer.lines();
    assertThat(lines.get(0))
        .hasToString(
            "{\"protocol\":{\"deltaProtocol\":{\"minReaderVersion\":1,\"minWriterVersion\":2}}}");
    JsonNode metadata = lines.get(1).get("metaData");
    assertThat(
            metadata.get("deltaMetadata").get("configuration").get("delta.appendOnly").asString())
        .isEqualTo("true");
    assertThat(metadata.get("size").asLong()).isEqualTo(39);
    JsonNode file = lines.get(2).get("file");
    assertThat(file.get("id").asString()).matches("[0-9a-f]{64}");
    JsonNode add = file.get("deltaSingleAction").get("add");
    assertThat(add.get("partitionValues").get("p").asString()).isEqualTo("a");
    assertThat(gateway.send("GET", add.get("path").asString(), null).text())
        .startsWith("file number ");
  }
}
