package io.tidegate.sharing.naming;

import io.tidegate.kit.web.PageSize;
import io.tidegate.kit.web.PageToken;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A page of one of the administration's lists, which go by name.
 *
 * @param size how many items it has at most
 * @param after the key of the last name on the page before, null for the first page
 */
public record AdminPaging(int size, @Nullable String after) {
  /** As large as can be: some clients ask for one page and take it for all there is. */
  private static final int DEFAULT_SIZE = 1000;

  private static final int LARGEST = 1000;

  /**
   * @param next the token of the next page, null on the last one
   */
  public record Page<T>(List<T> items, @Nullable String next) {}

  /**
   * @param maxResults 0 leaves the size to the server, as the Databricks SDKs ask
   * @throws io.tidegate.kit.errors.ApiException INVALID_ARGUMENT naming the parameter that is wrong
   */
  public static AdminPaging of(@Nullable Integer maxResults, @Nullable String pageToken) {
    Integer requested = maxResults != null && maxResults == 0 ? null : maxResults;
    return new AdminPaging(
        PageSize.of("max_results", requested, DEFAULT_SIZE, LARGEST),
        pageToken == null || pageToken.isEmpty()
            ? null
            : PageToken.decode("page_token", pageToken, 1).getFirst());
  }

  /** How many items to read: one more than the page has, to see whether it is the last. */
  public int limit() {
    return size + 1;
  }

  /** Cuts a list that was read with {@link #limit}. */
  public <T> Page<T> page(List<T> items, Function<T, String> name) {
    if (items.size() <= size) {
      return new Page<>(items, null);
    }
    List<T> shown = items.subList(0, size);
    return new Page<>(shown, PageToken.encode(Names.key(name.apply(shown.getLast()))));
  }
}
