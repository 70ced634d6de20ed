package io.tidegate.sharing.protocol;

import io.tidegate.kit.errors.ApiException;
import io.tidegate.kit.errors.ErrorCode;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a client can take, as its {@code delta-sharing-capabilities} header says (PROTOCOL.md,
 * "Delta Sharing Capabilities Header"). Names and values are case-insensitive, and what is unknown
 * here is left aside.
 *
 * @param formats at least one
 * @param readerFeatures in lower case
 * @param endStreamAction whether it wants to be told that an answer is complete
 */
record Capabilities(
    Set<ResponseFormat> formats, Set<String> readerFeatures, boolean endStreamAction) {
  static final String HEADER = "delta-sharing-capabilities";

  Capabilities {
    formats = Set.copyOf(formats);
    readerFeatures = Set.copyOf(readerFeatures);
  }

  /**
   * @throws ApiException INVALID_ARGUMENT if only formats are asked for that there are not
   */
  static Capabilities parse(@Nullable String header) {
    Set<ResponseFormat> formats = EnumSet.noneOf(ResponseFormat.class);
    Set<String> features = new HashSet<>();
    boolean endStreamAction = false;
    boolean anyFormat = false;
    for (String capability : (header == null ? "" : header).split(";", -1)) {
      int equals = capability.indexOf('=');
      if (equals < 0) {
        continue;
      }
      String key = capability.substring(0, equals).strip().toLowerCase(Locale.ROOT);
      for (String part : capability.substring(equals + 1).split(",", -1)) {
        String value = part.strip().toLowerCase(Locale.ROOT);
        switch (key) {
          case "responseformat" -> {
            anyFormat = true;
            for (ResponseFormat format : ResponseFormat.values()) {
              if (format.wireName().equals(value)) {
                formats.add(format);
              }
            }
          }
          case "readerfeatures" -> features.add(value);
          case "includeendstreamaction" -> endStreamAction = value.equals("true");
          default -> {
            // A capability of a later protocol, or one that changes nothing here.
          }
        }
      }
    }
    if (anyFormat && formats.isEmpty()) {
      throw new ApiException(
          ErrorCode.INVALID_ARGUMENT, HEADER + ": responseformat is one of parquet, delta");
    }
    if (formats.isEmpty()) {
      formats.add(ResponseFormat.PARQUET);
    }
    return new Capabilities(formats, features, endStreamAction);
  }
}
