package io.tidegate.kit.errors;

import java.util.Map;

/**
 * A request that cannot be answered as asked. The message goes to the caller: it names the field or
 * the object that is wrong, and holds no secret.
 */
public final class ApiException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final ErrorCode code;
  private final transient Map<String, Object> details;

  public ApiException(ErrorCode code, String message) {
    this(code, message, Map.of());
  }

  /**
   * @param details further members of the error's JSON object, for instance the winner of a commit
   *     conflict
   */
  public ApiException(ErrorCode code, String message, Map<String, Object> details) {
    super(message);
    this.code = code;
    this.details = Map.copyOf(details);
  }

  public ErrorCode code() {
    return code;
  }

  public Map<String, Object> details() {
    return details;
  }
}
