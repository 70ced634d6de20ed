package io.tidegate.kit.web;

import java.util.UUID;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.MDC;

/**
 * The id of the request that the current thread works for: as the client sent it in {@code
 * X-Request-Id}, or made up. It is in every response, log line, event and error report.
 */
public final class RequestId {
  public static final String HEADER = "X-Request-Id";

  /** The key of the logging context. */
  static final String MDC_KEY = "request_id";

  private static final Pattern SANE = Pattern.compile("[A-Za-z0-9._~:/+=@-]{1,128}");

  private RequestId() {}

  /** The current request's id; outside of requests a new one each time. */
  public static String current() {
    String id = MDC.get(MDC_KEY);
    return id != null ? id : UUID.randomUUID().toString();
  }

  /**
   * Does background work under an id of its own, so that its log lines and events belong together.
   *
   * @param id for instance the name of the work and a random part
   */
  public static void run(String id, Runnable work) {
    try (MDC.MDCCloseable closeable = MDC.putCloseable(MDC_KEY, id)) {
      work.run();
    }
  }

  /** The id that a client sent, if it is short and harmless in logs and headers, else a new one. */
  static String accept(@Nullable String sent) {
    return sent != null && SANE.matcher(sent).matches() ? sent : UUID.randomUUID().toString();
  }
}
