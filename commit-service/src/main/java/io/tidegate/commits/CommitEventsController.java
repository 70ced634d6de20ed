package io.tidegate.commits;

import io.swagger.v3.oas.annotations.tags.Tag;
import io.tidegate.events.EventStore;
import io.tidegate.kit.feed.EventFeedController;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;
import tools.jackson.databind.json.JsonMapper;

/** What happened to tables, in order: ratified commits, publishing, staging, drops. */
@RestController
@RequestMapping("/api/1.0/commits/events")
@Tag(name = "Commit events", description = "The commit service's event feed")
class CommitEventsController extends EventFeedController {

  CommitEventsController(@Qualifier("commitEvents") EventStore events, JsonMapper json) {
    super(events, json);
  }
}
