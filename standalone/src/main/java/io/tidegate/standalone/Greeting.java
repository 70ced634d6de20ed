package io.tidegate.standalone;

import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;

/** What is printed when the server is ready: where everything is, and what to do next. */
record Greeting(UpOptions options, DataFolder folder) {

  void print(Duration took, PrintStream out) {
    String url = options.url();
    Path token = folder.adminToken();
    out.printf(
        Locale.ROOT,
        """

        Tidegate is ready after %.1f s. Ctrl-C stops it.

          Unity Catalog REST   %s/api/2.1/unity-catalog
          Delta REST           %s/api/2.1/unity-catalog/delta/v1
          Delta Sharing        %s/delta-sharing
          API documents        %s/docs
          admin token          %s
          logs                 %s
        """,
        took.toMillis() / 1000.0,
        url,
        url,
        url,
        url,
        token,
        folder.logs());
    out.printf(
        """

        curl:    curl -H "Authorization: Bearer $(cat %s)" '%s/api/2.1/unity-catalog/catalogs'
        """,
        quoted(token), url);
    if (options.sample()) {
      Path profile = folder.sampleProfile();
      out.printf(
          """
            sample profile       %s

          Python:  python3 -c 'import delta_sharing; print(delta_sharing.load_as_pandas("%s#sample.weather.daily"))'   # pip install delta-sharing
          Spark:   spark.read.format("deltaSharing").load("%s#sample.weather.daily").show()   # with the connector io.delta:delta-sharing-spark
          """,
          profile, profile, profile);
    }
    out.flush();
  }

  private static String quoted(Path path) {
    String text = path.toString();
    return text.matches("[A-Za-z0-9_./-]+") ? text : "'" + text.replace("'", "'\\''") + "'";
  }
}
