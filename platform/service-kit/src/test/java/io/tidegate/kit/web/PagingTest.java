package io.tidegate.kit.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.tidegate.kit.errors.ApiException;
import io.tidegate.kit.errors.ErrorCode;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

class PagingTest {
  private static void refused(String field, ThrowingCallable call) {
    assertThatExceptionOfType(ApiException.class)
        .isThrownBy(call)
        .satisfies(e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_ARGUMENT))
        .withMessageStartingWith(field);
  }

  @Property(tries = 200)
  void aTokenHoldsWhateverItsPartsAre(@ForAll @Size(min = 1, max = 4) List<String> parts) {
    String token = PageToken.encode(parts.toArray(String[]::new));
    assertThat(token).matches("[A-Za-z0-9_-]+");
    assertThat(PageToken.decode("page_token", token, parts.size())).isEqualTo(parts);
    refused("page_token", () -> PageToken.decode("page_token", token, parts.size() + 1));
  }

  @Property(tries = 500)
  void anyOtherTextIsRefused(@ForAll String text) {
    refused("page_token", () -> PageToken.decode("page_token", text, 1));
  }

  @Test
  void refusesTokensThatAreJsonOfAnotherShape() {
    for (String json : List.of("null", "{}", "[null]", "[[\"a\"]]", "[\"a\"]x", "[]")) {
      String token = Base64.getUrlEncoder().encodeToString(json.getBytes(StandardCharsets.UTF_8));
      refused("page_token", () -> PageToken.decode("page_token", token, 1));
    }
    refused("page_token", () -> PageToken.decode("page_token", "A".repeat(1 << 20), 1));
  }

  @Test
  void sizesArePickedOrClamped() {
    assertThat(PageSize.of("max_results", null, 100, 1000)).isEqualTo(100);
    assertThat(PageSize.of("max_results", 0, 100, 1000)).isEqualTo(100);
    assertThat(PageSize.of("max_results", 1, 100, 1000)).isEqualTo(1);
    assertThat(PageSize.of("max_results", Integer.MAX_VALUE, 100, 1000)).isEqualTo(1000);
    assertThat(PageSize.orZero("maxResults", 0, 100, 1000)).isZero();
    assertThat(PageSize.orZero("maxResults", null, 100, 1000)).isEqualTo(100);
    refused("max_results", () -> PageSize.of("max_results", -1, 100, 1000));
    refused("maxResults", () -> PageSize.orZero("maxResults", Integer.MIN_VALUE, 100, 1000));
  }
}
