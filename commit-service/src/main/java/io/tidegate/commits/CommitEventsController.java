package io.tidegate.commits;

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

/** What happened to tables, in order: ratified commits, publishing, staging, drops. */
@RestController
@Tag(name = "Commit events", description = "The commit service's event feed")
class CommitEventsController {
  private static final String PATH = "/api/1.0/commits/events";

  private final EventFeedEndpoint feed;

  CommitEventsController(@Qualifier("commitFeedEndpoint") EventFeedEndpoint feed) {
    this.feed = feed;
  }

  @GetMapping(path = PATH, produces = MediaType.APPLICATION_JSON_VALUE)
  @Operation(summary = "Reads a page of events; waits for one if asked to. Admins only")
  FeedEventPage events(Caller caller, @ParameterObject EventFeedQuery query) {
    return feed.page(caller, query);
  }

  @GetMapping(path = PATH, produces = MediaType.TEXT_EVENT_STREAM_VALUE)
  @Operation(summary = "Streams events as server-sent events. Admins only")
  void stream(
      Caller caller,
      @ParameterObject EventFeedQuery query,
      @RequestHeader(name = "Last-Event-ID", required = false) @Nullable String lastEventId,
      HttpServletResponse response)
      throws IOException {
    feed.stream(caller, query, lastEventId, response);
  }
}
