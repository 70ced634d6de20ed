package io.tidegate.sharing.protocol;

import tools.jackson.core.StreamWriteFeature;
import tools.jackson.core.json.JsonWriteFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * The JSON of the protocol: on one line, and in ASCII, because some clients take U+2028 and the
 * like for the end of a line.
 */
final class ProtocolJson {
  static final JsonMapper MAPPER =
      JsonMapper.builder()
          .enable(JsonWriteFeature.ESCAPE_NON_ASCII)
          .disable(StreamWriteFeature.AUTO_CLOSE_TARGET)
          .build();

  private ProtocolJson() {}
}
