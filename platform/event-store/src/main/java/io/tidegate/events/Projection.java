package io.tidegate.events;

import java.util.List;
import org.springframework.jdbc.core.simple.JdbcClient;

/**
 * State derived from events alone, in tables that can be thrown away and rebuilt.
 *
 * <p>So that a rebuild beside the live tables is possible, and comes out equal, the tables have
 *
 * <ul>
 *   <li>no foreign keys from or to them, no triggers, and no views on them;
 *   <li>no serial or identity columns, and no values from a clock or a random generator: every
 *       value comes from an event (its {@code recordedAt} and {@code id} included);
 *   <li>names of at most 50 characters, owned by the service's role, without grants of their own.
 * </ul>
 */
public interface Projection {

  /** A stable name, unique within the service. */
  String name();

  /** The names of its tables, without a schema; lower-case letters, digits and underscores. */
  List<String> tables();

  /**
   * Applies one event. Events of one stream come in order; those of different streams come in feed
   * order when the projection is rebuilt or follows the feed, but in the order of the appends when
   * it is updated in the appending transaction, so what it does must not depend on the order of
   * independent streams. An event of a type that the projection does not know is ignored by it.
   *
   * @param event the event
   * @param target where to write: every statement names its tables with {@link Target#table}
   */
  void apply(RecordedEvent event, Target target);

  /**
   * Where a projection writes: the live tables, or those of a rebuild beside them.
   *
   * @param schema the PostgreSQL schema of the tables
   * @param suffix what is appended to the tables' names; empty for the live ones
   * @param jdbc a client within the transaction in which the event is applied
   */
  record Target(String schema, String suffix, JdbcClient jdbc) {
    /** The live tables of a schema. */
    public Target(String schema, JdbcClient jdbc) {
      this(schema, "", jdbc);
    }

    /** The table's qualified name for use in SQL. */
    public String table(String name) {
      return schema + "." + name + suffix;
    }
  }
}
