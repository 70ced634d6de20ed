package io.tidegate.events;

import java.sql.ResultSet;
import java.sql.SQLException;

/** The statements on one schema's event tables. */
record EventSql(String schema) {
  /**
   * Which cluster, and which timeline of it, this is. A restore changes the first, a failover or a
   * recovery to a point in time the second.
   */
  static final String CLUSTER =
      """
      (SELECT system_identifier::text FROM pg_control_system())
          || '/' || substr(pg_walfile_name(pg_current_wal_insert_lsn()), 1, 8)\
      """;

  private static final String COLUMNS =
      """
      e.epoch, e.txid::text AS txid, e.position, e.category, e.stream_id, e.version, e.id, e.type,
      e.schema_version, e.data::text AS data, e.principal, e.request_id, e.securable, e.recorded_at\
      """;

  private static final String BETWEEN =
      """
      (e.epoch, e.txid, e.position) > (?, ?::xid8, ?) AND (e.epoch, e.txid, e.position) <= (?, ?::xid8, ?)\
      """;

  static FeedPlace place(ResultSet row) throws SQLException {
    return new FeedPlace(row.getInt("epoch"), row.getLong("txid"), row.getLong("position"));
  }

  String lockShared() {
    return """
    SELECT pg_advisory_xact_lock_shared(hashtextextended(?, 0)), %s AS cluster,
           current_setting('transaction_isolation') AS isolation\
    """
        .formatted(CLUSTER);
  }

  /**
   * Compare-and-set of many streams, in the order of their ids. {@code expected}: null for any, -1
   * for none. A stream that is elsewhere is locked, left alone and not returned.
   */
  String advanceStreams() {
    return """
    WITH wanted AS MATERIALIZED (
      SELECT * FROM unnest(?::text[], ?::text[], ?::bigint[], ?::bigint[])
                 AS w(category, id, expected, appended))
    INSERT INTO %1$s.streams AS s (category, id, version)
    SELECT w.category, w.id, w.appended - 1 FROM wanted w
     WHERE w.expected IS NULL OR w.expected = -1
        OR EXISTS (SELECT FROM %1$s.streams x WHERE x.category = w.category AND x.id = w.id)
     ORDER BY w.category, w.id
    ON CONFLICT (category, id) DO UPDATE SET version = s.version + excluded.version + 1
     WHERE (SELECT w.expected IS NULL OR w.expected = s.version FROM wanted w
             WHERE w.category = excluded.category AND w.id = excluded.id)
    RETURNING s.category, s.id, s.version\
    """
        .formatted(schema);
  }

  /**
   * Inserts events in the order given. The snapshot is younger than the streams' row locks, so the
   * newest ended transaction is at least the one that appended to any of these streams before.
   */
  String insertEvents() {
    return """
    INSERT INTO %1$s.events (epoch, txid, principal, request_id, id, category, stream_id, version,
                             type, schema_version, data, securable)
    SELECT (SELECT max(epoch) FROM %1$s.feed_epochs),
           greatest(pg_current_xact_id(),
                    (pg_snapshot_xmax(pg_current_snapshot())::text::bigint - 1)::text::xid8),
           ?, ?, n.id::uuid, n.category, n.stream_id, n.version, n.type, n.schema_version,
           n.data::jsonb, n.securable
      FROM unnest(?::text[], ?::text[], ?::text[], ?::bigint[], ?::text[], ?::integer[],
                  ?::text[], ?::text[])
           WITH ORDINALITY AS n(id, category, stream_id, version, type, schema_version, data,
                                securable, ordinal)
     ORDER BY n.ordinal
    RETURNING id, epoch, txid::text AS txid, position, data::text AS data, recorded_at\
    """
        .formatted(schema);
  }

  String readStream() {
    return """
    SELECT %s FROM %s.events e
     WHERE e.category = ? AND e.stream_id = ? AND e.version >= ? ORDER BY e.version LIMIT ?\
    """
        .formatted(COLUMNS, schema);
  }

  String streamVersion() {
    return "SELECT version FROM %s.streams WHERE category = ? AND id = ?".formatted(schema);
  }

  /**
   * How far the feed goes now: the last event below every running transaction, and whether there
   * are events beyond it. Each is one step into the index, however long the feed is.
   */
  String horizon() {
    return """
    SELECT gate.epoch AS current_epoch, gate.txid::text AS oldest_running,
           last.epoch, last.txid::text AS txid, last.position,
           coalesce((newest.epoch, newest.txid) >= (gate.epoch, gate.txid), false) AS held
      FROM (SELECT (SELECT max(epoch) FROM %1$s.feed_epochs) AS epoch,
                   pg_snapshot_xmin(pg_current_snapshot()) AS txid) gate
      LEFT JOIN LATERAL (
           SELECT e.epoch, e.txid, e.position FROM %1$s.events e
            WHERE (e.epoch, e.txid) < (gate.epoch, gate.txid)
            ORDER BY e.epoch DESC, e.txid DESC, e.position DESC LIMIT 1) last ON true
      LEFT JOIN LATERAL (
           SELECT e.epoch, e.txid FROM %1$s.events e
            ORDER BY e.epoch DESC, e.txid DESC, e.position DESC LIMIT 1) newest ON true\
    """
        .formatted(schema);
  }

  /** How many microseconds ago the first event beyond the horizon was recorded, if there is one. */
  String feedLag() {
    return """
    SELECT (extract(epoch FROM clock_timestamp() - e.recorded_at) * 1000000)::bigint AS lag
      FROM %1$s.events e
     WHERE (e.epoch, e.txid) >= ((SELECT max(epoch) FROM %1$s.feed_epochs),
                                 pg_snapshot_xmin(pg_current_snapshot()))
     ORDER BY e.epoch, e.txid, e.position LIMIT 1\
    """
        .formatted(schema);
  }

  String feed() {
    return """
    SELECT %s FROM %s.events e WHERE %s ORDER BY e.epoch, e.txid, e.position LIMIT ?\
    """
        .formatted(COLUMNS, schema, BETWEEN);
  }

  /** Walks each type's index in feed order, at most a page of it, and merges. */
  String feedByType() {
    return filtered("unnest(?::text[]) AS wanted(type)", "e.type = wanted.type");
  }

  /** As {@link #feedByType()}, by securable; the types, which may be none, are given twice. */
  String feedBySecurable() {
    return filtered(
        "unnest(?::text[]) AS wanted(securable)",
        "e.securable = wanted.securable AND (cardinality(?::text[]) = 0 OR e.type = ANY (?::text[]))");
  }

  // The page's size comes twice: for each wanted value's walk, and for the whole.
  private String filtered(String wanted, String condition) {
    return """
    WITH keys AS MATERIALIZED (
      SELECT k.epoch, k.txid, k.position
        FROM %2$s CROSS JOIN LATERAL (
             SELECT e.epoch, e.txid, e.position FROM %1$s.events e WHERE %3$s AND %4$s
              ORDER BY e.epoch, e.txid, e.position LIMIT ?) k
       ORDER BY k.epoch, k.txid, k.position LIMIT ?)
    SELECT %5$s FROM keys k JOIN %1$s.events e
           ON e.epoch = k.epoch AND e.txid = k.txid AND e.position = k.position
     ORDER BY e.epoch, e.txid, e.position\
    """
        .formatted(schema, wanted, condition, BETWEEN, COLUMNS);
  }
}
