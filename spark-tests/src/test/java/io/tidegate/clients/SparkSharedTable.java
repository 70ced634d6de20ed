package io.tidegate.clients;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A table as a recipient of a share sees it: the answer to a query, every file fetched by its URL.
 * For tables without partitions and files without deletion vectors; others are refused.
 */
final class SparkSharedTable {
  private static final JsonMapper JSON = new JsonMapper();
  private static final Duration LIMIT = Duration.ofSeconds(20);

  private final RunningTidegate tidegate;
  private final String share;
  private final String path;
  private final String token;

  /** Shares a table with a recipient of its own. */
  SparkSharedTable(RunningTidegate tidegate, String catalog, String schema, String table) {
    this.tidegate = tidegate;
    this.share = "share_" + table;
    this.path = "/delta-sharing/shares/" + share + "/schemas/" + schema + "/tables/" + table;
    String shares = RunningTidegate.UNITY + "/shares";
    tidegate.post(shares, "{\"name\":\"" + share + "\"}");
    tidegate.patch(
        shares + "/" + share,
        """
        {"updates": [{"action": "ADD", "data_object": {"name": "%s.%s.%s", "data_object_type": "TABLE"}}]}
        """
            .formatted(catalog, schema, table));
    String recipient = "reader_" + table;
    JsonNode made =
        tidegate.post(
            RunningTidegate.UNITY + "/recipients",
            "{\"name\":\"" + recipient + "\",\"authentication_type\":\"TOKEN\"}");
    tidegate.patch(
        shares + "/" + share + "/permissions",
        "{\"changes\":[{\"principal\":\"" + recipient + "\",\"add\":[\"SELECT\"]}]}");
    String link = made.at("/tokens/0/activation_url").asString();
    this.token =
        tidegate
            .get(
                RunningTidegate.UNITY
                    + "/public/data_sharing_activation/"
                    + link.substring(link.lastIndexOf('/') + 1))
            .get("bearerToken")
            .asString();
  }

  /** The rows, in files below {@code folder}. */
  Dataset<Row> rows(SparkSession spark, Path folder) {
    try (HttpClient http = HttpClient.newHttpClient()) {
      List<String> files = new ArrayList<>();
      String answer = query(http);
      for (String line : answer.lines().toList()) {
        JsonNode file = JSON.readTree(line).path("file");
        if (file.isMissingNode()) {
          continue;
        }
        JsonNode add = file.at("/deltaSingleAction/add");
        if (add.hasNonNull("deletionVector") || !add.path("partitionValues").isEmpty()) {
          throw new AssertionError("Not a plain file of rows: " + line);
        }
        Path fetched = folder.resolve(share + "-" + files.size() + ".parquet");
        // By nothing but its URL: no token goes with it.
        HttpRequest request =
            HttpRequest.newBuilder(URI.create(add.get("path").asString())).timeout(LIMIT).build();
        HttpResponse<Path> content = http.send(request, BodyHandlers.ofFile(fetched));
        if (content.statusCode() != 200) {
          throw new AssertionError(
              "A file's URL answered " + content.statusCode() + ": " + Files.readString(fetched));
        }
        files.add(fetched.toString());
      }
      if (files.isEmpty()) {
        throw new AssertionError("The share has no file: " + answer);
      }
      return spark.read().parquet(files.toArray(String[]::new));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted", e);
    }
  }

  private String query(HttpClient http) throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(tidegate.url().resolve(path + "/query"))
            .timeout(LIMIT)
            .header("Authorization", "Bearer " + token)
            .header("Content-Type", "application/json")
            .header(
                "delta-sharing-capabilities",
                "responseformat=delta;readerfeatures=deletionvectors,columnmapping,timestampntz,"
                    + "v2checkpoint,vacuumprotocolcheck,catalogmanaged,typewidening")
            .POST(BodyPublishers.ofString("{}"))
            .build();
    HttpResponse<String> answer = http.send(request, BodyHandlers.ofString());
    if (answer.statusCode() != 200) {
      throw new AssertionError("The query answered " + answer.statusCode() + ": " + answer.body());
    }
    return answer.body();
  }
}
