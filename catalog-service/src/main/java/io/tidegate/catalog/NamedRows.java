package io.tidegate.catalog;

import io.tidegate.kit.errors.ErrorCode;
import java.util.function.Function;
import org.springframework.jdbc.core.RowMapper;
import org.springframework.jdbc.core.simple.JdbcClient;

/**
 * Rows that are shown by their name and listed in its order.
 *
 * @param kind what one is called, for the error
 * @param select the statement up to its WHERE clause, with the table called {@code n}
 */
record NamedRows<T>(
    JdbcClient jdbc, String kind, String select, RowMapper<T> mapper, Function<T, String> name) {

  /**
   * @throws io.tidegate.kit.errors.ApiException PRINCIPAL_NOT_FOUND
   */
  T named(String wanted) {
    return jdbc.sql(select + " WHERE n.name = ?")
        .param(Names.lookup(wanted))
        .query(mapper)
        .optional()
        .orElseThrow(() -> Access.missing(ErrorCode.PRINCIPAL_NOT_FOUND, kind, wanted));
  }

  Paging.Page<T> page(Paging paging) {
    return paging.page(
        jdbc.sql(select + " WHERE n.name > ? ORDER BY n.name LIMIT ?")
            .params(paging.afterName(), paging.limit())
            .query(mapper)
            .list(),
        name);
  }
}
