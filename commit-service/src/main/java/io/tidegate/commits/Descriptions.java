package io.tidegate.commits;

import static io.tidegate.commits.Texts.required;

import io.tidegate.commits.DeltaApi.Description;
import io.tidegate.commits.TableMetadata.ProtocolVersions;
import io.tidegate.delta.Action.DomainMetadata;
import io.tidegate.delta.CommitFile;
import io.tidegate.delta.DerivedProperties;
import io.tidegate.kit.errors.ApiException;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * Holds what a request says of a table against the committed file, which is what counts. A writer
 * that lost a race rebases its file and may go on telling what it told at its first attempt; so
 * where the file itself speaks of a thing, the request's word on it does not matter. What the
 * request asks for and the file does not do at all would be lost without a word: every method
 * throws INVALID_ARGUMENT naming that.
 */
final class Descriptions {
  private Descriptions() {}

  /**
   * Of what a commit speaks.
   *
   * @param metadata whether it has a metaData action
   * @param domains the domains that it sets
   */
  record Spoken(boolean metadata, Set<String> domains) {

    static Spoken by(CommitFile commit) {
      return new Spoken(
          commit.metadata() != null,
          commit.domainMetadata().stream()
              .filter(domain -> !domain.removed())
              .map(DomainMetadata::domain)
              .collect(Collectors.toUnmodifiableSet()));
    }

    /** Whoever begins a log, or wrote one before, speaks of everything. */
    static Spoken wholly(TableMetadata metadata) {
      return new Spoken(true, metadata.domainMetadata().keySet());
    }
  }

  /** An update that comes with a commit. */
  static void require(Description update, TableMetadata actual, Spoken spoken) {
    switch (update) {
      case DeltaApi.SetProperties(Map<String, @Nullable String> updates) ->
          properties(
              "set-properties.updates",
              required("set-properties.updates", updates),
              actual,
              spoken);
      case DeltaApi.RemoveProperties(List<String> removals) ->
          required("remove-properties.removals", removals)
              .forEach(key -> {
                if (actual.properties().containsKey(key) && !DerivedProperties.contains(key)) {
                  throw differs("remove-properties.removals", "names " + key, "it is set");
                }
              });
      case DeltaApi.SetProtocol(DeltaApi.Protocol protocol) ->
          protocol("set-protocol.protocol", required("set-protocol.protocol", protocol), actual);
      case DeltaApi.SetColumns(JsonNode columns) ->
          columns("set-columns.columns", required("set-columns.columns", columns), actual, spoken);
      case DeltaApi.SetPartitionColumns(List<String> columns) ->
          partitionColumns(
              "set-partition-columns.partition-columns",
              required("set-partition-columns.partition-columns", columns),
              actual);
      case DeltaApi.SetTableComment(String comment) ->
          comment("set-table-comment.comment", comment, actual, spoken);
      case DeltaApi.SetDomainMetadata(Map<String, JsonNode> updates) ->
          domains(
              "set-domain-metadata.updates",
              required("set-domain-metadata.updates", updates),
              actual,
              spoken);
      case DeltaApi.RemoveDomainMetadata(List<String> domains) ->
          required("remove-domain-metadata.domains", domains)
              .forEach(domain -> {
                if (actual.domainMetadata().containsKey(domain)) {
                  throw differs("remove-domain-metadata.domains", "names " + domain, "it is set");
                }
              });
    }
  }

  static void properties(
      String field, Map<String, @Nullable String> given, TableMetadata actual, Spoken spoken) {
    given.forEach((key, value) -> {
      String known = actual.properties().get(key);
      boolean decided = spoken.metadata() && known != null;
      if (!DerivedProperties.contains(key) && !decided && !Objects.equals(value, known)) {
        throw differs(field, "sets " + key + " to " + value, "it is " + known);
      }
    });
  }

  /** The table may demand more than the request says, for instance what another writer added. */
  static void protocol(String field, DeltaApi.Protocol given, TableMetadata actual) {
    ProtocolVersions versions = given.versions(field);
    if (!actual.protocol().includes(versions)) {
      throw differs(field, "is " + shown(versions), "it is " + shown(actual.protocol()));
    }
  }

  static void columns(String field, JsonNode given, TableMetadata actual, Spoken spoken) {
    if (!given.isObject()) {
      throw Texts.invalid(field + " must be a Delta struct type");
    }
    ColumnsJson.difference(
            field,
            given,
            actual.schemaString(),
            spoken.metadata() ? ColumnsJson.Extent.NAMES_AND_TYPES : ColumnsJson.Extent.WHOLE)
        .ifPresent(difference -> {
          throw Texts.invalid(difference);
        });
  }

  static void partitionColumns(String field, List<String> given, TableMetadata actual) {
    if (!given.equals(actual.partitionColumns())) {
      throw differs(field, "is " + given, "it is " + actual.partitionColumns());
    }
  }

  static void comment(String field, @Nullable String given, TableMetadata actual, Spoken spoken) {
    String known = emptyToNull(actual.comment());
    boolean decided = spoken.metadata() && known != null;
    if (!decided && !Objects.equals(emptyToNull(given), known)) {
      throw differs(field, "is " + given, "it is " + actual.comment());
    }
  }

  static void domains(
      String field, Map<String, JsonNode> given, TableMetadata actual, Spoken spoken) {
    given.forEach((domain, value) -> {
      String known = actual.domainMetadata().get(domain);
      if (known == null || !spoken.domains().contains(domain) && !says(value, known)) {
        throw differs(field, "sets " + domain + " to " + value, "it is " + known);
      }
    });
  }

  /** Whether a configuration in the log says all that a client says of it. */
  private static boolean says(JsonNode given, String configuration) {
    JsonNode actual;
    try {
      actual = Json.tree(configuration);
    } catch (JacksonException e) {
      // The log may have any text there.
      return given.isString() && given.asString().equals(configuration);
    }
    if (!given.isObject() || !actual.isObject()) {
      return given.equals(actual);
    }
    // Clients leave out parts that their own model does not have.
    for (Map.Entry<String, JsonNode> member : given.properties()) {
      if (!member.getValue().isNull() && !member.getValue().equals(actual.get(member.getKey()))) {
        return false;
      }
    }
    return true;
  }

  private static @Nullable String emptyToNull(@Nullable String text) {
    return text == null || text.isEmpty() ? null : text;
  }

  private static String shown(ProtocolVersions protocol) {
    return "(%d, %d) with the reader features %s and the writer features %s"
        .formatted(
            protocol.minReaderVersion(),
            protocol.minWriterVersion(),
            protocol.readerFeatures(),
            protocol.writerFeatures());
  }

  private static ApiException differs(String field, String given, String actual) {
    return Texts.invalid(
        field + " " + Texts.shown(given) + ", but after the commit " + Texts.shown(actual));
  }
}
