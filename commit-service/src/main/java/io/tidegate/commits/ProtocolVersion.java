package io.tidegate.commits;

import java.util.Arrays;
import java.util.regex.Pattern;

/** Agreement on a version of the Delta REST API; there is one, 1.0. */
final class ProtocolVersion {
  private static final Pattern VERSION = Pattern.compile("(\\d{1,4})\\.(\\d{1,4})");

  private ProtocolVersion() {}

  /**
   * Passes if the client knows 1.0.
   *
   * @param versions the highest minor version that the client knows of each major one
   * @throws io.tidegate.kit.errors.ApiException INVALID_ARGUMENT if they are malformed, or no 1.x
   *     is among them
   */
  static void requireCommon(String versions) {
    String[] known = versions.split(",", -1);
    for (String version : known) {
      if (!VERSION.matcher(version.strip()).matches()) {
        throw Texts.invalid(
            "protocol-versions must be versions such as 1.0, separated by commas, but has "
                + Texts.shown(version));
      }
    }
    if (Arrays.stream(known).noneMatch(version -> version.strip().startsWith("1."))) {
      throw Texts.invalid("protocol-versions: this server speaks 1.0 only");
    }
  }
}
