package io.tidegate.kit.errors;

import java.util.Collection;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.core.exc.InputCoercionException;
import tools.jackson.core.exc.StreamConstraintsException;
import tools.jackson.core.exc.StreamReadException;
import tools.jackson.databind.DatabindException;
import tools.jackson.databind.exc.InvalidTypeIdException;
import tools.jackson.databind.exc.MismatchedInputException;
import tools.jackson.databind.exc.UnrecognizedPropertyException;
import tools.jackson.databind.exc.ValueInstantiationException;

/** Says what is wrong with a request's JSON, and where, without a word about our classes. */
final class JsonFailures {
  private JsonFailures() {}

  /**
   * The error.
   *
   * @param failure what reading the body failed with; null: there was no body
   */
  static ApiException describe(@Nullable Throwable failure) {
    return switch (failure) {
      case null -> new ApiException(ErrorCode.BAD_REQUEST, "The request needs a JSON body");
      case StreamConstraintsException e ->
          new ApiException(ErrorCode.BAD_REQUEST, "The JSON is too deep or too long" + location(e));
      case InputCoercionException e ->
          invalid(field(e) + " must be " + WantedType.name(e.getTargetType()) + location(e));
      case StreamReadException e when twice(e) ->
          new ApiException(
              ErrorCode.BAD_REQUEST, "An object of the body has a field twice" + location(e));
      case StreamReadException e ->
          new ApiException(ErrorCode.BAD_REQUEST, "The body is not well-formed JSON" + location(e));
      case InvalidTypeIdException e ->
          invalid(
              field(e)
                  + " is of an unknown kind"
                  + (e.getTypeId() == null ? "" : ": " + e.getTypeId()));
      case ValueInstantiationException e -> {
        Throwable cause = e.getCause();
        if (cause instanceof ApiException known) {
          yield known;
        }
        yield cause instanceof IllegalArgumentException && cause.getMessage() != null
            ? invalid(field(e) + " is not valid: " + cause.getMessage())
            : invalid(field(e) + " is not valid");
      }
      case MismatchedInputException e when trailing(e) ->
          new ApiException(
              ErrorCode.BAD_REQUEST, "The body holds more than one JSON value" + location(e));
      case UnrecognizedPropertyException e -> invalid(unknown(e));
      case MismatchedInputException e ->
          e.getTargetType() == null && e.getPath().isEmpty()
              ? new ApiException(ErrorCode.BAD_REQUEST, "The request needs a JSON body")
              : invalid(
                  field(e)
                      + (e.getTargetType() == null
                          ? " is of the wrong type"
                          : " must be " + WantedType.name(e.getTargetType()))
                      + location(e));
      case DatabindException e -> invalid(field(e) + " is not valid");
      default -> new ApiException(ErrorCode.BAD_REQUEST, "The body could not be read to its end");
    };
  }

  private static ApiException invalid(String message) {
    return new ApiException(ErrorCode.INVALID_ARGUMENT, message);
  }

  private static String field(JacksonException failure) {
    String path =
        failure.getPath().stream()
            .map(step ->
                step.getPropertyName() != null
                    ? "." + step.getPropertyName()
                    : "[" + step.getIndex() + "]")
            .collect(Collectors.joining());
    return path.isEmpty()
        ? "The body"
        : path.startsWith(".") ? path.substring(1) : "The body" + path;
  }

  private static String unknown(UnrecognizedPropertyException failure) {
    Collection<Object> known = failure.getKnownPropertyIds();
    return "Field "
        + field(failure)
        + " is not known here; "
        + (known == null || known.isEmpty()
            ? "there is none"
            : "known: "
                + known.stream().map(Object::toString).sorted().collect(Collectors.joining(", ")))
        + location(failure);
  }

  // Jackson has no types of its own for these two; a test holds the texts.
  private static boolean twice(StreamReadException failure) {
    return failure.getOriginalMessage().startsWith("Duplicate Object property");
  }

  private static boolean trailing(MismatchedInputException failure) {
    return failure.getOriginalMessage().startsWith("Trailing token");
  }

  private static String location(JacksonException failure) {
    TokenStreamLocation at = failure.getLocation();
    return at == null || at.getLineNr() < 1
        ? ""
        : " (line " + at.getLineNr() + ", column " + at.getColumnNr() + ")";
  }
}
