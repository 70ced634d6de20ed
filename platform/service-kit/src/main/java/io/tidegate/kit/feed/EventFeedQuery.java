package io.tidegate.kit.feed;

import io.swagger.v3.oas.annotations.Parameter;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.web.bind.annotation.BindParam;

/**
 * The query parameters of a feed's endpoint; a controller takes it as a parameter.
 *
 * @param after where the last page ended; missing: from the first event
 * @param types only these event types, repeated or separated by commas
 * @param securables only events about these, repeated or separated by commas
 * @param maxResults {@code max_results}: at most 1000
 * @param waitMs {@code wait_ms}: how long to wait for an event if there is none, at most 30000
 */
public record EventFeedQuery(
    @Parameter(description = "Where the last page ended; left out: from the first event")
        @Nullable String after,
    @Parameter(description = "Only these event types") @Nullable List<String> types,
    @Parameter(description = "Only events about these full names or ids")
        @Nullable List<String> securables,
    @Parameter(name = "max_results", description = "How many events, at most 1000")
        @BindParam("max_results")
        @Nullable Integer maxResults,
    @Parameter(
            name = "wait_ms",
            description = "How long to wait for an event if there is none, at most 30000 ms")
        @BindParam("wait_ms")
        @Nullable Integer waitMs) {}
