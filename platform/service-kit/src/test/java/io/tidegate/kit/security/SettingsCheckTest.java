package io.tidegate.kit.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidegate.kit.TidegateProperties;
import java.net.InetAddress;
import java.net.URI;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.boot.web.server.autoconfigure.ServerProperties;
import org.springframework.util.unit.DataSize;

@ExtendWith(OutputCaptureExtension.class)
class SettingsCheckTest {
  private static final String TOKEN = "0123456789abcdef0123456789abcdef";

  private static void check(
      @Nullable String address,
      @Nullable String publicUrl,
      @Nullable String token,
      @Nullable String catalogUrl)
      throws Exception {
    ServerProperties server = new ServerProperties();
    server.setAddress(address == null ? null : InetAddress.getByName(address));
    new SettingsCheck(
            new TidegateProperties(
                publicUrl == null ? null : URI.create(publicUrl),
                token,
                null,
                null,
                List.of(),
                catalogUrl == null ? null : URI.create(catalogUrl),
                null,
                DataSize.ofMegabytes(1)),
            server)
        .afterPropertiesSet();
  }

  @Test
  void isSilentWhereAllIsWell(CapturedOutput output) throws Exception {
    check("127.0.0.1", null, TOKEN, null);
    check("::1", null, null, null);
    check(null, "https://lake.example", TOKEN, "http://catalog-service:8080");
    assertThat(output.getAll()).isEmpty();
  }

  @Test
  void refusesAServiceThatTheOthersWouldRefuse() {
    for (String blank : new String[] {null, "", "  "}) {
      assertThatThrownBy(() -> check("127.0.0.1", null, blank, "http://catalog-service:8080"))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("tidegate.service-token");
    }
  }

  @Test
  void warnsOfATokenThatCanBeGuessedWithoutShowingIt(CapturedOutput output) throws Exception {
    check("127.0.0.1", null, "change-me", null);
    assertThat(output.getAll())
        .contains("WARN")
        .contains("tidegate.service-token")
        .doesNotContain("change-me");
  }

  @Test
  void warnsOfTokensInClear(CapturedOutput output) throws Exception {
    check(null, null, TOKEN, null);
    check("192.0.2.7", "http://lake.example", TOKEN, null);
    assertThat(output.getAll())
        .contains("every address")
        .contains("192.0.2.7")
        .contains("tidegate.public-url");
  }
}
