package io.tidegate.delta;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.tidegate.delta.Action.Metadata;
import io.tidegate.delta.DeltaTableException.Reason;
import io.tidegate.delta.TableSchema.Column;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TableSchemaTest {
  private static Column column(String type) {
    return TableSchema.parse(
            "{\"type\":\"struct\",\"fields\":[{\"name\":\"c\",\"type\":"
                + type
                + ",\"nullable\":true,\"metadata\":{}}]}",
            List.of())
        .columns()
        .getFirst();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '`',
      value = {
        "\"string\"; string; STRING",
        "\"long\"; bigint; LONG",
        "\"integer\"; int; INT",
        "\"short\"; smallint; SHORT",
        "\"byte\"; tinyint; BYTE",
        "\"float\"; float; FLOAT",
        "\"double\"; double; DOUBLE",
        "\"boolean\"; boolean; BOOLEAN",
        "\"binary\"; binary; BINARY",
        "\"date\"; date; DATE",
        "\"timestamp\"; timestamp; TIMESTAMP",
        "\"timestamp_ntz\"; timestamp_ntz; TIMESTAMP_NTZ",
        "\"variant\"; variant; VARIANT",
        "\"void\"; void; NULL",
        "\"interval day to second\"; interval day to second; INTERVAL",
        "\"decimal(10,2)\"; decimal(10,2); DECIMAL",
        "\"decimal( 38 , 18 )\"; decimal(38,18); DECIMAL",
        "\"decimal\"; decimal(10,0); DECIMAL",
        "{\"type\":\"array\",\"elementType\":\"string\",\"containsNull\":true};"
            + " array<string>; ARRAY",
        "{\"type\":\"map\",\"keyType\":\"string\",\"valueType\":{\"type\":\"array\","
            + "\"elementType\":\"long\",\"containsNull\":false},\"valueContainsNull\":true};"
            + " map<string,array<bigint>>; MAP",
        "{\"type\":\"struct\",\"fields\":[{\"name\":\"a\",\"type\":\"integer\"},"
            + "{\"name\":\"b\",\"type\":{\"type\":\"struct\",\"fields\":[]}}]};"
            + " struct<a:int,b:struct<>>; STRUCT",
      })
  void namesTypes(String json, String text, String name) {
    Column column = column(json);
    assertThat(column.typeText()).isEqualTo(text);
    assertThat(column.typeName()).isEqualTo(name);
    assertThat(column.typeJson()).isEqualTo(json);
  }

  @Test
  void describesColumns() {
    String id =
        "{\"name\":\"id\",\"type\":\"long\",\"nullable\":false,\"metadata\":{\"comment\":\"the"
            + " key\",\"delta.columnMapping.id\":1,"
            + "\"delta.columnMapping.physicalName\":\"col-1\"}}";
    String schema =
        "{\"type\":\"struct\",\"fields\":["
            + id
            + ",{\"name\":\"Day\",\"type\":\"date\",\"nullable\":true,\"metadata\":{}},"
            + "{\"name\":\"price\",\"type\":\"decimal(10,2)\",\"nullable\":true,\"metadata\":{}}]}";

    List<Column> columns = TableSchema.parse(schema, List.of("day")).columns();
    assertThat(columns).extracting(Column::position).containsExactly(0, 1, 2);
    assertThat(columns).extracting(Column::name).containsExactly("id", "Day", "price");
    assertThat(columns).extracting(Column::physicalName).containsExactly("col-1", "Day", "price");
    assertThat(columns).extracting(Column::nullable).containsExactly(false, true, true);
    assertThat(columns).extracting(Column::comment).containsExactly("the key", null, null);
    assertThat(columns).extracting(Column::partitionIndex).containsExactly(null, 0, null);
    assertThat(columns).extracting(Column::typePrecision).containsExactly(null, null, 10);
    assertThat(columns).extracting(Column::typeScale).containsExactly(null, null, 2);
    assertThat(columns.getFirst().fieldJson()).isEqualTo(id);

    Map<String, String> mapped = Map.of("delta.columnMapping.mode", "name");
    assertThat(physicalName(schema, mapped)).isEqualTo("col-1");
    assertThat(physicalName(schema, Map.of())).isEqualTo("id");
  }

  private static String physicalName(String schema, Map<String, String> configuration) {
    Metadata metadata = new Metadata("i", null, null, schema, List.of(), configuration, null);
    return TableSchema.of(metadata).columns().getFirst().physicalName();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "no json",
        "[]",
        "{}",
        "{\"type\":\"struct\"}",
        "{\"type\":\"struct\",\"fields\":[{}]}",
        "{\"type\":\"struct\",\"fields\":[{\"name\":\"a\"}]}",
        "{\"type\":\"struct\",\"fields\":[{\"name\":\"a\",\"type\":{\"type\":\"what\"}}]}",
        "{\"type\":\"struct\",\"fields\":[{\"name\":\"a\",\"type\":{\"type\":\"array\"}}]}",
        "{\"type\":\"struct\",\"fields\":[{\"name\":\"a\",\"type\":1}]}"
      })
  void refusesWhatIsNoSchema(String schema) {
    assertThatExceptionOfType(DeltaTableException.class)
        .isThrownBy(() -> TableSchema.parse(schema, List.of()))
        .extracting(DeltaTableException::reason)
        .isEqualTo(Reason.CORRUPT);
  }

  @Test
  void refusesAPartitionColumnThatIsNotThere() {
    assertThatExceptionOfType(DeltaTableException.class)
        .isThrownBy(() -> TableSchema.parse("{\"type\":\"struct\",\"fields\":[]}", List.of("day")))
        .withMessageContaining("day");
  }

  @Test
  void typesOfUnusualFieldNamesAreDdlAndThoseOfOrdinaryOnesStayPlain() {
    DeltaType number = new DeltaType.Primitive("integer");
    DeltaType.Struct struct =
        new DeltaType.Struct(
            java.util.stream.Stream.of("a b", "plain_1", "1a", "x`y", "größe", "a:b", "a,b", "")
                .map(name -> new DeltaType.Field(name, name, number, true))
                .toList());
    assertThat(struct.text())
        .isEqualTo(
            "struct<`a b`:int,plain_1:int,`1a`:int,`x``y`:int,`größe`:int,`a:b`:int,`a,b`:int,"
                + "``:int>");
    assertThat(new DeltaType.Array(new DeltaType.Dictionary(number, struct, true), true).text())
        .startsWith("array<map<int,struct<`a b`:int,");
  }
}
