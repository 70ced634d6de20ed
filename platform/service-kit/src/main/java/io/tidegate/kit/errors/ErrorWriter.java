package io.tidegate.kit.errors;

import io.tidegate.kit.client.ClientFamily;
import jakarta.servlet.RequestDispatcher;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.security.access.AccessDeniedException;
import org.springframework.security.core.AuthenticationException;
import org.springframework.security.oauth2.server.resource.InvalidBearerTokenException;
import org.springframework.security.web.firewall.RequestRejectedException;
import org.springframework.stereotype.Component;
import org.springframework.web.context.request.async.AsyncRequestNotUsableException;
import tools.jackson.databind.json.JsonMapper;

/**
 * Writes every error that a request ends with, in the dialect of its path; the only place that
 * does.
 */
@Component
public final class ErrorWriter {
  private static final Logger LOG = LoggerFactory.getLogger(ErrorWriter.class);

  /** The firewall refuses every other one before it looks at the path. */
  private static final Set<String> ALLOWED_METHODS =
      Set.of("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT");

  private static final String RETRY_AFTER_SECONDS = "1";
  private static final JsonMapper JSON = JsonMapper.builder().build();

  /**
   * Answers with the error that a failure stands for. If the response has begun, nothing can be
   * said any more: the connection is cut, so that the client notices.
   */
  public void write(HttpServletRequest request, HttpServletResponse response, Throwable failure)
      throws IOException {
    Optional<ApiException> known = Failures.asApiException(failure);
    if (known.isEmpty() && clientGone(failure)) {
      return;
    }
    String what = request.getMethod() + " " + Printable.of(path(request));
    if (known.isEmpty()) {
      LOG.error("{} failed", what, failure);
    }
    ApiException error = known.orElseGet(Failures::internal);
    if (error.code() == ErrorCode.UNAVAILABLE || error.code() == ErrorCode.COMMIT_STATE_UNKNOWN) {
      Throwable root = Throwables.chain(failure).getLast();
      LOG.warn("{} cannot be answered now: {} ({})", what, error.getMessage(), root.toString());
    }
    if (response.isCommitted()) {
      LOG.debug("{} was cut off in its answer: {}", what, error.getMessage());
      request.setAttribute(ContainerErrors.CUT, true);
      return;
    }
    response.resetBuffer();
    Failures.headers(failure).forEach(response::setHeader);
    send(request, response, error);
  }

  /** 401: no token, or one that is nobody's. */
  public void unauthenticated(
      HttpServletRequest request, HttpServletResponse response, AuthenticationException failure)
      throws IOException {
    boolean refused = failure instanceof InvalidBearerTokenException;
    String message =
        refused
            ? "The bearer token is unknown, expired or revoked"
            : "A bearer token is needed: Authorization: Bearer <token>";
    response.setHeader(
        HttpHeaders.WWW_AUTHENTICATE, refused ? "Bearer error=\"invalid_token\"" : "Bearer");
    send(request, response, new ApiException(ErrorCode.UNAUTHENTICATED, message));
  }

  /** 403. */
  public void denied(
      HttpServletRequest request, HttpServletResponse response, AccessDeniedException failure)
      throws IOException {
    send(
        request,
        response,
        new ApiException(ErrorCode.PERMISSION_DENIED, "The caller may not do this"));
  }

  /** 404 if the path has a name that cannot exist, else 400: no client sends it in good faith. */
  public void rejected(
      HttpServletRequest request, HttpServletResponse response, RequestRejectedException failure)
      throws IOException {
    boolean method = ALLOWED_METHODS.contains(request.getMethod());
    send(request, response, Failures.rejected(method ? path(request) : null));
  }

  /** Answers with an error. */
  public void send(HttpServletRequest request, HttpServletResponse response, ApiException error)
      throws IOException {
    ErrorCode code = error.code();
    response.setStatus(code.status());
    if (code == ErrorCode.UNAUTHENTICATED && !response.containsHeader("WWW-Authenticate")) {
      response.setHeader(HttpHeaders.WWW_AUTHENTICATE, "Bearer");
    }
    if (code == ErrorCode.UNAVAILABLE && !response.containsHeader(HttpHeaders.RETRY_AFTER)) {
      response.setHeader(HttpHeaders.RETRY_AFTER, RETRY_AFTER_SECONDS);
    }
    byte[] body = body(path(request), error, ClientFamily.of(request));
    response.setContentType(MediaType.APPLICATION_JSON_VALUE);
    response.setContentLength(body.length);
    try {
      if (!"HEAD".equals(request.getMethod())) {
        response.getOutputStream().write(body);
      }
      response.flushBuffer();
    } catch (IOException e) {
      LOG.debug("The client did not wait for its error", e);
    }
  }

  // After a dispatch to the error page, the path is that of the first request.
  private static String path(HttpServletRequest request) {
    return request.getAttribute(RequestDispatcher.ERROR_REQUEST_URI) instanceof String first
        ? first
        : request.getRequestURI();
  }

  static byte[] body(@Nullable String path, ApiException error, ClientFamily client) {
    String message = error.getMessage() == null ? error.code().name() : error.getMessage();
    return JSON.writeValueAsBytes(
        ErrorDialect.of(path).body(error.code(), Printable.of(message), error.details(), client));
  }

  private static boolean clientGone(Throwable failure) {
    for (Throwable cause : Throwables.chain(failure)) {
      if (cause instanceof AsyncRequestNotUsableException
          || cause
              .getClass()
              .getName()
              .equals("org.apache.catalina.connector.ClientAbortException")) {
        return true;
      }
    }
    return false;
  }
}
