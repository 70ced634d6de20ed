package io.tidegate.commits;

import static io.tidegate.commits.Texts.invalid;

import io.tidegate.commits.TableStates.State;
import io.tidegate.delta.CommitFile;
import io.tidegate.delta.CommitRules;
import io.tidegate.delta.DeltaTableException;
import io.tidegate.delta.TableSchema;
import io.tidegate.kit.errors.ApiException;
import io.tidegate.kit.errors.ErrorCode;
import io.tidegate.objects.OutsideRootException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.NoSuchFileException;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import tools.jackson.databind.JsonNode;

/** Reads commits that clients have written. */
@Component
class CommitReader {
  private static final CommitFile.Limits LIMITS =
      new CommitFile.Limits(1L << 30, 64 << 20, 4_000_000);

  private static final int MAX_TRANSACTION = 200;
  private static final int MAX_OPERATION = 200;

  private final TableStorage storage;
  private final CommitSettings settings;

  CommitReader(TableStorage storage, CommitSettings settings) {
    this.storage = storage;
    this.settings = settings;
  }

  /**
   * A commit that may become a version, and the rules that it was held against.
   *
   * @param timestamp its in-commit timestamp
   */
  record Proposed(CommitFile file, CommitRules rules, long timestamp) {}

  /**
   * Reads version 0 of a table.
   *
   * @param table where the table is
   * @param name what messages call the file
   * @return empty if there is no such file
   * @throws ApiException INVALID_ARGUMENT naming the file and the rule that it breaks, UNAVAILABLE
   *     if it cannot be read now
   */
  Optional<Proposed> first(URI table, URI file, String name) {
    return proposed(table, file, name, 0, null, 0);
  }

  /** As {@link #first}, of a commit that is to follow the latest version of a table. */
  Optional<Proposed> next(State latest, URI file, String name) {
    return proposed(
        latest.location(),
        file,
        name,
        latest.version() + 1,
        latest.metadata().description(),
        latest.timestamp());
  }

  private Optional<Proposed> proposed(
      URI table,
      URI file,
      String name,
      long version,
      CommitRules.@Nullable Description before,
      long lastTimestamp) {
    long now = Math.addExact(System.currentTimeMillis(), settings.clockSkew().toMillis());
    // The next moment is always right, even after the clock was set back: the protocol asks for it.
    long latest = Math.max(now, lastTimestamp + 1);
    CommitRules rules = new CommitRules(table, version, before, latest);
    return read(table, file, name, rules)
        .map(commit -> new Proposed(commit, rules, timestamp(commit, name, latest)));
  }

  /**
   * Reads a commit of a managed table, whatever the rules say of it.
   *
   * @param table where the table is
   * @param name what messages call the file
   * @return empty if there is no such file
   * @throws ApiException INVALID_ARGUMENT naming the file and what is wrong with it, UNAVAILABLE if
   *     it cannot be read now
   */
  Optional<CommitFile> read(URI table, URI file, String name) {
    return read(table, file, name, null);
  }

  private Optional<CommitFile> read(URI table, URI file, String name, @Nullable CommitRules rules) {
    try (InputStream input = storage.files(table).open(file)) {
      return Optional.of(CommitFile.parse(input, LIMITS, rules));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (DeltaTableException e) {
      throw invalid("The commit " + name + " is not valid: " + e.getMessage());
    } catch (OutsideRootException e) {
      throw invalid("The commit " + name + " is reached by a link that leads out of the table");
    } catch (IOException e) {
      throw unreadable(name, e);
    }
  }

  private static ApiException unreadable(String name, IOException cause) {
    ApiException failure =
        new ApiException(
            ErrorCode.UNAVAILABLE, "The commit " + name + " cannot be read now: try again");
    failure.initCause(cause);
    return failure;
  }

  /** What every commit of a managed table must have. */
  private long timestamp(CommitFile commit, String name, long latest) {
    var info = commit.commitInfo();
    if (info == null || !commit.startsWithCommitInfo()) {
      throw invalid("The commit " + name + " does not begin with a commitInfo action");
    }
    String transaction = info.txnId();
    if (transaction == null || transaction.isBlank()) {
      throw invalid("The commit " + name + " has no commitInfo.txnId");
    }
    if (transaction.length() > MAX_TRANSACTION || !Texts.storable(transaction)) {
      throw invalid(
          "The commitInfo.txnId of the commit %s is longer than %d characters, or not plain text"
              .formatted(name, MAX_TRANSACTION));
    }
    Long timestamp = info.inCommitTimestamp();
    if (timestamp == null) {
      throw invalid(
          "The commit " + name + " has no commitInfo.inCommitTimestamp that is a whole number");
    }
    if (timestamp <= 0) {
      throw invalid(
          "The commitInfo.inCommitTimestamp of the commit %s is %d: no time in milliseconds since 1970"
              .formatted(name, timestamp));
    }
    if (timestamp > latest) {
      // No later commit of a right clock could follow until then.
      throw invalid(
          "The commitInfo.inCommitTimestamp of the commit %s is %d, in milliseconds since 1970: more than %s ahead of the server's clock (tidegate.commits.clock-skew), the latest that is taken now is %d"
              .formatted(name, timestamp, settings.clockSkew(), latest));
    }
    return timestamp;
  }

  static @Nullable String transaction(CommitFile commit) {
    var info = commit.commitInfo();
    return info == null ? null : info.txnId();
  }

  static @Nullable String operation(CommitFile commit) {
    var info = commit.commitInfo();
    JsonNode operation = info == null ? null : info.json().get("operation");
    if (operation == null || !operation.isString() || !Texts.storable(operation.asString())) {
      return null;
    }
    String text = operation.asString();
    return text.length() <= MAX_OPERATION ? text : text.substring(0, MAX_OPERATION);
  }

  /**
   * Passes if what describes a table can be kept and shown.
   *
   * @throws ApiException INVALID_ARGUMENT naming the commit and what of it is wrong
   */
  static void requireSane(TableMetadata metadata, String name) {
    Stream<String> texts =
        Stream.of(
                Stream.of(metadata.schemaString(), String.valueOf(metadata.comment())),
                metadata.partitionColumns().stream(),
                metadata.properties().keySet().stream(),
                metadata.properties().values().stream(),
                metadata.protocol().readerFeatures().stream(),
                metadata.protocol().writerFeatures().stream(),
                metadata.domainMetadata().keySet().stream(),
                metadata.domainMetadata().values().stream())
            .flatMap(each -> each);
    if (!texts.allMatch(Texts::storable)) {
      throw invalid(
          "The commit " + name + " holds a character that cannot be stored, such as U+0000");
    }
    try {
      TableSchema.parse(metadata.schemaString(), metadata.partitionColumns());
    } catch (DeltaTableException e) {
      throw invalid("The commit " + name + " has a schema that is not valid: " + e.getMessage());
    }
  }
}
