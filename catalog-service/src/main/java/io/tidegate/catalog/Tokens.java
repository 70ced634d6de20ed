package io.tidegate.catalog;

import io.tidegate.catalog.CatalogEvent.TokenCreated;
import io.tidegate.catalog.CatalogEvent.TokenRevoked;
import io.tidegate.events.EventMetadata;
import io.tidegate.kit.errors.ApiException;
import io.tidegate.kit.errors.ErrorCode;
import io.tidegate.kit.security.Caller;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/**
 * Bearer tokens of principals: 256 random bits, shown once, kept as their SHA-256. A fast hash
 * does, for nobody can guess 256 bits.
 */
@Component
class Tokens {
  private static final String PREFIX = "tg_";
  private static final SecureRandom RANDOM = new SecureRandom();

  private final JdbcClient jdbc;
  private final EventWriter writer;

  Tokens(JdbcClient jdbc, EventWriter writer) {
    this.jdbc = jdbc;
    this.writer = writer;
  }

  record TokenRow(
      UUID id,
      UUID principalId,
      String principal,
      @Nullable String comment,
      Instant createdAt,
      String createdBy,
      @Nullable Instant expiresAt) {}

  /** A token just made: the only time that its text is known. */
  record NewToken(UUID id, String text) {
    @Override
    public String toString() {
      return "NewToken[" + id + "]";
    }
  }

  static String random() {
    byte[] bytes = new byte[32];
    RANDOM.nextBytes(bytes);
    return PREFIX + Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }

  /** Makes a token for a principal, within a change. */
  NewToken create(
      UUID principalId,
      String principal,
      @Nullable String comment,
      @Nullable Instant expiresAt,
      EventMetadata by) {
    String text = random();
    return new NewToken(store(text, principalId, principal, comment, expiresAt, by), text);
  }

  /** Keeps the hash of a token whose text was chosen elsewhere, within a change. */
  UUID store(
      String text,
      UUID principalId,
      String principal,
      @Nullable String comment,
      @Nullable Instant expiresAt,
      EventMetadata by) {
    UUID id = UUID.randomUUID();
    jdbc.sql(
            "INSERT INTO catalog.tokens (id, principal_id, hash, comment, created_at, created_by,"
                + " expires_at) VALUES (:id, :principal, :hash, :comment, now(), :by, :expiresAt)")
        .param("id", id)
        .param("principal", principalId)
        .param("hash", hash(text))
        .param("comment", comment, Types.VARCHAR)
        .param("by", by.principal())
        .param(
            "expiresAt",
            expiresAt == null ? null : expiresAt.atOffset(ZoneOffset.UTC),
            Types.TIMESTAMP_WITH_TIMEZONE)
        .update();
    writer.append(
        "principal",
        principalId,
        new TokenCreated(id, principalId, principal, expiresAt),
        principal,
        by);
    return id;
  }

  /**
   * Makes a change after which an administrator can get in as well as before: with a token that
   * does not expire if there was one, else with any that has not expired. One such change happens
   * at a time, until the transaction ends.
   *
   * @param what what the change is to do, for the error
   * @throws ApiException INVALID_ARGUMENT, with the way out
   */
  void keepingAnAdministrator(String what, Runnable change) {
    jdbc.sql("SELECT pg_advisory_xact_lock(hashtextextended('tidegate/administrators', 0))")
        .query(row -> {});
    int before = wayIn();
    change.run();
    int after = wayIn();
    if (after < before) {
      throw new ApiException(
          ErrorCode.INVALID_ARGUMENT,
          what
              + " would leave no active administrator with a token "
              + (after == 0 ? "that works" : "that does not expire")
              + ": make one first, with POST /api/1.0/tokens and no lifetime_seconds");
    }
  }

  /** The best token of all active administrators: 2 never expires, 1 works, 0 there is none. */
  private int wayIn() {
    return jdbc.sql(
            "SELECT coalesce(max(CASE WHEN t.expires_at IS NULL THEN 2 WHEN t.expires_at > now()"
                + " THEN 1 ELSE 0 END), 0) FROM catalog.tokens t JOIN catalog.principals p"
                + " ON p.id = t.principal_id WHERE p.admin AND p.active")
        .query(Integer.class)
        .single();
  }

  record Owner(UUID id, String name) {}

  /**
   * A principal who is to get a token and cannot be deleted until the change is over.
   *
   * @throws io.tidegate.kit.errors.ApiException PRINCIPAL_NOT_FOUND
   */
  Owner held(String name) {
    return jdbc.sql("SELECT id, name FROM catalog.principals WHERE name = ? FOR KEY SHARE")
        .param(Names.lookup(name))
        .query((row, number) -> new Owner(row.getObject("id", UUID.class), row.getString("name")))
        .optional()
        .orElseThrow(() -> Access.missing(ErrorCode.PRINCIPAL_NOT_FOUND, "Principal", name));
  }

  /**
   * When a token that was shown expires; null: never.
   *
   * @throws io.tidegate.kit.errors.ApiException UNAUTHENTICATED if there is none such any more
   */
  @Nullable Instant expiryOf(@Nullable String text) {
    record Expiry(@Nullable OffsetDateTime at) {}
    OffsetDateTime at =
        jdbc.sql("SELECT expires_at FROM catalog.tokens WHERE hash = ?")
            .param(hash(text == null ? "" : text))
            .query((row, number) -> new Expiry(row.getObject("expires_at", OffsetDateTime.class)))
            .optional()
            .orElseThrow(() -> new ApiException(ErrorCode.UNAUTHENTICATED, "The token was revoked"))
            .at();
    return at == null ? null : at.toInstant();
  }

  /** Who a token belongs to, if it is known and has not expired; one statement. */
  Optional<Caller> authenticate(String text) {
    return jdbc.sql(
            "SELECT p.id, p.name, p.admin, ARRAY(SELECT m.team_id FROM catalog.team_members m WHERE"
                + " m.principal_id = p.id) AS teams"
                + " FROM catalog.tokens t JOIN catalog.principals p ON p.id = t.principal_id"
                + " WHERE t.hash = ? AND p.active AND (t.expires_at IS NULL OR t.expires_at > now())")
        .param(hash(text))
        .query((row, number) -> caller(row))
        .optional();
  }

  /** A principal as if they called. */
  Caller principal(UUID id) {
    return jdbc.sql(
            "SELECT p.id, p.name, p.admin, ARRAY(SELECT m.team_id FROM catalog.team_members m WHERE"
                + " m.principal_id = p.id) AS teams FROM catalog.principals p WHERE p.id = ?")
        .param(id)
        .query((row, number) -> caller(row))
        .optional()
        .orElseThrow(
            () -> Access.missing(ErrorCode.PRINCIPAL_NOT_FOUND, "Principal", id.toString()));
  }

  private static Caller caller(ResultSet row) throws SQLException {
    return new Caller(
        row.getObject("id", UUID.class),
        row.getString("name"),
        Set.of((UUID[]) row.getArray("teams").getArray()),
        row.getBoolean("admin"),
        false);
  }

  /** Tokens in the order of their ids; of one principal, or all. */
  List<TokenRow> list(@Nullable UUID principalId, @Nullable UUID after, int limit) {
    return jdbc.sql(
            "SELECT t.*, p.name AS principal FROM catalog.tokens t JOIN catalog.principals p ON"
                + " p.id = t.principal_id WHERE (:all OR t.principal_id = :principal)"
                + " AND t.id > :after ORDER BY t.id LIMIT :limit")
        .param("all", principalId == null)
        .param("principal", principalId == null ? new UUID(0, 0) : principalId)
        .param("after", after == null ? new UUID(0, 0) : after)
        .param("limit", limit)
        .query((row, number) -> token(row))
        .list();
  }

  Optional<TokenRow> find(UUID id) {
    return jdbc.sql(
            "SELECT t.*, p.name AS principal FROM catalog.tokens t JOIN catalog.principals p ON"
                + " p.id = t.principal_id WHERE t.id = ?")
        .param(id)
        .query((row, number) -> token(row))
        .optional();
  }

  private static TokenRow token(ResultSet row) throws SQLException {
    OffsetDateTime expiresAt = row.getObject("expires_at", OffsetDateTime.class);
    return new TokenRow(
        row.getObject("id", UUID.class),
        row.getObject("principal_id", UUID.class),
        row.getString("principal"),
        row.getString("comment"),
        Objects.requireNonNull(row.getObject("created_at", OffsetDateTime.class)).toInstant(),
        row.getString("created_by"),
        expiresAt == null ? null : expiresAt.toInstant());
  }

  /** Makes all tokens of a principal worthless at once, within the change that deletes it. */
  void forget(UUID principalId) {
    jdbc.sql("DELETE FROM catalog.tokens WHERE principal_id = ?").param(principalId).update();
  }

  /**
   * Makes a token worthless at once, within a change; nothing if it was revoked meanwhile.
   *
   * @throws ApiException INVALID_ARGUMENT if no administrator could get in any more
   */
  void revoke(TokenRow token, EventMetadata by) {
    keepingAnAdministrator(
        "To revoke this token",
        () -> {
          if (jdbc.sql("DELETE FROM catalog.tokens WHERE id = ?").param(token.id()).update() > 0) {
            writer.append(
                "principal",
                token.principalId(),
                new TokenRevoked(token.id(), token.principalId(), token.principal()),
                token.principal(),
                by);
          }
        });
  }

  private static byte[] hash(String text) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
