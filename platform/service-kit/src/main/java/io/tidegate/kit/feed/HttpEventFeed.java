package io.tidegate.kit.feed;

import io.tidegate.kit.errors.ApiException;
import io.tidegate.kit.errors.ErrorCode;
import io.tidegate.kit.web.ServiceClient;
import java.time.Duration;
import java.util.Set;
import org.springframework.web.client.RestClient;

/** The feed of a service in another process. */
public final class HttpEventFeed implements EventFeed {
  /** Longer waits end early: a service that hangs is to be noticed. */
  private static final Duration MAX_WAIT = Duration.ofSeconds(5);

  private final ServiceClient client;
  private final RestClient rest;
  private final String path;

  /**
   * @param client of the feed's service
   * @param path for instance {@code /api/1.0/events}
   */
  public HttpEventFeed(ServiceClient client, String path) {
    this.client = client;
    this.rest = client.waiting(MAX_WAIT);
    this.path = path;
  }

  @Override
  public FeedEventPage read(
      String after, Set<String> types, Set<String> securables, int limit, Duration wait) {
    Duration bounded = wait.compareTo(MAX_WAIT) > 0 ? MAX_WAIT : wait;
    FeedEventPage page =
        rest.get()
            .uri(uri ->
                uri.path(path)
                    .queryParam("after", "{after}")
                    .queryParam("types", types.stream().sorted().toArray())
                    .queryParam("securables", securables.stream().sorted().toArray())
                    .queryParam("max_results", limit)
                    .queryParam("wait_ms", bounded.toMillis())
                    .build(after))
            .retrieve()
            .body(FeedEventPage.class);
    if (page == null) {
      throw new ApiException(
          ErrorCode.UNAVAILABLE, "The " + client.service() + " answered without a page of events");
    }
    return page;
  }
}
