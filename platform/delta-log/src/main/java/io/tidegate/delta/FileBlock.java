package io.tidegate.delta;

import com.github.luben.zstd.Zstd;
import io.tidegate.delta.Action.AddFile;
import io.tidegate.delta.Action.DeletionVector;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** How a {@link FileIndex} keeps the actions of some files: packed and compressed together. */
final class FileBlock {
  private static final int COMPRESSION = 1;

  private FileBlock() {}

  /** Packs actions one after another; partition values and size are kept outside. */
  static final class Writer {
    private byte[] bytes = new byte[1 << 12];
    private int length;

    int length() {
      return length;
    }

    byte[] compress() {
      byte[] compressed = new byte[(int) Zstd.compressBound(length)];
      long written =
          Zstd.compressByteArray(compressed, 0, compressed.length, bytes, 0, length, COMPRESSION);
      if (Zstd.isError(written)) {
        throw new IllegalStateException(Zstd.getErrorName(written));
      }
      length = 0;
      return Arrays.copyOf(compressed, (int) written);
    }

    void write(AddFile file) {
      int start = length;
      number(0, 4);
      text(file.path());
      number(file.size(), 8);
      number(file.modificationTime(), 8);
      number(file.dataChange() ? 1 : 0, 1);
      text(file.stats());
      tags(file.tags());
      vector(file.deletionVector());
      optional(file.baseRowId());
      optional(file.defaultRowCommitVersion());
      text(file.clusteringProvider());
      int end = length;
      length = start;
      number(end - start - 4L, 4);
      length = end;
    }

    private void tags(@Nullable Map<String, @Nullable String> tags) {
      if (tags == null) {
        number(-1, 4);
        return;
      }
      number(tags.size(), 4);
      for (Map.Entry<String, @Nullable String> tag : tags.entrySet()) {
        text(tag.getKey());
        text(tag.getValue());
      }
    }

    private void vector(@Nullable DeletionVector vector) {
      if (vector == null) {
        text(null);
        return;
      }
      text(vector.storageType());
      text(vector.pathOrInlineDv());
      Integer offset = vector.offset();
      optional(offset == null ? null : offset.longValue());
      number(vector.sizeInBytes(), 4);
      number(vector.cardinality(), 8);
    }

    private void optional(@Nullable Long value) {
      number(value == null ? 0 : 1, 1);
      if (value != null) {
        number(value, 8);
      }
    }

    private void text(@Nullable String text) {
      if (text == null) {
        number(-1, 4);
        return;
      }
      byte[] encoded = text.getBytes(StandardCharsets.UTF_8);
      number(encoded.length, 4);
      reserve(encoded.length);
      System.arraycopy(encoded, 0, bytes, length, encoded.length);
      length += encoded.length;
    }

    private void number(long value, int size) {
      reserve(size);
      for (int i = 0; i < size; i++) {
        bytes[length++] = (byte) (value >>> (8 * i));
      }
    }

    private void reserve(int more) {
      if (length + more > bytes.length) {
        bytes = Arrays.copyOf(bytes, Math.max(length + more, Math.multiplyExact(bytes.length, 2)));
      }
    }
  }

  /** Unpacks one block's actions in order. */
  static final class Reader {
    private byte[] bytes = new byte[0];
    private int position;

    /**
     * Begins with a block.
     *
     * @param length of the block before it was compressed
     */
    void open(byte[] compressed, int length) {
      if (bytes.length < length) {
        bytes = new byte[length];
      }
      long read = Zstd.decompressByteArray(bytes, 0, length, compressed, 0, compressed.length);
      if (Zstd.isError(read) || read != length) {
        throw new IllegalStateException("A block of the file index cannot be unpacked");
      }
      position = 0;
    }

    void skip() {
      int length = (int) number(4);
      position += length;
    }

    AddFile next(Map<String, @Nullable String> partitionValues) {
      position += 4;
      String path = required();
      long size = number(8);
      long modificationTime = number(8);
      boolean dataChange = number(1) == 1;
      return new AddFile(
          path,
          partitionValues,
          size,
          modificationTime,
          dataChange,
          text(),
          tags(),
          vector(),
          optional(),
          optional(),
          text());
    }

    private @Nullable Map<String, @Nullable String> tags() {
      int count = (int) number(4);
      if (count < 0) {
        return null;
      }
      Map<String, @Nullable String> tags = new LinkedHashMap<>();
      for (int i = 0; i < count; i++) {
        tags.put(required(), text());
      }
      return tags;
    }

    private @Nullable DeletionVector vector() {
      String storageType = text();
      if (storageType == null) {
        return null;
      }
      String path = required();
      Long offset = optional();
      return new DeletionVector(
          storageType, path, offset == null ? null : offset.intValue(), (int) number(4), number(8));
    }

    private @Nullable Long optional() {
      return number(1) == 0 ? null : number(8);
    }

    private String required() {
      String text = text();
      if (text == null) {
        throw new IllegalStateException("A block of the file index is damaged");
      }
      return text;
    }

    private @Nullable String text() {
      int length = (int) number(4);
      if (length < 0) {
        return null;
      }
      String text = new String(bytes, position, length, StandardCharsets.UTF_8);
      position += length;
      return text;
    }

    /** Little-endian; one of four bytes keeps its sign. */
    private long number(int size) {
      long value = 0;
      for (int i = 0; i < size; i++) {
        value |= (bytes[position++] & 0xffL) << (8 * i);
      }
      return size == 4 ? (int) value : value;
    }
  }
}
