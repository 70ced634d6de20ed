package io.tidegate.events;

import java.util.List;
import org.springframework.jdbc.core.simple.JdbcClient;

/**
 * State derived from events alone. The tables of a projection can be thrown away and rebuilt; they
 * have no foreign keys to other tables.
 */
public interface Projection {

  /** A stable name, unique within the service. */
  String name();

  /** The names of its tables, without a schema. */
  List<String> tables();

  /**
   * Applies one event. Events of one stream come in order; an event of a type that the projection
   * does not know is ignored by it.
   *
   * @param event the event
   * @param target where to write: every statement names its tables with {@link Target#table}
   */
  void apply(RecordedEvent event, Target target);

  /**
   * Where a projection writes: the live tables, or those of a rebuild beside them.
   *
   * @param schema the PostgreSQL schema of the tables
   * @param jdbc a client within the transaction in which the event is applied
   */
  record Target(String schema, JdbcClient jdbc) {
    /** The table's qualified name, quoted where needed, for use in SQL. */
    public String table(String name) {
      return schema + "." + name;
    }
  }
}
