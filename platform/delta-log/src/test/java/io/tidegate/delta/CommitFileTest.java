package io.tidegate.delta;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.tidegate.delta.Action.AddCdcFile;
import io.tidegate.delta.Action.AddFile;
import io.tidegate.delta.Action.CommitInfo;
import io.tidegate.delta.Action.DeletionVector;
import io.tidegate.delta.Action.DomainMetadata;
import io.tidegate.delta.Action.Metadata;
import io.tidegate.delta.Action.Protocol;
import io.tidegate.delta.Action.RemoveFile;
import io.tidegate.delta.Action.SetTransaction;
import io.tidegate.delta.CommitFile.FileCount;
import io.tidegate.delta.CommitFile.Limits;
import io.tidegate.delta.DeltaTableException.Reason;
import java.io.ByteArrayInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Enumeration;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.node.ObjectNode;

class CommitFileTest {
  private static final Limits LIMITS = new Limits(1 << 20, 1 << 18, 1000);

  private static final DeletionVector VECTOR =
      new DeletionVector("u", "ab^-aqEH.-t@S}K{vb[*", 4, 40, 6);

  private static Map<String, @Nullable String> partition() {
    Map<String, @Nullable String> values = new LinkedHashMap<>();
    values.put("day", "2026-01-01");
    values.put("none", null);
    return values;
  }

  private static CommitInfo info() {
    ObjectNode info = ActionJson.MAPPER.createObjectNode();
    info.put("timestamp", 5);
    info.put("inCommitTimestamp", 1_700_000_000_001L);
    info.put("operation", "WRITE");
    info.put("txnId", "a-b-c");
    info.putObject("operationParameters").put("mode", "Append");
    return new CommitInfo(info);
  }

  private static final Protocol PROTOCOL =
      new Protocol(
          3,
          7,
          new LinkedHashSet<>(List.of("deletionVectors", "columnMapping")),
          Set.of("deletionVectors"));
  private static final Metadata METADATA =
      new Metadata("id", "name", "a \"comment\"\n", "{}", List.of("day"), Map.of("k", "v"), 7L);
  private static final AddFile ADD =
      new AddFile(
          "day=1/a%20b.parquet",
          partition(),
          123,
          4,
          true,
          "{\"numRecords\":1}",
          Map.of("t", "u"),
          VECTOR,
          10L,
          3L,
          "liquid");
  private static final RemoveFile REMOVE =
      new RemoveFile(
          "old.parquet",
          8L,
          false,
          true,
          partition(),
          77L,
          "{}",
          Map.of(),
          new DeletionVector("i", "inline", null, 1, 1),
          1L,
          2L);

  private static List<Action> everyAction() {
    return List.of(
        info(),
        PROTOCOL,
        METADATA,
        ADD,
        REMOVE,
        new AddCdcFile("_change_data/c.parquet", partition(), 9, null),
        new SetTransaction("app", 3, null),
        new DomainMetadata("delta.rowTracking", "{\"rowIdHighWaterMark\":9}", false));
  }

  private static CommitFile parse(String text) throws IOException {
    return CommitFile.parse(
        new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)), LIMITS);
  }

  @Test
  void readsWhatItWrote() throws Exception {
    byte[] bytes = CommitFile.toBytes(everyAction());
    List<Action> read = new ArrayList<>();
    CommitFile commit = CommitFile.parse(new ByteArrayInputStream(bytes), LIMITS, read::add);

    assertThat(read).isEqualTo(everyAction());
    assertThat(commit.length()).isEqualTo(bytes.length);
    assertThat(commit.contentHash())
        .isEqualTo(HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes)));
    assertThat(commit.startsWithCommitInfo()).isTrue();
    assertThat(commit.protocol()).isEqualTo(PROTOCOL);
    assertThat(commit.metadata()).isEqualTo(METADATA);
    assertThat(commit.added()).isEqualTo(new FileCount(1, 123));
    assertThat(commit.removed()).isEqualTo(new FileCount(1, 77));
    assertThat(commit.changeData()).isEqualTo(new FileCount(1, 9));
    assertThat(commit.dataChange()).isTrue();
    assertThat(commit.transactions()).containsExactly(new SetTransaction("app", 3, null));
    assertThat(commit.domainMetadata()).hasSize(1);
    CommitInfo info = Objects.requireNonNull(commit.commitInfo());
    assertThat(info.txnId()).isEqualTo("a-b-c");
    assertThat(info.inCommitTimestamp()).isEqualTo(1_700_000_000_001L);
  }

  @Test
  void writesTheProtocolsFieldNames() {
    String[] lines =
        new String(CommitFile.toBytes(everyAction()), StandardCharsets.UTF_8).split("\n", -1);
    assertThat(lines).hasSize(everyAction().size() + 1);
    assertThat(lines[lines.length - 1]).isEmpty();
    assertThat(lines[1])
        .isEqualTo(
            "{\"protocol\":{\"minReaderVersion\":3,\"minWriterVersion\":7,"
                + "\"readerFeatures\":[\"deletionVectors\",\"columnMapping\"],"
                + "\"writerFeatures\":[\"deletionVectors\"]}}");
    assertThat(lines[2])
        .isEqualTo(
            "{\"metaData\":{\"id\":\"id\",\"name\":\"name\","
                + "\"description\":\"a \\\"comment\\\"\\n\","
                + "\"format\":{\"provider\":\"parquet\",\"options\":{}},"
                + "\"schemaString\":\"{}\",\"partitionColumns\":[\"day\"],"
                + "\"configuration\":{\"k\":\"v\"},\"createdTime\":7}}");
    assertThat(lines[3])
        .isEqualTo(
            "{\"add\":{\"path\":\"day=1/a%20b.parquet\","
                + "\"partitionValues\":{\"day\":\"2026-01-01\",\"none\":null},"
                + "\"size\":123,\"modificationTime\":4,\"dataChange\":true,"
                + "\"stats\":\"{\\\"numRecords\\\":1}\",\"tags\":{\"t\":\"u\"},"
                + "\"deletionVector\":{\"storageType\":\"u\","
                + "\"pathOrInlineDv\":\"ab^-aqEH.-t@S}K{vb[*\",\"offset\":4,"
                + "\"sizeInBytes\":40,\"cardinality\":6},\"baseRowId\":10,"
                + "\"defaultRowCommitVersion\":3,\"clusteringProvider\":\"liquid\"}}");
    String plain =
        new String(
            CommitFile.toBytes(List.of(new Protocol(1, 2, Set.of(), Set.of()))),
            StandardCharsets.UTF_8);
    assertThat(plain).isEqualTo("{\"protocol\":{\"minReaderVersion\":1,\"minWriterVersion\":2}}\n");
  }

  @Test
  void seesWhereCommitInfoIs() throws IOException {
    String info = "{\"commitInfo\":{\"operation\":\"WRITE\"}}\n";
    String txn = "{\"txn\":{\"appId\":\"a\",\"version\":1}}\n";
    assertThat(parse(info + txn).startsWithCommitInfo()).isTrue();
    assertThat(parse(txn + info).startsWithCommitInfo()).isFalse();
    assertThat(parse("{\"unknown\":{}}\n" + info).startsWithCommitInfo()).isFalse();
    assertThat(parse(txn).startsWithCommitInfo()).isFalse();
    assertThat(parse("").commitInfo()).isNull();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "no json; line 1 is not JSON",
        "{\"add\":; line 1 is not JSON",
        "{} {} x; line 1",
        "[]; line 1: an action is a JSON object",
        "1; line 1: an action is a JSON object",
        "{\"add\":[]}; add is not an object",
        "{\"add\":{}}; add.path is missing",
        "{\"add\":{\"path\":1}}; add.path is not a string",
        "{\"add\":{\"path\":\"a\",\"size\":\"1\"}}; add.size is not a whole number",
        "{\"add\":{\"path\":\"a\",\"size\":1.5}}; add.size is not a whole number",
        "{\"add\":{\"path\":\"a\",\"size\":99999999999999999999}}; add.size is not a whole number",
        "{\"remove\":{\"path\":\"a\",\"dataChange\":1}}; remove.dataChange is not true or false",
        "{\"protocol\":{\"minReaderVersion\":4294967297}}; minReaderVersion is not a 32-bit number",
        "{\"metaData\":{\"id\":\"a\",\"schemaString\":\"{}\",\"partitionColumns\":[1]}}; metaData.partitionColumns is not an array of strings",
        "{\"metaData\":{\"id\":\"a\",\"schemaString\":\"{}\",\"configuration\":{\"a\":{}}}}; metaData.configuration.a is not a string",
        "{\"remove\":{\"path\":\"a\",\"deletionVector\":{\"storageType\":\"u\"}}}; remove.deletionVector.pathOrInlineDv is missing",
      })
  void namesWhatIsWrong(String line, String message) {
    assertThatExceptionOfType(DeltaTableException.class)
        .isThrownBy(() -> parse(line))
        .withMessageContaining(message)
        .extracting(DeltaTableException::reason)
        .isEqualTo(Reason.CORRUPT);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "{\"commitInfo\":{}}; commitInfo",
        "{\"protocol\":{\"minReaderVersion\":1,\"minWriterVersion\":2}}; protocol",
        "{\"metaData\":{\"id\":\"a\",\"schemaString\":\"{}\"}}; metaData",
        "{\"txn\":{\"appId\":\"a\",\"version\":1}}; txn of a",
        "{\"domainMetadata\":{\"domain\":\"d\",\"configuration\":\"\",\"removed\":true}}; domainMetadata of d",
      })
  void refusesASecondOneOfAKind(String line, String name) throws IOException {
    assertThat(parse(line + "\n").length()).isPositive();
    assertThatExceptionOfType(DeltaTableException.class)
        .isThrownBy(() -> parse(line + "\n\n" + line))
        .withMessage("line 3: a second " + name);
  }

  @Test
  void isBounded() throws IOException {
    String line = "{\"txn\":{\"appId\":\"a\",\"version\":1}}";
    assertTooLarge(line, new Limits(line.length() - 1, 1000, 10), "bytes");
    assertTooLarge(line, new Limits(1000, line.length() - 1, 10), "line 1 is longer");
    assertTooLarge("\n" + line + "\n", new Limits(1000, line.length() - 1, 10), "line 2 is longer");
    assertTooLarge("{}\n{}\n{}", new Limits(1000, 1000, 2), "more than 2 actions");
    CommitFile fits =
        CommitFile.parse(
            new ByteArrayInputStream(line.getBytes(StandardCharsets.UTF_8)),
            new Limits(line.length(), line.length(), 1));
    assertThat(fits.transactions()).hasSize(1);
  }

  private static void assertTooLarge(String text, Limits limits, String message) {
    assertThatExceptionOfType(DeltaTableException.class)
        .isThrownBy(() ->
            CommitFile.parse(
                new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)), limits))
        .withMessageContaining(message)
        .extracting(DeltaTableException::reason)
        .isEqualTo(Reason.TOO_LARGE);
  }

  @Test
  void anEndlessLineIsGivenUpAtTheBound() {
    InputStream endless =
        new InputStream() {
          @Override
          public int read() {
            return 'x';
          }
        };
    assertThatExceptionOfType(DeltaTableException.class)
        .isThrownBy(() -> CommitFile.parse(endless, new Limits(Long.MAX_VALUE, 100_000, 10)))
        .extracting(DeltaTableException::reason)
        .isEqualTo(Reason.TOO_LARGE);
  }

  @Test
  void linesMayComeInAnyPortions() throws IOException {
    List<Action> actions = new ArrayList<>();
    actions.add(info());
    for (int i = 0; i < 500; i++) {
      actions.add(new SetTransaction("app " + "x".repeat(i), i, null));
    }
    byte[] bytes = CommitFile.toBytes(actions);
    for (int portion : new int[] {1, 7, 4096, 1 << 20}) {
      InputStream portions =
          new FilterInputStream(new ByteArrayInputStream(bytes)) {
            @Override
            public int read(byte[] target, int offset, int length) throws IOException {
              return super.read(target, offset, Math.min(length, portion));
            }
          };
      List<Action> read = new ArrayList<>();
      CommitFile.parse(portions, LIMITS, read::add);
      assertThat(read).isEqualTo(actions);
    }
  }

  @Test
  void deeplyNestedJsonIsRefused() {
    String nested = "[".repeat(100_000);
    assertThatExceptionOfType(DeltaTableException.class)
        .isThrownBy(() -> parse("{\"commitInfo\":{\"a\":" + nested))
        .extracting(DeltaTableException::reason)
        .isEqualTo(Reason.CORRUPT);
  }

  @Test
  void aLineHoldsOneActionAndAFieldOneValue() throws IOException {
    String protocol = "\"protocol\":{\"minReaderVersion\":1,\"minWriterVersion\":2}";
    refused("{\"commitInfo\":{}," + protocol + "}", "line 1", "one action", "protocol");
    refused("{" + protocol + "}\n{" + protocol + "," + protocol + "}", "line 2", "protocol");
    refused("{\"commitInfo\":{\"txnId\":\"a\",\"txnId\":\"b\"}}", "line 1", "txnId");
    refused("{\"commitInfo\":{\"deep\":[{\"x\":1,\"x\":2}]}}", "line 1", "x");
    // Old writers fill in what the action is not; and what is not known yet may be anywhere.
    CommitFile commit =
        parse("{\"commitInfo\":{\"txnId\":\"a\"},\"add\":null,\"future\":{\"n\":1}}");
    assertThat(Objects.requireNonNull(commit.commitInfo()).txnId()).isEqualTo("a");
  }

  private static void refused(String text, String... saying) {
    assertThatExceptionOfType(DeltaTableException.class)
        .isThrownBy(() -> parse(text))
        .satisfies(failure -> assertThat(failure.reason()).isEqualTo(Reason.CORRUPT))
        .satisfies(failure -> assertThat(failure.getMessage()).contains(saying));
  }

  @Test
  void anInCommitTimestampIsALong() throws IOException {
    for (String wrong : List.of("1.5", "1e3", "9223372036854775808", "\"1\"", "true", "null")) {
      CommitFile commit = parse("{\"commitInfo\":{\"inCommitTimestamp\":" + wrong + "}}");
      assertThat(Objects.requireNonNull(commit.commitInfo()).inCommitTimestamp())
          .as(wrong)
          .isNull();
    }
  }

  @Test
  void whatIsKeptOfACommitIsBounded() {
    InputStream endless =
        new SequenceInputStream(
            new Enumeration<>() {
              private int number;

              @Override
              public boolean hasMoreElements() {
                return true;
              }

              @Override
              public InputStream nextElement() {
                String line = "{\"txn\":{\"appId\":\"a%d\",\"version\":1}}\n".formatted(number++);
                return new ByteArrayInputStream(line.getBytes(StandardCharsets.UTF_8));
              }
            });
    assertThatExceptionOfType(DeltaTableException.class)
        .isThrownBy(
            () -> CommitFile.parse(endless, new Limits(Long.MAX_VALUE, 100_000, Long.MAX_VALUE)))
        .satisfies(failure -> assertThat(failure.reason()).isEqualTo(Reason.TOO_LARGE));
  }
}
