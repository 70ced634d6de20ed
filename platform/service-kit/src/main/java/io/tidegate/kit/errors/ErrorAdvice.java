package io.tidegate.kit.errors;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.RestControllerAdvice;

/** Answers for whatever a controller, or the way to it, throws. */
@RestControllerAdvice
final class ErrorAdvice {
  private final ErrorWriter errors;

  ErrorAdvice(ErrorWriter errors) {
    this.errors = errors;
  }

  // Writes by itself: the error's shape does not depend on what the client accepts.
  @ExceptionHandler(Throwable.class)
  void answer(Throwable failure, HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    errors.write(request, response, failure);
  }
}
