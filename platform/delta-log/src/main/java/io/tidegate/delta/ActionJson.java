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
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonGenerator;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Actions as the JSON of a log (Delta protocol, section "Actions"). */
final class ActionJson {
  static final JsonMapper MAPPER = JsonMapper.builder().build();

  private ActionJson() {}

  /** An action that is not what the protocol says; the message names the field. */
  static final class Malformed extends Exception {
    private static final long serialVersionUID = 1L;

    Malformed(String message) {
      super(message);
    }
  }

  /**
   * Reads the one action that a line of a commit holds.
   *
   * @return null for an action that this code does not know, which the protocol wants ignored
   */
  static @Nullable Action read(JsonNode line) throws Malformed {
    if (!line.isObject()) {
      throw new Malformed("an action is a JSON object");
    }
    Action action = null;
    for (Map.Entry<String, JsonNode> entry : line.properties()) {
      if (entry.getValue().isNull()) {
        continue;
      }
      Action found = read(entry.getKey(), entry.getValue());
      if (found != null && action != null) {
        // Readers differ in which of them they see.
        throw new Malformed("a line holds one action, but this one also " + entry.getKey());
      }
      action = found == null ? action : found;
    }
    return action;
  }

  private static @Nullable Action read(String name, JsonNode value) throws Malformed {
    return switch (name) {
      case "add" -> add(new Fields(name, value));
      case "remove" -> remove(new Fields(name, value));
      case "cdc" -> changeData(new Fields(name, value));
      case "metaData" -> metadata(new Fields(name, value));
      case "protocol" -> protocol(new Fields(name, value));
      case "txn" -> transaction(new Fields(name, value));
      case "domainMetadata" -> domain(new Fields(name, value));
      case "commitInfo" -> new CommitInfo(new Fields(name, value).object);
      default -> null;
    };
  }

  private static AddFile add(Fields fields) throws Malformed {
    return new AddFile(
        fields.text("path"),
        fields.texts("partitionValues"),
        fields.number("size"),
        fields.number("modificationTime"),
        fields.flag("dataChange"),
        fields.textOrNull("stats"),
        fields.textsOrNull("tags"),
        deletionVector(fields),
        fields.numberOrNull("baseRowId"),
        fields.numberOrNull("defaultRowCommitVersion"),
        fields.textOrNull("clusteringProvider"));
  }

  private static RemoveFile remove(Fields fields) throws Malformed {
    return new RemoveFile(
        fields.text("path"),
        fields.numberOrNull("deletionTimestamp"),
        // Early writers left it out.
        !Boolean.FALSE.equals(fields.flagOrNull("dataChange")),
        fields.flagOrNull("extendedFileMetadata"),
        fields.textsOrNull("partitionValues"),
        fields.numberOrNull("size"),
        fields.textOrNull("stats"),
        fields.textsOrNull("tags"),
        deletionVector(fields),
        fields.numberOrNull("baseRowId"),
        fields.numberOrNull("defaultRowCommitVersion"));
  }

  private static AddCdcFile changeData(Fields fields) throws Malformed {
    return new AddCdcFile(
        fields.text("path"),
        fields.texts("partitionValues"),
        fields.number("size"),
        fields.textsOrNull("tags"));
  }

  private static Metadata metadata(Fields fields) throws Malformed {
    return new Metadata(
        fields.text("id"),
        fields.textOrNull("name"),
        fields.textOrNull("description"),
        fields.text("schemaString"),
        fields.list("partitionColumns"),
        Metadata.settings(fields.textsOrNull("configuration")),
        fields.numberOrNull("createdTime"));
  }

  private static Protocol protocol(Fields fields) throws Malformed {
    return new Protocol(
        fields.smallNumber("minReaderVersion"),
        fields.smallNumber("minWriterVersion"),
        fields.set("readerFeatures"),
        fields.set("writerFeatures"));
  }

  private static SetTransaction transaction(Fields fields) throws Malformed {
    return new SetTransaction(
        fields.text("appId"), fields.number("version"), fields.numberOrNull("lastUpdated"));
  }

  private static DomainMetadata domain(Fields fields) throws Malformed {
    return new DomainMetadata(
        fields.text("domain"), fields.text("configuration"), fields.flag("removed"));
  }

  private static @Nullable DeletionVector deletionVector(Fields file) throws Malformed {
    Fields fields = file.fieldsOrNull("deletionVector");
    if (fields == null) {
      return null;
    }
    Long offset = fields.numberOrNull("offset");
    return new DeletionVector(
        fields.text("storageType"),
        fields.text("pathOrInlineDv"),
        offset == null ? null : fields.small("offset", offset),
        fields.smallNumber("sizeInBytes"),
        fields.number("cardinality"));
  }

  /** The fields of one JSON object, taken by type. */
  private static final class Fields {
    private final String name;
    private final ObjectNode object;

    Fields(String name, JsonNode value) throws Malformed {
      if (!(value instanceof ObjectNode node)) {
        throw new Malformed(name + " is not an object");
      }
      this.name = name;
      this.object = node;
    }

    private Malformed wrong(String field, String expected) {
      return new Malformed(name + "." + field + " is not " + expected);
    }

    private @Nullable JsonNode get(String field) {
      JsonNode value = object.get(field);
      return value == null || value.isNull() ? null : value;
    }

    private <T> T required(String field, @Nullable T value) throws Malformed {
      if (value == null) {
        throw new Malformed(name + "." + field + " is missing");
      }
      return value;
    }

    String text(String field) throws Malformed {
      return required(field, textOrNull(field));
    }

    @Nullable String textOrNull(String field) throws Malformed {
      JsonNode value = get(field);
      if (value != null && !value.isString()) {
        throw wrong(field, "a string");
      }
      return value == null ? null : value.asString();
    }

    long number(String field) throws Malformed {
      return required(field, numberOrNull(field));
    }

    @Nullable Long numberOrNull(String field) throws Malformed {
      JsonNode value = get(field);
      if (value != null && !(value.isIntegralNumber() && value.canConvertToLong())) {
        throw wrong(field, "a whole number");
      }
      return value == null ? null : value.asLong();
    }

    int smallNumber(String field) throws Malformed {
      return small(field, number(field));
    }

    int small(String field, long value) throws Malformed {
      if (value != (int) value) {
        throw wrong(field, "a 32-bit number");
      }
      return (int) value;
    }

    boolean flag(String field) throws Malformed {
      return required(field, flagOrNull(field));
    }

    @Nullable Boolean flagOrNull(String field) throws Malformed {
      JsonNode value = get(field);
      if (value != null && !value.isBoolean()) {
        throw wrong(field, "true or false");
      }
      return value == null ? null : value.asBoolean();
    }

    Map<String, @Nullable String> texts(String field) throws Malformed {
      Map<String, @Nullable String> values = textsOrNull(field);
      return values == null ? Map.of() : values;
    }

    @Nullable Map<String, @Nullable String> textsOrNull(String field) throws Malformed {
      JsonNode value = get(field);
      if (value == null) {
        return null;
      }
      if (!value.isObject()) {
        throw wrong(field, "an object");
      }
      Map<String, @Nullable String> texts = new LinkedHashMap<>();
      for (Map.Entry<String, JsonNode> entry : value.properties()) {
        JsonNode text = entry.getValue();
        if (text.isNull()) {
          texts.put(entry.getKey(), null);
        } else if (text.isValueNode()) {
          texts.put(entry.getKey(), text.asString());
        } else {
          throw wrong(field + "." + entry.getKey(), "a string");
        }
      }
      return Collections.unmodifiableMap(texts);
    }

    List<String> list(String field) throws Malformed {
      JsonNode value = get(field);
      if (value == null) {
        return List.of();
      }
      if (!value.isArray()) {
        throw wrong(field, "an array of strings");
      }
      List<String> texts = new ArrayList<>(value.size());
      for (JsonNode text : value.values()) {
        if (!text.isString()) {
          throw wrong(field, "an array of strings");
        }
        texts.add(text.asString());
      }
      return texts;
    }

    Set<String> set(String field) throws Malformed {
      return new LinkedHashSet<>(list(field));
    }

    @Nullable Fields fieldsOrNull(String field) throws Malformed {
      JsonNode value = get(field);
      return value == null ? null : new Fields(name + "." + field, value);
    }
  }

  /** Writes an action as one JSON object. */
  static void write(JsonGenerator json, Action action) throws JacksonException {
    json.writeStartObject();
    switch (action) {
      case AddFile add -> write(json, add);
      case RemoveFile remove -> write(json, remove);
      case AddCdcFile cdc -> write(json, cdc);
      case Metadata metadata -> write(json, metadata);
      case Protocol protocol -> write(json, protocol);
      case SetTransaction transaction -> write(json, transaction);
      case DomainMetadata domain -> write(json, domain);
      case CommitInfo info -> {
        json.writeName("commitInfo");
        MAPPER.writeTree(json, info.json());
      }
    }
    json.writeEndObject();
  }

  private static void write(JsonGenerator json, AddFile add) {
    json.writeObjectPropertyStart("add");
    json.writeStringProperty("path", add.path());
    texts(json, "partitionValues", add.partitionValues());
    json.writeNumberProperty("size", add.size());
    json.writeNumberProperty("modificationTime", add.modificationTime());
    json.writeBooleanProperty("dataChange", add.dataChange());
    text(json, "stats", add.stats());
    texts(json, "tags", add.tags());
    deletionVector(json, add.deletionVector());
    number(json, "baseRowId", add.baseRowId());
    number(json, "defaultRowCommitVersion", add.defaultRowCommitVersion());
    text(json, "clusteringProvider", add.clusteringProvider());
    json.writeEndObject();
  }

  private static void write(JsonGenerator json, RemoveFile remove) {
    json.writeObjectPropertyStart("remove");
    json.writeStringProperty("path", remove.path());
    number(json, "deletionTimestamp", remove.deletionTimestamp());
    json.writeBooleanProperty("dataChange", remove.dataChange());
    Boolean extended = remove.extendedFileMetadata();
    if (extended != null) {
      json.writeBooleanProperty("extendedFileMetadata", extended);
    }
    texts(json, "partitionValues", remove.partitionValues());
    number(json, "size", remove.size());
    text(json, "stats", remove.stats());
    texts(json, "tags", remove.tags());
    deletionVector(json, remove.deletionVector());
    number(json, "baseRowId", remove.baseRowId());
    number(json, "defaultRowCommitVersion", remove.defaultRowCommitVersion());
    json.writeEndObject();
  }

  private static void write(JsonGenerator json, AddCdcFile cdc) {
    json.writeObjectPropertyStart("cdc");
    json.writeStringProperty("path", cdc.path());
    texts(json, "partitionValues", cdc.partitionValues());
    json.writeNumberProperty("size", cdc.size());
    json.writeBooleanProperty("dataChange", false);
    texts(json, "tags", cdc.tags());
    json.writeEndObject();
  }

  private static void write(JsonGenerator json, Metadata metadata) {
    json.writeObjectPropertyStart("metaData");
    json.writeStringProperty("id", metadata.id());
    text(json, "name", metadata.name());
    text(json, "description", metadata.description());
    json.writeObjectPropertyStart("format");
    json.writeStringProperty("provider", "parquet");
    json.writeObjectPropertyStart("options");
    json.writeEndObject();
    json.writeEndObject();
    json.writeStringProperty("schemaString", metadata.schemaString());
    list(json, "partitionColumns", metadata.partitionColumns());
    json.writeObjectPropertyStart("configuration");
    metadata.configuration().forEach(json::writeStringProperty);
    json.writeEndObject();
    number(json, "createdTime", metadata.createdTime());
    json.writeEndObject();
  }

  private static void write(JsonGenerator json, Protocol protocol) {
    json.writeObjectPropertyStart("protocol");
    json.writeNumberProperty("minReaderVersion", protocol.minReaderVersion());
    json.writeNumberProperty("minWriterVersion", protocol.minWriterVersion());
    if (protocol.minReaderVersion() >= 3) {
      list(json, "readerFeatures", protocol.readerFeatures());
    }
    if (protocol.minWriterVersion() >= 7) {
      list(json, "writerFeatures", protocol.writerFeatures());
    }
    json.writeEndObject();
  }

  private static void write(JsonGenerator json, SetTransaction transaction) {
    json.writeObjectPropertyStart("txn");
    json.writeStringProperty("appId", transaction.appId());
    json.writeNumberProperty("version", transaction.version());
    number(json, "lastUpdated", transaction.lastUpdated());
    json.writeEndObject();
  }

  private static void write(JsonGenerator json, DomainMetadata domain) {
    json.writeObjectPropertyStart("domainMetadata");
    json.writeStringProperty("domain", domain.domain());
    json.writeStringProperty("configuration", domain.configuration());
    json.writeBooleanProperty("removed", domain.removed());
    json.writeEndObject();
  }

  private static void deletionVector(JsonGenerator json, @Nullable DeletionVector vector) {
    if (vector == null) {
      return;
    }
    json.writeObjectPropertyStart("deletionVector");
    json.writeStringProperty("storageType", vector.storageType());
    json.writeStringProperty("pathOrInlineDv", vector.pathOrInlineDv());
    Integer offset = vector.offset();
    if (offset != null) {
      json.writeNumberProperty("offset", offset);
    }
    json.writeNumberProperty("sizeInBytes", vector.sizeInBytes());
    json.writeNumberProperty("cardinality", vector.cardinality());
    json.writeEndObject();
  }

  private static void text(JsonGenerator json, String name, @Nullable String value) {
    if (value != null) {
      json.writeStringProperty(name, value);
    }
  }

  private static void number(JsonGenerator json, String name, @Nullable Long value) {
    if (value != null) {
      json.writeNumberProperty(name, value);
    }
  }

  private static void list(JsonGenerator json, String name, Iterable<String> values) {
    json.writeArrayPropertyStart(name);
    values.forEach(json::writeString);
    json.writeEndArray();
  }

  private static void texts(
      JsonGenerator json, String name, @Nullable Map<String, @Nullable String> values) {
    if (values == null) {
      return;
    }
    json.writeObjectPropertyStart(name);
    for (Map.Entry<String, @Nullable String> entry : values.entrySet()) {
      String value = entry.getValue();
      if (value == null) {
        json.writeNullProperty(entry.getKey());
      } else {
        json.writeStringProperty(entry.getKey(), value);
      }
    }
    json.writeEndObject();
  }
}
