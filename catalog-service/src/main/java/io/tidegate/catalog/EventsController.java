package io.tidegate.catalog;

import io.swagger.v3.oas.annotations.tags.Tag;
import io.tidegate.events.EventStore;
import io.tidegate.kit.feed.EventFeedController;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;
import tools.jackson.databind.json.JsonMapper;

/** The feed of everything that changes in the catalog. */
@RestController
@RequestMapping("/api/1.0/events")
@Tag(name = "Events", description = "Every change, in order, none lost and none twice")
class EventsController extends EventFeedController {

  EventsController(@Qualifier("catalogEvents") EventStore events, JsonMapper json) {
    super(events, json);
  }
}
