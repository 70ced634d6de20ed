package io.tidegate.sharing;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.delta.CatalogCommits;
import io.tidegate.delta.CatalogCommits.StagedCommit;
import io.tidegate.ports.TableAccess;
import io.tidegate.ports.TableAccess.Type;
import io.tidegate.sharing.Gateway.Answer;
import io.tidegate.sharing.Sharing.Holder;
import io.tidegate.testing.CountingObjectStore.Calls;
import io.tidegate.testing.SqlCounter;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/** Versions, metadata and queries of tables, in both formats. */
class QueryTest {
  private static final String CAPABILITIES = "delta-sharing-capabilities";
  private static final String DELTA = "responseformat=delta;readerfeatures=deletionvectors";
  private static final String DAY = "2026-01-0%dT00:00:00Z";

  private final Gateway gateway = Gateway.start();
  private final Tables tables = new Tables(gateway);
  private final Sharing sharing = new Sharing(gateway);
  private final String share = sharing.share();
  private final TableAccess table = tables.small(Type.EXTERNAL);
  private final Holder recipient = sharing.recipientOf(share);

  private Answer query(TableAccess queried, Object body, String... headers) {
    return gateway.as(
        recipient.token(), "POST", Sharing.path(share, queried) + "/query", body, headers);
  }

  private Answer get(TableAccess asked, String path, String... headers) {
    return gateway.as(recipient.token(), "GET", Sharing.path(share, asked) + path, null, headers);
  }

  /** The paths of the files that an answer names, as the URLs tell them. */
  private static List<String> files(Answer answer) {
    assertThat(answer.status()).as(answer.text()).isEqualTo(200);
    return answer.lines().stream()
        .skip(2)
        .filter(line -> line.has("file"))
        .map(line -> line.get("file").get("url").asString())
        .map(url -> url.replaceAll(".*/(part-[0-9]+)\\.parquet\\?.*", "$1"))
        .sorted()
        .toList();
  }

  @Test
  void parquetFormatNamesFilesByUrl() {
    sharing.add(share, table);
    Answer answer = query(table, "{}");
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.header("content-type")).isEqualTo("application/x-ndjson;charset=utf-8");
    assertThat(answer.header("delta-table-version")).isEqualTo("0");
    assertThat(answer.header(CAPABILITIES)).isEqualTo("responseformat=parquet");
    assertThat(answer.header("fileidhash")).isEmpty();
    List<JsonNode> lines = answer.lines();
    assertThat(lines).hasSize(5);
    assertThat(lines.get(0)).hasToString("{\"protocol\":{\"minReaderVersion\":1}}");
    JsonNode metadata = lines.get(1).get("metaData");
    assertThat(metadata.get("numFiles").asLong()).isEqualTo(3);
    assertThat(metadata.get("size").asLong()).isEqualTo(39);
    assertThat(metadata.get("partitionColumns")).hasToString("[\"p\"]");
    assertThat(metadata.get("schemaString").asString())
        .contains("how many")
        .doesNotContain("columnMapping");
    for (JsonNode line : lines.subList(2, 5)) {
      JsonNode file = line.get("file");
      Answer content = gateway.send("GET", file.get("url").asString(), null);
      assertThat(content.bytes()).hasSize(file.get("size").asInt());
      assertThat(content.text()).startsWith("file number ");
      assertThat(file.get("id").asString()).matches("[0-9a-f]{32}");
      assertThat(file.get("stats").asString()).contains("numRecords");
      assertThat(file.get("partitionValues").get("p").asString()).isIn("a", "b");
      assertThat(file.get("version").asLong()).isZero();
      assertThat(file.get("timestamp").asLong()).isPositive();
      assertThat(file.get("expirationTimestamp").asLong())
          .isGreaterThan(System.currentTimeMillis());
    }
  }

  @Test
  void deltaFormatWrapsActions() {
    sharing.add(share, table);
    Answer answer = query(table, "{}", CAPABILITIES, DELTA);
    assertThat(answer.header(CAPABILITIES)).isEqualTo("responseformat=delta");
    List<JsonNode> lines = answer.lines();
    assertThat(lines.get(0))
        .hasToString(
            "{\"protocol\":{\"deltaProtocol\":{\"minReaderVersion\":1,\"minWriterVersion\":2}}}");
    JsonNode metadata = lines.get(1).get("metaData");
    JsonNode delta = metadata.get("deltaMetadata");
    assertThat(delta.get("configuration").get("delta.appendOnly").asString()).isEqualTo("true");
    assertThat(delta.get("schemaString").asString()).contains("columnMapping");
    assertThat(metadata.get("size").asLong()).isEqualTo(39);
    assertThat(metadata.get("numFiles").asLong()).isEqualTo(3);
    JsonNode file = lines.get(2).get("file");
    assertThat(file.get("id").asString()).matches("[0-9a-f]{64}");
    assertThat(file.has("deletionVectorFileId")).isFalse();
    JsonNode add = file.get("deltaSingleAction").get("add");
    assertThat(add.get("modificationTime").asLong()).isEqualTo(1700000000000L);
    assertThat(gateway.send("GET", add.get("path").asString(), null).text())
        .startsWith("file number ");
  }

  @Test
  void metadataIsTwoLinesWhichAreTheSameInAQuery() {
    sharing.add(share, table);
    for (String capabilities : List.of("responseformat=parquet", DELTA)) {
      Answer metadata = get(table, "/metadata", CAPABILITIES, capabilities);
      assertThat(metadata.header("delta-table-version")).isEqualTo("0");
      List<String> lines = metadata.text().lines().toList();
      assertThat(lines).hasSize(2);
      for (int i = 0; i < 3; i++) {
        assertThat(query(table, "{}", CAPABILITIES, capabilities).text().lines().limit(2))
            .isEqualTo(lines);
      }
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "responseformat=delta,parquet | parquet",
        "responseformat=parquet,delta;readerfeatures=deletionVectors | parquet",
        "ResponseFormat=DELTA | delta",
        "responseformat=delta | delta",
        "readerfeatures=x;asyncquery=true | parquet",
        "responseformat=avro,delta | delta",
      })
  void theFormatIsNegotiated(String capabilities, String format) {
    sharing.add(share, table);
    assertThat(get(table, "/metadata", CAPABILITIES, capabilities).header(CAPABILITIES))
        .isEqualTo("responseformat=" + format);
    assertThat(query(table, "{}", CAPABILITIES, capabilities).header(CAPABILITIES))
        .isEqualTo("responseformat=" + format);
  }

  @Test
  void aFormatThatThereIsNotIsRefused() {
    sharing.add(share, table);
    Answer answer = query(table, "{}", CAPABILITIES, "responseformat=avro");
    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.json().get("message").asString()).contains("responseformat");
  }

  @Test
  void fileIdsAreHashedAsAsked() {
    sharing.add(share, table);
    for (String hash : List.of("parquet", "delta")) {
      Answer answer = query(table, "{}", "fileidhash", hash);
      assertThat(answer.header("fileidhash")).isEqualTo(hash);
      assertThat(answer.lines().get(2).get("file").get("id").asString())
          .hasSize(hash.equals("parquet") ? 32 : 64);
    }
    assertThat(query(table, "{}", "fileidhash", "md5").status()).isEqualTo(400);
    assertThat(get(table, "/metadata", "fileidhash", "md5").status()).isEqualTo(400);
  }

  @Test
  void theEndIsToldToWhoAsks() {
    sharing.add(share, table);
    assertThat(query(table, "{}").text()).doesNotContain("endStreamAction");
    Answer answer = query(table, "{}", CAPABILITIES, "includeendstreamaction=true");
    assertThat(answer.header(CAPABILITIES))
        .isEqualTo("responseformat=parquet;includeendstreamaction=true");
    JsonNode end = answer.lines().getLast().get("endStreamAction");
    assertThat(end.get("minUrlExpirationTimestamp").asLong())
        .isGreaterThan(System.currentTimeMillis());
    assertThat(end.has("refreshToken")).isFalse();
  }

  @Test
  void aRefreshTokenGivesNewUrlsForTheSameVersion() {
    sharing.add(share, table);
    JsonNode end =
        query(table, Map.of("includeRefreshToken", true)).lines().getLast().get("endStreamAction");
    String refresh = end.get("refreshToken").asString();
    Tables.commit(
        Path.of(table.location()), 1, Tables.add("p=b/part-7.parquet", "b", 13, 70, 79, 10));
    assertThat(files(query(table, "{}"))).hasSize(4);
    Answer refreshed = query(table, Map.of("refreshToken", refresh));
    assertThat(refreshed.header("delta-table-version")).isEqualTo("0");
    assertThat(files(refreshed)).hasSize(3);
    assertThat(query(table, Map.of("refreshToken", "abc")).status()).isEqualTo(400);
    assertThat(
            query(
                    table,
                    Map.of(
                        "refreshToken", refresh.substring(0, 8) + "AAAA" + refresh.substring(12)))
                .status())
        .isEqualTo(400);
    TableAccess other = tables.small(Type.EXTERNAL);
    sharing.add(share, other);
    assertThat(query(other, Map.of("refreshToken", refresh)).status()).isEqualTo(400);
  }

  @Test
  void aRefreshTokenIsForTheTableNotForItsFolder() throws IOException {
    sharing.add(share, table);
    String refresh =
        query(table, Map.of("includeRefreshToken", true))
            .lines()
            .getLast()
            .get("endStreamAction")
            .get("refreshToken")
            .asString();
    Path commit =
        Path.of(table.location()).resolve("_delta_log").resolve("%020d.json".formatted(0));
    Files.writeString(
        commit,
        Files.readString(commit)
            .replace(
                "7a3c0d4e-0f0e-4c5c-9a52-8a2d6b6f0001", "7a3c0d4e-0f0e-4c5c-9a52-8a2d6b6f0002"));
    Files.setLastModifiedTime(commit, FileTime.fromMillis(1_700_000_000_000L));
    Answer replaced = query(table, Map.of("refreshToken", refresh));
    assertThat(replaced.status()).as(replaced.text()).isEqualTo(400);
    assertThat(replaced.json().get("message").asString()).contains("refreshToken", "replaced");
    assertThat(files(query(table, "{}"))).hasSize(3);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "p = 'a' | part-0 part-1",
        "p <> 'a' | part-2",
        "x > 15 | part-1 part-2",
        "20 <= x | part-2",
        "x IS NULL | ~~",
        "p IS NOT NULL AND x < 5 | part-0",
        "P = 'b' OR X < 5 | part-0 part-2",
        "string | part-0 part-1 part-2",
        "nothing = 5 | part-0 part-1 part-2",
      })
  void sqlHintsLeaveOutFiles(String hint, String expected) {
    sharing.add(share, table);
    assertThat(String.join(" ", files(query(table, Map.of("predicateHints", List.of(hint))))))
        .isEqualTo(expected);
  }

  @Test
  void severalHintsMustAllHold() {
    sharing.add(share, table);
    assertThat(
            files(query(table, Map.of("predicateHints", List.of("p = 'a'", "x >= 10", "junk(")))))
        .containsExactly("part-1");
    String json =
        "{\"op\":\"equal\",\"children\":[{\"op\":\"column\",\"name\":\"p\",\"valueType\":\"string\"},"
            + "{\"op\":\"literal\",\"value\":\"b\",\"valueType\":\"string\"}]}";
    assertThat(files(query(table, Map.of("jsonPredicateHints", json)))).containsExactly("part-2");
    assertThat(
            files(
                query(
                    table,
                    Map.of("jsonPredicateHints", json, "predicateHints", List.of("x < 15")))))
        .isEmpty();
    assertThat(files(query(table, Map.of("jsonPredicateHints", "not json")))).hasSize(3);
  }

  @Test
  void aLimitEndsTheAnswerOnceThereAreRowsEnough() {
    sharing.add(share, table);
    assertThat(files(query(table, Map.of("limitHint", 0)))).isEmpty();
    assertThat(files(query(table, Map.of("limitHint", 1)))).hasSize(1);
    assertThat(files(query(table, Map.of("limitHint", 10)))).hasSize(1);
    assertThat(files(query(table, Map.of("limitHint", 11)))).hasSize(2);
    assertThat(files(query(table, Map.of("limitHint", 1000)))).hasSize(3);
    // Rows that a hint leaves over are not known to match, so none may be missing.
    assertThat(files(query(table, Map.of("limitHint", 1, "predicateHints", List.of("x > 5")))))
        .hasSize(3);
  }

  @Test
  void bodiesThatAskForNothingAreFine() {
    sharing.add(share, table);
    assertThat(files(query(table, "{}"))).hasSize(3);
    assertThat(files(query(table, "null"))).hasSize(3);
    assertThat(files(query(table, ""))).hasSize(3);
    assertThat(
            files(query(table, "{\"predicateHints\":null,\"unknown\":{\"a\":[1]},\"maxFiles\":1}")))
        .hasSize(3);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "{ | JSON",
        "[] | object",
        "\"x\" | object",
        "{\"predicateHints\":\"x\"} | predicateHints",
        "{\"predicateHints\":[1]} | predicateHints",
        "{\"jsonPredicateHints\":{}} | jsonPredicateHints",
        "{\"limitHint\":\"5\"} | limitHint",
        "{\"limitHint\":-1} | limitHint",
        "{\"limitHint\":1.5} | limitHint",
        "{\"limitHint\":99999999999999999999} | limitHint",
        "{\"version\":\"0\"} | version",
        "{\"version\":-1} | version",
        "{\"timestamp\":5} | timestamp",
        "{\"timestamp\":\"yesterday\"} | timestamp",
        "{\"version\":0,\"timestamp\":\"2026-01-01T00:00:00Z\"} | Only one",
        "{\"includeRefreshToken\":\"yes\"} | includeRefreshToken",
        "{\"pageToken\":\"x\"} | pageToken",
        "{\"maxFiles\":0} | maxFiles",
        "{\"version\":0} | without its history",
        "{\"timestamp\":\"2026-01-01 00:00:00\"} | without its history",
      })
  void whatIsWrongIsNamed(String body, String named) {
    sharing.add(share, table);
    Answer answer = query(table, body);
    assertThat(answer.status()).as(answer.text()).isEqualTo(400);
    assertThat(answer.json().propertyNames()).containsExactly("errorCode", "message");
    assertThat(answer.json().get("message").asString()).contains(named);
  }

  @Test
  void anOversizedBodyIsRefused() {
    sharing.add(share, table);
    Answer answer = query(table, "{\"x\":\"" + "a".repeat(1 << 21) + "\"}");
    assertThat(answer.status()).isEqualTo(413);
    assertThat(answer.json().propertyNames()).containsExactly("errorCode", "message");
  }

  @Test
  void whatIsNotThereYetIsSaid() {
    sharing.add(share, table);
    for (Answer answer :
        List.of(
            get(table, "/changes?startingVersion=0"),
            query(table, "{\"startingVersion\":0}"),
            gateway.as(recipient.token(), "POST", Sharing.path(share, table) + "/queries/1", "{}"),
            gateway.as(
                recipient.token(),
                "POST",
                Sharing.path(share, table) + "/temporary-table-credentials",
                "{}"))) {
      assertThat(answer.status()).isEqualTo(501);
      assertThat(answer.json().get("errorCode").asString()).isEqualTo("NOT_IMPLEMENTED");
    }
  }

  /** A table of three versions, a day apart, with a file more in each. */
  private TableAccess grown() throws Exception {
    String name = Tables.unique("grown");
    Path folder = gateway.tables.resolve(name);
    Tables.commit(folder, 0, Tables.PLAIN_PROTOCOL, Tables.METADATA, file(0));
    Tables.commit(folder, 1, file(1));
    Tables.commit(folder, 2, file(2));
    for (int version = 0; version < 3; version++) {
      Files.setLastModifiedTime(
          folder.resolve("_delta_log/%020d.json".formatted(version)),
          FileTime.from(Instant.parse(DAY.formatted(version + 1))));
    }
    return gateway.catalog.add("main", "sales", name, folder.toUri(), Type.EXTERNAL);
  }

  private static String file(int number) {
    return Tables.add("p=a/part-" + number + ".parquet", "a", 13, number, number, 1);
  }

  @Test
  void otherVersionsAreReadOfATableSharedWithHistory() throws Exception {
    TableAccess grown = grown();
    sharing.add(share, grown, "history_data_sharing_status", "ENABLED");
    assertThat(files(query(grown, "{}"))).hasSize(3);
    for (int version = 0; version < 3; version++) {
      Answer answer = query(grown, Map.of("version", version));
      assertThat(files(answer)).hasSize(version + 1);
      assertThat(answer.header("delta-table-version")).isEqualTo(Integer.toString(version));
      assertThat(answer.lines().get(1).get("metaData").get("numFiles").asInt())
          .isEqualTo(version + 1);
    }
    assertThat(
            query(grown, Map.of("timestamp", "2026-01-02T12:00:00Z")).header("delta-table-version"))
        .isEqualTo("1");
    assertThat(
            query(grown, Map.of("timestamp", "2026-1-2 00:00:00.0")).header("delta-table-version"))
        .isEqualTo("1");
    assertThat(get(grown, "/metadata?version=1").header("delta-table-version")).isEqualTo("1");
    assertThat(get(grown, "/metadata?timestamp=2026-01-01T00:00:00Z").header("delta-table-version"))
        .isEqualTo("0");
    assertThat(get(grown, "/version").header("delta-table-version")).isEqualTo("2");
    assertThat(
            get(grown, "/version?startingTimestamp=2026-01-01T12:00:00Z")
                .header("delta-table-version"))
        .isEqualTo("1");
    for (Answer answer :
        List.of(
            query(grown, Map.of("version", 9)),
            query(grown, Map.of("timestamp", "2020-01-01T00:00:00Z")),
            get(grown, "/metadata?version=9"),
            get(grown, "/metadata?version=-1"),
            get(grown, "/metadata?version=x"),
            get(grown, "/metadata?version=1&timestamp=2026-01-01T00:00:00Z"),
            get(grown, "/version?startingTimestamp=2030-01-01T00:00:00Z"),
            get(grown, "/version?startingTimestamp=soon"))) {
      assertThat(answer.status()).as(answer.text()).isEqualTo(400);
      assertThat(answer.text()).doesNotContain(gateway.tables.toString());
    }
  }

  @Test
  void aVersionWhoseFilesAreGoneIsRefusedBeforeTheAnswerBegins() throws Exception {
    String name = Tables.unique("vacuumed");
    Path folder = gateway.tables.resolve(name);
    Tables.commit(folder, 0, Tables.PLAIN_PROTOCOL, Tables.METADATA, file(0), file(1), file(2));
    Tables.commit(folder, 1, "{\"remove\":{\"path\":\"p=a/part-0.parquet\",\"dataChange\":true}}");
    Tables.commit(
        folder, 2, "{\"remove\":{\"path\":\"p=a/part-1.parquet\",\"dataChange\":true}}", file(3));
    for (int number = 0; number < 4; number++) {
      Tables.write(folder.resolve("p=a/part-" + number + ".parquet"), "rows");
    }
    TableAccess vacuumed =
        gateway.catalog.add("main", "sales", name, folder.toUri(), Type.EXTERNAL);
    sharing.add(share, vacuumed, "history_data_sharing_status", "ENABLED");
    String refresh =
        query(vacuumed, Map.of("version", 0, "includeRefreshToken", true))
            .lines()
            .getLast()
            .get("endStreamAction")
            .get("refreshToken")
            .asString();
    query(vacuumed, "{}");
    gateway.store.takeCalls();
    assertThat(files(query(vacuumed, Map.of("version", 0)))).hasSize(3);
    // Two files are no longer in the latest version; one more look is for the version itself.
    assertThat(gateway.store.takeCalls().heads()).isEqualTo(3);

    Files.delete(folder.resolve("p=a/part-0.parquet"));
    for (Answer answer :
        List.of(
            query(vacuumed, Map.of("version", 0)),
            query(vacuumed, Map.of("refreshToken", refresh)))) {
      assertThat(answer.status()).as(answer.text()).isEqualTo(400);
      assertThat(answer.json().get("message").asString())
          .contains("Version 0", "The latest version, 2")
          .doesNotContain(gateway.tables.toString());
    }
    // What the hints leave out is not missed; nor is it by the versions after.
    assertThat(query(vacuumed, Map.of("version", 0, "predicateHints", List.of("x > 0"))).status())
        .isEqualTo(200);
    assertThat(files(query(vacuumed, Map.of("version", 1)))).hasSize(2);
    assertThat(query(vacuumed, Map.of("version", 2)).status()).isEqualTo(200);
    assertThat(query(vacuumed, "{}").status()).isEqualTo(200);
  }

  @Test
  void historyBeginsWhereTheProviderSays() throws Exception {
    TableAccess grown = grown();
    sharing.add(share, grown, "history_data_sharing_status", "ENABLED", "start_version", 1);
    assertThat(query(grown, Map.of("version", 1)).status()).isEqualTo(200);
    assertThat(query(grown, Map.of("version", 0)).status()).isEqualTo(400);
    assertThat(query(grown, Map.of("timestamp", "2026-01-01T00:00:00Z")).status()).isEqualTo(400);
    assertThat(
            get(grown, "/version?startingTimestamp=2025-01-01T00:00:00Z")
                .header("delta-table-version"))
        .isEqualTo("1");
  }

  @Test
  void headTellsTheVersion() throws Exception {
    TableAccess grown = grown();
    sharing.add(share, grown);
    Answer answer = gateway.as(recipient.token(), "HEAD", Sharing.path(share, grown), null);
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.header("delta-table-version")).isEqualTo("2");
    assertThat(gateway.as(recipient.token(), "GET", Sharing.path(share, grown), null).status())
        .isEqualTo(405);
    assertThat(get(grown, "/version?startingTimestamp=2026-01-01T00:00:00Z").status())
        .isEqualTo(400);
  }

  private TableAccess withProtocol(String protocol, String configuration, String... lines) {
    String name = Tables.unique("featured");
    Path folder = gateway.tables.resolve(name);
    List<String> all = new ArrayList<>();
    all.add(protocol);
    all.add(
        Tables.metadata(
            "[{\"name\":\"x\",\"type\":\"long\",\"nullable\":true,\"metadata\":"
                + "{\"delta.columnMapping.id\":1,\"delta.columnMapping.physicalName\":\"x\"}},"
                + "{\"name\":\"p\",\"type\":\"string\",\"nullable\":true,\"metadata\":"
                + "{\"delta.columnMapping.id\":2,\"delta.columnMapping.physicalName\":\"p\"}}]",
            "[\"p\"]",
            configuration));
    all.addAll(List.of(lines));
    Tables.commit(folder, 0, all.toArray(String[]::new));
    TableAccess featured =
        gateway.catalog.add("main", "sales", name, folder.toUri(), Type.EXTERNAL);
    sharing.add(share, featured);
    return featured;
  }

  @Test
  void aTableThatNeedsDeltaFormatSaysWhatToAskFor() {
    TableAccess mapped =
        withProtocol(
            "{\"protocol\":{\"minReaderVersion\":2,\"minWriterVersion\":5}}",
            "{\"delta.columnMapping.mode\":\"name\"}",
            file(0));
    for (Answer answer : List.of(query(mapped, "{}"), get(mapped, "/metadata"))) {
      assertThat(answer.status()).isEqualTo(400);
      assertThat(answer.json().get("message").asString())
          .contains(
              "delta-sharing-capabilities: responseformat=delta;readerfeatures=columnmapping");
    }
    Answer lacking = query(mapped, "{}", CAPABILITIES, "responseformat=delta");
    assertThat(lacking.status()).isEqualTo(400);
    assertThat(lacking.json().get("message").asString()).contains("readerfeatures=columnmapping");
    // Metadata tells what is needed, so it needs nothing.
    assertThat(get(mapped, "/metadata", CAPABILITIES, "responseformat=delta").status())
        .isEqualTo(200);
    for (String capabilities :
        List.of(
            "responseformat=delta;readerfeatures=ColumnMapping",
            "responseformat=parquet,delta;readerfeatures=deletionvectors,columnmapping")) {
      assertThat(query(mapped, "{}", CAPABILITIES, capabilities).header(CAPABILITIES))
          .isEqualTo("responseformat=delta");
    }
  }

  @Test
  void featuresThatNoFileNeedsDoNotShutOutParquetClients() {
    String protocol =
        "{\"protocol\":{\"minReaderVersion\":3,\"minWriterVersion\":7,\"readerFeatures\":"
            + "[\"deletionVectors\",\"v2Checkpoint\",\"vacuumProtocolCheck\"],\"writerFeatures\":"
            + "[\"deletionVectors\",\"v2Checkpoint\",\"vacuumProtocolCheck\",\"appendOnly\"]}}";
    String settings =
        "{\"delta.enableDeletionVectors\":\"true\",\"delta.checkpointPolicy\":\"v2\"}";
    TableAccess without = withProtocol(protocol, settings, file(0));
    assertThat(query(without, "{}").header(CAPABILITIES)).isEqualTo("responseformat=parquet");
    Answer delta = query(without, "{}", CAPABILITIES, DELTA);
    assertThat(delta.lines().get(0))
        .hasToString(
            "{\"protocol\":{\"deltaProtocol\":{\"minReaderVersion\":3,\"minWriterVersion\":7,"
                + "\"readerFeatures\":[\"deletionVectors\"],"
                + "\"writerFeatures\":[\"appendOnly\",\"deletionVectors\"]}}}");
    assertThat(delta.lines().get(1).get("metaData").get("deltaMetadata").get("configuration"))
        .hasToString("{\"delta.enableDeletionVectors\":\"true\"}");

    String vector =
        ",\"deletionVector\":{\"storageType\":\"u\",\"pathOrInlineDv\":"
            + "\"vBn[lx{q8@P<9BNH/isA\",\"offset\":1,\"sizeInBytes\":36,\"cardinality\":2}}}";
    TableAccess with =
        withProtocol(
            protocol, settings, file(0).replaceAll("}}$", Matcher.quoteReplacement(vector)));
    assertThat(query(with, "{}").status()).isEqualTo(400);
    Answer answer = query(with, "{}", CAPABILITIES, DELTA);
    assertThat(answer.status()).as(answer.text()).isEqualTo(200);
    JsonNode file = answer.lines().get(2).get("file");
    assertThat(file.get("deletionVectorFileId").asString()).matches("[0-9a-f]{64}");
    JsonNode shown = file.get("deltaSingleAction").get("add").get("deletionVector");
    assertThat(shown.get("storageType").asString()).isEqualTo("p");
    assertThat(shown.get("pathOrInlineDv").asString())
        .startsWith(gateway.url)
        .contains("/deletion_vector_")
        .contains("X-Amz-Signature=");
    assertThat(shown.get("offset").asInt()).isEqualTo(1);
  }

  /**
   * A client of the delta format that names no features must not be told of any that no file needs.
   */
  @Test
  void featuresThatNoFileNeedsAreNotShownToWhoDoesNotKnowThem() {
    String settings =
        "{\"delta.enableDeletionVectors\":\"true\",\"delta.columnMapping.mode\":\"none\","
            + "\"delta.feature.deletionVectors\":\"supported\",\"delta.appendOnly\":\"true\"}";
    TableAccess without =
        withProtocol(
            "{\"protocol\":{\"minReaderVersion\":3,\"minWriterVersion\":7,\"readerFeatures\":"
                + "[\"deletionVectors\",\"columnMapping\"],\"writerFeatures\":"
                + "[\"appendOnly\",\"deletionVectors\",\"columnMapping\"]}}",
            settings,
            file(0));
    for (Answer answer :
        List.of(
            query(without, "{}", CAPABILITIES, "responseformat=delta"),
            get(without, "/metadata", CAPABILITIES, "responseformat=delta"))) {
      assertThat(answer.status()).as(answer.text()).isEqualTo(200);
      assertThat(answer.lines().get(0))
          .hasToString(
              "{\"protocol\":{\"deltaProtocol\":{\"minReaderVersion\":1,\"minWriterVersion\":7,"
                  + "\"writerFeatures\":[\"appendOnly\"]}}}");
      assertThat(answer.lines().get(1).get("metaData").get("deltaMetadata").get("configuration"))
          .hasToString("{\"delta.appendOnly\":\"true\"}");
    }
    // Who knows a feature is shown it.
    assertThat(query(without, "{}", CAPABILITIES, DELTA).lines().get(0))
        .hasToString(
            "{\"protocol\":{\"deltaProtocol\":{\"minReaderVersion\":3,\"minWriterVersion\":7,"
                + "\"readerFeatures\":[\"deletionVectors\"],"
                + "\"writerFeatures\":[\"appendOnly\",\"deletionVectors\"]}}}");
  }

  @Test
  void parquetFormatHasOneFormOfTimesInPartitionValues() {
    String name = Tables.unique("times");
    Path folder = gateway.tables.resolve(name);
    Map<String, String> forms = new LinkedHashMap<>();
    forms.put("2026-01-31 12:00:00", "2026-01-31 12:00:00");
    forms.put("2026-01-31 12:00:00.5", "2026-01-31 12:00:00.500000");
    forms.put("2026-01-31T12:00:00.000000Z", "2026-01-31 12:00:00");
    forms.put("2026-01-31T12:00:00.123456Z", "2026-01-31 12:00:00.123456");
    forms.put("2026-01-31T12:00:00+05:30", "2026-01-31 06:30:00");
    forms.put("1880-01-01 12:00:00-07:52:58", "1880-01-01 19:52:58");
    forms.put("2026-01-31", "2026-01-31 00:00:00");
    forms.put("__HIVE_DEFAULT_PARTITION__", "__HIVE_DEFAULT_PARTITION__");
    forms.put("", "");
    List<String> lines = new ArrayList<>();
    lines.add(Tables.PLAIN_PROTOCOL);
    lines.add(
        Tables.metadata(
            "[{\"name\":\"x\",\"type\":\"long\",\"nullable\":true,\"metadata\":{}},"
                + "{\"name\":\"p\",\"type\":\"timestamp\",\"nullable\":true,\"metadata\":{}},"
                + "{\"name\":\"d\",\"type\":\"date\",\"nullable\":true,\"metadata\":{}},"
                + "{\"name\":\"s\",\"type\":\"string\",\"nullable\":true,\"metadata\":{}}]",
            "[\"p\",\"d\",\"s\"]",
            "{}"));
    List<String> logged = new ArrayList<>(forms.keySet());
    for (int i = 0; i < logged.size(); i++) {
      String more = "\"d\":\"2026-1-31\",\"s\":\"2026-01-31T12:00:00Z\",\"p\":";
      lines.add(
          Tables.add("f" + i, logged.get(i), 13, 0, 9, 10)
              .replace("\"partitionValues\":{\"p\":", "\"partitionValues\":{" + more));
    }
    lines.add(
        Tables.add("none", "x", 13, 0, 9, 10).replace("\"p\":\"x\"", "\"p\":null,\"d\":null"));
    Tables.commit(folder, 0, lines.toArray(String[]::new));
    TableAccess times = gateway.catalog.add("main", "sales", name, folder.toUri(), Type.EXTERNAL);
    sharing.add(share, times);

    List<String> shown = new ArrayList<>();
    for (JsonNode line : query(times, "{}").lines().subList(2, forms.size() + 3)) {
      JsonNode values = line.get("file").get("partitionValues");
      if (!values.get("p").isNull()) {
        shown.add(values.get("p").asString());
        assertThat(values.get("d").asString()).isEqualTo("2026-01-31");
        assertThat(values.get("s").asString()).isEqualTo("2026-01-31T12:00:00Z");
      }
    }
    assertThat(shown).containsExactlyInAnyOrderElementsOf(forms.values());
    // A Delta reader is given what the log has.
    assertThat(query(times, "{}", CAPABILITIES, DELTA).text())
        .contains("2026-01-31T12:00:00+05:30");
  }

  @Test
  void charAndVarcharAreShownAsSuch() {
    String name = Tables.unique("texts");
    Path folder = gateway.tables.resolve(name);
    String varchar = "{\"__CHAR_VARCHAR_TYPE_STRING\":\"varchar(5)\"}";
    String nested = "{\"__CHAR_VARCHAR_TYPE_STRING\":\"char(3)\",\"delta.columnMapping.id\":7}";
    Tables.commit(
        folder,
        0,
        Tables.PLAIN_PROTOCOL,
        Tables.metadata(
            "[{\"name\":\"v\",\"type\":\"string\",\"nullable\":true,\"metadata\":"
                + varchar
                + "},{\"name\":\"s\",\"nullable\":true,\"metadata\":{},\"type\":{\"type\":\"struct\","
                + "\"fields\":[{\"name\":\"c\",\"type\":\"string\",\"nullable\":true,\"metadata\":"
                + nested
                + "}]}}]",
            "[]",
            "{}"));
    TableAccess texts = gateway.catalog.add("main", "sales", name, folder.toUri(), Type.EXTERNAL);
    sharing.add(share, texts);
    assertThat(
            get(texts, "/metadata").lines().get(1).get("metaData").get("schemaString").asString())
        .contains(varchar)
        .contains("{\"__CHAR_VARCHAR_TYPE_STRING\":\"char(3)\"}");
    assertThat(
            get(texts, "/metadata", CAPABILITIES, DELTA)
                .lines()
                .get(1)
                .get("metaData")
                .get("deltaMetadata")
                .get("schemaString")
                .asString())
        .contains(varchar)
        .contains(nested);
  }

  @Test
  void aDamagedFileOfTheLogIsNamedByItsPlaceInTheTable() {
    String name = Tables.unique("damaged");
    Path folder = gateway.tables.resolve(name);
    Tables.write(folder.resolve("_delta_log/00000000000000000000.checkpoint.parquet"), "PAR1");
    Tables.commit(folder, 0, Tables.PLAIN_PROTOCOL, Tables.METADATA, file(0));
    TableAccess damaged = gateway.catalog.add("main", "sales", name, folder.toUri(), Type.EXTERNAL);
    sharing.add(share, damaged);
    assertThat(files(query(damaged, "{}"))).hasSize(1);

    String gone = Tables.unique("damaged");
    Path left = gateway.tables.resolve(gone);
    Tables.write(left.resolve("_delta_log/00000000000000000000.checkpoint.parquet"), "PAR1");
    TableAccess lost = gateway.catalog.add("main", "sales", gone, left.toUri(), Type.EXTERNAL);
    sharing.add(share, lost);
    Answer answer = query(lost, "{}");
    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.json().get("message").asString())
        .contains(share + ".sales." + gone + "/_delta_log/00000000000000000000.checkpoint.parquet")
        .doesNotContain(gateway.tables.toString());
  }

  @Test
  void aTableThatCannotBeReadIsRefusedWithoutTellingWhereItIs() {
    String name = Tables.unique("empty");
    TableAccess empty =
        gateway.catalog.add(
            "main", "sales", name, gateway.tables.resolve(name).toUri(), Type.EXTERNAL);
    TableAccess outside =
        gateway.catalog.add(
            "main",
            "sales",
            Tables.unique("outside"),
            URI.create("file:///etc/tables/x"),
            Type.EXTERNAL);
    TableAccess broken = withProtocol("{\"protocol\":5}", "{}");
    sharing.add(share, empty);
    sharing.add(share, outside);
    for (TableAccess bad : List.of(empty, outside, broken)) {
      Answer answer = query(bad, "{}");
      assertThat(answer.status()).as(answer.text()).isEqualTo(400);
      assertThat(answer.json().get("errorCode").asString()).isEqualTo("UNSUPPORTED_TABLE_FORMAT");
      assertThat(answer.text()).doesNotContain("file:").doesNotContain("/etc");
    }
  }

  @Test
  void aSchemaThatIsNoneIsRefusedBeforeTheAnswerBegins() {
    for (String schema :
        List.of("nonsense", "{}", "{\"type\":\"struct\",\"fields\":[{\"name\":\"x\"}]}")) {
      String name = Tables.unique("schemaless");
      Path folder = gateway.tables.resolve(name);
      Tables.commit(
          folder,
          0,
          Tables.PLAIN_PROTOCOL,
          "{\"metaData\":{\"id\":\"i\",\"format\":{\"provider\":\"parquet\"},\"schemaString\":"
              + Gateway.JSON.writeValueAsString(schema)
              + ",\"partitionColumns\":[],\"configuration\":{}}}");
      TableAccess broken =
          gateway.catalog.add("main", "sales", name, folder.toUri(), Type.EXTERNAL);
      sharing.add(share, broken);
      for (Answer answer :
          List.of(
              query(broken, "{}"),
              query(broken, Map.of("predicateHints", List.of("x = 5"))),
              query(broken, "{}", CAPABILITIES, DELTA),
              get(broken, "/metadata"))) {
        assertThat(answer.status()).as(answer.text()).isEqualTo(400);
        assertThat(answer.json().get("message").asString()).contains("schema");
      }
    }
  }

  @Test
  void aManagedTableIsReadAsTheCommitServiceSays() {
    String name = Tables.unique("managed");
    Path folder = gateway.tables.resolve(name);
    String staged = "00000000000000000001.7a3c0d4e-0f0e-4c5c-9a52-8a2d6b6f0001.json";
    String info =
        "{\"commitInfo\":{\"inCommitTimestamp\":%d,\"txnId\":\"t\",\"operation\":\"WRITE\"}}";
    Tables.commit(
        folder,
        0,
        info.formatted(1_700_000_000_000L),
        "{\"protocol\":{\"minReaderVersion\":3,\"minWriterVersion\":7,\"readerFeatures\":"
            + "[\"catalogManaged\"],\"writerFeatures\":[\"catalogManaged\",\"inCommitTimestamp\"]}}",
        Tables.metadata(
            "[{\"name\":\"x\",\"type\":\"long\",\"nullable\":true,\"metadata\":{}},"
                + "{\"name\":\"p\",\"type\":\"string\",\"nullable\":true,\"metadata\":{}}]",
            "[\"p\"]",
            "{\"delta.enableInCommitTimestamps\":\"true\",\"io.unitycatalog.tableId\":\"i\"}"),
        file(0));
    String second = info.formatted(1_700_000_001_000L) + "\n" + file(1) + "\n";
    Tables.write(folder.resolve("_delta_log/_staged_commits").resolve(staged), second);
    TableAccess managed = gateway.catalog.add("main", "sales", name, folder.toUri(), Type.MANAGED);
    sharing.add(share, managed);
    int size = second.getBytes(StandardCharsets.UTF_8).length;

    gateway.commits.put(managed.id(), new CatalogCommits(0, List.of()));
    assertThat(files(query(managed, "{}"))).containsExactly("part-0");
    gateway.commits.put(
        managed.id(),
        new CatalogCommits(1, List.of(new StagedCommit(1, staged, size, 1_700_000_001_000L))));
    Answer answer = query(managed, "{}", CAPABILITIES, DELTA);
    assertThat(answer.header("delta-table-version")).isEqualTo("1");
    assertThat(answer.lines()).hasSize(4);
    assertThat(answer.text()).doesNotContain("catalogManaged").doesNotContain("tableId");
    assertThat(files(query(managed, "{}"))).containsExactly("part-0", "part-1");

    gateway.store.takeCalls();
    assertThat(get(managed, "/version").header("delta-table-version")).isEqualTo("1");
    assertThat(gateway.store.takeCalls()).isEqualTo(new Calls(0, 0, 0, 0, 0));

    sharing.add(share, table);
    gateway.commits.down(true);
    try {
      for (Answer refused : List.of(query(managed, "{}"), get(managed, "/version"))) {
        assertThat(refused.status()).isEqualTo(503);
        assertThat(refused.header("retry-after")).isNotEmpty();
        assertThat(refused.json().propertyNames()).containsExactly("errorCode", "message");
      }
      // Plain tables need no commit service.
      assertThat(files(query(table, "{}"))).hasSize(3);
    } finally {
      gateway.commits.down(false);
    }
  }

  @Test
  void aQueryOfAnUnchangedTableCostsLittle() {
    sharing.add(share, table);
    files(query(table, "{}"));
    gateway.store.takeCalls();
    String id = Tables.unique("counted-request-");
    assertThat(files(query(table, "{}", "X-Request-Id", id))).hasSize(3);
    // One listing of what is new in the log.
    assertThat(gateway.store.takeCalls()).isEqualTo(new Calls(0, 0, 1, 0, 0));
    // Who asks, and what they may read.
    assertThat(gateway.context.getBean(SqlCounter.class).of(id)).hasSize(2);
  }

  @Test
  void aReadIsAnEvent() {
    sharing.add(share, table);
    String id = Tables.unique("read-request-");
    files(query(table, "{}", "X-Request-Id", id));
    List<JsonNode> reads = new ArrayList<>();
    Gateway.await(
        "the read's event",
        () -> {
          reads.clear();
          gateway
              .admin(
                  "GET",
                  "/api/1.0/sharing/events?types=SharedTableQueried&max_results=1000&securables="
                      + table.fullName(),
                  null)
              .json()
              .get("events")
              .forEach(reads::add);
          return !reads.isEmpty();
        });
    assertThat(reads).hasSize(1);
    JsonNode read = reads.getFirst();
    assertThat(read.get("principal").asString()).isEqualTo("recipient:" + recipient.name());
    assertThat(read.get("request_id").asString()).isEqualTo(id);
    Map<String, Object> expected = new HashMap<>();
    expected.put("recipient", recipient.name());
    expected.put("share", share);
    expected.put("version", 0);
    expected.put("files", 3);
    expected.put("bytes", 39);
    expected.put("completed", true);
    expected.put("response_format", "parquet");
    expected.forEach((name, value) ->
        assertThat(read.get("data").get(name)).hasToString(Gateway.JSON.writeValueAsString(value)));
  }
}
