package io.tidegate.kit.web;

/**
 * What answers a change of which there is nothing to tell: {@code {}}. Clients of Unity Catalog
 * read every 200 as JSON, and take one without a body for a failure.
 */
public record Done() {}
