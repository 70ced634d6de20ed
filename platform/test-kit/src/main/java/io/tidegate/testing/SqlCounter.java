package io.tidegate.testing;

import java.util.List;
import java.util.Objects;
import java.util.concurrent.ConcurrentLinkedQueue;
import javax.sql.DataSource;
import net.ttddyy.dsproxy.ExecutionInfo;
import net.ttddyy.dsproxy.QueryInfo;
import net.ttddyy.dsproxy.listener.QueryExecutionListener;
import net.ttddyy.dsproxy.support.ProxyDataSourceBuilder;
import org.jspecify.annotations.Nullable;
import org.slf4j.MDC;
import org.springframework.beans.factory.config.BeanPostProcessor;

/**
 * Counts the SQL statements that an operation costs. Declared as a bean in a test ({@code @Bean
 * static SqlCounter}), it listens at every data source; the test sends its request with an {@code
 * X-Request-Id} of its own and asks for the statements of that request, so that work in the
 * background does not count. Commits and rollbacks are no statements.
 */
public final class SqlCounter implements BeanPostProcessor {
  private static final String REQUEST_ID = "request_id";

  private record Executed(@Nullable String requestId, String sql) {}

  private final ConcurrentLinkedQueue<Executed> executed = new ConcurrentLinkedQueue<>();

  /** A data source that does what another one does, and counts. */
  public DataSource around(DataSource dataSource) {
    return ProxyDataSourceBuilder.create(dataSource)
        .name("counted")
        .listener(
            new QueryExecutionListener() {
              @Override
              public void beforeQuery(ExecutionInfo execution, List<QueryInfo> queries) {
                for (QueryInfo query : queries) {
                  executed.add(new Executed(MDC.get(REQUEST_ID), query.getQuery()));
                }
              }

              @Override
              public void afterQuery(ExecutionInfo execution, List<QueryInfo> queries) {}
            })
        .build();
  }

  /** The statements of one request, in order; a batch is one. */
  public List<String> of(String requestId) {
    return executed.stream()
        .filter(statement -> Objects.equals(statement.requestId(), requestId))
        .map(Executed::sql)
        .toList();
  }

  @Override
  public Object postProcessAfterInitialization(Object bean, String name) {
    return bean instanceof DataSource dataSource ? around(dataSource) : bean;
  }
}
