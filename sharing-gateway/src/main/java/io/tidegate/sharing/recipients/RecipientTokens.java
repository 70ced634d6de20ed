package io.tidegate.sharing.recipients;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** The tokens of recipients and their activation links, by hash. */
@Component
class RecipientTokens {
  /** A link that nobody opened ends by itself; a token does not. */
  private static final String NOT_FORGOTTEN =
      " (t.activated_at IS NOT NULL OR t.created_at > now() - make_interval(secs => :lifetime)) ";

  private final JdbcClient jdbc;
  private final RecipientLimits limits;

  RecipientTokens(JdbcClient jdbc, RecipientLimits limits) {
    this.jdbc = jdbc;
    this.limits = limits;
  }

  /** Who a bearer token belongs to, if it works now. */
  Optional<RecipientCaller> authenticate(String token) {
    return jdbc.sql(
            """
            SELECT r.recipient_id, r.name, t.token_id
            FROM sharing.recipient_tokens t JOIN sharing.recipients r USING (recipient_id)
            WHERE t.token_hash = :hash
              AND (t.expires_at IS NULL OR t.expires_at > now())
              AND (r.expires_at IS NULL OR r.expires_at > now())
            """)
        .param("hash", Secret.hash(token))
        .query((row, number) ->
            new RecipientCaller(
                row.getObject("recipient_id", UUID.class),
                row.getString("name"),
                row.getObject("token_id", UUID.class)))
        .optional();
  }

  /** The tokens of a recipient that work or can still be activated, newest first. */
  List<RecipientToken> live(UUID recipientId) {
    return jdbc.sql(
            """
            SELECT token_id, created_at, created_by, activated_at, expires_at
            FROM sharing.recipient_tokens t
            WHERE recipient_id = :recipient AND (expires_at IS NULL OR expires_at > now())
              AND %s
            ORDER BY created_at DESC, token_id
            """
                .formatted(NOT_FORGOTTEN))
        .param("recipient", recipientId)
        .param("lifetime", limits.activationLifetime().toSeconds())
        .query(RecipientTokens::token)
        .list();
  }

  void insertLink(UUID tokenId, UUID recipientId, Secret link, String createdBy) {
    jdbc.sql(
            """
            INSERT INTO sharing.recipient_tokens
              (token_id, recipient_id, activation_hash, created_at, created_by)
            VALUES (:id, :recipient, :hash, now(), :by)
            """)
        .param("id", tokenId)
        .param("recipient", recipientId)
        .param("hash", link.hash())
        .param("by", createdBy)
        .update();
  }

  void insertToken(UUID tokenId, UUID recipientId, Secret token, String createdBy) {
    jdbc.sql(
            """
            INSERT INTO sharing.recipient_tokens
              (token_id, recipient_id, token_hash, created_at, created_by, activated_at)
            VALUES (:id, :recipient, :hash, now(), :by, now())
            """)
        .param("id", tokenId)
        .param("recipient", recipientId)
        .param("hash", token.hash())
        .param("by", createdBy)
        .update();
  }

  /** Lets every token of a recipient expire by an instant, and forgets those that have. */
  void expire(UUID recipientId, Instant at) {
    jdbc.sql(
            """
            UPDATE sharing.recipient_tokens SET expires_at = LEAST(expires_at, :at)
            WHERE recipient_id = :recipient
            """)
        .param("at", Timestamp.from(at))
        .param("recipient", recipientId)
        .update();
    jdbc.sql(
            """
            DELETE FROM sharing.recipient_tokens
            WHERE recipient_id = :recipient AND expires_at <= now()
            """)
        .param("recipient", recipientId)
        .update();
  }

  void deleteAll(UUID recipientId) {
    jdbc.sql("DELETE FROM sharing.recipient_tokens WHERE recipient_id = :recipient")
        .param("recipient", recipientId)
        .update();
  }

  /** What an activation link leads to, used already or not. */
  Optional<Activation> findLink(String link) {
    return jdbc.sql(
            """
            SELECT t.token_id, t.activated_at, t.expires_at AS token_expires_at,
                   r.recipient_id, r.name, r.expires_at AS recipient_expires_at,
                   (t.expires_at IS NULL OR t.expires_at > now())
                     AND (r.expires_at IS NULL OR r.expires_at > now())
                     AND %s AS alive
            FROM sharing.recipient_tokens t JOIN sharing.recipients r USING (recipient_id)
            WHERE t.activation_hash = :hash
            """
                .formatted(NOT_FORGOTTEN))
        .param("hash", Secret.hash(link))
        .param("lifetime", limits.activationLifetime().toSeconds())
        .query(RecipientTokens::activation)
        .optional();
  }

  /**
   * Turns a link into a bearer token.
   *
   * @return false if somebody else was faster
   */
  boolean activate(UUID tokenId, Secret token) {
    return jdbc.sql(
                """
                UPDATE sharing.recipient_tokens SET token_hash = :hash, activated_at = now()
                WHERE token_id = :id AND activated_at IS NULL
                """)
            .param("hash", token.hash())
            .param("id", tokenId)
            .update()
        == 1;
  }

  private static RecipientToken token(ResultSet row, int number) throws SQLException {
    return new RecipientToken(
        row.getObject("token_id", UUID.class),
        row.getTimestamp("created_at").toInstant(),
        row.getString("created_by"),
        Recipients.instant(row.getTimestamp("activated_at")),
        Recipients.instant(row.getTimestamp("expires_at")));
  }

  private static Activation activation(ResultSet row, int number) throws SQLException {
    Instant token = Recipients.instant(row.getTimestamp("token_expires_at"));
    Instant recipient = Recipients.instant(row.getTimestamp("recipient_expires_at"));
    return new Activation(
        row.getObject("token_id", UUID.class),
        row.getObject("recipient_id", UUID.class),
        row.getString("name"),
        row.getTimestamp("activated_at") != null,
        row.getBoolean("alive"),
        earlier(token, recipient));
  }

  static @Nullable Instant earlier(@Nullable Instant one, @Nullable Instant other) {
    if (one == null || other == null) {
      return one == null ? other : one;
    }
    return one.isBefore(other) ? one : other;
  }

  /**
   * What an activation link leads to.
   *
   * @param alive whether neither the link nor the recipient has expired
   * @param expiresAt when the token that it becomes expires, null for never
   */
  record Activation(
      UUID tokenId,
      UUID recipientId,
      String recipient,
      boolean used,
      boolean alive,
      @Nullable Instant expiresAt) {}
}
