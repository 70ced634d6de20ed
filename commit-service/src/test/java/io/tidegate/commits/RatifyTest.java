package io.tidegate.commits;

import static io.tidegate.commits.Writer.JSON;
import static io.tidegate.commits.Writer.START;
import static io.tidegate.commits.Writer.addCommit;
import static io.tidegate.commits.Writer.error;
import static io.tidegate.commits.Writer.message;
import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.commits.CommitEvent.CommitRatified;
import io.tidegate.commits.Writer.Staged;
import io.tidegate.delta.LogPaths;
import io.tidegate.events.EventStore;
import io.tidegate.testing.HttpTester.Answer;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** What is ratified, what is taken for a replay, and what is refused. */
class RatifyTest {
  private static final String INVALID = "InvalidParameterValueException";

  private final CommitServer server = CommitServer.shared();

  @Test
  void theLoserOfAVersionIsToldWhoWon() {
    Writer table = Writer.created(server);
    server.catalog.principal("bob", false);
    server.catalog.grant("bob", table.id, io.tidegate.kit.security.Privilege.MODIFY);
    Writer bob = table.as("bob");
    Staged winner = bob.stage(1, "bob");
    assertThat(bob.commit(winner).status()).isEqualTo(200);

    JsonNode error =
        error(table.commit(table.stage(1, "late")), 409, "CommitVersionConflictException");
    assertThat(error.get("winning-version").asLong()).isEqualTo(1);
    assertThat(error.get("winning-file-name").asString()).isEqualTo(winner.fileName());
    assertThat(error.get("committed-by").asString()).isEqualTo("bob");
    assertThat(error.get("message").asString()).contains(winner.fileName(), "bob", "Version 1");
    assertThat(error.get("committed-at").asString()).isNotBlank();
  }

  @Test
  void aReplayAnswersAsTheFirstTimeHoweverMuchLater() throws IOException {
    Writer table = Writer.created(server);
    Staged first = table.stage(1, "first-" + table.id);
    assertThat(table.commit(first).status()).isEqualTo(200);
    for (int version = 2; version <= 4; version++) {
      table.append(version, "t" + version + "-" + table.id);
    }
    // The same file; the same content under another name; the same transaction, written again.
    assertThat(table.commit(first).status()).isEqualTo(200);
    Staged copy = table.stage(1, "first-" + table.id);
    assertThat(copy.fileName()).isNotEqualTo(first.fileName());
    assertThat(table.commit(copy).status()).isEqualTo(200);
    Staged again = table.stageAt(1, START + 99, "first-" + table.id);
    assertThat(table.commit(again).status()).isEqualTo(200);
    // Even with the staged file cleaned up after it was published.
    CommitServer.await("published", () -> Files.exists(table.published(4)));
    Files.delete(table.stagedFile(first));
    assertThat(table.commit(first).status()).isEqualTo(200);
    assertThat(table.load().get("latest-table-version").asLong()).isEqualTo(4);
  }

  @Test
  void theEtagChangesWithWhatDescribesTheTableAndWithNothingElse() {
    Writer table = Writer.created(server);
    String etag = table.load().at("/metadata/etag").asString();
    table.append(1, "data-" + table.id);
    assertThat(table.load().at("/metadata/etag").asString()).isEqualTo(etag);

    List<?> requirements = List.of(table.uuid(), Map.of("type", "assert-etag", "etag", etag));
    Map<String, String> properties = table.properties();
    properties.put("owner", "sales");
    Staged staged = table.stage(2, "etag-" + table.id, table.metadata(properties, null));
    List<?> updates = List.of(addCommit(staged.commit()));
    Answer answer = table.update(requirements, updates);
    assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    assertThat(table.load().at("/metadata/etag").asString()).isNotEqualTo(etag);
    // A replay is one even if its etag is old by now.
    assertThat(table.update(requirements, updates).status()).isEqualTo(200);
    assertThat(
            message(
                table.update(requirements, List.of(addCommit(table.stage(3, "late").commit()))),
                409,
                "UpdateRequirementConflictException"))
        .contains("version 2");
    assertThat(table.load().get("latest-table-version").asLong()).isEqualTo(2);
  }

  @Test
  void noTransactionIsRatifiedTwice() {
    Writer table = Writer.created(server);
    table.append(1, "once");
    table.append(2, "other");
    Answer answer = table.commit(table.stage(3, "once"));
    assertThat(message(answer, 400, INVALID)).contains("once", "version 1");
    assertThat(table.load().get("latest-table-version").asLong()).isEqualTo(2);
  }

  @Test
  void aVersionAboveTheNextIsRefused() {
    Writer table = Writer.created(server);
    assertThat(message(table.commit(table.stage(3, "far")), 400, INVALID))
        .contains("add-commit.commit.version is 3", "the next one is 1");
  }

  @Test
  void theStagedFileIsLookedAt() {
    Writer table = Writer.created(server);
    Staged missing =
        new Staged(1, START + 1, "00000000000000000001." + UUID.randomUUID() + ".json", 10);
    assertThat(message(table.commit(missing), 400, INVALID)).contains(missing.fileName());

    Staged good = table.stage(1, "good");
    Staged size = new Staged(1, good.timestamp(), good.fileName(), good.size() + 1);
    assertThat(message(table.commit(size), 400, INVALID)).contains("file-size");
    Staged time = new Staged(1, good.timestamp() + 1, good.fileName(), good.size());
    assertThat(message(table.commit(time), 400, INVALID)).contains("in-commit timestamp");
    Staged old = table.stageAt(1, START, "old");
    assertThat(message(table.commit(old), 400, INVALID)).contains("not after " + START);
    Staged late =
        table.stageLines(1, START + 1, List.of(Writer.add("a"), Writer.info(START + 1, "t", "W")));
    assertThat(message(table.commit(late), 400, INVALID)).contains("begin with a commitInfo");
    Staged anonymous =
        table.stageLines(
            1, START + 1, List.of("{\"commitInfo\":{\"inCommitTimestamp\":" + (START + 1) + "}}"));
    assertThat(message(table.commit(anonymous), 400, INVALID)).contains("txnId");
    Staged broken = table.stageLines(1, START + 1, List.of("{\"commitInfo\":"));
    assertThat(message(table.commit(broken), 400, INVALID)).contains(broken.fileName(), "line 1");

    assertThat(table.load().get("latest-table-version").asLong()).isZero();
    assertThat(table.commit(good).status()).isEqualTo(200);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"1.5", "1e30", "1700000000001.0", "\"1700000000001\"", "true", "null", "-1", "0"})
  void anInCommitTimestampIsAWholeNumberOfMilliseconds(String timestamp) {
    Writer table = Writer.created(server);
    String info = "{\"commitInfo\":{\"txnId\":\"t\",\"inCommitTimestamp\":" + timestamp + "}}";
    Answer answer = table.commit(table.stageLines(1, START + 1, List.of(info)));
    assertThat(message(answer, 400, INVALID)).contains("commitInfo.inCommitTimestamp");
  }

  @Test
  void aTimestampInMicrosecondsDoesNotShutTheTableForGood() {
    Writer table = Writer.created(server);
    Staged micros = table.stageAt(1, START * 1000, "micros");
    Map<String, Object> commit = micros.commit();
    commit.put("file-modification-timestamp", START);
    Answer answer = table.update(List.of(table.uuid()), List.of(addCommit(commit)));
    assertThat(message(answer, 400, INVALID)).contains("milliseconds", "clock-skew");
    table.append(1, "millis");
  }

  @Test
  void nothingIsHiddenInALineBehindSomethingElse() {
    Writer table = Writer.created(server);
    String info = Writer.info(START + 1, "t", "WRITE");
    String downgrade = "{\"protocol\":{\"minReaderVersion\":1,\"minWriterVersion\":2}}";
    String both = info.substring(0, info.length() - 1) + "," + downgrade.substring(1);
    assertThat(message(table.commit(table.stageLines(1, START + 1, List.of(both))), 400, INVALID))
        .contains("line 1", "one action");
    String twice = info.replace("\"txnId\":\"t\"", "\"txnId\":\"t\",\"txnId\":\"u\"");
    assertThat(message(table.commit(table.stageLines(1, START + 1, List.of(twice))), 400, INVALID))
        .contains("line 1", "txnId");
    // What nobody knows yet is kept as it is.
    String unknown =
        "{\"future\":{\"n\":123456789012345678901234567890,\"f\":0.1000000000000000055}}";
    Staged staged = table.stage(1, "unknown", unknown);
    assertThat(table.commit(staged).status()).isEqualTo(200);
    CommitServer.await("published", () -> Files.exists(table.published(1)));
    assertThat(table.published(1)).content().contains(unknown);
  }

  @Test
  void rowTrackingMovesWithoutDisturbingWhoChangesTheTable() {
    Writer table = Writer.created(server);
    Staged first =
        tracked(table, 1, Writer.protocolLine("domainMetadata", "rowTracking"), highWaterMark(10));
    assertThat(table.commit(first).status()).isEqualTo(200);
    String etag = table.load().at("/metadata/etag").asString();
    Answer answer = table.commit(tracked(table, 2, highWaterMark(20)));
    assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    JsonNode metadata = JSON.readTree(answer.body()).get("metadata");
    assertThat(metadata.get("etag").asString()).isEqualTo(etag);
    assertThat(metadata.at("/properties/delta.rowTracking.rowIdHighWaterMark").asString())
        .isEqualTo("20");
    EventStore events = server.context.getBean("commitEvents", EventStore.class);
    CommitRatified last =
        (CommitRatified) events.readStream(CommitEvent.commits(table.id), 2, 1).getFirst().event();
    assertThat(last.metadata()).isNull();
    assertThat(last.rowTracking()).isEqualTo("{\"rowIdHighWaterMark\":20}");
    // Going away is a change of the table.
    Staged gone =
        table.stageLines(
            3,
            START + 3,
            List.of(
                Writer.info(START + 3, "r3-" + table.id, "WRITE"),
                highWaterMark(20).replace("false", "true")));
    assertThat(table.commit(gone).status()).isEqualTo(200);
    assertThat(table.load().at("/metadata/etag").asString()).isNotEqualTo(etag);
  }

  /** A commit of nothing but what row tracking keeps. */
  private static Staged tracked(Writer table, long version, String... lines) {
    List<String> all = new java.util.ArrayList<>();
    all.add(Writer.info(START + version, "tracked-" + version + table.id, "WRITE"));
    all.addAll(List.of(lines));
    return table.stageLines(version, START + version, all);
  }

  private static String highWaterMark(int mark) {
    return "{\"domainMetadata\":{\"domain\":\"delta.rowTracking\",\"configuration\":"
        + "\"{\\\"rowIdHighWaterMark\\\":"
        + mark
        + "}\",\"removed\":false}}";
  }

  @Test
  void aReaderFeatureIsAWriterFeature() {
    Writer table = Writer.created(server);
    String protocol =
        Writer.json(
            Map.of(
                "protocol",
                Map.of(
                    "minReaderVersion",
                    3,
                    "minWriterVersion",
                    7,
                    "readerFeatures",
                    List.of(
                        "catalogManaged",
                        "columnMapping",
                        "deletionVectors",
                        "v2Checkpoint",
                        "vacuumProtocolCheck"),
                    "writerFeatures",
                    List.copyOf(ManagedTableContract.requiredProtocol().writerFeatures()))));
    assertThat(message(table.commit(table.stage(1, "half", protocol)), 400, INVALID))
        .contains("columnMapping");
  }

  @Test
  void aReplayIsKnownAfterARenameAndByWhoMayCommitOnly() throws IOException {
    Writer table = Writer.created(server);
    Staged staged = table.stage(1, "renamed-" + table.id);
    assertThat(table.commit(staged).status()).isEqualTo(200);
    CommitServer.await("published", () -> Files.exists(table.published(1)));
    Files.delete(table.stagedFile(staged));
    String name = Writer.unique();
    assertThat(
            table
                .http
                .post(table.path() + "/rename", Writer.json(Map.of("new-name", name)))
                .status())
        .isEqualTo(204);
    Writer renamed = table.named(name);
    Answer replay = renamed.commit(staged);
    assertThat(replay.status()).as(replay.body()).isEqualTo(200);
    // Under a new name as well, as long as it says itself what it is.
    assertThat(renamed.commit(renamed.stage(1, "renamed-" + table.id)).status()).isEqualTo(200);
    // A file that was never there says nothing.
    Staged never = new Staged(1, START + 1, LogPaths.stagedName(1, UUID.randomUUID()), 10);
    error(renamed.commit(never), 409, "CommitVersionConflictException");
    server.catalog.principal("carol", false);
    Answer denied = renamed.as("carol").commit(staged);
    message(denied, 403, "PermissionDeniedException");
    assertThat(denied.body()).doesNotContain(staged.fileName());
  }

  @ParameterizedTest
  @CsvSource({
    "../../../../etc/passwd",
    "00000000000000000001.json",
    "1.6a6f4a5e-0000-0000-0000-000000000000.json",
    "00000000000000000001.6a6f4a5e-0000-0000-0000-000000000000.json/..",
    "00000000000000000002.6a6f4a5e-0000-0000-0000-000000000000.json"
  })
  void aFileNameIsThatOfAStagedCommitOfTheVersion(String name) {
    Writer table = Writer.created(server);
    assertThat(message(table.commit(new Staged(1, START + 1, name, 10)), 400, INVALID))
        .contains("add-commit.commit.file-name");
  }

  @Test
  void aRequestThatContradictsItsCommitIsRefusedByName() {
    Writer table = Writer.created(server);
    Staged staged = table.stage(1, "quiet");
    for (Map.Entry<String, Map<String, ?>> wrong :
        List.<Map.Entry<String, Map<String, ?>>>of(
            Map.entry(
                "set-properties",
                Map.of("action", "set-properties", "updates", Map.of("owner", "me"))),
            Map.entry(
                "remove-properties",
                Map.of(
                    "action", "remove-properties", "removals", List.of("delta.checkpointPolicy"))),
            Map.entry(
                "set-table-comment", Map.of("action", "set-table-comment", "comment", "Other")),
            Map.entry(
                "set-partition-columns",
                Map.of("action", "set-partition-columns", "partition-columns", List.of("id"))),
            Map.entry(
                "set-columns",
                Map.of(
                    "action",
                    "set-columns",
                    "columns",
                    Map.of("type", "struct", "fields", List.of()))),
            Map.entry(
                "set-protocol",
                Map.of(
                    "action",
                    "set-protocol",
                    "protocol",
                    Map.of(
                        "min-reader-version",
                        3,
                        "min-writer-version",
                        7,
                        "writer-features",
                        List.of("identityColumns")))),
            Map.entry(
                "set-domain-metadata",
                Map.of(
                    "action",
                    "set-domain-metadata",
                    "updates",
                    Map.of("delta.clustering", Map.of("clusteringColumns", List.of())))))) {
      assertThat(message(table.commit(staged, wrong.getValue()), 400, INVALID))
          .contains(wrong.getKey());
    }
    assertThat(table.commit(staged).status()).isEqualTo(200);
  }

  @Test
  void domainsAreSetAndRemoved() {
    Writer table = Writer.created(server);
    String set =
        "{\"domainMetadata\":{\"domain\":\"delta.clustering\","
            + "\"configuration\":\"{\\\"clusteringColumns\\\":[[\\\"id\\\"]]}\",\"removed\":false}}";
    Answer answer =
        table.commit(
            table.stage(
                1, "set-" + table.id, Writer.protocolLine("clustering", "domainMetadata"), set),
            Map.of(
                "action",
                "set-domain-metadata",
                "updates",
                Map.of("delta.clustering", Map.of("clusteringColumns", List.of(List.of("id"))))));
    assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    JsonNode properties = table.load().at("/metadata/properties");
    assertThat(properties.get("delta.clusteringColumns").asString()).isEqualTo("[[\"id\"]]");
    Map<String, Object> remove =
        Map.of("action", "remove-domain-metadata", "domains", List.of("delta.clustering"));
    assertThat(message(table.commit(table.stage(2, "kept"), remove), 400, INVALID))
        .contains("delta.clustering");
    Answer removed =
        table.commit(table.stage(2, "gone-" + table.id, set.replace("false", "true")), remove);
    assertThat(removed.status()).as(removed.body()).isEqualTo(200);
  }

  @Test
  void aCommitCannotTakeTheTableOutOfTheCatalogsHands() {
    Writer table = Writer.created(server);
    Map<String, String> properties = table.properties();
    properties.put("io.unitycatalog.tableId", UUID.randomUUID().toString());
    assertThat(
            message(
                table.commit(table.stage(1, "stolen", table.metadata(properties, null))),
                400,
                INVALID))
        .contains("io.unitycatalog.tableId");
    String downgrade = "{\"protocol\":{\"minReaderVersion\":1,\"minWriterVersion\":2}}";
    assertThat(message(table.commit(table.stage(1, "down", downgrade)), 400, INVALID))
        .contains("protocol is (1, 2)");
  }

  @Test
  void icebergMetadataGoesWithTheCommit() {
    Writer table = Writer.created(server);
    Map<String, String> properties = table.properties();
    properties.put("delta.universalFormat.enabledFormats", "iceberg");
    Staged staged = table.stage(1, "ice-" + table.id, table.metadata(properties, null));
    assertThat(message(table.commit(staged), 400, INVALID)).contains("add-commit.uniform.iceberg");

    Answer outside = uniform(table, staged, "file:///etc/passwd", 1, null);
    assertThat(message(outside, 400, INVALID)).contains("metadata-location");
    String place = table.location + "/metadata/1.json";
    assertThat(message(uniform(table, staged, place, 7, null), 400, INVALID))
        .contains("converted-delta-version");
    message(uniform(table, staged, place, 1, 0L), 409, "UpdateRequirementConflictException");
    assertThat(uniform(table, staged, place, 1, null).status()).isEqualTo(200);
    assertThat(table.load().at("/uniform/iceberg/metadata-location").asString()).isEqualTo(place);
    Staged next = table.stage(2, "ice2-" + table.id);
    assertThat(uniform(table, next, place, 2, 1L).status()).isEqualTo(200);

    Staged without = table.stage(3, "ice3-" + table.id, table.metadata(table.properties(), null));
    assertThat(message(uniform(table, without, place, 3, null), 400, INVALID))
        .contains("add-commit.uniform");
    assertThat(table.commit(without).status()).isEqualTo(200);
    assertThat(table.load().get("uniform")).isNull();
  }

  @Test
  void icebergMetadataOfVersionZeroIsKept() {
    Writer table = Writer.staged(server, "admin");
    Map<String, String> properties = table.properties();
    properties.put("delta.universalFormat.enabledFormats", "iceberg");
    table.writeFirst(properties);
    String place = table.location + "/metadata/0.json";
    Map<String, Object> creation = table.creation();
    creation.put("properties", properties);
    assertThat(message(table.create(creation), 400, INVALID)).contains("uniform.iceberg");
    creation.put(
        "uniform",
        Map.of(
            "iceberg",
            Map.of(
                "metadata-location",
                place,
                "converted-delta-version",
                0,
                "converted-delta-timestamp",
                START)));
    // Even if another process has to finish it, from what the first one has kept.
    server.catalog.loseNextAnswer(
        new io.tidegate.kit.errors.ApiException(
            io.tidegate.kit.errors.ErrorCode.UNAVAILABLE, "lost"));
    assertThat(table.create(creation).status()).isEqualTo(503);
    CommitServer.await("opened", () -> table.loadAnswer().status() == 200);
    assertThat(table.load().at("/uniform/iceberg/metadata-location").asString()).isEqualTo(place);
  }

  private static Answer uniform(
      Writer table,
      Staged staged,
      String place,
      long version,
      @org.jspecify.annotations.Nullable Long base) {
    Map<String, Object> iceberg =
        new java.util.HashMap<>(
            Map.of(
                "metadata-location",
                place,
                "converted-delta-version",
                version,
                "converted-delta-timestamp",
                START));
    if (base != null) {
      iceberg.put("base-converted-delta-version", base);
    }
    return table.update(
        List.of(table.uuid()),
        List.of(
            Map.of(
                "action",
                "add-commit",
                "commit",
                staged.commit(),
                "uniform",
                Map.of("iceberg", iceberg))));
  }

  @Test
  void aDroppedTableTakesNoCommitThatWasOnItsWay() {
    Writer table = Writer.created(server);
    Staged staged = table.stage(1, "late");
    // The catalog still answers for it, as it did when the commit was let in.
    server
        .context
        .getBean(ManagedTables.class)
        .close(table.id, io.tidegate.kit.web.Actors.system());
    message(table.commit(staged), 404, "NoSuchTableException");
  }

  @Test
  void whatCannotBeKeptOrShownIsRefused() {
    Writer table = Writer.created(server);
    assertThat(message(table.commit(table.stage(1, "a\u0000b")), 400, INVALID)).contains("txnId");
    assertThat(message(table.commit(table.stage(1, "x".repeat(201))), 400, INVALID))
        .contains("txnId");
    Map<String, String> properties = table.properties();
    properties.put("note", "a\u0000b");
    assertThat(
            message(
                table.commit(table.stage(1, "null", table.metadata(properties, null))),
                400,
                INVALID))
        .contains("U+0000");
    String noSchema =
        table.metadata(table.properties(), null).replace("{\\\"type\\\":\\\"struct\\\"", "{");
    assertThat(message(table.commit(table.stage(1, "schema", noSchema)), 400, INVALID))
        .contains("schema");
    assertThat(table.load().get("latest-table-version").asLong()).isZero();
  }
}
