package io.tidegate.kit.security;

/** What can be owned and granted on. */
public enum SecurableType {
  METASTORE,
  CATALOG,
  SCHEMA,
  TABLE,
  SHARE,
  RECIPIENT
}
