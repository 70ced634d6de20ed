package io.tidegate.commits;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.commits.Writer.Staged;
import io.tidegate.testing.HttpTester.Answer;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** The database breaks off at the commit itself: nobody is told something that is not true. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class UnknownOutcomeTest {
  private static final String CUT =
      """
      CREATE FUNCTION cut() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END $$;
      CREATE CONSTRAINT TRIGGER cut AFTER INSERT ON commits.events
        DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION cut()
      """;

  private CommitServer server;
  private LostAnswers answers;

  @BeforeAll
  void start() {
    server = CommitServer.start(Map.of());
    answers = server.context.getBean(LostAnswers.class);
  }

  @AfterAll
  void stop() {
    server.close();
  }

  private void database(String sql) throws SQLException {
    try (Connection connection =
            DriverManager.getConnection(
                server.database.jdbcUrl(), server.database.username(), server.database.password());
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private static Answer commitAs(Writer table, Staged staged, String request) {
    return table
        .http
        .with("X-Request-Id", request)
        .post(
            table.path(),
            Writer.json(
                Map.of(
                    "requirements",
                    List.of(table.uuid()),
                    "updates",
                    List.of(Writer.addCommit(staged.commit())))));
  }

  @Test
  void whatIsInAfterAllIsToldSo() {
    Writer table = Writer.created(server);
    answers.loseThoseOf("lost-1");
    Answer answer = commitAs(table, table.stage(1, "in"), "lost-1");
    assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    assertThat(Writer.JSON.readTree(answer.body()).get("latest-table-version").asLong())
        .isEqualTo(1);
  }

  @Test
  void whatIsNotInIsNotKnown() throws SQLException {
    Writer table = Writer.created(server);
    Staged staged = table.stage(1, "cut");
    database(CUT);
    try {
      String message = Writer.message(table.commit(staged), 500, "CommitStateUnknownException");
      assertThat(message).contains("version 1", staged.fileName(), "again");
    } finally {
      database("DROP FUNCTION cut CASCADE");
    }
    assertThat(table.load().get("latest-table-version").asLong()).isZero();
    // What the message asks for.
    assertThat(table.commit(staged).status()).isEqualTo(200);
    assertThat(table.load().get("latest-table-version").asLong()).isEqualTo(1);
  }
}
