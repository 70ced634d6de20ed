package io.tidegate.clients;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Spark's writes to managed tables, its sessions' races, and the same rows read through a share.
 */
class SparkClientIT {
  private static final String CATALOG = "spark";
  private static final String SCHEMA = "tests";
  private static final int WRITERS = 8;

  @TempDir private static Path folder;
  private static RunningTidegate tidegate;
  private static SparkSession spark;

  @BeforeAll
  static void start() {
    tidegate = RunningTidegate.start(RunningTidegate.Form.STANDALONE, folder);
    tidegate.createSchema(CATALOG, SCHEMA);
    spark =
        SparkSession.builder()
            .master("local[2]")
            .appName("tidegate")
            .config("spark.ui.enabled", "false")
            .config("spark.driver.host", "127.0.0.1")
            .config("spark.driver.bindAddress", "127.0.0.1")
            .config("spark.sql.shuffle.partitions", "2")
            .config("spark.sql.warehouse.dir", folder.resolve("warehouse").toString())
            .config("spark.databricks.delta.snapshotPartitions", "2")
            .config("spark.sql.extensions", "io.delta.sql.DeltaSparkSessionExtension")
            .config(
                "spark.sql.catalog.spark_catalog",
                "org.apache.spark.sql.delta.catalog.DeltaCatalog")
            .config("spark.sql.catalog." + CATALOG, "io.unitycatalog.spark.UCSingleCatalog")
            .config("spark.sql.catalog." + CATALOG + ".uri", tidegate.url().toString())
            .config("spark.sql.catalog." + CATALOG + ".token", tidegate.adminToken())
            .config("spark.sql.catalog." + CATALOG + ".deltaRestApi.enabled", "true")
            .getOrCreate();
  }

  @AfterAll
  static void stop() {
    try {
      if (spark != null) {
        spark.stop();
      }
    } finally {
      if (tidegate != null) {
        tidegate.close();
      }
    }
  }

  private static String name(String table) {
    return CATALOG + "." + SCHEMA + "." + table;
  }

  private static List<String> rows(Dataset<Row> rows) {
    return rows.selectExpr("id", "name").orderBy("id").collectAsList().stream()
        .map(Row::toString)
        .toList();
  }

  private static List<String> table(String table) {
    return rows(spark.table(name(table)));
  }

  private static List<String> shared(String table) {
    return rows(new SparkSharedTable(tidegate, CATALOG, SCHEMA, table).rows(spark, folder));
  }

  @Test
  void whatIsInsertedIsReadThroughAShare() {
    spark.sql("CREATE TABLE " + name("plain") + " (id BIGINT, name STRING) USING delta");
    spark.sql("INSERT INTO " + name("plain") + " VALUES (1, 'a'), (2, 'b')");
    spark.sql("INSERT INTO " + name("plain") + " VALUES (3, null)");
    assertThat(table("plain")).containsExactly("[1,a]", "[2,b]", "[3,null]");
    assertThat(shared("plain")).containsExactly("[1,a]", "[2,b]", "[3,null]");
  }

  @Test
  void aTableOfAQueryIsReadThroughAShare() {
    spark.sql(
        "CREATE TABLE "
            + name("queried")
            + " USING delta AS SELECT id, concat('n', id) AS name FROM range(3)");
    assertThat(table("queried")).containsExactly("[0,n0]", "[1,n1]", "[2,n2]");
    assertThat(shared("queried")).containsExactly("[0,n0]", "[1,n1]", "[2,n2]");
  }

  @Test
  void rowsAreUpdatedDeletedAndMerged() {
    spark.sql("CREATE TABLE " + name("changed") + " (id BIGINT, name STRING) USING delta");
    spark.sql("INSERT INTO " + name("changed") + " VALUES (1, 'a'), (2, 'b'), (3, 'c')");
    spark.sql("UPDATE " + name("changed") + " SET name = 'z' WHERE id = 1");
    spark.sql("DELETE FROM " + name("changed") + " WHERE id = 2");
    spark.sql(
        "MERGE INTO "
            + name("changed")
            + " t USING (SELECT id + 3 AS id, 'm' AS name FROM range(2)) s ON t.id = s.id"
            + " WHEN MATCHED THEN UPDATE SET * WHEN NOT MATCHED THEN INSERT *");
    assertThat(table("changed")).containsExactly("[1,z]", "[3,m]", "[4,m]");
  }

  /** After a lost race Spark rebases, and goes on telling the catalog of its first attempt. */
  @Test
  void eightSessionsInsertAtOnceAndEachIsIn() throws InterruptedException, ExecutionException {
    spark.sql(
        "CREATE TABLE "
            + name("raced")
            + " (id BIGINT, name STRING) USING delta TBLPROPERTIES ('delta.enableRowTracking' = 'true')");
    CountDownLatch together = new CountDownLatch(1);
    List<Future<?>> inserts = new ArrayList<>();
    try (ExecutorService threads = Executors.newFixedThreadPool(WRITERS)) {
      for (int i = 0; i < WRITERS; i++) {
        SparkSession session = spark.newSession();
        String insert = "INSERT INTO " + name("raced") + " VALUES (" + i + ", 'w" + i + "')";
        inserts.add(
            threads.submit(() -> {
              together.await();
              return session.sql(insert);
            }));
      }
      together.countDown();
      for (Future<?> insert : inserts) {
        insert.get();
      }
    }
    List<String> expected = new ArrayList<>();
    for (int i = 0; i < WRITERS; i++) {
      expected.add("[" + i + ",w" + i + "]");
    }
    assertThat(table("raced")).isEqualTo(expected);
    assertThat(shared("raced")).isEqualTo(expected);
    assertThat(
            tidegate
                .get(
                    RunningTidegate.UNITY
                        + "/delta/v1/catalogs/"
                        + CATALOG
                        + "/schemas/"
                        + SCHEMA
                        + "/tables/raced")
                .get("latest-table-version")
                .asLong())
        .isEqualTo(WRITERS);
  }
}
