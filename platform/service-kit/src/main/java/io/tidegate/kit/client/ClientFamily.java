package io.tidegate.kit.client;

import jakarta.servlet.http.HttpServletRequest;
import org.jspecify.annotations.Nullable;

/**
 * Which family of clients sent a request, told by its User-Agent. The Unity Catalog REST API is
 * spoken by two families whose models differ in a few spellings; who is neither gets what the API
 * itself says.
 */
public enum ClientFamily {
  /** The Databricks SDKs, and what is built on them: the Terraform provider, the command line. */
  DATABRICKS,
  /** The clients that Unity Catalog itself publishes, for Java and for Python. */
  UNITY_CATALOG,
  OTHER;

  public static ClientFamily of(HttpServletRequest request) {
    return of(request.getHeader("User-Agent"));
  }

  static ClientFamily of(@Nullable String userAgent) {
    if (userAgent == null) {
      return OTHER;
    }
    if (userAgent.contains("databricks-sdk-")) {
      return DATABRICKS;
    }
    return userAgent.contains("UnityCatalog-")
            || userAgent.startsWith("OpenAPI-Generator/") && userAgent.endsWith("/python")
        ? UNITY_CATALOG
        : OTHER;
  }
}
