package io.tidegate.commits;

import java.sql.SQLException;
import java.util.Objects;
import javax.sql.DataSource;
import net.ttddyy.dsproxy.listener.MethodExecutionContext;
import net.ttddyy.dsproxy.listener.MethodExecutionListener;
import net.ttddyy.dsproxy.support.ProxyDataSourceBuilder;
import org.jspecify.annotations.Nullable;
import org.slf4j.MDC;
import org.springframework.beans.factory.config.BeanPostProcessor;

/** A database whose answers to commits get lost as a test says, once they are done. */
final class LostAnswers implements BeanPostProcessor {
  private volatile @Nullable String request;

  /** From now on the commits of one request fail after they are done; null: none. */
  void loseThoseOf(@Nullable String requestId) {
    request = requestId;
  }

  @Override
  public Object postProcessAfterInitialization(Object bean, String name) {
    return bean instanceof DataSource dataSource
        ? ProxyDataSourceBuilder.create(dataSource).methodListener(new Listener()).build()
        : bean;
  }

  private final class Listener implements MethodExecutionListener {
    @Override
    public void beforeMethod(MethodExecutionContext call) {}

    @Override
    public void afterMethod(MethodExecutionContext call) {
      if (call.getMethod().getName().equals("commit")
          && request != null
          && Objects.equals(request, MDC.get("request_id"))) {
        LostAnswers.<RuntimeException>sneak(
            new SQLException("An I/O error occurred while sending to the backend", "08006"));
      }
    }
  }

  // The listener's method declares none, the one that it listens to does.
  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
  private static <E extends Throwable> void sneak(Throwable failure) throws E {
    throw (E) failure;
  }
}
