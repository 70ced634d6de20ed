package io.tidegate.delta;

import static org.assertj.core.api.Assertions.assertThat;

import io.delta.kernel.internal.tablefeatures.TableFeature;
import io.tidegate.delta.Action.Metadata;
import io.tidegate.delta.Action.Protocol;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What describes a table tells which features its protocol must name. */
class TableFeaturesTest {

  @Test
  void areThoseOfKernelAndTheOneThatItLeftOut() {
    Set<String> kernel =
        io.delta.kernel.internal.tablefeatures.TableFeatures.TABLE_FEATURES.stream()
            .map(TableFeature::featureName)
            .collect(Collectors.toCollection(HashSet::new));
    kernel.add("icebergCompatV1");
    assertThat(TableFeatures.all()).isEqualTo(kernel);
    for (TableFeature feature :
        io.delta.kernel.internal.tablefeatures.TableFeatures.TABLE_FEATURES) {
      assertThat(TableFeatures.needs(feature.featureName()))
          .as(feature.featureName())
          .containsExactlyInAnyOrderElementsOf(
              feature.requiredFeatures().stream().map(TableFeature::featureName).toList());
      assertThat(TableFeatures.ofReaders(feature.featureName()))
          .as(feature.featureName())
          .isEqualTo(feature.isReaderWriterFeature());
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          {"name":"a","type":"long","nullable":false,"metadata":{}}|invariants|column a is NOT NULL
          {"name":"a","type":{"type":"struct","fields":[{"name":"b","type":"long","nullable":false,"metadata":{}}]},"nullable":true,"metadata":{}}|invariants|column a.b is NOT NULL
          {"name":"a","type":"long","nullable":true,"metadata":{"delta.invariants":"{}"}}|invariants|column a has delta.invariants
          {"name":"a","type":"long","nullable":true,"metadata":{"delta.generationExpression":"b"}}|generatedColumns|column a has delta.generationExpression
          {"name":"a","type":"long","nullable":true,"metadata":{"delta.identity.step":1}}|identityColumns|column a has delta.identity.step
          {"name":"a","type":"long","nullable":true,"metadata":{"CURRENT_DEFAULT":"1"}}|allowColumnDefaults|column a has CURRENT_DEFAULT
          {"name":"a","type":"long","nullable":true,"metadata":{"delta.typeChanges":[]}}|typeWidening|column a has delta.typeChanges
          {"name":"a","type":"timestamp_ntz","nullable":true,"metadata":{}}|timestampNtz|column a is of type timestamp_ntz
          {"name":"a","type":{"type":"array","elementType":"variant","containsNull":true},"nullable":true,"metadata":{}}|variantType|column a.element is of type variant
          {"name":"a","type":"geometry(4326)","nullable":true,"metadata":{}}|geospatial|column a is of type geometry(4326)
          """)
  void aColumnNeedsFeatures(String field, String feature, String why) {
    assertThat(TableFeatures.required(metadata(field, Map.of()), Set.of()))
        .isEqualTo(Map.of(feature, why));
  }

  @ParameterizedTest
  @CsvSource({
    "delta.appendOnly,true,appendOnly",
    "delta.enableChangeDataFeed,TRUE,changeDataFeed",
    "delta.enableDeletionVectors,true,deletionVectors",
    "delta.enableIcebergCompatV2,true,icebergCompatV2",
    "delta.enableInCommitTimestamps,true,inCommitTimestamp",
    "delta.enableRowTracking,true,rowTracking",
    "delta.enableTypeWidening,true,typeWidening",
    "delta.enableVariantShredding,true,variantShredding",
    "delta.columnMapping.mode,name,columnMapping",
    "delta.constraints.positive,a > 0,checkConstraints"
  })
  void aPropertyNeedsAFeature(String property, String value, String feature) {
    assertThat(TableFeatures.required(metadata(PLAIN, Map.of(property, value)), Set.of()))
        .containsOnlyKeys(feature)
        .extractingByKey(feature)
        .asString()
        .contains(property);
  }

  @Test
  void whatIsOffNeedsNothing() {
    Map<String, String> off =
        Map.of("delta.appendOnly", "false", "delta.columnMapping.mode", "none", "owner", "true");
    String inArray =
        """
        {"name":"a","nullable":true,"metadata":{},"type":{"type":"array","containsNull":true,\
        "elementType":{"type":"struct","fields":[\
        {"name":"b","type":"long","nullable":false,"metadata":{}}]}}}\
        """;
    assertThat(TableFeatures.required(metadata(inArray, off), Set.of())).isEmpty();
  }

  @Test
  void aDomainNeedsFeatures() {
    Metadata plain = metadata(PLAIN, Map.of());
    assertThat(TableFeatures.required(plain, Set.of("mine"))).containsOnlyKeys("domainMetadata");
    assertThat(TableFeatures.required(plain, Set.of("delta.clustering")))
        .containsOnlyKeys("domainMetadata", "clustering");
    assertThat(TableFeatures.required(plain, Set.of("delta.rowTracking")))
        .containsOnlyKeys("domainMetadata", "rowTracking");
  }

  @Test
  void aProtocolNamesWhatTheMetadataNeeds() {
    Protocol base = new Protocol(3, 7, Set.of("v2Checkpoint"), Set.of("v2Checkpoint"));
    Protocol named =
        TableFeatures.named(
            base,
            metadata(
                PLAIN.replace("true", "false").replace("long", "timestamp_ntz"),
                Map.of("delta.enableRowTracking", "true")));
    assertThat(named.readerFeatures()).containsExactlyInAnyOrder("v2Checkpoint", "timestampNtz");
    assertThat(named.writerFeatures())
        .containsExactlyInAnyOrder(
            "v2Checkpoint", "timestampNtz", "invariants", "rowTracking", "domainMetadata");
    assertThat(TableFeatures.named(base, metadata(PLAIN, Map.of()))).isEqualTo(base);
  }

  private static final String PLAIN =
      "{\"name\":\"a\",\"type\":\"long\",\"nullable\":true,\"metadata\":{}}";

  private static Metadata metadata(String field, Map<String, String> configuration) {
    return new Metadata(
        "id",
        null,
        null,
        "{\"type\":\"struct\",\"fields\":[" + field + "]}",
        List.of(),
        configuration,
        null);
  }
}
