package io.tidegate.catalog;

import io.tidegate.kit.errors.ApiException;
import io.tidegate.kit.errors.ErrorCode;
import java.util.Collection;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Fields that the API of Unity Catalog or that of Databricks has, and Tidegate does nothing about:
 * who asks for them is told. Fields that no API has are ignored.
 */
final class UnsupportedFields {
  /** What a value asks for that is so without being asked for. */
  private static final Map<String, Set<String>> AS_IT_IS =
      Map.of(
          "isolation_mode", Set.of("OPEN"),
          "enable_predictive_optimization", Set.of("INHERIT", "DISABLE"));

  static final Set<String> OF_CATALOGS =
      Set.of(
          "connection_name",
          "conversion_info",
          "custom_max_retention_hours",
          "dr_replication_info",
          "enable_predictive_optimization",
          "isolation_mode",
          "managed_encryption_settings",
          "options",
          "provider_name",
          "share_name",
          "storage_root");

  static final Set<String> OF_SCHEMAS =
      Set.of("custom_max_retention_hours", "enable_predictive_optimization", "storage_root");

  static final Set<String> OF_TABLES =
      Set.of(
          "access_point",
          "enable_predictive_optimization",
          "encryption_details",
          "row_filter",
          "storage_credential_name",
          "table_constraints",
          "view_definition",
          "view_dependencies");

  static final Set<String> OF_COLUMNS = Set.of("mask", "type_interval_type");

  private UnsupportedFields() {}

  /**
   * @param rest what a request has beside the fields that are read
   * @param known the names of the API's fields that are not supported
   * @throws ApiException NOT_IMPLEMENTED naming the field
   */
  static void refuse(@Nullable Map<String, @Nullable Object> rest, Set<String> known) {
    if (rest != null) {
      rest.forEach((name, value) -> {
        if (known.contains(name) && asks(name, value)) {
          throw new ApiException(
              ErrorCode.NOT_IMPLEMENTED, name + " is not supported: leave it out");
        }
      });
    }
  }

  private static boolean asks(String name, @Nullable Object value) {
    return switch (value) {
      case null -> false;
      case Boolean asked -> asked;
      case String text -> !text.isEmpty() && !AS_IT_IS.getOrDefault(name, Set.of()).contains(text);
      case Collection<?> items -> !items.isEmpty();
      case Map<?, ?> members -> !members.isEmpty();
      default -> true;
    };
  }
}
