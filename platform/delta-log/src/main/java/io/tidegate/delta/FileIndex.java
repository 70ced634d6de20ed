package io.tidegate.delta;

import io.tidegate.delta.Action.AddFile;
import io.tidegate.delta.Action.DeletionVector;
import io.tidegate.delta.Action.RemoveFile;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The data files of one version of a table, compact: the actions are kept in compressed blocks, and
 * of each file only a fingerprint of its key (path and deletion vector), its size and the number of
 * its partition outside them. An index never changes; the next version's shares all blocks with it.
 *
 * <p>Files are in parts, each closed when it was made, with a mark on those that were removed
 * since. A new version adds a part; small parts are joined, so that there are never many.
 */
final class FileIndex {
  private static final int BLOCK_FILES = 128;

  /**
   * Below this many files two parts are joined by packing anew, above it by taking their blocks.
   */
  private static final int REPACKED_FILES = 1 << 14;

  private static final FileIndex EMPTY = new FileIndex(List.of());

  private final List<Part> parts;
  private final long files;
  private final long bytes;

  private FileIndex(List<Part> parts) {
    this.parts = List.copyOf(parts);
    long countedFiles = 0;
    long countedBytes = 0;
    for (Part part : this.parts) {
      countedFiles += part.files();
      countedBytes += part.bytes();
    }
    this.files = countedFiles;
    this.bytes = countedBytes;
  }

  /** What to leave out; both may keep a file that does not match, never leave out one that does. */
  interface Filter {
    boolean mayMatch(Map<String, @Nullable String> partitionValues);

    boolean mayMatch(AddFile file);
  }

  static FileIndex empty() {
    return EMPTY;
  }

  /** How many files the table has. */
  long files() {
    return files;
  }

  /** The sizes of all files together, in bytes. */
  long bytes() {
    return bytes;
  }

  /** Whether any file has a deletion vector. */
  boolean hasDeletionVectors() {
    return any(Segment::vectors);
  }

  /** Whether any file, or the deletion vector of one, is not in the table's folder. */
  boolean leadsOutside() {
    return any(Segment::outside);
  }

  private boolean any(Function<Segment, BitSet> marks) {
    for (Part part : parts) {
      BitSet marked = (BitSet) marks.apply(part.segment()).clone();
      marked.andNot(part.gone());
      if (!marked.isEmpty()) {
        return true;
      }
    }
    return false;
  }

  /** About how much memory the index takes, in bytes. */
  long weight() {
    long weight = 64;
    for (Part part : parts) {
      weight += part.segment().weight() + 3L * part.segment().count() / 8;
    }
    return weight;
  }

  Iterator<AddFile> iterator(@Nullable Filter filter) {
    return new Cursor(parts, filter);
  }

  /** Begins the next version. */
  Builder change(URI table) {
    return new Builder(table, parts);
  }

  /** Files that were closed together, and which of them are gone. */
  private record Part(Segment segment, BitSet gone, long bytes) {
    int files() {
      return segment.count() - gone.cardinality();
    }
  }

  /**
   * Files that never change.
   *
   * @param high half of each file's fingerprint
   * @param low the other half
   * @param sizes in bytes
   * @param partitionOf each file's place in {@code partitions}
   * @param vectors which files have a deletion vector
   * @param outside which files, or their deletion vectors, are not in the table's folder
   * @param table where a fingerprint's file is: open addressing, place + 1, 0 for none
   * @param blocks the actions, compressed
   * @param blockStarts the place of each block's first file
   * @param rawLengths the length of each block before compression
   */
  private record Segment(
      int count,
      long[] high,
      long[] low,
      long[] sizes,
      int[] partitionOf,
      BitSet vectors,
      BitSet outside,
      int[] table,
      List<byte[]> blocks,
      int[] blockStarts,
      int[] rawLengths,
      List<Map<String, @Nullable String>> partitions) {

    long weight() {
      long weight = 128 + 28L * count + 4L * table.length + 24L * blocks.size();
      for (byte[] block : blocks) {
        weight += block.length;
      }
      for (Map<String, @Nullable String> partition : partitions) {
        weight += 64;
        for (Map.Entry<String, @Nullable String> entry : partition.entrySet()) {
          String value = entry.getValue();
          weight += 64 + entry.getKey().length() + (value == null ? 0 : value.length());
        }
      }
      return weight;
    }

    int find(long wantedHigh, long wantedLow) {
      return FileIndex.find(table, high, low, wantedHigh, wantedLow);
    }

    int blockEnd(int block) {
      return block + 1 < blockStarts.length ? blockStarts[block + 1] : count;
    }
  }

  /** The place of a fingerprint's file, or -1. */
  private static int find(int[] table, long[] high, long[] low, long wantedHigh, long wantedLow) {
    int mask = table.length - 1;
    for (int slot = (int) wantedLow & mask; table[slot] != 0; slot = (slot + 1) & mask) {
      int place = table[slot] - 1;
      if (high[place] == wantedHigh && low[place] == wantedLow) {
        return place;
      }
    }
    return -1;
  }

  /** Collects the changes that lead to the next version. Not for several threads. */
  static final class Builder {
    private final URI table;
    private final List<Part> before;
    private final @Nullable BitSet[] gone;
    private final long[] goneBytes;
    private final SegmentBuilder added = new SegmentBuilder();
    private final MessageDigest digest = sha256();

    private Builder(URI table, List<Part> before) {
      this.table = table;
      this.before = before;
      this.gone = new BitSet[before.size()];
      this.goneBytes = new long[before.size()];
    }

    /** Adds a file, in place of one with the same path and deletion vector. */
    void add(AddFile file) {
      Fingerprint key = fingerprint(file.path(), file.deletionVector());
      drop(key);
      added.append(key, file, !FilePaths.isInside(table, file));
    }

    /** Removes a file; one that is not there is fine. */
    void remove(RemoveFile file) {
      drop(fingerprint(file.path(), file.deletionVector()));
    }

    FileIndex build() {
      List<Part> parts = new ArrayList<>(before.size() + 1);
      for (int i = 0; i < before.size(); i++) {
        Part part = before.get(i);
        BitSet marks = gone[i];
        keep(
            parts,
            marks == null ? part : new Part(part.segment(), marks, part.bytes() - goneBytes[i]));
      }
      keep(parts, added.close());
      while (parts.size() > 1) {
        Part last = parts.getLast();
        Part previous = parts.get(parts.size() - 2);
        if (2L * last.segment().count() < previous.segment().count()) {
          break;
        }
        parts.removeLast();
        parts.removeLast();
        parts.add(join(previous, last));
      }
      return new FileIndex(parts);
    }

    private static void keep(List<Part> parts, Part part) {
      int files = part.files();
      if (files > 0) {
        parts.add(2L * files < part.segment().count() ? repack(List.of(part)) : part);
      }
    }

    private void drop(Fingerprint key) {
      if (added.remove(key)) {
        return;
      }
      for (int i = before.size() - 1; i >= 0; i--) {
        Part part = before.get(i);
        int place = part.segment().find(key.high(), key.low());
        BitSet marks = gone[i];
        if (place < 0 || (marks == null ? part.gone() : marks).get(place)) {
          continue;
        }
        if (marks == null) {
          marks = (BitSet) part.gone().clone();
          gone[i] = marks;
        }
        marks.set(place);
        goneBytes[i] += part.segment().sizes()[place];
        return;
      }
    }

    private Fingerprint fingerprint(String path, @Nullable DeletionVector vector) {
      digest.update(FilePaths.canonical(table, path).getBytes(StandardCharsets.UTF_8));
      if (vector != null) {
        digest.update((byte) 0);
        digest.update(vector.uniqueId().getBytes(StandardCharsets.UTF_8));
      }
      byte[] hash = digest.digest();
      return new Fingerprint(number(hash, 0), number(hash, 8));
    }
  }

  /** The first 128 bits of a key's SHA-256: as good as the key itself. */
  private record Fingerprint(long high, long low) {}

  private static long number(byte[] bytes, int from) {
    long value = 0;
    for (int i = from; i < from + 8; i++) {
      value = value << 8 | (bytes[i] & 0xff);
    }
    return value;
  }

  private static Part join(Part first, Part second) {
    int count = first.segment().count() + second.segment().count();
    return count <= REPACKED_FILES ? repack(List.of(first, second)) : concatenate(first, second);
  }

  private static Part repack(List<Part> parts) {
    SegmentBuilder builder = new SegmentBuilder();
    for (Part part : parts) {
      Segment segment = part.segment();
      FileBlock.Reader entries = new FileBlock.Reader();
      for (int block = 0; block < segment.blocks().size(); block++) {
        entries.open(segment.blocks().get(block), segment.rawLengths()[block]);
        for (int place = segment.blockStarts()[block]; place < segment.blockEnd(block); place++) {
          if (part.gone().get(place)) {
            entries.skip();
          } else {
            builder.append(
                new Fingerprint(segment.high()[place], segment.low()[place]),
                entries.next(segment.partitions().get(segment.partitionOf()[place])),
                segment.outside().get(place));
          }
        }
      }
    }
    return builder.close();
  }

  private static Part concatenate(Part first, Part second) {
    Segment a = first.segment();
    Segment b = second.segment();
    int count = a.count() + b.count();
    Map<Map<String, @Nullable String>, Integer> places = new HashMap<>();
    List<Map<String, @Nullable String>> partitions = new ArrayList<>(a.partitions());
    for (int i = 0; i < partitions.size(); i++) {
      places.put(partitions.get(i), i);
    }
    int[] moved = new int[b.partitions().size()];
    for (int i = 0; i < moved.length; i++) {
      moved[i] = place(b.partitions().get(i), places, partitions);
    }
    long[] high = joined(a.high(), b.high());
    long[] low = joined(a.low(), b.low());
    int[] partitionOf = Arrays.copyOf(a.partitionOf(), count);
    for (int i = 0; i < b.count(); i++) {
      partitionOf[a.count() + i] = moved[b.partitionOf()[i]];
    }
    int[] blockStarts = Arrays.copyOf(a.blockStarts(), a.blocks().size() + b.blocks().size());
    for (int i = 0; i < b.blocks().size(); i++) {
      blockStarts[a.blocks().size() + i] = a.count() + b.blockStarts()[i];
    }
    int[] rawLengths = Arrays.copyOf(a.rawLengths(), blockStarts.length);
    System.arraycopy(b.rawLengths(), 0, rawLengths, a.blocks().size(), b.blocks().size());
    List<byte[]> blocks = new ArrayList<>(a.blocks());
    blocks.addAll(b.blocks());
    int[] table = new int[tableLength(count)];
    for (int place = 0; place < count; place++) {
      // A key may be in both, gone in the first: the later one is found.
      enter(table, high, low, place);
    }
    return new Part(
        new Segment(
            count,
            high,
            low,
            joined(a.sizes(), b.sizes()),
            partitionOf,
            joined(a.vectors(), a.count(), b.vectors()),
            joined(a.outside(), a.count(), b.outside()),
            table,
            List.copyOf(blocks),
            blockStarts,
            rawLengths,
            List.copyOf(partitions)),
        joined(first.gone(), a.count(), second.gone()),
        first.bytes() + second.bytes());
  }

  private static BitSet joined(BitSet first, int firstLength, BitSet second) {
    BitSet both = (BitSet) first.clone();
    second.stream().forEach(place -> both.set(firstLength + place));
    return both;
  }

  private static long[] joined(long[] first, long[] second) {
    long[] both = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, both, first.length, second.length);
    return both;
  }

  private static int place(
      Map<String, @Nullable String> partition,
      Map<Map<String, @Nullable String>, Integer> places,
      List<Map<String, @Nullable String>> partitions) {
    Integer known = places.putIfAbsent(partition, partitions.size());
    if (known != null) {
      return known;
    }
    partitions.add(partition);
    return partitions.size() - 1;
  }

  private static int tableLength(int count) {
    return Math.max(4, Integer.highestOneBit(Math.max(1, count)) * 4);
  }

  private static void enter(int[] table, long[] high, long[] low, int place) {
    int mask = table.length - 1;
    int slot = (int) low[place] & mask;
    while (table[slot] != 0) {
      int other = table[slot] - 1;
      if (high[other] == high[place] && low[other] == low[place]) {
        break;
      }
      slot = (slot + 1) & mask;
    }
    table[slot] = place + 1;
  }

  /** A part in the making. */
  private static final class SegmentBuilder {
    private int count;
    private long liveBytes;
    private long[] high = new long[16];
    private long[] low = new long[16];
    private long[] sizes = new long[16];
    private int[] partitionOf = new int[16];
    private int[] table = new int[64];
    private final BitSet vectors = new BitSet();
    private final BitSet outside = new BitSet();
    private final BitSet gone = new BitSet();
    private final List<byte[]> blocks = new ArrayList<>();
    private int[] blockStarts = new int[4];
    private int[] rawLengths = new int[4];
    private final Map<Map<String, @Nullable String>, Integer> partitionPlaces = new HashMap<>();
    private final List<Map<String, @Nullable String>> partitions = new ArrayList<>();
    private final FileBlock.Writer block = new FileBlock.Writer();
    private int blockStart;

    void append(Fingerprint key, AddFile file, boolean isOutside) {
      if (count == high.length) {
        int larger = Math.multiplyExact(count, 2);
        high = Arrays.copyOf(high, larger);
        low = Arrays.copyOf(low, larger);
        sizes = Arrays.copyOf(sizes, larger);
        partitionOf = Arrays.copyOf(partitionOf, larger);
        table = new int[tableLength(larger)];
        for (int place = 0; place < count; place++) {
          enter(table, high, low, place);
        }
      }
      high[count] = key.high();
      low[count] = key.low();
      sizes[count] = file.size();
      partitionOf[count] = place(file.partitionValues(), partitionPlaces, partitions);
      vectors.set(count, file.deletionVector() != null);
      outside.set(count, isOutside);
      enter(table, high, low, count);
      liveBytes += file.size();
      block.write(file);
      count++;
      if (count - blockStart == BLOCK_FILES) {
        closeBlock();
      }
    }

    boolean remove(Fingerprint key) {
      int place = find(table, high, low, key.high(), key.low());
      if (place < 0 || gone.get(place)) {
        return false;
      }
      gone.set(place);
      liveBytes -= sizes[place];
      return true;
    }

    private void closeBlock() {
      int number = blocks.size();
      if (number == blockStarts.length) {
        blockStarts = Arrays.copyOf(blockStarts, number * 2);
        rawLengths = Arrays.copyOf(rawLengths, number * 2);
      }
      blockStarts[number] = blockStart;
      rawLengths[number] = block.length();
      blocks.add(block.compress());
      blockStart = count;
    }

    Part close() {
      if (blockStart < count) {
        closeBlock();
      }
      int[] fitting = new int[tableLength(count)];
      for (int place = 0; place < count; place++) {
        enter(fitting, high, low, place);
      }
      return new Part(
          new Segment(
              count,
              Arrays.copyOf(high, count),
              Arrays.copyOf(low, count),
              Arrays.copyOf(sizes, count),
              Arrays.copyOf(partitionOf, count),
              vectors,
              outside,
              fitting,
              List.copyOf(blocks),
              Arrays.copyOf(blockStarts, blocks.size()),
              Arrays.copyOf(rawLengths, blocks.size()),
              List.copyOf(partitions)),
          gone,
          liveBytes);
    }
  }

  /** Walks over the files, one block unpacked at a time. */
  private static final class Cursor implements Iterator<AddFile> {
    private final List<Part> parts;
    private final @Nullable Filter filter;
    private final FileBlock.Reader entries = new FileBlock.Reader();
    private int part = -1;
    private int block;
    private int place;
    private int blockEnd;
    private BitSet wanted = new BitSet();
    private @Nullable AddFile next;

    Cursor(List<Part> parts, @Nullable Filter filter) {
      this.parts = parts;
      this.filter = filter;
    }

    @Override
    public boolean hasNext() {
      while (next == null) {
        if (place == blockEnd && !openBlock()) {
          return false;
        }
        Segment segment = parts.get(part).segment();
        if (wanted.get(place)) {
          AddFile file = entries.next(segment.partitions().get(segment.partitionOf()[place]));
          if (filter == null || filter.mayMatch(file)) {
            next = file;
          }
        } else {
          entries.skip();
        }
        place++;
      }
      return true;
    }

    @Override
    public AddFile next() {
      if (!hasNext()) {
        throw new NoSuchElementException();
      }
      AddFile file = next;
      next = null;
      if (file == null) {
        throw new NoSuchElementException();
      }
      return file;
    }

    /** Goes to the next block that holds a wanted file. */
    private boolean openBlock() {
      while (true) {
        while (part < 0 || block == parts.get(part).segment().blocks().size()) {
          if (part + 1 == parts.size()) {
            return false;
          }
          part++;
          block = 0;
          wanted = wanted(parts.get(part));
        }
        Segment segment = parts.get(part).segment();
        int start = segment.blockStarts()[block];
        int end = segment.blockEnd(block);
        int first = wanted.nextSetBit(start);
        if (first >= 0 && first < end) {
          entries.open(segment.blocks().get(block), segment.rawLengths()[block]);
          place = start;
          blockEnd = end;
          block++;
          return true;
        }
        block++;
      }
    }

    private BitSet wanted(Part part) {
      Segment segment = part.segment();
      BitSet live = (BitSet) part.gone().clone();
      live.flip(0, segment.count());
      if (filter == null) {
        return live;
      }
      BitSet partitions = new BitSet();
      for (int i = 0; i < segment.partitions().size(); i++) {
        partitions.set(i, filter.mayMatch(segment.partitions().get(i)));
      }
      if (partitions.cardinality() < segment.partitions().size()) {
        for (int i = live.nextSetBit(0); i >= 0; i = live.nextSetBit(i + 1)) {
          live.set(i, partitions.get(segment.partitionOf()[i]));
        }
      }
      return live;
    }
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
