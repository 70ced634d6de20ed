package io.tidegate.sharing.events;

import io.swagger.v3.oas.annotations.tags.Tag;
import io.tidegate.events.EventStore;
import io.tidegate.kit.feed.EventFeedController;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;
import tools.jackson.databind.json.JsonMapper;

/** What happened in the gateway, in order: shares, recipients, tokens, and every read. */
@RestController
@RequestMapping("/api/1.0/sharing/events")
@Tag(name = "Sharing events", description = "The gateway's event feed")
class SharingFeedController extends EventFeedController {

  SharingFeedController(@Qualifier("sharingEvents") EventStore events, JsonMapper json) {
    super(events, json);
  }
}
