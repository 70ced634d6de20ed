package io.tidegate.delta;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.tidegate.delta.Action.DeletionVector;
import java.net.URI;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FilePathsTest {
  private static final URI TABLE = URI.create("file:///lake/a%20table/");

  @ParameterizedTest
  @CsvSource({
    "a.parquet, file:///lake/a%20table/a.parquet",
    "day=1/a%20b.parquet, file:///lake/a%20table/day=1/a%20b.parquet",
    "a b.parquet, file:///lake/a%20table/a%20b.parquet",
    "100%/a%zz, file:///lake/a%20table/100%25/a%25zz",
    "at=12:30/a, file:///lake/a%20table/at=12:30/a",
    "ä.parquet, file:///lake/a%20table/%C3%A4.parquet",
    "/else/where, file:///else/where",
    "file:/else/where, file:/else/where",
    "s3://bucket/a%20b, s3://bucket/a%20b",
  })
  void resolves(String path, String uri) {
    assertThat(FilePaths.resolve(TABLE, path)).hasToString(uri);
  }

  @ParameterizedTest
  @CsvSource({
    "a%20b, a b",
    "special%20p@%23h, special%20p%40%23h",
    "/x/y, file:///x/y",
    "/x/y, file:/x/y",
    "a.parquet, file:///lake/a%20table/a.parquet",
    "day=1/a, /lake/a%20table/day=1/a",
  })
  void knowsTheSameFile(String one, String other) {
    assertThat(FilePaths.canonical(TABLE, one)).isEqualTo(FilePaths.canonical(TABLE, other));
  }

  @ParameterizedTest
  @CsvSource({"a, b", "a, /a", "a%2520b, a%20b", "/x, s3://x", "a, A"})
  void knowsDifferentFiles(String one, String other) {
    assertThat(FilePaths.canonical(TABLE, one)).isNotEqualTo(FilePaths.canonical(TABLE, other));
  }

  @ParameterizedTest
  @CsvSource({
    "a.parquet, true",
    "day=1/a b%20c.parquet, true",
    ".hidden/..a/a..b, true",
    "/lake/a%20table/a.parquet, true",
    "file:/lake/a%20table/a.parquet, true",
    "file:///lake/a%20table/day=1/a, true",
    "/lake/a%20tables/a, false",
    "../other/a, false",
    "day=1/../../other/a, false",
    "./a, false",
    "day=1/%2e%2e/a, false",
    "%2E./a, false",
    "day=1/%2F..%2F..%2Fx, false",
    "/lake/a%20table/../x, false",
    "/else/where, false",
    "s3://bucket/a, false",
    "file://host/lake/a%20table/a, false",
  })
  void knowsWhatIsInsideTheTable(String path, boolean inside) {
    assertThat(FilePaths.isInside(TABLE, TestLog.add(path))).isEqualTo(inside);
    DeletionVector vector = new DeletionVector("p", path, 4, 40, 6);
    assertThat(FilePaths.isInside(TABLE, TestLog.add("a", vector))).isEqualTo(inside);
  }

  @Test
  void aVectorWithoutAPlaceIsNotInside() {
    DeletionVector none = new DeletionVector("u", "short", 4, 40, 6);
    assertThat(FilePaths.isInside(TABLE, TestLog.add("a", none))).isFalse();
    DeletionVector inline = new DeletionVector("i", "inline", null, 40, 6);
    assertThat(FilePaths.isInside(TABLE, TestLog.add("a", inline))).isTrue();
  }

  @Test
  void findsDeletionVectors() {
    // The examples of the protocol's section on deletion vectors.
    assertThat(
            FilePaths.resolve(TABLE, new DeletionVector("u", "ab^-aqEH.-t@S}K{vb[*k^", 4, 40, 6)))
        .contains(
            URI.create(TABLE + "ab/deletion_vector_d2c639aa-8816-431a-aaf6-d3fe2512ff61.bin"));
    assertThat(FilePaths.resolve(TABLE, new DeletionVector("p", "file:///x/v.bin", 4, 40, 6)))
        .contains(URI.create("file:///x/v.bin"));
    assertThat(FilePaths.resolve(TABLE, new DeletionVector("i", "inline", null, 40, 6))).isEmpty();
    assertThatExceptionOfType(DeltaTableException.class)
        .isThrownBy(() -> FilePaths.resolve(TABLE, new DeletionVector("u", "short", 4, 40, 6)));
    assertThatExceptionOfType(DeltaTableException.class)
        .isThrownBy(() -> FilePaths.resolve(TABLE, new DeletionVector("x", "a", 4, 40, 6)));
  }
}
