package io.tidegate.delta;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.tidegate.delta.Action.AddFile;
import io.tidegate.delta.Action.Metadata;
import io.tidegate.delta.Action.Protocol;
import io.tidegate.objects.LocalObjectStore;
import io.tidegate.objects.ObjectStore;
import io.tidegate.objects.OutsideRootException;
import java.io.IOException;
import java.math.BigDecimal;
import java.net.URI;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

class DataFileWriterTest {
  private static final String SCHEMA =
      """
      {"type":"struct","fields":[
      {"name":"flag","type":"boolean","nullable":true,"metadata":{}},
      {"name":"tiny","type":"byte","nullable":true,"metadata":{}},
      {"name":"small","type":"short","nullable":true,"metadata":{}},
      {"name":"number","type":"integer","nullable":true,"metadata":{}},
      {"name":"big","type":"long","nullable":true,"metadata":{}},
      {"name":"narrow","type":"float","nullable":true,"metadata":{}},
      {"name":"wide","type":"double","nullable":true,"metadata":{}},
      {"name":"price","type":"decimal(10,2)","nullable":true,"metadata":{}},
      {"name":"name","type":"string","nullable":true,"metadata":{}},
      {"name":"bytes","type":"binary","nullable":true,"metadata":{}},
      {"name":"day","type":"date","nullable":true,"metadata":{}},
      {"name":"at","type":"timestamp","nullable":true,"metadata":{}},
      {"name":"clock","type":"timestamp_ntz","nullable":true,"metadata":{}},
      {"name":"part","type":"string","nullable":true,"metadata":{}}]}
      """;

  @TempDir Path folder;

  private static List<@Nullable Object> row(int number) {
    return Arrays.asList(
        number % 2 == 0,
        (byte) number,
        (short) number,
        number,
        (long) number,
        number / 2f,
        number / 4.0,
        BigDecimal.valueOf(number),
        "name " + number,
        new byte[] {(byte) number},
        LocalDate.of(2026, 1, 1).plusDays(number),
        Instant.parse("2026-01-01T00:00:00.123456Z").plusSeconds(number),
        LocalDateTime.parse("2026-01-01T00:00:00.123456").plusSeconds(number));
  }

  @Test
  void kernelReadsWhatWasWritten() throws IOException {
    URI location = folder.resolve("a table").toUri();
    ObjectStore store = new LocalObjectStore(List.of(folder));
    TableSchema schema = TableSchema.parse(SCHEMA, List.of("part"));
    List<List<@Nullable Object>> rows = new ArrayList<>();
    for (int number = -3; number < 40; number++) {
      rows.add(row(number));
    }
    rows.add(Arrays.asList(new Object[13]));

    List<AddFile> files =
        new DataFileWriter(location, store, schema).write(rows, Map.of("part", "p 1"));
    List<Action> actions = new ArrayList<>();
    actions.add(new Protocol(3, 7, Set.of("timestampNtz"), Set.of("timestampNtz")));
    actions.add(
        new Metadata("an id", null, null, SCHEMA, List.of("part"), Map.of(), 1_700_000_000_000L));
    actions.addAll(files);
    assertThat(store.putIfAbsent(new LogPaths(location).published(0), CommitFile.toBytes(actions)))
        .isTrue();

    KernelReader kernel = KernelReader.stock();
    List<String> read = kernel.rows(kernel.snapshot(folder.resolve("a table")));
    assertThat(read)
        .hasSize(rows.size())
        .contains(
            "[true, 2, 2, 2, 2, 1.0, 0.5, 2, name 2, [2], 20456, 1767225602123456,"
                + " 1767225602123456, p 1]",
            "[null, null, null, null, null, null, null, null, null, null, null, null, null, p 1]");

    TableSnapshot snapshot = DeltaTable.at(location, store).snapshot(TimeTravel.latest(), null);
    AddFile file = snapshot.files().next();
    assertThat(file).isEqualTo(files.getFirst());
    assertThat(store.head(snapshot.uri(file)).orElseThrow().size()).isEqualTo(file.size());
    JsonNode stats = ActionJson.MAPPER.readTree(file.stats());
    assertThat(stats.path("numRecords").asInt()).isEqualTo(rows.size());
    assertThat(stats.path("minValues").path("big").asInt()).isEqualTo(-3);
    assertThat(stats.path("maxValues").path("name").asString()).isEqualTo("name 9");
    assertThat(stats.path("maxValues").path("day").asString()).isEqualTo("2026-02-09");
    assertThat(stats.path("nullCount").path("price").asInt()).isEqualTo(1);
  }

  @Test
  void refusesWhatDoesNotFit() throws IOException {
    ObjectStore store = new LocalObjectStore(List.of(folder));
    TableSchema schema =
        TableSchema.parse(
            """
            {"type":"struct","fields":[{"name":"n","type":"long","nullable":true,"metadata":{}}]}
            """,
            List.of());
    DataFileWriter writer = new DataFileWriter(folder.toUri(), store, schema);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> writer.write(List.of(List.of("text")), Map.of()));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> writer.write(List.of(List.of(1L, 2L)), Map.of()));

    TableSchema nested =
        TableSchema.parse(
            """
            {"type":"struct","fields":[{"name":"a","nullable":true,"metadata":{},
            "type":{"type":"array","elementType":"long","containsNull":true}}]}
            """,
            List.of());
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new DataFileWriter(folder.toUri(), store, nested))
        .withMessageContaining("array<bigint>");
    assertThatExceptionOfType(OutsideRootException.class)
        .isThrownBy(() -> new DataFileWriter(folder.resolveSibling("x").toUri(), store, schema));
  }
}
