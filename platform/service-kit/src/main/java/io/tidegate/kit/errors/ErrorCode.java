package io.tidegate.kit.errors;

import io.tidegate.kit.client.ClientFamily;
import org.jspecify.annotations.Nullable;

/**
 * Every error that Tidegate answers with, once. {@link #status} is its HTTP status; the three names
 * are what it is called in the Unity Catalog REST API ({@code error_code}), in the Delta REST API
 * ({@code error.type}) and in the Delta Sharing protocol ({@code errorCode}).
 */
public enum ErrorCode {
  INVALID_ARGUMENT(400, "INVALID_PARAMETER_VALUE", "InvalidParameterValueException"),
  BAD_REQUEST(400, "BAD_REQUEST", "BadRequestException"),
  UNSUPPORTED_TABLE(400, "UNSUPPORTED_TABLE_FORMAT", "UnsupportedTableFormatException"),
  UNAUTHENTICATED(401, "UNAUTHENTICATED", "NotAuthorizedException"),
  PERMISSION_DENIED(403, "PERMISSION_DENIED", "PermissionDeniedException"),
  NOT_FOUND(404, "NOT_FOUND", "NotFoundException"),
  CATALOG_NOT_FOUND(404, "CATALOG_DOES_NOT_EXIST", "NoSuchCatalogException"),
  SCHEMA_NOT_FOUND(404, "SCHEMA_DOES_NOT_EXIST", "NoSuchSchemaException"),
  TABLE_NOT_FOUND(404, "TABLE_DOES_NOT_EXIST", "NoSuchTableException"),
  SHARE_NOT_FOUND(404, "SHARE_DOES_NOT_EXIST", "NotFoundException"),
  RECIPIENT_NOT_FOUND(404, "RECIPIENT_DOES_NOT_EXIST", "NotFoundException"),
  PRINCIPAL_NOT_FOUND(404, "PRINCIPAL_DOES_NOT_EXIST", "NotFoundException"),
  METHOD_NOT_ALLOWED(405, "METHOD_NOT_ALLOWED", "BadRequestException"),
  NOT_ACCEPTABLE(406, "NOT_ACCEPTABLE", "BadRequestException"),
  ALREADY_EXISTS(409, "ALREADY_EXISTS", "AlreadyExistsException"),
  /** By these three names Unity Catalog's Spark connector tells that something exists already. */
  CATALOG_EXISTS(409, "CATALOG_ALREADY_EXISTS", "AlreadyExistsException"),
  SCHEMA_EXISTS(409, "SCHEMA_ALREADY_EXISTS", "AlreadyExistsException"),
  TABLE_EXISTS(409, "TABLE_ALREADY_EXISTS", "AlreadyExistsException"),
  NOT_EMPTY(409, "NOT_EMPTY", "AlreadyExistsException"),
  COMMIT_VERSION_CONFLICT(409, "COMMIT_VERSION_CONFLICT", "CommitVersionConflictException"),
  UPDATE_REQUIREMENT_CONFLICT(
      409, "UPDATE_REQUIREMENT_CONFLICT", "UpdateRequirementConflictException"),
  GONE(410, "RESOURCE_GONE", "NotFoundException"),
  TOO_LARGE(413, "REQUEST_TOO_LARGE", "BadRequestException"),
  UNSUPPORTED_MEDIA_TYPE(415, "UNSUPPORTED_MEDIA_TYPE", "BadRequestException"),
  RANGE_NOT_SATISFIABLE(416, "RANGE_NOT_SATISFIABLE", "BadRequestException"),
  INTERNAL(500, "INTERNAL", "InternalServerErrorException"),
  /** A commit that may be in or not; whoever sends it again is told. */
  COMMIT_STATE_UNKNOWN(500, "COMMIT_STATE_UNKNOWN", "CommitStateUnknownException"),
  NOT_IMPLEMENTED(501, "NOT_IMPLEMENTED", "NotImplementedException"),
  /** Something that this service depends on does not answer; rendered with {@code Retry-After}. */
  UNAVAILABLE(503, "TEMPORARILY_UNAVAILABLE", "ServiceUnavailableException");

  private final int status;
  private final String unityName;
  private final String deltaType;

  ErrorCode(int status, String unityName, String deltaType) {
    this.status = status;
    this.unityName = unityName;
    this.deltaType = deltaType;
  }

  public int status() {
    return status;
  }

  /** Whether it says that a name is taken. */
  public boolean alreadyExists() {
    return this == ALREADY_EXISTS
        || this == CATALOG_EXISTS
        || this == SCHEMA_EXISTS
        || this == TABLE_EXISTS;
  }

  /**
   * The name in the Unity Catalog REST API for a family of clients: the Databricks SDKs have an
   * exception of its own for ALREADY_EXISTS, but for none of the names that are more exact.
   */
  String unityName(ClientFamily client) {
    return client == ClientFamily.DATABRICKS && alreadyExists()
        ? ALREADY_EXISTS.unityName
        : unityName;
  }

  public String unityName() {
    return unityName;
  }

  public String deltaType() {
    return deltaType;
  }

  public String sharingName() {
    return unityName;
  }

  /** The code of an error that another Tidegate service answered with; null if there is none. */
  public static @Nullable ErrorCode ofUnityName(String name) {
    for (ErrorCode code : values()) {
      if (code.unityName.equals(name)) {
        return code;
      }
    }
    return null;
  }
}
