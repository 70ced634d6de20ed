package io.tidegate.delta;

import java.net.URI;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where the files of one table's log are, and what their names say (Delta protocol, section "Delta
 * Table Specification", "Checkpoint naming" and "Catalog-managed tables").
 *
 * @param table the table's folder, always with a slash at its end
 */
public record LogPaths(URI table) {
  private static final Pattern COMMIT = Pattern.compile("(\\d{20})\\.json");
  private static final Pattern STAGED =
      Pattern.compile("(\\d{20})\\.([0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})\\.json");
  private static final Pattern CLASSIC_CHECKPOINT =
      Pattern.compile("(\\d{20})\\.checkpoint\\.parquet");
  private static final Pattern CHECKPOINT_PART =
      Pattern.compile("(\\d{20})\\.checkpoint\\.(\\d{10})\\.(\\d{10})\\.parquet");
  private static final Pattern UUID_CHECKPOINT =
      Pattern.compile("(\\d{20})\\.checkpoint\\.[0-9a-fA-F-]{36}\\.(?:json|parquet)");
  private static final Pattern COMPACTED =
      Pattern.compile("(\\d{20})\\.(\\d{20})\\.compacted\\.json");
  private static final Pattern CHECKSUM = Pattern.compile("(\\d{20})\\.crc");

  /** What a file in a table's log is, by its name. */
  public sealed interface LogFile {
    /** The version that the file is of; of a compacted one the last. */
    long version();
  }

  /** A published commit. */
  public record Commit(long version) implements LogFile {}

  /** A staged commit; the version in its name is the one that counts. */
  public record Staged(long version, UUID uuid) implements LogFile {}

  /**
   * A checkpoint, or a part of one.
   *
   * @param part from 1
   */
  public record Checkpoint(long version, int part, int parts) implements LogFile {}

  /** A log compaction of several commits. */
  public record Compacted(long firstVersion, long version) implements LogFile {}

  /** A version checksum. */
  public record Checksum(long version) implements LogFile {}

  public LogPaths {
    String text = table.toString();
    if (!text.endsWith("/")) {
      table = URI.create(text + "/");
    }
  }

  /** The folder of the log. */
  public URI log() {
    return URI.create(table + "_delta_log/");
  }

  /** The folder of staged commits. */
  public URI stagedCommits() {
    return URI.create(table + "_delta_log/_staged_commits/");
  }

  /** A published commit. */
  public URI published(long version) {
    return URI.create(log() + padded(version) + ".json");
  }

  /** A staged commit. */
  public URI staged(long version, UUID uuid) {
    return staged(stagedName(version, uuid));
  }

  /**
   * A staged commit.
   *
   * @param fileName its name below {@code _staged_commits/}
   * @throws IllegalArgumentException if that is not the name of a staged commit
   */
  public URI staged(String fileName) {
    if (parseStaged(fileName).isEmpty()) {
      throw new IllegalArgumentException("Not the name of a staged commit: " + fileName);
    }
    return URI.create(stagedCommits() + fileName);
  }

  /** The name of a staged commit below {@code _staged_commits/}. */
  public static String stagedName(long version, UUID uuid) {
    return padded(version) + "." + uuid + ".json";
  }

  /**
   * What the name of a file in {@code _staged_commits/} says; empty if it is of no staged commit.
   */
  public static Optional<Staged> parseStaged(String fileName) {
    Matcher staged = STAGED.matcher(fileName);
    return staged.matches()
        ? version(staged, 1).map(version -> new Staged(version, UUID.fromString(staged.group(2))))
        : Optional.empty();
  }

  /** What the name of a file in {@code _delta_log/} says; empty if it is none of the log's own. */
  public static Optional<LogFile> parse(String fileName) {
    Matcher commit = COMMIT.matcher(fileName);
    if (commit.matches()) {
      return version(commit, 1).map(Commit::new);
    }
    Matcher classic = CLASSIC_CHECKPOINT.matcher(fileName);
    if (classic.matches()) {
      return version(classic, 1).map(version -> new Checkpoint(version, 1, 1));
    }
    Matcher part = CHECKPOINT_PART.matcher(fileName);
    if (part.matches()) {
      return checkpointPart(part);
    }
    Matcher uuid = UUID_CHECKPOINT.matcher(fileName);
    if (uuid.matches()) {
      return version(uuid, 1).map(version -> new Checkpoint(version, 1, 1));
    }
    Matcher compacted = COMPACTED.matcher(fileName);
    if (compacted.matches()) {
      return version(compacted, 1)
          .flatMap(first -> version(compacted, 2).map(last -> new Compacted(first, last)));
    }
    Matcher checksum = CHECKSUM.matcher(fileName);
    return checksum.matches() ? version(checksum, 1).map(Checksum::new) : Optional.empty();
  }

  /** A text that sorts before the name of every file of a version and after those of lower ones. */
  URI before(long version) {
    return URI.create(log() + padded(version));
  }

  URI lastCheckpoint() {
    return URI.create(log() + "_last_checkpoint");
  }

  static String nameOf(URI uri) {
    String text = uri.toString();
    return text.substring(text.lastIndexOf('/') + 1);
  }

  private static Optional<LogFile> checkpointPart(Matcher matcher) {
    long part = Long.parseLong(matcher.group(2));
    long parts = Long.parseLong(matcher.group(3));
    if (part < 1 || part > parts || parts > Integer.MAX_VALUE) {
      return Optional.empty();
    }
    return version(matcher, 1).map(version -> new Checkpoint(version, (int) part, (int) parts));
  }

  // Twenty digits can say more than a long holds; no table is there.
  private static Optional<Long> version(Matcher matcher, int group) {
    try {
      return Optional.of(Long.parseLong(matcher.group(group)));
    } catch (NumberFormatException e) {
      return Optional.empty();
    }
  }

  private static String padded(long version) {
    if (version < 0) {
      throw new IllegalArgumentException("Version " + version);
    }
    return String.format(Locale.ROOT, "%020d", version);
  }
}
