package io.tidegate.commits;

import static io.tidegate.commits.Writer.message;
import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.commits.Writer.Staged;
import io.tidegate.testing.HttpTester.Answer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.springframework.jdbc.core.simple.JdbcClient;

/** Nothing outside a table's own folder is read, written or removed for it, whatever links say. */
class ConfinementTest {
  private static final String INVALID = "InvalidParameterValueException";
  private static CommitServer server;

  @BeforeAll
  static void start() {
    server = CommitServer.start(Map.of("tidegate.commits.dropped-files-kept", "0s"));
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  private static String failure(String kind, UUID table) {
    return server
        .context
        .getBean(JdbcClient.class)
        .sql("SELECT coalesce(failure, '') FROM commits.work WHERE table_id = :id AND kind = :kind")
        .param("id", table)
        .param("kind", kind)
        .query(String.class)
        .optional()
        .orElse("");
  }

  @Test
  void aStagedCommitIsNoLinkToAnotherTable() throws IOException {
    Writer victim = Writer.created(server);
    Writer table = Writer.created(server);
    Staged theirs = victim.stage(1, "theirs");
    Path link = table.stagedFile(theirs);
    Files.createDirectories(link.getParent());
    Files.createSymbolicLink(link, victim.stagedFile(theirs));
    Answer answer = table.commit(theirs);
    assertThat(message(answer, 400, INVALID)).contains(theirs.fileName(), "out of the table");

    Files.delete(link);
    Files.delete(link.getParent());
    Files.createSymbolicLink(link.getParent(), victim.stagedFile(theirs).getParent());
    assertThat(message(table.commit(theirs), 400, INVALID)).contains("out of the table");
  }

  @Test
  void nothingIsPublishedThroughALink() throws IOException {
    Writer victim = Writer.created(server);
    Writer table = Writer.created(server);
    CommitWorker worker = server.context.getBean(CommitWorker.class);
    worker.stop();
    assertThat(table.commit(table.stage(1, "mine")).status()).isEqualTo(200);
    Path moved = Files.move(table.folder, table.folder.resolveSibling("moved-" + table.id));
    Files.createSymbolicLink(table.folder, victim.folder);
    worker.start();
    CommitServer.await(
        "refused", () -> failure("PUBLISH", table.id).contains("Outside the folders"));
    assertThat(victim.published(1)).doesNotExist();
    Files.delete(table.folder);
    Files.move(moved, table.folder);
    CommitServer.await("published", () -> table.load().get("commits").isEmpty());
  }

  @Test
  void noOtherTablesFilesAreRemovedThroughALink() throws IOException {
    Writer victim = Writer.created(server);
    Writer table = Writer.created(server);
    Files.move(table.folder, table.folder.resolveSibling("moved-" + table.id));
    Files.createSymbolicLink(table.folder, victim.folder);
    assertThat(table.http.delete(table.path()).status()).isEqualTo(204);
    CommitServer.await("refused", () -> failure("PURGE", table.id).contains("Outside the folders"));
    assertThat(victim.published(0)).exists();
  }
}
