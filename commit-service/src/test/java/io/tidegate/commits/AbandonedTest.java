package io.tidegate.commits;

import static io.tidegate.commits.Writer.message;
import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.commits.Writer.Staged;
import io.tidegate.ports.CommitDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.springframework.jdbc.core.simple.JdbcClient;

/** What writers leave behind goes away by itself, and nothing else does. */
class AbandonedTest {
  private static final Instant LONG_AGO = Instant.now().minus(Duration.ofDays(8));

  private final CommitServer server = CommitServer.shared();
  private final JdbcClient jdbc = server.context.getBean(JdbcClient.class);

  private void due(String kind, UUID table) {
    int found =
        jdbc.sql("UPDATE commits.work SET due_at = now() WHERE kind = :kind AND table_id = :id")
            .param("kind", kind)
            .param("id", table)
            .update();
    assertThat(found).as(kind + " of " + table).isEqualTo(1);
  }

  private boolean isWaiting(String kind, UUID table) {
    return jdbc.sql(
                "SELECT count(*) FROM commits.work WHERE kind = :kind AND table_id = :id"
                    + " AND due_at > now() + interval '1 minute'")
            .param("kind", kind)
            .param("id", table)
            .query(Long.class)
            .single()
        == 1;
  }

  private static void age(Path file) throws IOException {
    Files.setLastModifiedTime(file, FileTime.from(LONG_AGO));
  }

  @Test
  void oldStagedCommitsOfPublishedVersionsAreRemoved() throws IOException {
    Writer table = Writer.created(server);
    Staged won = table.stage(1, "won");
    Staged lost = table.stage(1, "lost");
    Staged young = table.stage(1, "young");
    Staged pending = table.stage(2, "pending");
    assertThat(table.commit(won).status()).isEqualTo(200);
    message(table.commit(lost), 409, "CommitVersionConflictException");
    CommitServer.await("published", () -> table.load().get("commits").isEmpty());
    byte[] published = Files.readAllBytes(table.published(1));
    for (Staged old : List.of(won, lost, pending)) {
      age(table.stagedFile(old));
    }
    Path stranger = table.stagedFile(won).resolveSibling("notes.txt");
    Files.writeString(stranger, "kept");
    age(stranger);

    due("REAP", table.id);

    CommitServer.await(
        "removal",
        () -> Files.notExists(table.stagedFile(won)) && Files.notExists(table.stagedFile(lost)));
    CommitServer.await("the next look", () -> isWaiting("REAP", table.id));
    assertThat(table.stagedFile(young)).exists();
    assertThat(table.stagedFile(pending)).exists();
    assertThat(stranger).exists();
    assertThat(Files.readAllBytes(table.published(1))).isEqualTo(published);
    // Who asks again hears the same as before.
    assertThat(table.commit(won).status()).isEqualTo(200);
    message(table.commit(lost), 409, "CommitVersionConflictException");
    assertThat(table.commit(pending).status()).isEqualTo(200);
  }

  @Test
  void aStagingTableThatTheCatalogNeverRegisteredIsGivenUpInTime() {
    Writer table = Writer.staged(server, "admin");
    table.writeFirst(table.properties());
    inCreation(table);
    due("EXPIRE", table.id);
    CommitServer.await("its time is not over", () -> isWaiting("EXPIRE", table.id));

    expire(table);

    CommitServer.await("removal", () -> Files.notExists(table.published(0)));
    message(table.create(table.creation()), 404, "NoSuchTableException");
  }

  @Test
  void aStagingTableThatTheCatalogRegisteredBecomesATable() {
    Writer table = Writer.staged(server, "admin");
    table.writeFirst(table.properties());
    server.catalog.registerInSilence(table.id, table.name, table.location);
    inCreation(table);
    expire(table);

    requireTable(table);
  }

  @Test
  void aStagingTableThatWasReleasedTooEarlyIsNotRemovedUnderTheCatalog() {
    Writer table = Writer.staged(server, "admin");
    table.writeFirst(table.properties());
    // A first registration whose answer was lost, and a second one that was refused.
    server.catalog.registerInSilence(table.id, table.name, table.location);
    expire(table);

    requireTable(table);
  }

  /** The time of a staging table is over, and is noticed now. */
  private void expire(Writer table) {
    jdbc.sql("UPDATE commits.staging_tables SET expires_at = now() WHERE id = :id")
        .param("id", table.id)
        .update();
    due("EXPIRE", table.id);
  }

  private static void requireTable(Writer table) {
    CommitDirectory commits = table.server.context.getBean(CommitDirectory.class);
    CommitServer.await("opened", () -> commits.commits(table.id).isPresent());
    table.append(1, "x-" + table.id);
  }

  /** As a service leaves it that dies while the catalog is asked. */
  private void inCreation(Writer table) {
    jdbc.sql("UPDATE commits.staging_tables SET state = 'CREATING' WHERE id = :id")
        .param("id", table.id)
        .update();
  }
}
