package io.tidegate.kit.security;

/** What a principal can be granted on a securable; it holds for everything below that, too. */
public enum Privilege {
  USE_CATALOG,
  USE_SCHEMA,
  CREATE_CATALOG,
  CREATE_SCHEMA,
  CREATE_TABLE,
  CREATE_SHARE,
  CREATE_RECIPIENT,
  SELECT,
  MODIFY;

  /** The name in the Unity Catalog REST API of Databricks and in events, with underscores. */
  public String wireName() {
    return name();
  }
}
