package io.tidegate.sharing.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidegate.kit.errors.ApiException;
import java.time.Instant;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is a timestamp and what is none. */
class TimestampsTest {
  @ParameterizedTest
  @CsvSource({
    "2026-01-31T12:00:00Z, 2026-01-31T12:00:00Z",
    "2026-01-31T12:00:00.123456+02:00, 2026-01-31T10:00:00.123456Z",
    "2026-01-31 12:00:00.5, 2026-01-31T12:00:00.500Z",
    "2026-1-3, 2026-01-03T00:00:00Z",
    "9999-12-31T23:59:59.999999Z, 9999-12-31T23:59:59.999999Z",
    "0000-01-01T00:00:00Z, 0000-01-01T00:00:00Z"
  })
  void reads(String text, Instant expected) {
    assertThat(Timestamps.parse("timestamp", text)).isEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "yesterday",
        "2026-02-30",
        "2026-01-31T25:00:00Z",
        "+292278994-08-17T07:12:55.808Z",
        "+10000-01-01T00:00:00Z",
        "-0001-12-31T23:59:59Z",
        "-999999999-01-01T00:00:00Z"
      })
  void refusesByName(String text) {
    assertThatThrownBy(() -> Timestamps.parse("startingTimestamp", text))
        .isInstanceOf(ApiException.class)
        .hasMessageContaining("startingTimestamp");
  }
}
