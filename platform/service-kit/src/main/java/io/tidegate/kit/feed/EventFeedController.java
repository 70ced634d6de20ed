package io.tidegate.kit.feed;

import io.swagger.v3.oas.annotations.Operation;
import io.tidegate.events.EventStore;
import io.tidegate.kit.errors.ApiException;
import io.tidegate.kit.errors.ErrorCode;
import io.tidegate.kit.security.Caller;
import io.tidegate.kit.security.CallerAuthentication;
import io.tidegate.kit.web.PageSize;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springdoc.core.annotations.ParameterObject;
import org.springframework.context.SmartLifecycle;
import org.springframework.http.MediaType;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestHeader;
import tools.jackson.databind.json.JsonMapper;

/**
 * A service's feed over HTTP: pages, long polls and server-sent events. A service extends it with a
 * {@code @RestController} whose {@code @RequestMapping} is the feed's path. Only administrators and
 * services may read a feed.
 */
public abstract class EventFeedController implements SmartLifecycle {
  private static final int DEFAULT_PAGE = 100;
  private static final int MAX_PAGE = 1000;
  private static final int MAX_WAIT_MS = 30_000;

  /** How soon a waiting request notices that the service stops. */
  private static final Duration SLICE = Duration.ofMillis(500);

  private static final Duration HEARTBEAT = Duration.ofSeconds(15);
  private static final Duration STREAM_LIFETIME = Duration.ofMinutes(15);

  /** Each reader that waits looks at the feed, and at whose its token is, twice a second. */
  private static final int MAX_WAITING = 100;

  private final EventFeed feed;
  private final JsonMapper json;
  private final Semaphore waiting = new Semaphore(MAX_WAITING);
  private volatile boolean running;

  protected EventFeedController(EventStore events, JsonMapper json) {
    this.feed = new LocalEventFeed(events);
    this.json = json;
  }

  @GetMapping(produces = MediaType.APPLICATION_JSON_VALUE)
  @Operation(summary = "Reads a page of events; with wait_ms it waits for one. Admins only")
  final FeedEventPage page(Caller caller, @ParameterObject EventFeedQuery query) {
    requireReader(caller);
    int limit = PageSize.of("max_results", query.maxResults(), DEFAULT_PAGE, MAX_PAGE);
    String after = query.after() == null ? EventFeed.START : query.after();
    Duration wait = waitOf(query);
    if (wait.isZero()) {
      return next(query, after, limit, wait);
    }
    beginToWait();
    try {
      return next(query, after, limit, wait);
    } finally {
      waiting.release();
    }
  }

  // Until the client goes, its token is revoked, the service stops or a quarter of an hour is over;
  // a client that comes back with Last-Event-ID misses none. The request's thread is kept, a
  // virtual one.
  @GetMapping(produces = MediaType.TEXT_EVENT_STREAM_VALUE)
  @Operation(
      summary = "Streams events as server-sent events, with their cursors as ids. Admins only")
  final void stream(
      Caller caller,
      @ParameterObject EventFeedQuery query,
      @RequestHeader(name = "Last-Event-ID", required = false) @Nullable String lastEventId,
      HttpServletResponse response)
      throws IOException {
    requireReader(caller);
    int limit = PageSize.of("max_results", query.maxResults(), DEFAULT_PAGE, MAX_PAGE);
    String after = lastEventId != null && !lastEventId.isEmpty() ? lastEventId : query.after();
    beginToWait();
    try {
      stream(query, after == null ? EventFeed.START : after, limit, response);
    } finally {
      waiting.release();
    }
  }

  private void stream(EventFeedQuery query, String after, int limit, HttpServletResponse response)
      throws IOException {
    // The first read comes before the stream begins, so that a bad cursor is a plain error.
    FeedEventPage page = next(query, after, limit, Duration.ZERO);
    response.setContentType(MediaType.TEXT_EVENT_STREAM_VALUE);
    response.setCharacterEncoding(StandardCharsets.UTF_8);
    response.setHeader("Cache-Control", "no-store");
    response.setHeader("X-Accel-Buffering", "no");
    OutputStream out = response.getOutputStream();
    long end = System.nanoTime() + STREAM_LIFETIME.toNanos();
    long asked = System.nanoTime();
    while (true) {
      for (FeedEvent event : page.events()) {
        out.write(
            ("id: " + event.cursor() + "\nevent: " + event.type() + "\ndata: ")
                .getBytes(StandardCharsets.UTF_8));
        out.write(json.writeValueAsBytes(event));
        out.write("\n\n".getBytes(StandardCharsets.UTF_8));
      }
      if (page.events().isEmpty()) {
        // A comment: keeps proxies from closing the stream, and notices a client that went.
        out.write(":\n\n".getBytes(StandardCharsets.UTF_8));
      }
      response.flushBuffer();
      if (!running || System.nanoTime() - end >= 0) {
        return;
      }
      // A feed that always has something never waits, and so is not asked there.
      if (System.nanoTime() - asked >= SLICE.toNanos()) {
        requireStillReader();
        asked = System.nanoTime();
      }
      page = next(query, page.nextCursor(), limit, HEARTBEAT);
    }
  }

  private void beginToWait() {
    if (!waiting.tryAcquire()) {
      throw new ApiException(
          ErrorCode.UNAVAILABLE, "Too many readers wait on this feed already: try again later");
    }
  }

  private FeedEventPage next(EventFeedQuery query, String after, int limit, Duration wait) {
    long deadline = System.nanoTime() + wait.toNanos();
    String cursor = after;
    while (true) {
      Duration left = Duration.ofNanos(deadline - System.nanoTime());
      Duration slice =
          !running || left.isNegative() ? Duration.ZERO : left.compareTo(SLICE) < 0 ? left : SLICE;
      FeedEventPage page =
          feed.read(cursor, wanted(query.types()), wanted(query.securables()), limit, slice);
      if (!page.events().isEmpty() || slice.isZero() || Thread.currentThread().isInterrupted()) {
        return page;
      }
      cursor = page.nextCursor();
      requireStillReader();
    }
  }

  private static Duration waitOf(EventFeedQuery query) {
    Integer wait = query.waitMs();
    if (wait == null) {
      return Duration.ZERO;
    }
    if (wait < 0) {
      throw new ApiException(
          ErrorCode.INVALID_ARGUMENT, "wait_ms must not be negative, but is " + wait);
    }
    return Duration.ofMillis(Math.min(wait, MAX_WAIT_MS));
  }

  private static Set<String> wanted(@Nullable List<String> names) {
    return names == null
        ? Set.of()
        : names.stream().filter(name -> !name.isBlank()).collect(Collectors.toUnmodifiableSet());
  }

  // A token that is revoked while its owner waits here is worth nothing from then on.
  private static void requireStillReader() {
    if (SecurityContextHolder.getContext().getAuthentication()
        instanceof CallerAuthentication authentication) {
      requireReader(
          authentication
              .now()
              .orElseThrow(
                  () -> new ApiException(ErrorCode.UNAUTHENTICATED, "The token was revoked")));
    }
  }

  private static void requireReader(Caller caller) {
    if (!caller.admin() && !caller.service()) {
      throw new ApiException(
          ErrorCode.PERMISSION_DENIED, "Only administrators may read the event feed");
    }
  }

  @Override
  public void start() {
    running = true;
  }

  /** Lets everything that waits here return; comes before the web server stops. */
  @Override
  public void stop() {
    running = false;
  }

  @Override
  public boolean isRunning() {
    return running;
  }
}
