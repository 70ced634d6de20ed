package io.tidegate.catalog;

import io.tidegate.events.EventMetadata;
import io.tidegate.events.EventStore;
import io.tidegate.events.ExpectedVersion;
import io.tidegate.events.StreamAppend;
import io.tidegate.events.StreamId;
import io.tidegate.kit.errors.ApiException;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.function.Supplier;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.stereotype.Component;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Appends the catalog's events; names that are taken show as the projection's unique constraints.
 */
@Component
class EventWriter {
  private final EventStore events;
  private final TransactionTemplate transactions;

  EventWriter(
      @Qualifier("catalogEvents") EventStore events, PlatformTransactionManager transactions) {
    this.events = events;
    this.transactions = new TransactionTemplate(transactions);
  }

  /** Runs one change in one transaction. */
  void change(Runnable change) {
    transactions.executeWithoutResult(status -> change.run());
  }

  /** Runs one change that makes something, in one transaction. */
  <T> T make(Supplier<T> change) {
    return Objects.requireNonNull(transactions.execute(status -> change.get()));
  }

  /**
   * Runs one change in one transaction.
   *
   * @param taken what to throw if the change gives something a name that another has
   */
  void change(Supplier<ApiException> taken, Runnable change) {
    try {
      change(change);
    } catch (DuplicateKeyException e) {
      throw taken.get();
    }
  }

  /** An event of one thing, within a change. */
  static StreamAppend of(String kind, UUID id, CatalogEvent event, String securable) {
    return StreamAppend.of(
        new StreamId(kind, id.toString()), ExpectedVersion.any(), event, securable);
  }

  /** Appends one event within a change. */
  void append(String kind, UUID id, CatalogEvent event, String securable, EventMetadata by) {
    events.append(List.of(of(kind, id, event, securable)), by);
  }

  /** Appends the events of several things within a change. */
  void append(List<StreamAppend> appends, EventMetadata by) {
    if (!appends.isEmpty()) {
      events.append(appends, by);
    }
  }
}
