package io.tidegate.catalog;

import io.tidegate.kit.client.ClientFamily;
import io.tidegate.kit.security.Privilege;
import java.util.EnumSet;
import java.util.Set;

/**
 * How privileges are spelled in answers. Unity Catalog's API has spaces ({@code USE CATALOG}),
 * Databricks' has underscores ({@code USE_CATALOG}), and each one's clients drop or refuse what
 * their enumeration lacks. Requests may have either.
 */
final class PrivilegeNames {
  /** Those that the enumeration of Unity Catalog's own clients lacks, which fail on them. */
  private static final Set<Privilege> UNKNOWN_TO_UNITY_CATALOG =
      EnumSet.of(Privilege.CREATE_SHARE, Privilege.CREATE_RECIPIENT);

  private PrivilegeNames() {}

  /** As Unity Catalog's API has it. */
  static String spaced(Privilege privilege) {
    return privilege.name().replace('_', ' ');
  }

  static String shown(ClientFamily client, String privilege) {
    return switch (client) {
      case DATABRICKS -> privilege;
      case UNITY_CATALOG, OTHER -> privilege.replace('_', ' ');
    };
  }

  /** Whether a client can read an answer that has the privilege in it. */
  static boolean isKnownTo(ClientFamily client, String privilege) {
    return switch (client) {
      case DATABRICKS, OTHER -> true;
      case UNITY_CATALOG -> !UNKNOWN_TO_UNITY_CATALOG.contains(Privilege.valueOf(privilege));
    };
  }
}
