package io.tidegate.delta;

import io.tidegate.delta.Action.AddCdcFile;
import io.tidegate.delta.Action.AddFile;
import io.tidegate.delta.Action.CommitInfo;
import io.tidegate.delta.Action.DomainMetadata;
import io.tidegate.delta.Action.Metadata;
import io.tidegate.delta.Action.Protocol;
import io.tidegate.delta.Action.RemoveFile;
import io.tidegate.delta.Action.SetTransaction;
import io.tidegate.delta.DeltaTableException.Reason;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Collection;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.StreamWriteFeature;
import tools.jackson.databind.JsonNode;

/**
 * What a commit file says, without its file actions, which may be many (Delta protocol, section
 * "Delta Log Entries").
 *
 * @param length the file's length in bytes
 * @param contentHash the SHA-256 of its bytes in lower-case hexadecimal
 * @param startsWithCommitInfo whether the first action is commitInfo, as in-commit timestamps need
 * @param added the data files that it adds
 * @param removed the data files that it removes; those without a size count with none
 * @param changeData the change data files that it adds
 * @param dataChange whether any file action changes data
 */
public record CommitFile(
    long length,
    String contentHash,
    @Nullable CommitInfo commitInfo,
    boolean startsWithCommitInfo,
    @Nullable Protocol protocol,
    @Nullable Metadata metadata,
    List<DomainMetadata> domainMetadata,
    List<SetTransaction> transactions,
    FileCount added,
    FileCount removed,
    FileCount changeData,
    boolean dataChange) {

  /** Some files, and their sizes together. */
  public record FileCount(long files, long bytes) {
    FileCount plus(long size) {
      return new FileCount(files + 1, bytes + size);
    }
  }

  /**
   * How large a commit may be.
   *
   * @param maxBytes of the whole file
   * @param maxLineBytes of one action
   * @param maxActions how many lines
   */
  public record Limits(long maxBytes, int maxLineBytes, long maxActions) {
    /** No bound but one on a single action, for logs that are there already. */
    static final Limits OF_A_LOG = new Limits(Long.MAX_VALUE, 256 << 20, Long.MAX_VALUE);
  }

  public CommitFile {
    domainMetadata = List.copyOf(domainMetadata);
    transactions = List.copyOf(transactions);
  }

  /**
   * Reads a commit that may become part of a log; the caller closes the stream.
   *
   * @throws DeltaTableException CORRUPT for what is no commit (bad JSON, a field missing, there
   *     twice or of a wrong type, two actions in a line, two protocol, metaData or commitInfo
   *     actions, two of one application or domain), TOO_LARGE for one over the limits; the message
   *     names the line
   */
  public static CommitFile parse(InputStream input, Limits limits) throws IOException {
    return parse(input, limits, (CommitRules) null);
  }

  /**
   * As {@link #parse(InputStream, Limits)}, and holds the commit against rules.
   *
   * @param rules null for none
   * @throws DeltaTableException CORRUPT as well for a commit that breaks a rule; the message names
   *     the action, the field and the rule
   */
  public static CommitFile parse(InputStream input, Limits limits, @Nullable CommitRules rules)
      throws IOException {
    return parse(input, limits, rules, action -> {});
  }

  /** As {@link #parse(InputStream, Limits)}, and shows every action that is known on the way. */
  static CommitFile parse(InputStream input, Limits limits, Consumer<Action> actions)
      throws IOException {
    return parse(input, limits, null, actions);
  }

  private static CommitFile parse(
      InputStream input, Limits limits, @Nullable CommitRules rules, Consumer<Action> actions)
      throws IOException {
    Hashing hashing = new Hashing(input, limits.maxBytes());
    CommitLines lines = CommitLines.strict(hashing, limits.maxLineBytes());
    Summary summary = new Summary();
    long count = 0;
    for (JsonNode line = lines.next(); line != null; line = lines.next()) {
      if (++count > limits.maxActions()) {
        throw new DeltaTableException(
            Reason.TOO_LARGE, "the commit has more than " + limits.maxActions() + " actions");
      }
      Action action = lines.action(line);
      if (rules != null) {
        check(rules, line, action, lines);
      }
      if (action != null) {
        if (summary.kept() > MAX_KEPT) {
          throw new DeltaTableException(
              Reason.TOO_LARGE,
              "the commit names more than " + MAX_KEPT + " applications and domains");
        }
        String twice = summary.take(action, count);
        if (twice != null) {
          throw new DeltaTableException(Reason.CORRUPT, lines.where() + ": a second " + twice);
        }
        actions.accept(action);
      }
    }
    if (rules != null) {
      try {
        rules.end();
      } catch (CommitRules.Broken e) {
        throw new DeltaTableException(Reason.CORRUPT, String.valueOf(e.getMessage()), e);
      }
    }
    return summary.result(hashing.length(), hashing.hash());
  }

  private static void check(
      CommitRules rules, JsonNode line, @Nullable Action action, CommitLines lines) {
    try {
      rules.line(line);
      if (action != null) {
        rules.action(action);
      }
    } catch (CommitRules.Broken e) {
      throw new DeltaTableException(Reason.CORRUPT, lines.where() + ": " + e.getMessage(), e);
    }
  }

  /** Writes actions as the lines of a commit; the caller closes the stream. */
  public static void write(Iterable<? extends Action> actions, OutputStream output)
      throws IOException {
    try (JsonGenerator json =
        ActionJson.MAPPER
            .writer()
            .without(StreamWriteFeature.AUTO_CLOSE_TARGET)
            .withRootValueSeparator("\n")
            .createGenerator(output)) {
      for (Action action : actions) {
        ActionJson.write(json, action);
      }
    }
    output.write('\n');
  }

  /** Actions as the bytes of a commit. */
  public static byte[] toBytes(Collection<? extends Action> actions) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try {
      write(actions, bytes);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
    return bytes.toByteArray();
  }

  /** File actions are counted only, but these are kept in memory. */
  private static final int MAX_KEPT = 100_000;

  private static final class Summary {
    private @Nullable CommitInfo commitInfo;
    private boolean startsWithCommitInfo;
    private @Nullable Protocol protocol;
    private @Nullable Metadata metadata;
    private final Map<String, DomainMetadata> domains = new LinkedHashMap<>();
    private final Map<String, SetTransaction> transactions = new LinkedHashMap<>();
    private FileCount added = new FileCount(0, 0);
    private FileCount removed = new FileCount(0, 0);
    private FileCount changeData = new FileCount(0, 0);
    private boolean dataChange;

    int kept() {
      return domains.size() + transactions.size();
    }

    /** What the commit has already, where it may have but one; null if all is well. */
    @Nullable String take(Action action, long position) {
      return switch (action) {
        case AddFile add -> {
          added = added.plus(add.size());
          dataChange |= add.dataChange();
          yield null;
        }
        case RemoveFile remove -> {
          Long size = remove.size();
          removed = removed.plus(size == null ? 0 : size);
          dataChange |= remove.dataChange();
          yield null;
        }
        case AddCdcFile cdc -> {
          changeData = changeData.plus(cdc.size());
          yield null;
        }
        case CommitInfo info -> {
          boolean second = commitInfo != null;
          commitInfo = info;
          startsWithCommitInfo = position == 1;
          yield second ? "commitInfo" : null;
        }
        case Protocol given -> {
          boolean second = protocol != null;
          protocol = given;
          yield second ? "protocol" : null;
        }
        case Metadata given -> {
          boolean second = metadata != null;
          metadata = given;
          yield second ? "metaData" : null;
        }
        case DomainMetadata domain ->
            domains.put(domain.domain(), domain) == null
                ? null
                : "domainMetadata of " + domain.domain();
        case SetTransaction transaction ->
            transactions.put(transaction.appId(), transaction) == null
                ? null
                : "txn of " + transaction.appId();
      };
    }

    CommitFile result(long length, String hash) {
      return new CommitFile(
          length,
          hash,
          commitInfo,
          startsWithCommitInfo,
          protocol,
          metadata,
          List.copyOf(domains.values()),
          List.copyOf(transactions.values()),
          added,
          removed,
          changeData,
          dataChange);
    }
  }

  /** Counts, hashes and bounds what is read through it. */
  private static final class Hashing extends InputStream {
    private final InputStream input;
    private final long maxBytes;
    private final MessageDigest digest = sha256();
    private long length;

    Hashing(InputStream input, long maxBytes) {
      this.input = input;
      this.maxBytes = maxBytes;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int offset, int count) throws IOException {
      int read = input.read(bytes, offset, count);
      if (read > 0) {
        digest.update(bytes, offset, read);
        length += read;
        if (length > maxBytes) {
          throw new DeltaTableException(
              Reason.TOO_LARGE, "the commit is longer than " + maxBytes + " bytes");
        }
      }
      return read;
    }

    long length() {
      return length;
    }

    String hash() {
      return HexFormat.of().formatHex(digest.digest());
    }

    private static MessageDigest sha256() {
      try {
        return MessageDigest.getInstance("SHA-256");
      } catch (NoSuchAlgorithmException e) {
        throw new IllegalStateException(e);
      }
    }
  }
}
