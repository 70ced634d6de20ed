package io.tidegate.delta;

import io.tidegate.delta.DeltaTableException.Reason;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectReader;

/** Reads newline-separated JSON line by line, each of bounded length. */
final class CommitLines {
  private static final int FIRST_BUFFER = 1 << 16;

  private final String name;
  private final InputStream input;
  private final int maxLineBytes;
  private final ObjectReader reader;
  private byte[] buffer = new byte[FIRST_BUFFER];
  private int start;
  private int end;
  private boolean ended;
  private long number;

  /**
   * Begins to read lines of a log that is there already.
   *
   * @param name what the input is called in messages; empty for nothing
   */
  CommitLines(String name, InputStream input, int maxLineBytes) {
    this(name, input, maxLineBytes, ActionJson.MAPPER.reader());
  }

  private CommitLines(String name, InputStream input, int maxLineBytes, ObjectReader reader) {
    this.name = name;
    this.input = input;
    this.maxLineBytes = maxLineBytes;
    this.reader = reader;
  }

  /**
   * Begins to read lines that may become part of a log: a field that is there twice, of which some
   * readers see the first and some the last, is no JSON here.
   */
  static CommitLines strict(InputStream input, int maxLineBytes) {
    return new CommitLines(
        "",
        input,
        maxLineBytes,
        ActionJson.MAPPER.reader(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY));
  }

  /** The line that {@link #next} gave last, for a message. */
  String where() {
    return where(number);
  }

  private String where(long line) {
    return (name.isEmpty() ? "line " : name + ", line ") + line;
  }

  /**
   * The action of a line that {@link #next} gave last.
   *
   * @return null for one that is not known
   * @throws DeltaTableException CORRUPT if it is not what the protocol says
   */
  @Nullable Action action(JsonNode line) {
    try {
      return ActionJson.read(line);
    } catch (ActionJson.Malformed e) {
      throw new DeltaTableException(Reason.CORRUPT, where() + ": " + e.getMessage(), e);
    }
  }

  /**
   * The next line that is not blank, parsed.
   *
   * @return null at the end
   * @throws DeltaTableException CORRUPT for what is not JSON, TOO_LARGE for a line over the bound
   */
  @Nullable JsonNode next() throws IOException {
    while (true) {
      int newline = newline();
      int lineEnd = newline < 0 ? end : newline;
      if (newline < 0 && start == end) {
        return null;
      }
      number++;
      int lineStart = start;
      start = newline < 0 ? end : newline + 1;
      if (lineEnd - lineStart > maxLineBytes) {
        throw tooLong(number);
      }
      if (!blank(lineStart, lineEnd)) {
        return parse(lineStart, lineEnd - lineStart);
      }
    }
  }

  private JsonNode parse(int offset, int length) {
    try {
      return reader.readTree(buffer, offset, length);
    } catch (JacksonException e) {
      throw new DeltaTableException(
          Reason.CORRUPT, where() + " is not JSON: " + e.getOriginalMessage(), e);
    }
  }

  /**
   * Where the line that begins at {@code start} ends, after reading as far as that; -1 for none.
   */
  private int newline() throws IOException {
    int from = start;
    while (true) {
      for (int i = from; i < end; i++) {
        if (buffer[i] == '\n') {
          return i;
        }
      }
      if (end - start > maxLineBytes) {
        throw tooLong(number + 1);
      }
      from = end - start;
      if (ended || !fill()) {
        return -1;
      }
      from += start;
    }
  }

  private DeltaTableException tooLong(long line) {
    return new DeltaTableException(
        Reason.TOO_LARGE, where(line) + " is longer than " + maxLineBytes + " bytes");
  }

  private boolean fill() throws IOException {
    if (start > 0) {
      System.arraycopy(buffer, start, buffer, 0, end - start);
      end -= start;
      start = 0;
    }
    if (end == buffer.length) {
      buffer = Arrays.copyOf(buffer, (int) Math.min(2L * buffer.length, Integer.MAX_VALUE - 8L));
    }
    int count = input.read(buffer, end, buffer.length - end);
    if (count < 0) {
      ended = true;
      return false;
    }
    end += count;
    return true;
  }

  private boolean blank(int from, int to) {
    for (int i = from; i < to; i++) {
      if (buffer[i] != ' ' && buffer[i] != '\t' && buffer[i] != '\r') {
        return false;
      }
    }
    return true;
  }
}
