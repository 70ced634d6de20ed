package io.tidegate.catalog;

import io.tidegate.kit.errors.ApiException;
import io.tidegate.kit.errors.ErrorCode;
import io.tidegate.kit.web.PageSize;
import io.tidegate.kit.web.PageToken;
import java.util.Collections;
import java.util.List;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The page of a list that is asked for. Lists are in the order of a key, and each page begins after
 * the last key of the one before. A token says which list it belongs to, and is refused by any
 * other.
 *
 * @param list the list's name, with the id of what it is of
 * @param size how many items the page has at most
 * @param after the key after which the page begins; empty texts for the first page
 */
record Paging(String list, int size, List<String> after) {
  /** As large as can be: some clients ask for one page and take it for all there is. */
  static final int DEFAULT = 1000;

  static final int MAX = 1000;

  private static final int NO_TEXT = 0;

  /**
   * @param next the token of the next page, null on the last one
   */
  record Page<T>(List<T> items, @Nullable String next) {}

  /** A page of a list in the order of names. */
  static Paging of(String list, @Nullable Integer maxResults, @Nullable String pageToken) {
    return of(list, PageSize.of("max_results", maxResults, DEFAULT, MAX), 1, pageToken);
  }

  /**
   * @param parts of how many texts the list's key is made
   * @throws ApiException INVALID_ARGUMENT naming page_token if it is not of this list
   */
  static Paging of(String list, int size, int parts, @Nullable String pageToken) {
    if (pageToken == null || pageToken.isEmpty()) {
      return new Paging(list, size, Collections.nCopies(parts, ""));
    }
    List<String> decoded = PageToken.decode("page_token", pageToken, parts + 1);
    // A token is the client's to write: what no database can keep would be a fault.
    if (!decoded.getFirst().equals(list)
        || decoded.stream()
            .anyMatch(part -> part.indexOf(NO_TEXT) >= 0 || !Names.isWellFormed(part))) {
      throw new ApiException(
          ErrorCode.INVALID_ARGUMENT, "page_token is not of this list: leave it out");
    }
    return new Paging(list, size, decoded.subList(1, decoded.size()));
  }

  /** The name after which the page begins. */
  String afterName() {
    return after.getFirst();
  }

  /** How many items to read: one more than the page has, to see whether it is the last. */
  int limit() {
    return size + 1;
  }

  /** Cuts a list that was read with {@link #limit}. */
  <T> Page<T> page(List<T> items, Function<T, String> name) {
    return pageByKey(items, item -> List.of(name.apply(item)));
  }

  /**
   * The same, of a list that was read up to the item with which the weights reach a limit.
   *
   * @param weight at least what the list was cut by
   */
  <T> Page<T> page(List<T> items, Function<T, String> name, ToLongFunction<T> weight, long limit) {
    boolean cut = items.size() <= size && items.stream().mapToLong(weight).sum() >= limit;
    return cut ? new Page<>(items, token(List.of(name.apply(items.getLast())))) : page(items, name);
  }

  /** The same, for a key of several parts. */
  <T> Page<T> pageByKey(List<T> items, Function<T, List<String>> key) {
    if (items.size() <= size) {
      return new Page<>(items, null);
    }
    List<T> kept = items.subList(0, size);
    return new Page<>(kept, token(key.apply(kept.getLast())));
  }

  /** The token of the page that begins after a key. */
  String token(List<String> key) {
    return PageToken.encode(Stream.concat(Stream.of(list), key.stream()).toArray(String[]::new));
  }
}
