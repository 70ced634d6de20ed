package io.tidegate.commits;

import io.tidegate.commits.CommitEvent.CommitRatified;
import io.tidegate.commits.TableMetadata.ProtocolVersions;
import io.tidegate.delta.CatalogCommits;
import io.tidegate.delta.CatalogCommits.StagedCommit;
import io.tidegate.events.EventStore;
import io.tidegate.events.RecordedEvent;
import java.net.URI;
import java.sql.Array;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.JsonNode;

/** Reads what is known of managed tables and of their commits. */
@Component
class TableStates {
  private static final TypeReference<Map<String, String>> TEXTS = new TypeReference<>() {};

  private final JdbcClient jdbc;
  private final EventStore events;

  TableStates(JdbcClient jdbc, @Qualifier("commitEvents") EventStore events) {
    this.jdbc = jdbc;
    this.events = events;
  }

  /**
   * A table at its latest version.
   *
   * @param timestamp the latest version's in-commit timestamp
   * @param metadataVersion the last version that changed the metadata
   * @param comments how often the comment was changed without a commit
   * @param unpublished in ascending order
   */
  record State(
      UUID id,
      URI location,
      long version,
      long timestamp,
      long publishedVersion,
      long metadataVersion,
      long metadataTimestamp,
      TableMetadata metadata,
      @Nullable Uniform uniform,
      boolean closed,
      long comments,
      List<Unpublished> unpublished) {

    /**
     * Another one for every change of what describes the table, the catalog's comment included;
     * commits of data alone keep it, so that writers that only append do not get in the way of one
     * that changes the table.
     */
    String etag() {
      return id + "-" + metadataVersion + (comments == 0 ? "" : "-" + comments);
    }

    /** The commits as readers of the log need to know them. */
    CatalogCommits catalogCommits() {
      return new CatalogCommits(
          version,
          unpublished.stream()
              .map(commit ->
                  new StagedCommit(
                      commit.version(), commit.fileName(), commit.size(), commit.timestamp()))
              .toList());
    }
  }

  /** A ratified commit that is not known to be published. */
  record Unpublished(
      long version,
      String fileName,
      long size,
      long timestamp,
      long modified,
      String contentHash) {}

  /** A ratified commit, and who made it when. */
  record Ratified(CommitRatified commit, Instant at) {}

  /** The latest state of a table, by one statement; empty if it has no commit stream. */
  Optional<State> state(UUID tableId) {
    return jdbc.sql(
            """
            SELECT t.*, (SELECT json_agg(u ORDER BY u.version)::text
                           FROM commits.unpublished_commits u WHERE u.table_id = t.id) AS unpublished
              FROM commits.tables t WHERE t.id = :id
            """)
        .param("id", tableId)
        .query((row, number) -> state(row))
        .optional();
  }

  /** What was ratified as a version. */
  Optional<Ratified> ratified(UUID tableId, long version) {
    List<RecordedEvent> found = events.readStream(CommitEvent.commits(tableId), version, 1);
    return found.isEmpty() || !(found.getFirst().event() instanceof CommitRatified commit)
        ? Optional.empty()
        : Optional.of(new Ratified(commit, found.getFirst().recordedAt()));
  }

  private static State state(ResultSet row) throws SQLException {
    String uniform = row.getString("uniform");
    return new State(
        row.getObject("id", UUID.class),
        URI.create(row.getString("location")),
        row.getLong("version"),
        row.getLong("commit_timestamp"),
        row.getLong("published_version"),
        row.getLong("metadata_version"),
        row.getLong("metadata_timestamp"),
        new TableMetadata(
            row.getString("schema_string"),
            texts(row.getArray("partition_columns")),
            Json.read(row.getString("properties"), TEXTS),
            Json.read(row.getString("protocol"), ProtocolVersions.class),
            row.getString("description"),
            Json.read(row.getString("domain_metadata"), TEXTS)),
        uniform == null ? null : Json.read(uniform, Uniform.class),
        row.getBoolean("closed"),
        row.getLong("comments"),
        unpublished(row.getString("unpublished")));
  }

  private static List<Unpublished> unpublished(@Nullable String json) {
    List<Unpublished> commits = new ArrayList<>();
    if (json != null) {
      for (JsonNode commit : Json.tree(json)) {
        commits.add(
            new Unpublished(
                commit.required("version").asLong(),
                commit.required("file_name").asString(),
                commit.required("file_size").asLong(),
                commit.required("commit_timestamp").asLong(),
                commit.required("file_modified").asLong(),
                commit.required("content_hash").asString()));
      }
    }
    return commits;
  }

  private static List<String> texts(Array array) throws SQLException {
    return array.getArray() instanceof String[] texts ? List.of(texts) : List.of();
  }
}
