package io.tidegate.commits;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.testing.HttpTester.Answer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/**
 * A writer that lost a race rebases its file, and goes on telling what it told at its first
 * attempt: the file counts. What the file does not do at all is refused, so that nobody takes it
 * for done.
 */
class RebasedCommitTest {
  private static final CommitServer SERVER = CommitServer.shared();

  private static String rowTracking(long mark) {
    return "{\"domainMetadata\":{\"domain\":\"delta.rowTracking\","
        + "\"configuration\":\"{\\\"rowIdHighWaterMark\\\":"
        + mark
        + "}\",\"removed\":false}}";
  }

  private static final String FEATURES = Writer.protocolLine("domainMetadata", "rowTracking");

  /** A commit of a table with row tracking that adds no rows. */
  private static Writer.Staged tracked(Writer table, long version, String... lines) {
    List<String> all = new java.util.ArrayList<>();
    all.add(Writer.info(Writer.START + version, "tracked-" + version + table.id, "WRITE"));
    all.addAll(List.of(lines));
    return table.stageLines(version, Writer.START + version, all);
  }

  private static Map<String, Object> sayRowTracking(long mark) {
    return Map.of(
        "action",
        "set-domain-metadata",
        "updates",
        Map.of("delta.rowTracking", Map.of("rowIdHighWaterMark", mark)));
  }

  private static void accepted(Answer answer) {
    assertThat(answer.status()).as(answer.body()).isEqualTo(200);
  }

  private static void refused(Answer answer, String what) {
    assertThat(answer.status()).as(answer.body()).isEqualTo(400);
    assertThat(answer.body()).contains("InvalidParameterValueException").contains(what);
  }

  @Test
  void theMarkOfTheFirstAttemptDoesNotMatter() {
    Writer table = Writer.created(SERVER);
    accepted(table.commit(tracked(table, 1, FEATURES, rowTracking(9)), sayRowTracking(9)));
    accepted(table.commit(tracked(table, 2, rowTracking(19)), sayRowTracking(9)));
    assertThat(table.load().at("/metadata/properties").get("delta.rowTracking.rowIdHighWaterMark"))
        .hasToString("\"19\"");
  }

  @Test
  void aDomainThatTheFileDoesNotTouchIsRefused() {
    Writer table = Writer.created(SERVER);
    accepted(table.commit(tracked(table, 1, FEATURES, rowTracking(9)), sayRowTracking(9)));
    refused(table.commit(tracked(table, 2), sayRowTracking(19)), "delta.rowTracking");
    refused(
        table.commit(tracked(table, 2, rowTracking(9).replace("false", "true")), sayRowTracking(9)),
        "delta.rowTracking");
  }

  @Test
  void aPropertyThatTheFileSetsOtherwiseIsTheFiles() {
    Writer table = Writer.created(SERVER);
    Map<String, String> properties = table.properties();
    properties.put("owner", "sales");
    Map<String, Object> say =
        Map.of("action", "set-properties", "updates", Map.of("owner", "purchase"));
    accepted(table.commit(table.stage(1, "owner", table.metadata(properties, null)), say));
    assertThat(table.load().at("/metadata/properties/owner").asString()).isEqualTo("sales");
    // A file without metadata sets nothing, and one whose metadata lacks the property neither.
    refused(table.commit(table.stage(2, "silent"), say), "owner");
    refused(
        table.commit(
            table.stage(2, "other", table.metadata(properties, null)),
            Map.of("action", "set-properties", "updates", Map.of("team", "a"))),
        "team");
  }

  @Test
  void theCommentOfTheFileCounts() {
    Writer table = Writer.created(SERVER);
    Map<String, Object> say = Map.of("action", "set-table-comment", "comment", "first");
    accepted(table.commit(table.stage(1, "c", table.metadata(table.properties(), "second")), say));
    assertThat(table.load().at("/metadata/properties").isMissingNode()).isFalse();
    refused(
        table.commit(table.stage(2, "none", table.metadata(table.properties(), null)), say),
        "set-table-comment");
  }

  @Test
  void columnsMayDifferInWhatDescribesThemAndNotInThemselves() {
    Writer table = Writer.created(SERVER);
    JsonNode columns = table.load().at("/metadata/columns");
    String described =
        columns.toString().replaceFirst("\"metadata\":\\{}", "\"metadata\":{\"comment\":\"key\"}");
    assertThat(described).isNotEqualTo(columns.toString());
    accepted(
        table.commit(
            table.stage(1, "m", table.metadata(table.properties(), null)), setColumns(described)));
    // Without metadata in the file the comment would be lost.
    refused(table.commit(table.stage(2, "silent"), setColumns(described)), "comment");
    refused(
        table.commit(
            table.stage(2, "name", table.metadata(table.properties(), null)),
            setColumns(described.replace("\"id\"", "\"key\""))),
        "set-columns.columns.fields[0].name");
    refused(
        table.commit(
            table.stage(2, "type", table.metadata(table.properties(), null)),
            setColumns(described.replace("\"long\"", "\"integer\""))),
        "set-columns.columns.fields[0].type");
  }

  @Test
  void anIdentityColumnsMarkMovesWithEveryRow() {
    Writer table = Writer.created(SERVER);
    String columns = table.load().at("/metadata/columns").toString();
    accepted(
        table.commit(
            table.stage(1, "moved"),
            setColumns(
                columns.replaceFirst(
                    "\"metadata\":\\{}", "\"metadata\":{\"delta.identity.highWaterMark\":7}"))));
  }

  @Test
  void aProtocolMayHaveMoreThanTheRequestSaysAndNeverLess() {
    Writer table = Writer.created(SERVER);
    accepted(table.commit(table.stage(1, "less"), setProtocol(List.of("catalogManaged"))));
    refused(
        table.commit(table.stage(2, "more"), setProtocol(List.of("identityColumns"))),
        "set-protocol.protocol");
  }

  private static Map<String, Object> setColumns(String columns) {
    return Map.of("action", "set-columns", "columns", Writer.JSON.readTree(columns));
  }

  private static Map<String, Object> setProtocol(List<String> writerFeatures) {
    Map<String, Object> protocol = new HashMap<>();
    protocol.put("min-reader-version", 3);
    protocol.put("min-writer-version", 7);
    protocol.put("writer-features", writerFeatures);
    return Map.of("action", "set-protocol", "protocol", protocol);
  }
}
