package io.tidegate.sharing.recipients;

import io.tidegate.kit.security.Caller;
import io.tidegate.sharing.naming.Names;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

/** Reads recipients. */
@Component
public class Recipients {
  private static final String SELECT =
      "SELECT recipient_id, name, comment, owner, owner_id, expires_at, properties, created_at,"
          + " created_by, updated_at, updated_by FROM sharing.recipients";
  private static final JsonMapper JSON = JsonMapper.shared();

  private final JdbcClient jdbc;

  Recipients(JdbcClient jdbc) {
    this.jdbc = jdbc;
  }

  public Optional<Recipient> find(String name) {
    return jdbc.sql(SELECT + " WHERE name_key = :key")
        .param("key", Names.key(name))
        .query(Recipients::recipient)
        .optional();
  }

  /** The recipient, locked until the transaction ends, so that changes to it follow one another. */
  public Optional<Recipient> lock(UUID recipientId) {
    return jdbc.sql(SELECT + " WHERE recipient_id = :id FOR UPDATE")
        .param("id", recipientId)
        .query(Recipients::recipient)
        .optional();
  }

  /** The recipients that the caller may see, by name. */
  List<Recipient> list(Caller caller, @Nullable String afterKey, int limit) {
    List<UUID> owners = new ArrayList<>(caller.teams());
    owners.add(caller.principalId());
    return jdbc.sql(
            SELECT
                + " WHERE name_key > :after AND (:admin OR owner_id IN (:owners))"
                + " ORDER BY name_key LIMIT :limit")
        .param("after", afterKey == null ? "" : afterKey)
        .param("admin", caller.admin())
        .param("owners", owners)
        .param("limit", limit)
        .query(Recipients::recipient)
        .list();
  }

  /** The names of the shares that are granted to a recipient, in order. */
  List<String> shares(UUID recipientId, @Nullable String afterKey, int limit) {
    return jdbc.sql(
            """
            SELECT s.name FROM sharing.share_grants g JOIN sharing.shares s USING (share_id)
            WHERE g.recipient_id = :recipient AND s.name_key > :after
            ORDER BY s.name_key LIMIT :limit
            """)
        .param("recipient", recipientId)
        .param("after", afterKey == null ? "" : afterKey)
        .param("limit", limit)
        .query((row, number) -> row.getString("name"))
        .list();
  }

  private static Recipient recipient(ResultSet row, int number) throws SQLException {
    return new Recipient(
        row.getObject("recipient_id", UUID.class),
        row.getString("name"),
        row.getString("comment"),
        row.getString("owner"),
        row.getObject("owner_id", UUID.class),
        instant(row.getTimestamp("expires_at")),
        JSON.readValue(row.getString("properties"), new TypeReference<>() {}),
        row.getTimestamp("created_at").toInstant(),
        row.getString("created_by"),
        row.getTimestamp("updated_at").toInstant(),
        row.getString("updated_by"));
  }

  static @Nullable Instant instant(@Nullable Timestamp timestamp) {
    return timestamp == null ? null : timestamp.toInstant();
  }
}
