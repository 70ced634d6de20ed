package io.tidegate.events;

/**
 * Who caused an event, and in which request.
 *
 * @param principal the name of the principal, or {@code system} for work of the service itself
 * @param requestId the request's id, as the response's {@code X-Request-Id} header shows it
 */
public record EventMetadata(String principal, String requestId) {}
