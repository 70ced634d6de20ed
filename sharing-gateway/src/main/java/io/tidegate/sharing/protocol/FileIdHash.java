package io.tidegate.sharing.protocol;

import io.tidegate.kit.errors.ApiException;
import io.tidegate.kit.errors.ErrorCode;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** How a file's id is made from its path: as the {@code fileidhash} header asks. */
enum FileIdHash {
  PARQUET("MD5"),
  DELTA("SHA-256");

  static final String HEADER = "fileidhash";

  private final String algorithm;

  FileIdHash(String algorithm) {
    this.algorithm = algorithm;
  }

  /**
   * The hash that the header asks for, else that of the format.
   *
   * @throws ApiException INVALID_ARGUMENT if the header has another value
   */
  static FileIdHash of(@Nullable String header, ResponseFormat format) {
    if (header == null) {
      return valueOf(format.name());
    }
    for (FileIdHash hash : values()) {
      if (hash.wireName().equals(header.strip().toLowerCase(Locale.ROOT))) {
        return hash;
      }
    }
    throw new ApiException(ErrorCode.INVALID_ARGUMENT, HEADER + " is one of parquet, delta");
  }

  String wireName() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The hash as hexadecimal text. */
  String hash(String path) {
    try {
      return HexFormat.of()
          .formatHex(
              MessageDigest.getInstance(algorithm).digest(path.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java platform has " + algorithm, e);
    }
  }
}
