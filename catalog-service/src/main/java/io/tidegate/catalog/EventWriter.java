package io.tidegate.catalog;

import io.tidegate.events.EventMetadata;
import io.tidegate.events.EventStore;
import io.tidegate.events.ExpectedVersion;
import io.tidegate.events.StreamAppend;
import io.tidegate.events.StreamId;
import io.tidegate.kit.errors.ApiException;
import io.tidegate.kit.errors.ErrorCode;
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

  /**
   * Runs one change in one transaction.
   *
   * @param taken what to say if the change gives something a name that another has
   */
  <T> T change(String taken, Supplier<T> change) {
    try {
      T result = transactions.execute(status -> change.get());
      return java.util.Objects.requireNonNull(result);
    } catch (DuplicateKeyException e) {
      throw new ApiException(ErrorCode.ALREADY_EXISTS, taken);
    }
  }

  /** Appends one event within a change. */
  void append(String kind, UUID id, CatalogEvent event, String securable, EventMetadata by) {
    events.append(
        java.util.List.of(
            StreamAppend.of(
                new StreamId(kind, id.toString()), ExpectedVersion.any(), event, securable)),
        by);
  }
}
