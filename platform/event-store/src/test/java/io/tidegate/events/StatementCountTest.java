package io.tidegate.events;

import static io.tidegate.events.StoreFixture.ALICE;
import static io.tidegate.events.StoreFixture.deposit;
import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.testing.TestDatabase;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.springframework.jdbc.datasource.DelegatingDataSource;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/** How many statements an append and a look at the feed cost. */
class StatementCountTest {

  /** Notes every statement that is executed. */
  private static final class NotingDataSource extends DelegatingDataSource {
    private final List<String> executed = new CopyOnWriteArrayList<>();

    NotingDataSource(DataSource target) {
      super(target);
    }

    @Override
    public Connection getConnection() throws java.sql.SQLException {
      Connection connection = super.getConnection();
      return (Connection)
          Proxy.newProxyInstance(
              getClass().getClassLoader(),
              new Class<?>[] {Connection.class},
              (proxy, method, arguments) -> {
                Object result = invoke(connection, method, arguments);
                if (result instanceof PreparedStatement statement) {
                  return noting(PreparedStatement.class, statement, (String) arguments[0]);
                }
                return result instanceof Statement statement
                    ? noting(Statement.class, statement, "")
                    : result;
              });
    }

    private <T extends Statement> Object noting(Class<T> type, T statement, String prepared) {
      return Proxy.newProxyInstance(
          getClass().getClassLoader(),
          new Class<?>[] {type},
          (proxy, method, arguments) -> {
            if (method.getName().startsWith("execute")) {
              executed.add(prepared.isEmpty() ? (String) arguments[0] : prepared);
            }
            return invoke(statement, method, arguments);
          });
    }

    private static Object invoke(Object target, java.lang.reflect.Method method, Object[] arguments)
        throws Throwable {
      try {
        return method.invoke(target, arguments);
      } catch (InvocationTargetException e) {
        throw e.getCause();
      }
    }
  }

  @Test
  void anAppendTakesThreeStatementsHoweverMuchItAppends() {
    DataSource database = StoreFixture.dataSource(TestDatabase.create());
    EventStoreMigration.migrate(database, StoreFixture.SCHEMA);
    NotingDataSource noting = new NotingDataSource(database);
    TransactionTemplate transactions = new TransactionTemplate(new JdbcTransactionManager(noting));
    try (PostgresEventStore store =
        new PostgresEventStore(
            StoreFixture.SCHEMA, noting, StoreFixture.TYPES, List.of(), database)) {
      StreamAppend first = deposit("first", ExpectedVersion.any(), 1);
      transactions.execute(status -> store.append(List.of(first), ALICE));
      List<StreamAppend> many = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        many.add(deposit("many" + i, ExpectedVersion.noStream(), 1, 2, 3));
      }
      for (List<StreamAppend> appends : List.of(List.of(first), many)) {
        noting.executed.clear();
        transactions.execute(status -> store.append(appends, ALICE));
        assertThat(asked(noting)).hasSize(3);
      }

      FeedPage all = store.readFeed(FeedCursor.START, FeedFilter.ALL, 100);
      assertThat(all.events()).hasSize(62);
      noting.executed.clear();
      store.readFeed(all.next(), FeedFilter.ALL, 100);
      assertThat(asked(noting)).as("a look in vain").hasSize(1);
    }
  }

  // Without what runs in the background, and once per connection that listens.
  private static List<String> asked(NotingDataSource noting) {
    return noting.executed.stream()
        .filter(sql -> !sql.contains("pg_notify"))
        .filter(
            sql -> !sql.startsWith("SELECT cluster") && !sql.equals("SELECT " + EventSql.CLUSTER))
        .toList();
  }
}
