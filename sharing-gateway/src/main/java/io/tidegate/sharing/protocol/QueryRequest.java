package io.tidegate.sharing.protocol;

import io.tidegate.kit.errors.ApiException;
import io.tidegate.kit.errors.ErrorCode;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * The body of a query (PROTOCOL.md, "Read Data from a Table"). Unknown fields are left aside; those
 * that are known must have the right type. {@code maxFiles} asks for pages; answers are streamed
 * whole instead, which the protocol allows.
 *
 * @param limitHint how many rows the client means to read
 */
record QueryRequest(
    List<String> predicateHints,
    @Nullable String jsonPredicateHints,
    @Nullable Long limitHint,
    @Nullable Long version,
    @Nullable Instant timestamp,
    @Nullable Long startingVersion,
    boolean includeRefreshToken,
    @Nullable String refreshToken) {
  private static final int LONGEST_HINT = 1 << 20;

  /** Whether the answer may be about another version than the latest. */
  boolean asksForEarlier() {
    return version != null || timestamp != null || refreshToken != null;
  }

  /**
   * @param body the request's body; none, or {@code null}, asks for nothing in particular
   * @throws ApiException INVALID_ARGUMENT naming the field that is wrong
   */
  static QueryRequest parse(byte[] body) {
    JsonNode json;
    try {
      json = ProtocolJson.MAPPER.readTree(body);
    } catch (JacksonException e) {
      throw new ApiException(
          ErrorCode.BAD_REQUEST, "The body is not JSON: " + e.getOriginalMessage());
    }
    if (json == null || json.isMissingNode() || json.isNull()) {
      json = ProtocolJson.MAPPER.createObjectNode();
    }
    if (!json.isObject()) {
      throw invalid("The body must be a JSON object");
    }
    // A page token is never handed out, so one that is sent is not ours.
    if (text(json, "pageToken") != null) {
      throw invalid("pageToken is not one of this server: leave it out");
    }
    Long maxFiles = number(json, "maxFiles");
    if (maxFiles != null && maxFiles < 1) {
      throw invalid("maxFiles must be at least 1");
    }
    number(json, "endingVersion");
    String timestamp = text(json, "timestamp");
    QueryRequest request =
        new QueryRequest(
            texts(json, "predicateHints"),
            text(json, "jsonPredicateHints"),
            number(json, "limitHint"),
            number(json, "version"),
            timestamp == null ? null : Timestamps.parse("timestamp", timestamp),
            number(json, "startingVersion"),
            flag(json, "includeRefreshToken"),
            text(json, "refreshToken"));
    int points =
        (request.version() == null ? 0 : 1)
            + (request.timestamp() == null ? 0 : 1)
            + (request.startingVersion() == null ? 0 : 1);
    if (points > 1) {
      throw invalid("Only one of version, timestamp and startingVersion may be given");
    }
    if (points > 0 && request.refreshToken() != null) {
      throw invalid("refreshToken goes with the latest version only, not with another one");
    }
    return request;
  }

  private static @Nullable JsonNode present(JsonNode json, String field) {
    JsonNode value = json.get(field);
    return value == null || value.isNull() ? null : value;
  }

  private static @Nullable String text(JsonNode json, String field) {
    JsonNode value = present(json, field);
    if (value == null) {
      return null;
    }
    if (!value.isString()) {
      throw invalid(field + " must be a string");
    }
    return checked(field, value.asString());
  }

  private static List<String> texts(JsonNode json, String field) {
    JsonNode values = present(json, field);
    List<String> texts = new ArrayList<>();
    if (values == null) {
      return texts;
    }
    if (!values.isArray()) {
      throw invalid(field + " must be an array of strings");
    }
    for (JsonNode value : values) {
      if (!value.isString()) {
        throw invalid(field + " must be an array of strings");
      }
      texts.add(checked(field, value.asString()));
    }
    return texts;
  }

  private static @Nullable Long number(JsonNode json, String field) {
    JsonNode value = present(json, field);
    if (value == null) {
      return null;
    }
    if (!value.isIntegralNumber() || !value.canConvertToLong()) {
      throw invalid(field + " must be a whole number");
    }
    if (value.asLong() < 0) {
      throw invalid(field + " must not be negative");
    }
    return value.asLong();
  }

  private static boolean flag(JsonNode json, String field) {
    JsonNode value = present(json, field);
    if (value != null && !value.isBoolean()) {
      throw invalid(field + " must be true or false");
    }
    return value != null && value.asBoolean();
  }

  private static String checked(String field, String text) {
    if (text.length() > LONGEST_HINT) {
      throw invalid(field + " is longer than " + LONGEST_HINT + " characters");
    }
    return text;
  }

  private static ApiException invalid(String message) {
    return new ApiException(ErrorCode.INVALID_ARGUMENT, message);
  }
}
