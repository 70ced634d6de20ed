package io.tidegate.sharing.files;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpRange;

/**
 * A part of a file.
 *
 * @param first the first byte's place
 * @param length how many bytes; 0 if the file has none of those asked for
 */
record ByteRange(long first, long length) {

  /**
   * What a {@code Range} header asks for. One that is malformed, in another unit, or asks for
   * several parts is left aside, as HTTP allows: the whole file is the answer then.
   *
   * @param size the file's length
   */
  static Optional<ByteRange> parse(@Nullable String header, long size) {
    List<HttpRange> ranges;
    try {
      ranges = HttpRange.parseRanges(header);
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
    if (ranges.size() != 1) {
      return Optional.empty();
    }
    HttpRange range = ranges.getFirst();
    long first = range.getRangeStart(size);
    long last = Math.min(range.getRangeEnd(size), size - 1);
    return Optional.of(
        first >= size || last < first
            ? new ByteRange(0, 0)
            : new ByteRange(first, last - first + 1));
  }
}
