package io.tidegate.catalog;

import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.tags.Tag;
import io.tidegate.kit.feed.EventFeedEndpoint;
import io.tidegate.kit.feed.EventFeedQuery;
import io.tidegate.kit.feed.FeedEventPage;
import io.tidegate.kit.security.Caller;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.springdoc.core.annotations.ParameterObject;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RestController;

/** The feed of everything that changes in the catalog. */
@RestController
@Tag(name = "Events", description = "Every change, in order, none lost and none twice")
class EventsController {
  private final EventFeedEndpoint endpoint;

  EventsController(@Qualifier("catalogFeedEndpoint") EventFeedEndpoint endpoint) {
    this.endpoint = endpoint;
  }

  @GetMapping(path = "/api/1.0/events", produces = MediaType.APPLICATION_JSON_VALUE)
  @Operation(summary = "A page of events; with wait_ms it waits for one. For administrators")
  FeedEventPage events(Caller caller, @ParameterObject EventFeedQuery query) {
    return endpoint.page(caller, query);
  }

  @GetMapping(path = "/api/1.0/events", produces = MediaType.TEXT_EVENT_STREAM_VALUE)
  @Operation(summary = "Streams events as server-sent events. For administrators")
  void stream(
      Caller caller,
      @ParameterObject EventFeedQuery query,
      @RequestHeader(name = "Last-Event-ID", required = false) @Nullable String lastEventId,
      HttpServletResponse response)
      throws IOException {
    endpoint.stream(caller, query, lastEventId, response);
  }
}
