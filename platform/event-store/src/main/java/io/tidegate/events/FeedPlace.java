package io.tidegate.events;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.Comparator;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/**
 * What a {@link FeedCursor} says: the place of an event in the feed's order.
 *
 * @param epoch the feed epoch
 * @param txid the transaction id under which the event is ordered
 * @param position orders events of the same transaction id
 */
record FeedPlace(int epoch, long txid, long position) implements Comparable<FeedPlace> {
  /** Before the first event. */
  static final FeedPlace START = new FeedPlace(0, 0, 0);

  private static final byte FORMAT = 1;
  private static final int LENGTH = 1 + Integer.BYTES + Long.BYTES + Long.BYTES + Integer.BYTES;
  private static final Comparator<FeedPlace> ORDER =
      Comparator.comparingInt(FeedPlace::epoch)
          .thenComparingLong(FeedPlace::txid)
          .thenComparingLong(FeedPlace::position);

  @Override
  public int compareTo(FeedPlace other) {
    return ORDER.compare(this, other);
  }

  /** The cursor that stands for this place in the feed of a schema. */
  FeedCursor cursor(String schema) {
    if (equals(START)) {
      return FeedCursor.START;
    }
    ByteBuffer bytes =
        ByteBuffer.allocate(LENGTH).put(FORMAT).putInt(epoch).putLong(txid).putLong(position);
    bytes.putInt(checksum(schema, bytes.array()));
    return new FeedCursor(Base64.getUrlEncoder().withoutPadding().encodeToString(bytes.array()));
  }

  /**
   * The place that a cursor stands for.
   *
   * @throws IllegalArgumentException if the feed of this schema never handed it out
   */
  static FeedPlace of(FeedCursor cursor, String schema) {
    if (cursor.equals(FeedCursor.START)) {
      return START;
    }
    byte[] bytes;
    try {
      bytes = Base64.getUrlDecoder().decode(cursor.value());
    } catch (IllegalArgumentException e) {
      throw foreign(e);
    }
    if (bytes.length != LENGTH) {
      throw foreign(null);
    }
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    byte format = buffer.get();
    FeedPlace place = new FeedPlace(buffer.getInt(), buffer.getLong(), buffer.getLong());
    if (format != FORMAT || buffer.getInt() != checksum(schema, bytes)) {
      throw foreign(null);
    }
    return place;
  }

  // Tells a mistyped cursor, and one of another feed, from one of this feed; it keeps no secret.
  private static int checksum(String schema, byte[] bytes) {
    CRC32 crc = new CRC32();
    crc.update(schema.getBytes(StandardCharsets.UTF_8));
    crc.update(Arrays.copyOf(bytes, LENGTH - Integer.BYTES));
    return (int) crc.getValue();
  }

  private static IllegalArgumentException foreign(@Nullable Throwable cause) {
    return new IllegalArgumentException("Not a cursor of this feed", cause);
  }
}
