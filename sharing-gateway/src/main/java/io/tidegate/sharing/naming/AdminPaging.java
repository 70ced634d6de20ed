package io.tidegate.sharing.naming;

import io.tidegate.kit.web.PageSize;
import io.tidegate.kit.web.PageToken;
import org.jspecify.annotations.Nullable;

/** The paging of the administration's lists, which go by name. */
public final class AdminPaging {
  private static final int DEFAULT_SIZE = 100;
  private static final int LARGEST = 1000;

  private AdminPaging() {}

  /** The page's size; 0 leaves it to the server, as the Databricks SDKs ask. */
  public static int size(@Nullable Integer maxResults) {
    Integer requested = maxResults != null && maxResults == 0 ? null : maxResults;
    return PageSize.of("max_results", requested, DEFAULT_SIZE, LARGEST);
  }

  /** The key of the last name on the page before, null for the first page. */
  public static @Nullable String after(@Nullable String pageToken) {
    return pageToken == null || pageToken.isEmpty()
        ? null
        : PageToken.decode("page_token", pageToken, 1).getFirst();
  }
}
