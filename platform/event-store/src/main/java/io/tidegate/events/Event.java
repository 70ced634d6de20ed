package io.tidegate.events;

/**
 * A fact that happened, named in the past tense; implemented by records that Jackson can write and
 * read. Secrets never go into an event.
 */
public interface Event {}
