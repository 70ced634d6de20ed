package io.tidegate.catalog;

import io.tidegate.kit.web.PageToken;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Lists in the order of their names, each page after the last name of the one before. */
final class Paging {
  static final int DEFAULT = 100;
  static final int MAX = 1000;

  private Paging() {}

  /**
   * @param next the token of the next page, null on the last one
   */
  record Page<T>(List<T> items, @Nullable String next) {}

  /** The name after which the page begins. */
  static String after(@Nullable String token) {
    return token == null || token.isEmpty()
        ? ""
        : PageToken.decode("page_token", token, 1).getFirst();
  }

  /** Cuts a list that was read with one item more than the page has. */
  static <T> Page<T> page(List<T> items, int size, Function<T, String> name) {
    if (items.size() <= size) {
      return new Page<>(items, null);
    }
    List<T> kept = items.subList(0, size);
    return new Page<>(kept, PageToken.encode(name.apply(kept.getLast())));
  }
}
