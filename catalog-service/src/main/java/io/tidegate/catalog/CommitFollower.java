package io.tidegate.catalog;

import io.tidegate.kit.feed.FeedEvent;
import io.tidegate.kit.feed.FeedEventHandler;
import io.tidegate.ports.CommitDirectory;
import java.util.UUID;
import org.springframework.stereotype.Component;

/**
 * Keeps what commits changed about managed tables, so that lists show it: schema, partitioning,
 * properties, comment. Events only tell that something changed; what it is now is asked for.
 */
@Component
class CommitFollower implements FeedEventHandler {
  private final CommitDirectory commits;
  private final Tables tables;

  CommitFollower(CommitDirectory commits, Tables tables) {
    this.commits = commits;
    this.tables = tables;
  }

  @Override
  public void handle(FeedEvent event) {
    if (event.data().path("metadata").isObject()) {
      UUID id = UUID.fromString(event.data().path("table_id").asString());
      commits.description(id).ifPresent(now -> tables.describe(id, now));
    }
  }
}
