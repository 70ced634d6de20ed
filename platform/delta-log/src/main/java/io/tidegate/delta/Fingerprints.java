package io.tidegate.delta;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** A set of texts of which only a hash is kept, eight bytes of each. */
final class Fingerprints {
  private static final int FIRST_SLOTS = 64;

  private final MessageDigest digest = sha256();

  /** Open addressing; 0 for an empty slot. */
  private long[] slots = new long[FIRST_SLOTS];

  private int size;

  /** Adds a text; false if it is there already. */
  boolean add(String text) {
    if (size * 4L > slots.length * 3L) {
      grow();
    }
    int slot = slot(slots, hash(text));
    if (slots[slot] != 0) {
      return false;
    }
    slots[slot] = hash(text);
    size++;
    return true;
  }

  boolean contains(String text) {
    return slots[slot(slots, hash(text))] != 0;
  }

  /** Where a hash is, or would be put. */
  private static int slot(long[] slots, long hash) {
    int slot = (int) (hash >>> 32) & slots.length - 1;
    while (slots[slot] != 0 && slots[slot] != hash) {
      slot = slot + 1 & slots.length - 1;
    }
    return slot;
  }

  private void grow() {
    long[] larger = new long[slots.length * 2];
    for (long hash : slots) {
      if (hash != 0) {
        larger[slot(larger, hash)] = hash;
      }
    }
    slots = larger;
  }

  private long hash(String text) {
    long hash = ByteBuffer.wrap(digest.digest(text.getBytes(StandardCharsets.UTF_8))).getLong();
    return hash == 0 ? 1 : hash;
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
