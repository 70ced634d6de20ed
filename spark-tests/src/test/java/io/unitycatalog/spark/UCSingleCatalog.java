package io.unitycatalog.spark;

import org.apache.spark.sql.catalyst.analysis.NoSuchTableException;
import org.apache.spark.sql.connector.catalog.Column;
import org.apache.spark.sql.connector.catalog.Identifier;
import org.apache.spark.sql.connector.catalog.Table;
import org.apache.spark.sql.connector.catalog.TableCatalog;
import org.apache.spark.sql.connector.catalog.TableChange;
import org.apache.spark.sql.connector.expressions.Transform;
import org.apache.spark.sql.delta.catalog.DeltaCatalog;
import org.apache.spark.sql.util.CaseInsensitiveStringMap;

/**
 * Stands in for Unity Catalog's Spark connector, by whose name Delta Lake knows the catalogs that
 * speak the Delta REST API. Delta Lake's own client does all the work; whatever would go to the
 * connector instead fails.
 */
public final class UCSingleCatalog extends DeltaCatalog {

  @Override
  public void initialize(String name, CaseInsensitiveStringMap options) {
    setDelegateCatalog(new Connector(name));
    super.initialize(name, options);
  }

  /** The connector proper: knows no table. */
  public static final class Connector implements TableCatalog {
    private final String name;

    Connector(String name) {
      this.name = name;
    }

    @Override
    public void initialize(String catalog, CaseInsensitiveStringMap options) {}

    @Override
    public String name() {
      return name;
    }

    @Override
    public Table loadTable(Identifier table) throws NoSuchTableException {
      throw new NoSuchTableException(table);
    }

    @Override
    public Table createTable(
        Identifier table,
        Column[] columns,
        Transform[] partitions,
        java.util.Map<String, String> properties) {
      throw new UnsupportedOperationException("createTable of " + table);
    }

    @Override
    public Table alterTable(Identifier table, TableChange... changes) {
      throw new UnsupportedOperationException("alterTable of " + table);
    }

    @Override
    public boolean dropTable(Identifier table) {
      throw new UnsupportedOperationException("dropTable of " + table);
    }

    @Override
    public void renameTable(Identifier table, Identifier to) {
      throw new UnsupportedOperationException("renameTable of " + table);
    }

    @Override
    public Identifier[] listTables(String[] namespace) {
      throw new UnsupportedOperationException("listTables");
    }
  }
}
