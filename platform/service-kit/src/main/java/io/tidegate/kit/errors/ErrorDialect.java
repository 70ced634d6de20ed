package io.tidegate.kit.errors;

import io.tidegate.kit.client.ClientFamily;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** How an API shapes its errors; told by the path alone. */
enum ErrorDialect {
  /** Unity Catalog REST, and everything that has no shape of its own. */
  UNITY {
    @Override
    Map<String, Object> body(
        ErrorCode code, String message, Map<String, Object> details, ClientFamily client) {
      Map<String, Object> body = new LinkedHashMap<>();
      body.put("error_code", code.unityName(client));
      body.put("message", message);
      body.put("details", details.isEmpty() ? List.of() : List.of(details));
      return body;
    }
  },
  /** Delta REST. */
  DELTA {
    @Override
    Map<String, Object> body(
        ErrorCode code, String message, Map<String, Object> details, ClientFamily client) {
      Map<String, Object> error = new LinkedHashMap<>(details);
      error.put("message", message);
      error.put("type", code.deltaType());
      error.put("code", code.status());
      return Map.of("error", error);
    }
  },
  /** The Delta Sharing protocol. */
  SHARING {
    @Override
    Map<String, Object> body(
        ErrorCode code, String message, Map<String, Object> details, ClientFamily client) {
      Map<String, Object> body = new LinkedHashMap<>(details);
      body.put("errorCode", code.sharingName());
      body.put("message", message);
      return body;
    }
  };

  private static final String DELTA_PREFIX = "/api/2.1/unity-catalog/delta";
  private static final String SHARING_PREFIX = "/delta-sharing";

  /** The shape of errors under a path; null where the path cannot be told. */
  static ErrorDialect of(@Nullable String path) {
    if (path != null && under(path, DELTA_PREFIX)) {
      return DELTA;
    }
    return path != null && under(path, SHARING_PREFIX) ? SHARING : UNITY;
  }

  private static boolean under(String path, String prefix) {
    return path.startsWith(prefix)
        && (path.length() == prefix.length() || "/?;".indexOf(path.charAt(prefix.length())) >= 0);
  }

  abstract Map<String, Object> body(
      ErrorCode code, String message, Map<String, Object> details, ClientFamily client);
}
