package io.tidegate.events;

import java.util.Set;

/**
 * Which events of the feed a reader wants; an empty set wants all.
 *
 * @param types event type names
 * @param securables full names or ids, as in {@link NewEvent}
 */
public record FeedFilter(Set<String> types, Set<String> securables) {
  public static final FeedFilter ALL = new FeedFilter(Set.of(), Set.of());

  public FeedFilter {
    types = Set.copyOf(types);
    securables = Set.copyOf(securables);
  }
}
