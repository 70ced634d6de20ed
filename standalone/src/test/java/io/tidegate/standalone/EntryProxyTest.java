package io.tidegate.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EntryProxyTest {

  @Test
  void nginxIsFoundOnThePathOrElseWhereItUsuallyIs(@TempDir Path first, @TempDir Path second)
      throws Exception {
    Path nginx = Files.createFile(second.resolve("nginx"));
    assertThat(nginx.toFile().setExecutable(true)).isTrue();
    assertThat(EntryProxy.program(first + ":" + second, List.of())).isEqualTo(nginx);
    assertThat(EntryProxy.program("", List.of(second.toString()))).isEqualTo(nginx);
  }

  @Test
  void withoutNginxOneLineSaysWhatToInstall(@TempDir Path empty) throws Exception {
    Files.createFile(empty.resolve("nginx")); // not executable
    assertThatThrownBy(() -> EntryProxy.program(empty + "::", List.of(empty.toString())))
        .isInstanceOf(StartFailure.class)
        .hasMessageContaining("install")
        .hasMessageContaining("package nginx")
        .hasMessageNotContaining("\n");
  }
}
