package io.tidegate.delta;

import io.tidegate.delta.Action.AddFile;
import io.tidegate.delta.Action.CommitInfo;
import io.tidegate.delta.Action.DeletionVector;
import io.tidegate.delta.Action.Metadata;
import io.tidegate.delta.Action.Protocol;
import io.tidegate.delta.Action.RemoveFile;
import io.tidegate.delta.CatalogCommits.StagedCommit;
import io.tidegate.objects.LocalObjectStore;
import io.tidegate.testing.CountingObjectStore;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/** A table's log in the making, and a store that counts what readers ask of it. */
final class TestLog {
  static final String SCHEMA =
      """
      {"type":"struct","fields":[
      {"name":"id","type":"long","nullable":true,"metadata":{}},
      {"name":"day","type":"string","nullable":true,"metadata":{}}]}\
      """;
  static final Protocol PLAIN = new Protocol(1, 2, Set.of(), Set.of());
  static final Protocol MANAGED =
      new Protocol(3, 7, Set.of("catalogManaged"), Set.of("catalogManaged", "inCommitTimestamp"));
  static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

  final LogPaths paths;
  final CountingObjectStore store;
  private final List<StagedCommit> unpublished = new ArrayList<>();

  TestLog(Path folder) {
    this.paths = new LogPaths(folder.toUri());
    this.store = new CountingObjectStore(new LocalObjectStore(List.of(folder)));
  }

  static Metadata metadata(String... configuration) {
    Map<String, String> settings = new LinkedHashMap<>();
    for (int i = 0; i < configuration.length; i += 2) {
      settings.put(configuration[i], configuration[i + 1]);
    }
    return new Metadata("an id", null, null, SCHEMA, List.of("day"), settings, 0L);
  }

  static AddFile add(String path) {
    return add(path, null);
  }

  static AddFile add(String path, @Nullable DeletionVector vector) {
    return new AddFile(
        path, Map.of("day", "1"), 100, 0, true, null, null, vector, null, null, null);
  }

  static RemoveFile remove(String path) {
    return remove(path, null);
  }

  static RemoveFile remove(String path, @Nullable DeletionVector vector) {
    return new RemoveFile(path, 0L, true, null, null, null, null, null, vector, null, null);
  }

  static DeletionVector vector(int offset) {
    return new DeletionVector("u", "ab^-aqEH.-t@S}K{vb[*", offset, 10, 1);
  }

  static CommitInfo info(long inCommitTimestamp) {
    ObjectNode json = ActionJson.MAPPER.createObjectNode();
    json.put("inCommitTimestamp", inCommitTimestamp);
    json.put("txnId", "a transaction");
    return new CommitInfo(json);
  }

  /** Publishes a commit whose file is as many minutes old as its version says. */
  void commit(long version, Action... actions) throws IOException {
    commitAt(version, START.plusSeconds(60 * version), actions);
  }

  void commitAt(long version, Instant time, Action... actions) throws IOException {
    URI file = paths.published(version);
    if (!store.putIfAbsent(file, CommitFile.toBytes(List.of(actions)))) {
      throw new IllegalStateException("Version " + version + " is there");
    }
    setTime(file, time);
  }

  static void setTime(URI file, Instant time) throws IOException {
    Files.setLastModifiedTime(Path.of(file), FileTime.from(time));
  }

  void write(String name, String content) throws IOException {
    Path file = Path.of(URI.create(paths.log() + name));
    Files.createDirectories(file.getParent());
    Files.writeString(file, content);
  }

  void delete(long version) throws IOException {
    store.delete(paths.published(version));
  }

  /** Ratifies a commit without publishing it. */
  void stage(long version, Action... actions) throws IOException {
    byte[] bytes = CommitFile.toBytes(List.of(actions));
    String name = LogPaths.stagedName(version, new UUID(0, version));
    store.putIfAbsent(paths.staged(name), bytes);
    unpublished.add(new StagedCommit(version, name, bytes.length, START.toEpochMilli()));
  }

  /** Publishes a staged commit; the catalog goes on naming it until it is forgotten. */
  void publish(long version) throws IOException {
    for (StagedCommit staged : unpublished) {
      if (staged.version() == version) {
        store.copyIfAbsent(paths.staged(staged.fileName()), paths.published(version));
      }
    }
  }

  void forget(long version) {
    unpublished.removeIf(staged -> staged.version() == version);
  }

  CatalogCommits ratified(long latest) {
    return new CatalogCommits(latest, unpublished);
  }

  DeltaTable table(SnapshotCache cache) throws IOException {
    return DeltaTable.at(paths.table(), store, cache);
  }

  DeltaTable table() throws IOException {
    return DeltaTable.at(paths.table(), store);
  }

  static Set<String> files(TableSnapshot snapshot) {
    Set<String> files = new TreeSet<>();
    for (Iterator<AddFile> each = snapshot.files(); each.hasNext(); ) {
      AddFile file = each.next();
      DeletionVector vector = file.deletionVector();
      files.add(vector == null ? file.path() : file.path() + "@" + vector.offset());
    }
    return files;
  }
}
