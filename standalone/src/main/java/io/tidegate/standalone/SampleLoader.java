package io.tidegate.standalone;

import io.tidegate.delta.Action;
import io.tidegate.delta.Action.AddFile;
import io.tidegate.delta.Action.CommitInfo;
import io.tidegate.delta.Action.Metadata;
import io.tidegate.delta.Action.Protocol;
import io.tidegate.delta.CommitFile;
import io.tidegate.delta.DataFileWriter;
import io.tidegate.delta.LogPaths;
import io.tidegate.delta.TableFeatures;
import io.tidegate.delta.TableSchema;
import io.tidegate.objects.LocalObjectStore;
import io.tidegate.objects.ObjectStore;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Loads the sample as any client would, through the APIs: a catalog-managed table with one commit a
 * year, shared with a recipient. What is there already is left as it is, so that an interrupted
 * load goes on where it was.
 */
final class SampleLoader {
  private static final JsonMapper JSON = JsonMapper.shared();
  private static final String UNITY = "/api/2.1/unity-catalog";
  private static final String TABLES = UNITY + "/delta/v1/catalogs/sample/schemas/weather/tables";
  private static final String TABLE = TABLES + "/daily";

  private static final String SCHEMA =
      """
      {"type":"struct","fields":[\
      {"name":"date","type":"date","nullable":false,"metadata":{"comment":"the day"}},\
      {"name":"precipitation","type":"double","nullable":true,"metadata":{"comment":"mm"}},\
      {"name":"temp_max","type":"double","nullable":true,"metadata":{"comment":"°C"}},\
      {"name":"temp_min","type":"double","nullable":true,"metadata":{"comment":"°C"}},\
      {"name":"wind","type":"double","nullable":true,"metadata":{"comment":"m/s"}},\
      {"name":"weather","type":"string","nullable":true,"metadata":{}}]}\
      """;

  private final ApiClient api;
  private final ObjectStore store;
  private final Path profile;

  /**
   * @param api the running server, as an administrator
   * @param tables the folder of managed tables
   * @param profile where the recipient's profile is written
   */
  SampleLoader(ApiClient api, Path tables, Path profile) {
    this.api = api;
    this.store = new LocalObjectStore(List.of(tables));
    this.profile = profile;
  }

  /** Loads what is missing. */
  void load() throws IOException {
    if (Files.exists(profile)) {
      // The profile is written last: everything else is there.
      readdress();
      return;
    }
    api.createIfMissing(
        UNITY + "/catalogs", Map.of("name", "sample", "comment", "Sample data, free to use"));
    api.createIfMissing(
        UNITY + "/schemas",
        Map.of("name", "weather", "catalog_name", "sample", "comment", "Weather observations"));
    JsonNode table = api.find(TABLE).orElse(null);
    if (table == null) {
      table = create();
    }
    long version = table.path("latest-table-version").asLong();
    URI location = URI.create(table.path("metadata").path("location").asString());
    String id = table.path("metadata").path("table-uuid").asString();
    long timestamp = table.path("metadata").path("last-commit-timestamp-ms").asLong();
    long year = 0;
    for (List<List<@Nullable Object>> rows : rowsByYear().values()) {
      year++;
      if (year > version) {
        timestamp = append(location, id, year, rows, timestamp);
      }
    }
    share();
  }

  // The server may listen elsewhere than when the profile was written.
  private void readdress() throws IOException {
    String endpoint = api.url() + "/delta-sharing";
    if (JSON.readTree(Files.readString(profile)) instanceof ObjectNode content
        && !content.path("endpoint").asString("").equals(endpoint)) {
      content.put("endpoint", endpoint);
      DataFolder.writePrivately(profile, content.toPrettyString() + "\n");
    }
  }

  private JsonNode create() throws IOException {
    JsonNode staging =
        api.post(
            UNITY + "/delta/v1/catalogs/sample/schemas/weather/staging-tables",
            Map.of("name", "daily"));
    URI location = URI.create(staging.path("location").asString());
    JsonNode required = staging.path("required-protocol");
    long now = System.currentTimeMillis();
    Map<String, String> properties = new LinkedHashMap<>();
    staging
        .path("required-properties")
        .properties()
        .forEach(property -> {
          if (property.getValue().isString()) {
            properties.put(property.getKey(), property.getValue().asString());
          }
        });
    Metadata metadata =
        new Metadata(
            UUID.randomUUID().toString(),
            "daily",
            "Daily weather in Seattle, 2012 to 2015 (NOAA, public domain)",
            SCHEMA,
            List.of(),
            properties,
            now);
    Protocol protocol =
        TableFeatures.named(
            new Protocol(
                required.path("min-reader-version").asInt(),
                required.path("min-writer-version").asInt(),
                strings(required.path("reader-features")),
                strings(required.path("writer-features"))),
            metadata);
    byte[] commit =
        CommitFile.toBytes(List.of(commitInfo("CREATE TABLE", now), protocol, metadata));
    store.putIfAbsent(new LogPaths(location).published(0), commit);
    ObjectNode request = JSON.createObjectNode();
    request.put("name", "daily");
    request.put("location", location.toString());
    request.put("table-type", "MANAGED");
    request.put("comment", metadata.description());
    request.set("columns", JSON.readTree(SCHEMA));
    request.set("partition-columns", JSON.createArrayNode());
    request.set("protocol", json(protocol));
    request.set("properties", JSON.valueToTree(properties));
    request.put("last-commit-timestamp-ms", now);
    return api.post(TABLES, request);
  }

  private static ObjectNode json(Protocol protocol) {
    ObjectNode json = JSON.createObjectNode();
    json.put("min-reader-version", protocol.minReaderVersion());
    json.put("min-writer-version", protocol.minWriterVersion());
    ArrayNode readers = json.putArray("reader-features");
    protocol.readerFeatures().forEach(readers::add);
    ArrayNode writers = json.putArray("writer-features");
    protocol.writerFeatures().forEach(writers::add);
    return json;
  }

  private static Set<String> strings(JsonNode array) {
    Set<String> strings = new LinkedHashSet<>();
    array.forEach(item -> strings.add(item.asString()));
    return strings;
  }

  private static CommitInfo commitInfo(String operation, long timestamp) {
    ObjectNode info = JSON.createObjectNode();
    info.put("inCommitTimestamp", timestamp);
    info.put("timestamp", timestamp);
    info.put("operation", operation);
    info.set("operationParameters", JSON.createObjectNode());
    info.put("isBlindAppend", operation.equals("WRITE"));
    info.put("engineInfo", "Tidegate sample");
    info.put("txnId", UUID.randomUUID().toString());
    return new CommitInfo(info);
  }

  private long append(
      URI location, String id, long version, List<List<@Nullable Object>> rows, long lastTimestamp)
      throws IOException {
    long timestamp = Math.max(System.currentTimeMillis(), lastTimestamp + 1);
    List<Action> actions = new ArrayList<>();
    actions.add(commitInfo("WRITE", timestamp));
    List<AddFile> files =
        new DataFileWriter(location, store, TableSchema.parse(SCHEMA, List.of()))
            .write(rows, Map.of());
    actions.addAll(files);
    byte[] commit = CommitFile.toBytes(actions);
    UUID uuid = UUID.randomUUID();
    store.putIfAbsent(new LogPaths(location).staged(version, uuid), commit);
    ObjectNode request = JSON.createObjectNode();
    request.putArray("requirements").addObject().put("type", "assert-table-uuid").put("uuid", id);
    request
        .putArray("updates")
        .addObject()
        .put("action", "add-commit")
        .putObject("commit")
        .put("version", version)
        .put("timestamp", timestamp)
        .put("file-name", LogPaths.stagedName(version, uuid))
        .put("file-size", commit.length)
        .put("file-modification-timestamp", timestamp);
    api.post(TABLE, request);
    return timestamp;
  }

  private static SortedMap<Integer, List<List<@Nullable Object>>> rowsByYear() throws IOException {
    SortedMap<Integer, List<List<@Nullable Object>>> years = new TreeMap<>();
    try (InputStream resource =
            SampleLoader.class.getResourceAsStream("/sample/seattle-weather.csv");
        BufferedReader lines =
            new BufferedReader(
                new InputStreamReader(
                    java.util.Objects.requireNonNull(resource), StandardCharsets.UTF_8))) {
      lines.readLine();
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        List<String> fields = List.of(line.split(",", -1));
        LocalDate date = LocalDate.parse(fields.get(0).replace('/', '-'));
        List<@Nullable Object> row = new ArrayList<>();
        row.add(date);
        for (String number : fields.subList(1, 5)) {
          row.add(Double.valueOf(number));
        }
        row.add(fields.get(5));
        years.computeIfAbsent(date.getYear(), year -> new ArrayList<>()).add(row);
      }
    }
    return years;
  }

  private void share() throws IOException {
    api.createIfMissing(
        UNITY + "/shares", Map.of("name", "sample", "comment", "Sample data for everybody"));
    JsonNode share =
        api.find(UNITY + "/shares/sample?include_shared_data=true")
            .orElseThrow(() -> new IOException("The share that was just made is not there"));
    if (share.path("objects").isEmpty()) {
      api.patch(
          UNITY + "/shares/sample",
          Map.of(
              "updates",
              List.of(
                  Map.of(
                      "action",
                      "ADD",
                      "data_object",
                      Map.of(
                          "name",
                          "sample.weather.daily",
                          "data_object_type",
                          "TABLE",
                          "history_data_sharing_status",
                          "ENABLED")))));
    }
    JsonNode recipient;
    if (api.find(UNITY + "/recipients/sample").isEmpty()) {
      recipient = api.post(UNITY + "/recipients", Map.of("name", "sample", "return_profile", true));
    } else {
      // Made by an earlier start that ended before it could write the profile.
      recipient =
          api.post(
              UNITY + "/recipients/sample/rotate-token",
              Map.of("existing_token_expire_in_seconds", 0, "return_profile", true));
    }
    api.patch(
        UNITY + "/shares/sample/permissions",
        Map.of("changes", List.of(Map.of("principal", "sample", "add", List.of("SELECT")))));
    JsonNode content = recipient.path("profile");
    if (!content.isObject()) {
      throw new IOException("The recipient's profile is missing in the answer");
    }
    DataFolder.writePrivately(profile, content.toPrettyString() + "\n");
  }
}
