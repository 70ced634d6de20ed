package io.tidegate.sharing.protocol;

import io.tidegate.delta.Action.AddFile;
import io.tidegate.delta.Action.DeletionVector;
import io.tidegate.delta.Action.Metadata;
import io.tidegate.delta.Action.Protocol;
import io.tidegate.delta.TableSnapshot;
import io.tidegate.sharing.files.FileUrls.Signer;
import java.io.OutputStream;
import java.net.URI;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Writes the lines of an answer about a table, each as it comes: nothing is gathered. Equal tables
 * give equal protocol and metadata lines, byte for byte.
 */
final class TableAnswer {
  private static final Set<String> SHOWN_FIELD_METADATA =
      Set.of("comment", "__CHAR_VARCHAR_TYPE_STRING");

  private final JsonGenerator json;
  private final TableSnapshot snapshot;
  private final ResponseFormat format;
  private final Set<String> unsaid;
  private final PartitionValues partitionValues;
  private long files;
  private long bytes;

  /**
   * @param unsaid features that the client is not told of, as {@link TableFeatures#unsaid} gives
   */
  TableAnswer(OutputStream out, TableSnapshot snapshot, ResponseFormat format, Set<String> unsaid) {
    this.json = ProtocolJson.MAPPER.writer().withRootValueSeparator("").createGenerator(out);
    this.snapshot = snapshot;
    this.format = format;
    this.unsaid = unsaid;
    this.partitionValues = new PartitionValues(snapshot.schema());
  }

  /** How many files were written. */
  long files() {
    return files;
  }

  /** The sizes of the files that were written together. */
  long bytes() {
    return bytes;
  }

  /** Writes the two lines that every answer begins with. */
  void head() {
    switch (format) {
      case PARQUET -> {
        parquetProtocol();
        parquetMetadata();
      }
      case DELTA -> {
        deltaProtocol(TableFeatures.shown(snapshot.protocol(), unsaid));
        deltaMetadata(snapshot.metadata());
      }
    }
  }

  /** Writes the line of a file. */
  void file(AddFile file, Signer signer, FileIdHash ids) {
    String url = signer.url(snapshot.uri(file));
    DeletionVector vector = file.deletionVector();
    Optional<URI> vectorFile = vector == null ? Optional.empty() : snapshot.uri(vector);
    String vectorUrl = vectorFile.map(signer::url).orElse(null);
    json.writeStartObject();
    json.writeObjectPropertyStart("file");
    switch (format) {
      case PARQUET -> {
        json.writeStringProperty("url", url);
        json.writeStringProperty("id", ids.hash(file.path()));
        nullableTexts("partitionValues", partitionValues.shown(file.partitionValues()));
        json.writeNumberProperty("size", file.size());
        if (file.stats() != null) {
          json.writeStringProperty("stats", file.stats());
        }
        place(signer);
      }
      case DELTA -> {
        json.writeStringProperty("id", ids.hash(file.path()));
        if (vectorFile.isPresent()) {
          // Of the vector's file, which several data files may share.
          json.writeStringProperty("deletionVectorFileId", ids.hash(vectorFile.get().getRawPath()));
        }
        place(signer);
        json.writeObjectPropertyStart("deltaSingleAction");
        add(file, url, vectorUrl);
        json.writeEndObject();
      }
    }
    json.writeEndObject();
    endLine();
    files++;
    bytes += file.size();
  }

  /** Writes the last line, for a client that asked for it. */
  void end(@Nullable String refreshToken, @Nullable Long minUrlExpiration) {
    json.writeStartObject();
    json.writeObjectPropertyStart("endStreamAction");
    if (refreshToken != null) {
      json.writeStringProperty("refreshToken", refreshToken);
    }
    if (minUrlExpiration != null) {
      json.writeNumberProperty("minUrlExpirationTimestamp", minUrlExpiration);
    }
    json.writeEndObject();
    endLine();
  }

  void flush() {
    json.flush();
  }

  private void endLine() {
    json.writeEndObject();
    json.writeRaw('\n');
  }

  private void parquetProtocol() {
    json.writeStartObject();
    json.writeObjectPropertyStart("protocol");
    json.writeNumberProperty("minReaderVersion", 1);
    json.writeEndObject();
    endLine();
  }

  private void parquetMetadata() {
    Metadata metadata = snapshot.metadata();
    json.writeStartObject();
    json.writeObjectPropertyStart("metaData");
    json.writeStringProperty("id", metadata.id());
    optional("name", metadata.name());
    optional("description", metadata.description());
    json.writeObjectPropertyStart("format");
    json.writeStringProperty("provider", "parquet");
    json.writeEndObject();
    json.writeStringProperty("schemaString", plainSchema(metadata.schemaString()));
    texts("partitionColumns", metadata.partitionColumns());
    // Settings are for Delta readers, and a client of this format is none.
    json.writeObjectPropertyStart("configuration");
    json.writeEndObject();
    totals();
    json.writeEndObject();
    endLine();
  }

  private void deltaProtocol(Protocol protocol) {
    json.writeStartObject();
    json.writeObjectPropertyStart("protocol");
    json.writeObjectPropertyStart("deltaProtocol");
    json.writeNumberProperty("minReaderVersion", protocol.minReaderVersion());
    json.writeNumberProperty("minWriterVersion", protocol.minWriterVersion());
    if (protocol.minReaderVersion() >= 3) {
      texts("readerFeatures", protocol.readerFeatures());
    }
    if (protocol.minWriterVersion() >= 7) {
      texts("writerFeatures", protocol.writerFeatures());
    }
    json.writeEndObject();
    json.writeEndObject();
    endLine();
  }

  private void deltaMetadata(Metadata metadata) {
    json.writeStartObject();
    json.writeObjectPropertyStart("metaData");
    json.writeObjectPropertyStart("deltaMetadata");
    json.writeStringProperty("id", metadata.id());
    optional("name", metadata.name());
    optional("description", metadata.description());
    json.writeObjectPropertyStart("format");
    json.writeStringProperty("provider", "parquet");
    json.writeObjectPropertyStart("options");
    json.writeEndObject();
    json.writeEndObject();
    json.writeStringProperty("schemaString", metadata.schemaString());
    texts("partitionColumns", metadata.partitionColumns());
    settings(TableFeatures.shown(metadata.configuration(), unsaid));
    if (metadata.createdTime() != null) {
      json.writeNumberProperty("createdTime", metadata.createdTime());
    }
    json.writeEndObject();
    totals();
    json.writeEndObject();
    endLine();
  }

  private void totals() {
    json.writeNumberProperty("version", snapshot.version());
    json.writeNumberProperty("size", snapshot.sizeInBytes());
    json.writeNumberProperty("numFiles", snapshot.numFiles());
  }

  private void place(Signer signer) {
    json.writeNumberProperty("version", snapshot.version());
    json.writeNumberProperty("timestamp", snapshot.timestamp());
    json.writeNumberProperty("expirationTimestamp", signer.expirationTimestamp());
  }

  private void add(AddFile file, String url, @Nullable String vectorUrl) {
    json.writeObjectPropertyStart("add");
    json.writeStringProperty("path", url);
    nullableTexts("partitionValues", file.partitionValues());
    json.writeNumberProperty("size", file.size());
    json.writeNumberProperty("modificationTime", file.modificationTime());
    json.writeBooleanProperty("dataChange", file.dataChange());
    optional("stats", file.stats());
    if (file.tags() != null) {
      nullableTexts("tags", file.tags());
    }
    DeletionVector vector = file.deletionVector();
    if (vector != null) {
      json.writeObjectPropertyStart("deletionVector");
      json.writeStringProperty("storageType", vectorUrl == null ? vector.storageType() : "p");
      json.writeStringProperty(
          "pathOrInlineDv", vectorUrl == null ? vector.pathOrInlineDv() : vectorUrl);
      if (vector.offset() != null) {
        json.writeNumberProperty("offset", vector.offset());
      }
      json.writeNumberProperty("sizeInBytes", vector.sizeInBytes());
      json.writeNumberProperty("cardinality", vector.cardinality());
      json.writeEndObject();
    }
    if (file.baseRowId() != null) {
      json.writeNumberProperty("baseRowId", file.baseRowId());
    }
    if (file.defaultRowCommitVersion() != null) {
      json.writeNumberProperty("defaultRowCommitVersion", file.defaultRowCommitVersion());
    }
    optional("clusteringProvider", file.clusteringProvider());
    json.writeEndObject();
  }

  private void optional(String name, @Nullable String value) {
    if (value != null) {
      json.writeStringProperty(name, value);
    }
  }

  private void texts(String name, Collection<String> values) {
    json.writeArrayPropertyStart(name);
    values.forEach(json::writeString);
    json.writeEndArray();
  }

  private void settings(Map<String, String> settings) {
    json.writeObjectPropertyStart("configuration");
    settings.forEach(json::writeStringProperty);
    json.writeEndObject();
  }

  private void nullableTexts(String name, Map<String, @Nullable String> values) {
    json.writeObjectPropertyStart(name);
    values.forEach((key, value) -> {
      if (value == null) {
        json.writeNullProperty(key);
      } else {
        json.writeStringProperty(key, value);
      }
    });
    json.writeEndObject();
  }

  /** A schema without what only Delta readers need: of a field's metadata little is left. */
  private static String plainSchema(String schemaString) {
    JsonNode schema = ProtocolJson.MAPPER.readTree(schemaString);
    clean(schema);
    return schema.toString();
  }

  private static void clean(JsonNode type) {
    switch (type) {
      case ObjectNode object -> {
        if (object.get("fields") instanceof ArrayNode fields) {
          for (JsonNode field : fields) {
            if (field.get("metadata") instanceof ObjectNode metadata) {
              metadata.retain(SHOWN_FIELD_METADATA);
            }
            cleanIfPresent(field.get("type"));
          }
        }
        cleanIfPresent(object.get("elementType"));
        cleanIfPresent(object.get("keyType"));
        cleanIfPresent(object.get("valueType"));
      }
      default -> {
        // The name of a primitive type.
      }
    }
  }

  private static void cleanIfPresent(@Nullable JsonNode type) {
    if (type != null) {
      clean(type);
    }
  }
}
