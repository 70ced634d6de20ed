package io.tidegate.delta;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.net.URI;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LogPathsTest {
  private static final UUID ID = UUID.fromString("0b0e2d0c-1111-4000-8000-0123456789ab");
  private final LogPaths paths = new LogPaths(URI.create("file:///lake/a%20table"));

  @Test
  void namesFiles() {
    assertThat(paths).isEqualTo(new LogPaths(URI.create("file:///lake/a%20table/")));
    assertThat(paths.published(12))
        .hasToString("file:///lake/a%20table/_delta_log/00000000000000000012.json");
    assertThat(paths.staged(12, ID))
        .hasToString(
            "file:///lake/a%20table/_delta_log/_staged_commits/00000000000000000012."
                + ID
                + ".json");
    assertThat(paths.staged(LogPaths.stagedName(12, ID))).isEqualTo(paths.staged(12, ID));
    assertThat(paths.published(Long.MAX_VALUE).toString()).contains("/09223372036854775807.json");
    assertThatIllegalArgumentException().isThrownBy(() -> paths.published(-1));
  }

  @Test
  void readsNames() {
    assertThat(LogPaths.parse("00000000000000000012.json")).contains(new LogPaths.Commit(12));
    assertThat(LogPaths.parse("00000000000000000012.crc")).contains(new LogPaths.Checksum(12));
    assertThat(LogPaths.parse("00000000000000000012.checkpoint.parquet"))
        .contains(new LogPaths.Checkpoint(12, 1, 1));
    assertThat(LogPaths.parse("00000000000000000012.checkpoint." + ID + ".json"))
        .contains(new LogPaths.Checkpoint(12, 1, 1));
    assertThat(LogPaths.parse("00000000000000000012.checkpoint." + ID + ".parquet"))
        .contains(new LogPaths.Checkpoint(12, 1, 1));
    assertThat(LogPaths.parse("00000000000000000012.checkpoint.0000000002.0000000003.parquet"))
        .contains(new LogPaths.Checkpoint(12, 2, 3));
    assertThat(LogPaths.parse("00000000000000000003.00000000000000000012.compacted.json"))
        .contains(new LogPaths.Compacted(3, 12));
    assertThat(LogPaths.parseStaged(LogPaths.stagedName(12, ID)))
        .contains(new LogPaths.Staged(12, ID));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "12.json",
        "99999999999999999999.json",
        "00000000000000000012.json.tmp",
        "00000000000000000012.checkpoint.0000000000.0000000003.parquet",
        "00000000000000000012.checkpoint.0000000004.0000000003.parquet",
        "_last_checkpoint",
        "../00000000000000000012.json",
        "00000000000000000012.0b0e2d0c-1111-4000-8000-0123456789ab.json"
      })
  void knowsNoOtherNames(String name) {
    assertThat(LogPaths.parse(name)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "00000000000000000012.json",
        "../00000000000000000012.0b0e2d0c-1111-4000-8000-0123456789ab.json",
        "00000000000000000012.0b0e2d0c-1111-4000-8000-0123456789ab.json/..",
        "99999999999999999999.0b0e2d0c-1111-4000-8000-0123456789ab.json",
        "00000000000000000012.not-a-uuid.json"
      })
  void takesNoOtherNameForAStagedCommit(String name) {
    assertThat(LogPaths.parseStaged(name)).isEmpty();
    assertThatIllegalArgumentException().isThrownBy(() -> paths.staged(name));
  }
}
