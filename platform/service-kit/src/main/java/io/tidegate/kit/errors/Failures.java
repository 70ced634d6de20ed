package io.tidegate.kit.errors;

import io.tidegate.events.WrongVersionException;
import java.sql.SQLException;
import java.sql.SQLRecoverableException;
import java.sql.SQLTransientException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.tomcat.util.http.InvalidParameterException;
import org.jspecify.annotations.Nullable;
import org.slf4j.MDC;
import org.springdoc.api.OpenApiResourceNotFoundException;
import org.springframework.beans.TypeMismatchException;
import org.springframework.context.MessageSourceResolvable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.converter.HttpMessageNotReadableException;
import org.springframework.security.access.AccessDeniedException;
import org.springframework.security.core.AuthenticationException;
import org.springframework.security.web.firewall.RequestRejectedException;
import org.springframework.transaction.TransactionSystemException;
import org.springframework.validation.BindException;
import org.springframework.validation.BindingResult;
import org.springframework.validation.FieldError;
import org.springframework.validation.ObjectError;
import org.springframework.web.ErrorResponse;
import org.springframework.web.HttpMediaTypeNotAcceptableException;
import org.springframework.web.HttpMediaTypeNotSupportedException;
import org.springframework.web.HttpRequestMethodNotSupportedException;
import org.springframework.web.bind.MethodArgumentNotValidException;
import org.springframework.web.bind.MissingRequestHeaderException;
import org.springframework.web.bind.MissingServletRequestParameterException;
import org.springframework.web.method.annotation.HandlerMethodValidationException;
import org.springframework.web.method.annotation.MethodArgumentTypeMismatchException;
import org.springframework.web.multipart.MaxUploadSizeExceededException;
import org.springframework.web.servlet.NoHandlerFoundException;
import org.springframework.web.servlet.resource.NoResourceFoundException;

/** What the failures of the frameworks mean to a caller. */
final class Failures {
  private static final Pattern IMPOSSIBLE_NAME =
      Pattern.compile("//|;|%(3b|25)", Pattern.CASE_INSENSITIVE);

  /** Steps to a folder above, in clear or encoded: an attack, not a name. */
  private static final Pattern CLIMBS =
      Pattern.compile("(\\.|%2e|%252e){2}", Pattern.CASE_INSENSITIVE);

  private Failures() {}

  /** The error that a failure stands for; empty if it is one of our own making, a 500. */
  static Optional<ApiException> asApiException(Throwable failure) {
    List<Throwable> chain = Throwables.chain(failure);
    for (Throwable cause : chain) {
      if (cause instanceof ApiException known) {
        return Optional.of(known);
      }
    }
    return chain.stream().flatMap(cause -> Stream.ofNullable(known(cause))).findFirst();
  }

  /** The answer to a failure that nobody foresaw. */
  static ApiException internal() {
    String requestId = MDC.get("request_id");
    return new ApiException(
        ErrorCode.INTERNAL,
        "Something went wrong inside the server. Its log says more under the request id "
            + (requestId == null ? "of this answer" : requestId));
  }

  /** Headers that the failure itself asks for, such as Allow. */
  static Map<String, String> headers(Throwable failure) {
    if (!(failure instanceof ErrorResponse response)) {
      return Map.of();
    }
    HttpHeaders headers = response.getHeaders();
    return headers.headerNames().stream()
        .collect(
            Collectors.toMap(name -> name, name -> String.join(", ", headers.getOrEmpty(name))));
  }

  private static @Nullable ApiException known(Throwable failure) {
    return switch (failure) {
      case ApiException known -> known;
      // Only what reads a request: JSON of our own that cannot be read or written is a fault.
      case HttpMessageNotReadableException e -> JsonFailures.describe(e.getCause());
      case MissingServletRequestParameterException e ->
          argument("Query parameter " + e.getParameterName() + " is missing");
      case MissingRequestHeaderException e ->
          argument("Header " + e.getHeaderName() + " is missing");
      case MethodArgumentTypeMismatchException e -> mismatch(e.getName(), e);
      case MethodArgumentNotValidException e -> binding(e.getBindingResult());
      case BindException e -> binding(e.getBindingResult());
      case HandlerMethodValidationException e ->
          argument(
              e.getParameterValidationResults().stream()
                  .map(result ->
                      result.getMethodParameter().getParameterName()
                          + " "
                          + messages(result.getResolvableErrors().stream()))
                  .collect(Collectors.joining("; ")));
      case HttpRequestMethodNotSupportedException e ->
          invalid(
              ErrorCode.METHOD_NOT_ALLOWED,
              "Method "
                  + e.getMethod()
                  + " is not supported here; supported: "
                  + (e.getSupportedHttpMethods() == null
                      ? "none"
                      : e.getSupportedHttpMethods().stream()
                          .map(Object::toString)
                          .sorted()
                          .collect(Collectors.joining(", "))));
      case HttpMediaTypeNotSupportedException e ->
          invalid(
              ErrorCode.UNSUPPORTED_MEDIA_TYPE,
              (e.getContentType() == null
                      ? "A Content-Type is needed"
                      : "Content-Type " + e.getContentType() + " is not supported")
                  + types(e.getSupportedMediaTypes()));
      case HttpMediaTypeNotAcceptableException e ->
          invalid(
              ErrorCode.NOT_ACCEPTABLE,
              "Nothing of what Accept names can be answered" + types(e.getSupportedMediaTypes()));
      case NoHandlerFoundException e ->
          invalid(ErrorCode.NOT_FOUND, "No such path: " + e.getRequestURL());
      case OpenApiResourceNotFoundException e ->
          invalid(ErrorCode.NOT_FOUND, "There is no API document of that name");
      case NoResourceFoundException e ->
          invalid(ErrorCode.NOT_FOUND, "No such path: /" + e.getResourcePath());
      case MaxUploadSizeExceededException e ->
          invalid(ErrorCode.TOO_LARGE, "The request's body is too large");
      case AccessDeniedException e ->
          invalid(ErrorCode.PERMISSION_DENIED, "The caller may not do this");
      case AuthenticationException e ->
          invalid(ErrorCode.UNAUTHENTICATED, "A valid bearer token is needed");
      case RequestRejectedException e -> rejected(null);
      case WrongVersionException e ->
          unavailable("The request collided with another one: try again", e);
      case SQLException e -> database(e);
      // The commit failed, and where the rollback then fails as well Spring keeps no reason.
      case TransactionSystemException e ->
          e.getApplicationException() == null ? databaseAway(e) : null;
      case ErrorResponse e -> ofStatus(e.getStatusCode().value(), e.getBody().getDetail());
      case InvalidParameterException e ->
          invalid(ErrorCode.BAD_REQUEST, "The query string cannot be decoded");
      default -> null;
    };
  }

  /**
   * The answer to what the firewall refuses: 404 for a path with a name that cannot exist, because
   * clients that ask for a file's path by a table's name go on only after a 404.
   *
   * @param path as it was sent; null where it is not the path that is looked at
   */
  static ApiException rejected(@Nullable String path) {
    if (path != null && IMPOSSIBLE_NAME.matcher(path).find() && !CLIMBS.matcher(path).find()) {
      return new ApiException(
          ErrorCode.NOT_FOUND,
          "No such path: a name in a path is not empty, and holds no semicolon or percent sign");
    }
    return new ApiException(
        ErrorCode.BAD_REQUEST,
        "The method, the path, a parameter or a header is or holds what is not allowed there, such"
            + " as .., //, ; or a control character");
  }

  /** The error for a status that the container or a filter chose. */
  static ApiException ofStatus(int status, @Nullable String reason) {
    ErrorCode code =
        switch (status) {
          case 401 -> ErrorCode.UNAUTHENTICATED;
          case 403 -> ErrorCode.PERMISSION_DENIED;
          case 404 -> ErrorCode.NOT_FOUND;
          case 405 -> ErrorCode.METHOD_NOT_ALLOWED;
          case 406 -> ErrorCode.NOT_ACCEPTABLE;
          case 410 -> ErrorCode.GONE;
          case 413 -> ErrorCode.TOO_LARGE;
          case 415 -> ErrorCode.UNSUPPORTED_MEDIA_TYPE;
          case 416 -> ErrorCode.RANGE_NOT_SATISFIABLE;
          case 501 -> ErrorCode.NOT_IMPLEMENTED;
          case 503 -> ErrorCode.UNAVAILABLE;
          default -> status >= 500 ? ErrorCode.INTERNAL : ErrorCode.BAD_REQUEST;
        };
    if (code == ErrorCode.INTERNAL) {
      return internal();
    }
    HttpStatus known = HttpStatus.resolve(status);
    String fallback = known == null ? "The request cannot be answered" : known.getReasonPhrase();
    return new ApiException(code, reason == null || reason.isBlank() ? fallback : reason);
  }

  private static @Nullable ApiException database(SQLException failure) {
    String state = failure.getSQLState() == null ? "" : failure.getSQLState();
    boolean away =
        failure instanceof SQLTransientException
            || failure instanceof SQLRecoverableException
            // Connection exceptions, insufficient resources, operator intervention.
            || Stream.of("08", "53", "57").anyMatch(state::startsWith);
    if (state.equals("53100")) {
      return unavailable(
          "The disk of the database is full: free some space, then try again", failure);
    }
    if (away) {
      return databaseAway(failure);
    }
    if (state.equals("23505")) {
      // Two requests at once; whoever looked first saw nothing there.
      return invalid(ErrorCode.ALREADY_EXISTS, "What is to be created exists already");
    }
    if (state.equals("22021") || state.equals("22P05")) {
      return argument("A value holds a character that cannot be stored, such as U+0000");
    }
    // Serialization failure, deadlock, lock not available.
    return Stream.of("40001", "40P01", "55P03").anyMatch(state::equals)
        ? unavailable("The request collided with others: try again", failure)
        : null;
  }

  private static ApiException databaseAway(Throwable cause) {
    return unavailable("The database does not answer: try again", cause);
  }

  private static ApiException unavailable(String message, Throwable cause) {
    ApiException failure = new ApiException(ErrorCode.UNAVAILABLE, message);
    failure.initCause(cause);
    return failure;
  }

  private static ApiException binding(BindingResult result) {
    return argument(
        result.getAllErrors().stream()
            .map(Failures::bindingError)
            .collect(Collectors.joining("; ")));
  }

  private static String bindingError(ObjectError error) {
    if (!(error instanceof FieldError field)) {
      return error.getObjectName() + " is not valid";
    }
    if (!field.isBindingFailure()) {
      return field.getField() + " " + field.getDefaultMessage();
    }
    TypeMismatchException mismatch =
        field.contains(TypeMismatchException.class)
            ? field.unwrap(TypeMismatchException.class)
            : null;
    return mismatch == null
        ? field.getField() + " has a value of the wrong type"
        : mismatchMessage(field.getField(), mismatch);
  }

  private static ApiException mismatch(String name, TypeMismatchException failure) {
    return argument(mismatchMessage(name, failure));
  }

  private static String mismatchMessage(String name, TypeMismatchException failure) {
    Class<?> wanted = failure.getRequiredType();
    return name
        + " must be "
        + (wanted == null ? "of another type" : WantedType.name(wanted))
        + ", but is "
        + Printable.of(String.valueOf(failure.getValue()));
  }

  private static String messages(Stream<? extends MessageSourceResolvable> errors) {
    return errors
        .map(error -> String.valueOf(error.getDefaultMessage()))
        .collect(Collectors.joining(", "));
  }

  private static String types(List<?> supported) {
    return supported.isEmpty()
        ? ""
        : "; supported: "
            + supported.stream().map(Object::toString).distinct().collect(Collectors.joining(", "));
  }

  private static ApiException argument(String message) {
    return invalid(ErrorCode.INVALID_ARGUMENT, message);
  }

  private static ApiException invalid(ErrorCode code, String message) {
    return new ApiException(code, message);
  }
}
