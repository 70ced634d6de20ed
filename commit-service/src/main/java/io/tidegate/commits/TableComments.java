package io.tidegate.commits;

import io.tidegate.commits.CommitEvent.TableCommented;
import io.tidegate.commits.TableStates.State;
import io.tidegate.events.EventStore;
import io.tidegate.events.ExpectedVersion;
import io.tidegate.events.StreamAppend;
import io.tidegate.kit.errors.ApiException;
import io.tidegate.kit.errors.ErrorCode;
import io.tidegate.kit.security.Caller;
import io.tidegate.kit.web.Actors;
import io.tidegate.ports.CatalogDirectory;
import io.tidegate.ports.TableAccess;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/** Comments that change without a commit: the catalog keeps them, the etag moves with them. */
@Component
class TableComments {
  private final CatalogDirectory catalog;
  private final TableStates states;
  private final EventStore events;
  private final JdbcClient jdbc;
  private final TransactionTemplate transactions;

  TableComments(
      CatalogDirectory catalog,
      TableStates states,
      @Qualifier("commitEvents") EventStore events,
      JdbcClient jdbc,
      PlatformTransactionManager transactions) {
    this.catalog = catalog;
    this.states = states;
    this.events = events;
    this.jdbc = jdbc;
    this.transactions = new TransactionTemplate(transactions);
  }

  /**
   * Gives a managed table another comment. The etag moves first, so that of two who know the same
   * one a single one goes on.
   *
   * @param etag what the client believes the table's etag to be; null if it does not say
   * @throws ApiException UPDATE_REQUIREMENT_CONFLICT if the etag is another one, TABLE_NOT_FOUND if
   *     the table was dropped meanwhile, and what the catalog throws
   */
  void set(Caller caller, TableAccess table, String comment, @Nullable String etag) {
    transactions.executeWithoutResult(status -> {
      jdbc.sql("SELECT 1 FROM commits.tables WHERE id = :id FOR NO KEY UPDATE")
          .param("id", table.id())
          .query(row -> {});
      State latest =
          states
              .state(table.id())
              .filter(state -> !state.closed())
              .orElseThrow(() ->
                  new ApiException(
                      ErrorCode.TABLE_NOT_FOUND,
                      "Table " + table.fullName() + " does not exist any more"));
      if (etag != null && !etag.equals(latest.etag())) {
        throw DeltaTables.otherEtag(latest);
      }
      if (!comment.equals(table.comment())) {
        events.append(
            List.of(
                StreamAppend.of(
                    CommitEvent.lifecycle(table.id()),
                    ExpectedVersion.any(),
                    new TableCommented(table.id()),
                    table.fullName())),
            Actors.metadata(caller));
      }
    });
    catalog.comment(caller, table.catalog(), table.schema(), table.name(), comment);
  }
}
