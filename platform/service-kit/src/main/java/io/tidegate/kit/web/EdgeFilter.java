package io.tidegate.kit.web;

import io.tidegate.kit.errors.ErrorWriter;
import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.slf4j.MDC;

/**
 * The first thing that a request meets: gives it its id, and answers for whatever comes out of the
 * filters behind this one.
 */
final class EdgeFilter implements Filter {
  static final String ATTRIBUTE = EdgeFilter.class.getName() + ".id";

  private final ErrorWriter errors;

  EdgeFilter(ErrorWriter errors) {
    this.errors = errors;
  }

  @Override
  public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
      throws IOException, ServletException {
    if (!(request instanceof HttpServletRequest httpRequest)
        || !(response instanceof HttpServletResponse httpResponse)) {
      chain.doFilter(request, response);
      return;
    }
    String id = idOf(httpRequest);
    if (!httpResponse.containsHeader(RequestId.HEADER)) {
      httpResponse.setHeader(RequestId.HEADER, id);
    }
    try (MDC.MDCCloseable closeable = MDC.putCloseable(RequestId.MDC_KEY, id)) {
      try {
        chain.doFilter(request, response);
      } catch (IOException | ServletException | RuntimeException | StackOverflowError e) {
        errors.write(httpRequest, httpResponse, e);
      }
    }
  }

  private static String idOf(HttpServletRequest request) {
    if (request.getAttribute(ATTRIBUTE) instanceof String known) {
      return known;
    }
    String id = RequestId.accept(request.getHeader(RequestId.HEADER));
    request.setAttribute(ATTRIBUTE, id);
    return id;
  }
}
