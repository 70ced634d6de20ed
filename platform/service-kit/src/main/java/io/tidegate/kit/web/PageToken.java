package io.tidegate.kit.web;

import io.tidegate.kit.errors.ApiException;
import io.tidegate.kit.errors.ErrorCode;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import tools.jackson.core.JacksonException;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

/**
 * Where the next page of a list begins, as opaque base64url text. It is no secret and proves
 * nothing: whoever reads it treats its parts as input.
 */
public final class PageToken {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final TypeReference<List<String>> PARTS = new TypeReference<>() {};
  private static final int MAX_LENGTH = 4096;

  private PageToken() {}

  /** Packs what the next page needs, for instance the sort key of this page's last entry. */
  public static String encode(String... parts) {
    byte[] json = JSON.writeValueAsString(List.of(parts)).getBytes(StandardCharsets.UTF_8);
    return Base64.getUrlEncoder().withoutPadding().encodeToString(json);
  }

  /**
   * Unpacks a token.
   *
   * @param field the parameter's name, for the error
   * @param token as sent
   * @param parts how many parts {@link #encode} was given
   * @throws ApiException INVALID_ARGUMENT if it is not a token of that form
   */
  public static List<String> decode(String field, String token, int parts) {
    if (token.length() <= MAX_LENGTH) {
      try {
        List<String> decoded = JSON.readValue(Base64.getUrlDecoder().decode(token), PARTS);
        if (decoded != null && decoded.size() == parts && !decoded.contains(null)) {
          return List.copyOf(decoded);
        }
      } catch (IllegalArgumentException | JacksonException e) {
        // Not one of ours: refused below.
      }
    }
    throw new ApiException(
        ErrorCode.INVALID_ARGUMENT, field + " is not a page token of this list: leave it out");
  }
}
