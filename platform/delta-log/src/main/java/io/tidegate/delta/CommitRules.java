package io.tidegate.delta;

import io.tidegate.delta.Action.AddCdcFile;
import io.tidegate.delta.Action.AddFile;
import io.tidegate.delta.Action.CommitInfo;
import io.tidegate.delta.Action.DeletionVector;
import io.tidegate.delta.Action.DomainMetadata;
import io.tidegate.delta.Action.Metadata;
import io.tidegate.delta.Action.Protocol;
import io.tidegate.delta.Action.RemoveFile;
import io.tidegate.delta.Action.SetTransaction;
import java.net.URI;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * What the protocol asks of whoever writes a commit, as far as the commit and what describes the
 * table before it can tell. Each rule is in {@code docs/protocol-rules.md}. For one commit, read
 * once by {@link CommitFile#parse(java.io.InputStream, CommitFile.Limits, CommitRules)}; of the
 * files only hashes of their paths are kept.
 */
public final class CommitRules {
  private static final long MAX_TIME = Instant.parse("9999-12-31T23:59:59.999Z").toEpochMilli();

  private final URI table;
  private final long version;
  private final @Nullable Description before;
  private final long latestTime;

  private final Fingerprints files = new Fingerprints();
  private @Nullable Protocol protocol;
  private @Nullable Metadata metadata;
  private final Map<String, String> domains;
  private boolean domainsChanged;
  private final FileRules fileRules = new FileRules();
  private @Nullable String mustReplaceAll;

  /**
   * What describes a table at a version.
   *
   * @param domains the configuration of each metadata domain
   */
  public record Description(Protocol protocol, Metadata metadata, Map<String, String> domains) {
    public Description {
      domains = Map.copyOf(domains);
    }
  }

  /** A rule that a commit breaks; the message names the action, the field and the rule. */
  static final class Broken extends Exception {
    private static final long serialVersionUID = 1L;

    Broken(String message) {
      super(message);
    }
  }

  /**
   * The rules for one commit.
   *
   * @param location the table's folder
   * @param version the version that the commit is to be
   * @param before what describes the table before it; null if it is the first
   * @param latestTime no file is removed later than this, in milliseconds since the epoch
   */
  public CommitRules(URI location, long version, @Nullable Description before, long latestTime) {
    this.table = new LogPaths(location).table();
    this.version = version;
    this.before = before;
    this.latestTime = latestTime;
    this.domains = new LinkedHashMap<>(before == null ? Map.of() : before.domains());
    if (before != null) {
      fileRules.describe(before.metadata());
    }
  }

  /**
   * Why every file that the table has must be removed by the commit, or be added anew: it changes
   * how files are described. Empty if nothing of the kind is asked; known once the commit is read.
   */
  public Optional<String> mustReplaceAll() {
    return Optional.ofNullable(mustReplaceAll);
  }

  /** Whether the commit removes a file of the table, or adds it anew. */
  public boolean replaces(AddFile live) {
    return files.contains(logicalFile(live.path(), live.deletionVector()));
  }

  /** A line of the commit as it is, before its action. */
  void line(JsonNode line) throws Broken {
    for (String action : new String[] {"sidecar", "checkpointMetadata"}) {
      if (line.hasNonNull(action)) {
        throw new Broken(action + " is an action of checkpoints, and not allowed in a commit");
      }
    }
    JsonNode format = line.path("metaData").path("format");
    if (line.hasNonNull("metaData") && !format.path("provider").asString("").equals("parquet")) {
      throw new Broken("metaData.format.provider must be parquet");
    }
    JsonNode change = line.path("cdc").path("dataChange");
    if (change.isBoolean() && change.asBoolean()) {
      throw new Broken("cdc.dataChange must be false");
    }
  }

  void action(Action action) throws Broken {
    switch (action) {
      case AddFile add -> add(add);
      case RemoveFile remove -> remove(remove);
      case AddCdcFile cdc -> {
        path("cdc.path", cdc.path());
        size("cdc.size", cdc.size());
        fileRules.partition("cdc.partitionValues", cdc.partitionValues());
      }
      case Protocol given -> protocol = given;
      case Metadata given -> {
        time("metaData.createdTime", given.createdTime(), MAX_TIME);
        metadata = given;
        fileRules.describe(given);
      }
      case DomainMetadata domain -> {
        domainsChanged = true;
        if (domain.removed()) {
          domains.remove(domain.domain());
        } else {
          domains.put(domain.domain(), domain.configuration());
        }
      }
      case SetTransaction transaction ->
          time("txn.lastUpdated", transaction.lastUpdated(), MAX_TIME);
      case CommitInfo info -> {
        // What it must hold is looked at where its time is.
      }
    }
  }

  private void add(AddFile add) throws Broken {
    path("add.path", add.path());
    size("add.size", add.size());
    time("add.modificationTime", add.modificationTime(), MAX_TIME);
    vector("add", add.deletionVector());
    once("add", add.path(), add.deletionVector());
    fileRules.partition("add.partitionValues", add.partitionValues());
    fileRules.rows(add, fileRules.statistics(add), version);
  }

  private void remove(RemoveFile remove) throws Broken {
    path("remove.path", remove.path());
    Long size = remove.size();
    size("remove.size", size == null ? 0 : size);
    time("remove.deletionTimestamp", remove.deletionTimestamp(), latestTime);
    vector("remove", remove.deletionVector());
    once("remove", remove.path(), remove.deletionVector());
    if (remove.dataChange() && before != null && appendOnly(before)) {
      throw new Broken(
          "remove.dataChange is true, but the table is append-only: nothing may be removed while"
              + " its property delta.appendOnly is true");
    }
  }

  private static boolean appendOnly(Description description) {
    return description.protocol().hasFeature("appendOnly")
        && "true".equalsIgnoreCase(description.metadata().configuration().get("delta.appendOnly"));
  }

  private void path(String field, String path) throws Broken {
    Optional<String> fault = FilePaths.fault(table, path);
    if (fault.isPresent()) {
      throw new Broken(field + " " + shown(path) + " " + fault.get());
    }
  }

  private static void size(String field, long size) throws Broken {
    if (size < 0) {
      throw new Broken(field + " is " + size + ", but no size is below 0");
    }
  }

  private static void time(String field, @Nullable Long time, long latest) throws Broken {
    if (time != null && (time < 0 || time > latest)) {
      throw new Broken(
          "%s is %d: it must be a time in milliseconds since 1970, and not after %s"
              .formatted(field, time, Instant.ofEpochMilli(latest)));
    }
  }

  private void vector(String action, @Nullable DeletionVector vector) throws Broken {
    Optional<String> fault = vector == null ? Optional.empty() : FilePaths.fault(table, vector);
    if (fault.isPresent()) {
      throw new Broken(action + ".deletionVector." + fault.get());
    }
  }

  /**
   * A path is added at most once and removed at most once, and no logical file is both (section
   * "Add File and Remove File").
   */
  private void once(String action, String path, @Nullable DeletionVector vector) throws Broken {
    if (!files.add(action + " " + FilePaths.canonical(table, path))) {
      throw new Broken(
          "%s.path %s is there twice: a commit holds one %s of a path"
              .formatted(action, shown(path), action));
    }
    if (!files.add(logicalFile(path, vector))) {
      throw new Broken(
          "%s.path %s is both added and removed, with the same deletion vector or none"
              .formatted(action, shown(path)));
    }
  }

  private String logicalFile(String path, @Nullable DeletionVector vector) {
    String id = vector == null ? "" : vector.uniqueId();
    return "file " + id.length() + id + FilePaths.canonical(table, path);
  }

  /** The commit is read to its end. */
  void end() throws Broken {
    Protocol newProtocol = protocol;
    Metadata newMetadata = metadata;
    Protocol afterProtocol =
        newProtocol == null && before != null ? before.protocol() : newProtocol;
    Metadata afterMetadata =
        newMetadata == null && before != null ? before.metadata() : newMetadata;
    if (afterProtocol == null || afterMetadata == null) {
      throw new Broken("the first commit must hold a protocol and a metaData action");
    }
    Description after = new Description(afterProtocol, afterMetadata, domains);
    if (newProtocol != null || newMetadata != null || domainsChanged) {
      DescriptionRules.check(before, after, newProtocol != null, newMetadata != null);
    }
    if (newMetadata != null && before != null) {
      mustReplaceAll = SchemaChange.strands(before, after).orElse(null);
    }
    fileRules.end(after);
  }

  /** A text of a commit, fit for a message. */
  static String shown(String text) {
    String cut = text.length() > 200 ? text.substring(0, 200) + "…" : text;
    return cut.replaceAll("\\p{Cntrl}", "?");
  }
}
