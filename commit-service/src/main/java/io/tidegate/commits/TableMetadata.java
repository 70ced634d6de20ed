package io.tidegate.commits;

import io.tidegate.delta.Action.DomainMetadata;
import io.tidegate.delta.Action.Metadata;
import io.tidegate.delta.Action.Protocol;
import io.tidegate.delta.CommitFile;
import io.tidegate.delta.CommitRules;
import io.tidegate.delta.DerivedProperties;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What describes a table at a version, as its log says.
 *
 * @param domainMetadata the configuration of each domain, as the JSON text that the log has
 */
record TableMetadata(
    String schemaString,
    List<String> partitionColumns,
    Map<String, String> properties,
    ProtocolVersions protocol,
    @Nullable String comment,
    Map<String, String> domainMetadata) {

  static final String ROW_TRACKING = "delta.rowTracking";

  TableMetadata {
    partitionColumns = List.copyOf(partitionColumns);
    properties = Collections.unmodifiableMap(new LinkedHashMap<>(properties));
    domainMetadata = Collections.unmodifiableMap(new LinkedHashMap<>(domainMetadata));
  }

  /** Which readers and writers may use a table. */
  record ProtocolVersions(
      int minReaderVersion,
      int minWriterVersion,
      Set<String> readerFeatures,
      Set<String> writerFeatures) {

    ProtocolVersions {
      // In one order, so that the same protocol is always kept as the same text.
      readerFeatures = Collections.unmodifiableSet(new TreeSet<>(readerFeatures));
      writerFeatures = Collections.unmodifiableSet(new TreeSet<>(writerFeatures));
    }

    static ProtocolVersions of(Protocol protocol) {
      return new ProtocolVersions(
          protocol.minReaderVersion(),
          protocol.minWriterVersion(),
          protocol.readerFeatures(),
          protocol.writerFeatures());
    }

    /** Whether whoever keeps this protocol keeps the other one, too. */
    boolean includes(ProtocolVersions other) {
      return minReaderVersion >= other.minReaderVersion
          && minWriterVersion >= other.minWriterVersion
          && readerFeatures.containsAll(other.readerFeatures)
          && writerFeatures.containsAll(other.writerFeatures);
    }

    Protocol protocol() {
      return new Protocol(minReaderVersion, minWriterVersion, readerFeatures, writerFeatures);
    }
  }

  static TableMetadata of(
      Protocol protocol, Metadata metadata, Iterable<DomainMetadata> domainMetadata) {
    return new TableMetadata(
        metadata.schemaString(),
        metadata.partitionColumns(),
        metadata.configuration(),
        ProtocolVersions.of(protocol),
        metadata.description(),
        applied(Map.of(), domainMetadata));
  }

  /** The same as the rules for commits have it. */
  CommitRules.Description description() {
    return new CommitRules.Description(
        protocol.protocol(),
        new Metadata("", null, comment, schemaString, partitionColumns, properties, null),
        domainMetadata);
  }

  /** What describes the table after a commit. */
  TableMetadata after(CommitFile commit) {
    Metadata metadata = commit.metadata();
    Protocol newProtocol = commit.protocol();
    return new TableMetadata(
        metadata == null ? schemaString : metadata.schemaString(),
        metadata == null ? partitionColumns : metadata.partitionColumns(),
        metadata == null ? properties : metadata.configuration(),
        newProtocol == null ? protocol : ProtocolVersions.of(newProtocol),
        metadata == null ? comment : metadata.description(),
        applied(domainMetadata, commit.domainMetadata()));
  }

  /**
   * Row tracking keeps its high-water mark in a domain, and so changes it with every append: that
   * says nothing new of what describes the table.
   *
   * @return the domain's configuration if nothing else differs from how the table was; else null
   */
  @Nullable String rowTrackingAlone(TableMetadata before) {
    String configuration = domainMetadata.get(ROW_TRACKING);
    if (configuration == null) {
      return null;
    }
    Map<String, String> domains = new LinkedHashMap<>(before.domainMetadata);
    domains.put(ROW_TRACKING, configuration);
    TableMetadata moved =
        new TableMetadata(
            before.schemaString,
            before.partitionColumns,
            before.properties,
            before.protocol,
            before.comment,
            domains);
    return equals(moved) ? configuration : null;
  }

  /**
   * The properties as the API shows them: those of the log, and those that follow from the rest.
   *
   * @param version the last version that changed what describes the table
   * @param timestamp that version's, in milliseconds since the epoch
   */
  Map<String, String> shownProperties(long version, long timestamp) {
    Map<String, String> shown = new LinkedHashMap<>(properties);
    shown.putAll(DerivedProperties.of(protocol.protocol(), domainMetadata, version, timestamp));
    return shown;
  }

  private static Map<String, String> applied(
      Map<String, String> known, Iterable<DomainMetadata> changes) {
    Map<String, String> domains = new LinkedHashMap<>(known);
    for (DomainMetadata change : changes) {
      if (change.removed()) {
        domains.remove(change.domain());
      } else {
        domains.put(change.domain(), change.configuration());
      }
    }
    return domains;
  }
}
