package io.tidegate.events;

import org.jspecify.annotations.Nullable;

/**
 * An event to append.
 *
 * @param event the fact
 * @param securable the full name or id of what it is about, by which the feed can be filtered; null
 *     where it is about nothing that has a name
 */
public record NewEvent(Event event, @Nullable String securable) {}
