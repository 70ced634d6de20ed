package io.tidegate.standalone;

import java.nio.file.Files;
import java.time.Duration;
import java.util.Locale;

/**
 * What is printed when the server is ready: where everything is, and what to do next.
 *
 * @param tokenWorks whether the file has an administrator's token that works
 */
record Greeting(UpOptions options, DataFolder folder, boolean tokenWorks) {
  private static final String TABLE = "#sample.weather.daily";

  /** One block of lines; each command in it works when it is pasted into a shell. */
  String text(Duration took) {
    boolean sample = Files.exists(folder.sampleProfile());
    StringBuilder text = new StringBuilder();
    text.append(
        String.format(
            Locale.ROOT,
            """

            Tidegate is ready after %.1f s. Ctrl-C stops it.

              Unity Catalog REST   %s/api/2.1/unity-catalog
              Delta REST           %2$s/api/2.1/unity-catalog/delta/v1
              Delta Sharing        %2$s/delta-sharing
              API documents        %2$s/docs
              admin token          %s
            """,
            took.toMillis() / 1000.0,
            options.url(),
            tokenWorks
                ? folder.adminToken()
                : "none that works; make one with: ./tidegate admin-token --data "
                    + quoted(folder.root().toString())));
    if (sample) {
      text.append("  sample profile       ").append(folder.sampleProfile()).append('\n');
    }
    text.append("  logs                 ").append(folder.logs()).append("\n\n");
    text.append("Try it in another terminal:\n\n");
    if (tokenWorks) {
      text.append(curl());
    }
    if (sample) {
      String table = quoted(folder.sampleProfile() + TABLE);
      text.append("\n# Python, after: pip install delta-sharing\n");
      text.append("python3 -c 'import sys, delta_sharing;")
          .append(" print(delta_sharing.load_as_pandas(sys.argv[1]))' ")
          .append(table)
          .append('\n');
      // By way of pandas: the connector for shares has to be matched to Spark's version.
      text.append("\n# Spark, after: pip install pyspark delta-sharing\n");
      text.append("python3 -c 'import sys, delta_sharing; from pyspark.sql import SparkSession;")
          .append(" SparkSession.builder.getOrCreate()")
          .append(".createDataFrame(delta_sharing.load_as_pandas(sys.argv[1])).show()' ")
          .append(table)
          .append('\n');
    }
    return text.append('\n').toString();
  }

  private String curl() {
    return "# curl\ncurl -H \"Authorization: Bearer $(cat "
        + quoted(folder.adminToken().toString())
        + ")\" "
        + quoted(options.url() + "/api/2.1/unity-catalog/catalogs")
        + '\n';
  }

  /** As one word of a shell. */
  private static String quoted(String text) {
    return text.matches("[A-Za-z0-9_./:#@%+=-]+") ? text : "'" + text.replace("'", "'\\''") + "'";
  }
}
