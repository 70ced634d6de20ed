package io.tidegate.delta;

import io.delta.kernel.internal.deletionvectors.Base85Codec;
import io.tidegate.delta.Action.AddFile;
import io.tidegate.delta.Action.DeletionVector;
import io.tidegate.delta.DeltaTableException.Reason;
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/** The paths of data files, as a log writes them (Delta protocol, section "Add File"). */
final class FilePaths {
  private static final int ENCODED_UUID = 20;

  /** What file systems take. */
  private static final int MAX_PATH = 4096;

  /** Of the portable form, and of the older one that the protocol's own example has. */
  private static final Set<Integer> VECTOR_MAGIC = Set.of(1681511377, 1681511376);

  private FilePaths() {}

  /** Where a path leads: relative ones from the table's folder, absolute ones as they are. */
  static URI resolve(URI table, String path) {
    String legal = escapeIllegal(path);
    if (hasScheme(path)) {
      return URI.create(legal);
    }
    if (path.startsWith("/")) {
      String authority = table.getRawAuthority();
      return URI.create(table.getScheme() + "://" + (authority == null ? "" : authority) + legal);
    }
    return URI.create(table + legal);
  }

  /** Whether a file and its deletion vector are in the table's folder, and have valid paths. */
  static boolean isInside(URI table, AddFile file) {
    DeletionVector vector = file.deletionVector();
    try {
      return isInside(table, file.path())
          && (vector == null
              || resolve(table, vector).map(uri -> isInside(table, uri)).orElse(true));
    } catch (IllegalArgumentException | DeltaTableException e) {
      return false;
    }
  }

  /**
   * Why a path that a commit writes cannot be that of a file of its table; empty if it can.
   *
   * @return goes after the path in a message
   */
  static Optional<String> fault(URI table, String path) {
    if (path.isEmpty() || path.length() > MAX_PATH) {
      return Optional.of("is no path: it must have 1 to " + MAX_PATH + " characters");
    }
    URI uri;
    try {
      uri = new URI(path);
    } catch (URISyntaxException e) {
      return Optional.of("is no URI, which a path must be: " + e.getReason());
    }
    if (uri.isOpaque()) {
      return Optional.of("begins with a scheme; in a name a colon is written %3A");
    }
    if (uri.getRawQuery() != null || uri.getRawFragment() != null) {
      return Optional.of("has a query or a fragment; in a name ? is written %3F and # is %23");
    }
    if (!isInside(table, path)) {
      return Optional.of("leads out of the table's folder, where all files of the table must be");
    }
    String relative = canonical(table, path);
    if (relative.isEmpty() || ("/" + relative + "/").contains("//")) {
      return Optional.of("is not the path of a file: a part of it is empty");
    }
    if (relative.codePoints().anyMatch(Character::isISOControl)) {
      return Optional.of("holds a control character");
    }
    if (relative.startsWith("_delta_log/") || relative.equals("_delta_log")) {
      return Optional.of("is in the folder of the log");
    }
    return Optional.empty();
  }

  /** As above, of a deletion vector: the message begins with the name of the field. */
  static Optional<String> fault(URI table, DeletionVector vector) {
    if (vector.sizeInBytes() < 0) {
      return Optional.of("sizeInBytes is " + vector.sizeInBytes() + ", but no size is below 0");
    }
    if (vector.cardinality() < 0) {
      return Optional.of("cardinality is " + vector.cardinality() + ", but no number is below 0");
    }
    Integer offset = vector.offset();
    if (offset != null && (offset < 0 || vector.storageType().equals("i"))) {
      return Optional.of(
          "offset is %d, but it is never below 0, and absent from a vector in the log itself"
              .formatted(offset));
    }
    String given = vector.pathOrInlineDv();
    return switch (vector.storageType()) {
      case "i" ->
          isInline(given, vector.sizeInBytes())
              ? Optional.empty()
              : Optional.of("pathOrInlineDv is no deletion vector of the size sizeInBytes");
      case "p" -> fault(table, given).map(fault -> "pathOrInlineDv " + shown(given) + " " + fault);
      case "u" -> {
        String path;
        try {
          path = vectorPath(given);
        } catch (DeltaTableException e) {
          yield Optional.of("pathOrInlineDv " + shown(given) + " does not end with a UUID");
        }
        yield fault(table, path).map(fault -> "pathOrInlineDv " + shown(given) + " " + fault);
      }
      default ->
          Optional.of(
              "storageType is "
                  + shown(vector.storageType())
                  + ", but it is u, i or p: relative, inline or a path");
    };
  }

  private static String shown(String text) {
    return CommitRules.shown(text);
  }

  /** Section "Deletion Vector Format", as far as its first number. */
  private static boolean isInline(String encoded, int size) {
    try {
      byte[] bytes = Base85Codec.decodeBytes(encoded, size);
      int first = size < Integer.BYTES ? 0 : ByteBuffer.wrap(bytes).getInt();
      return bytes.length == size
          && (size == 0
              || VECTOR_MAGIC.contains(first)
              || VECTOR_MAGIC.contains(Integer.reverseBytes(first)));
    } catch (RuntimeException e) {
      return false;
    }
  }

  private static boolean isInside(URI table, String path) {
    boolean plain =
        !path.startsWith("/")
            && !path.startsWith(".")
            && !path.contains("/.")
            && path.indexOf('%') < 0
            && !hasScheme(path);
    return plain || isInside(table, resolve(table, path));
  }

  private static boolean isInside(URI table, URI file) {
    String root = withoutEmptyAuthority(table.toString());
    String text = withoutEmptyAuthority(file.toString());
    if (!text.startsWith(root)) {
      return false;
    }
    for (String segment : file.getPath().split("/", -1)) {
      if (segment.equals(".") || segment.equals("..")) {
        return false;
      }
    }
    return true;
  }

  /** Where a deletion vector is (Delta protocol, "Deletion Vectors"); empty for an inline one. */
  static Optional<URI> resolve(URI table, DeletionVector vector) {
    return switch (vector.storageType()) {
      case "i" -> Optional.empty();
      case "p" -> Optional.of(resolve(table, vector.pathOrInlineDv()));
      case "u" -> Optional.of(resolve(table, vectorPath(vector.pathOrInlineDv())));
      default ->
          throw new DeltaTableException(
              Reason.CORRUPT, "A deletion vector has the storage type " + vector.storageType());
    };
  }

  /** A prefix of any length, then a UUID in 20 characters of base 85. */
  private static String vectorPath(String encoded) {
    int split = encoded.length() - ENCODED_UUID;
    if (split < 0) {
      throw new DeltaTableException(Reason.CORRUPT, "A deletion vector has the path " + encoded);
    }
    UUID uuid;
    try {
      uuid = Base85Codec.decodeUUID(encoded.substring(split));
    } catch (RuntimeException e) {
      throw new DeltaTableException(Reason.CORRUPT, "A deletion vector has the path " + encoded, e);
    }
    String name = "deletion_vector_" + uuid + ".bin";
    return split == 0 ? name : encoded.substring(0, split) + "/" + name;
  }

  /**
   * The text by which two paths of one table are the same file: escapes decoded, and relative to
   * the table where it is inside.
   */
  static String canonical(URI table, String path) {
    boolean scheme = hasScheme(path);
    if (!scheme && !path.startsWith("/")) {
      return decode(path);
    }
    String absolute = decode(scheme ? path : table.getScheme() + ":" + path);
    String plain = withoutEmptyAuthority(absolute);
    String root = withoutEmptyAuthority(decode(table.toString()));
    return plain.startsWith(root) ? plain.substring(root.length()) : plain;
  }

  /** {@code file:///x} and {@code file:/x} are the same. */
  private static String withoutEmptyAuthority(String uri) {
    int colon = uri.indexOf(':');
    return uri.startsWith("///", colon + 1)
        ? uri.substring(0, colon + 1) + uri.substring(colon + 3)
        : uri;
  }

  /** Whether a path begins with a URI scheme and a slash; a colon alone may be part of a name. */
  private static boolean hasScheme(String path) {
    for (int i = 0; i < path.length(); i++) {
      char c = path.charAt(i);
      if (c == ':') {
        return i > 0 && path.startsWith("/", i + 1);
      }
      boolean letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
      boolean later = (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.';
      if (!letter && (i == 0 || !later)) {
        return false;
      }
    }
    return false;
  }

  private static String decode(String path) {
    if (path.indexOf('%') < 0) {
      return path;
    }
    byte[] bytes = path.getBytes(StandardCharsets.UTF_8);
    ByteArrayOutputStream decoded = new ByteArrayOutputStream(bytes.length);
    for (int i = 0; i < bytes.length; i++) {
      int high = i + 2 < bytes.length ? Character.digit(bytes[i + 1], 16) : -1;
      int low = i + 2 < bytes.length ? Character.digit(bytes[i + 2], 16) : -1;
      if (bytes[i] == '%' && high >= 0 && low >= 0) {
        decoded.write(high * 16 + low);
        i += 2;
      } else {
        decoded.write(bytes[i]);
      }
    }
    return decoded.toString(StandardCharsets.UTF_8);
  }

  /** Escapes what a writer should have escaped: all that a URI cannot hold. */
  private static String escapeIllegal(String path) {
    StringBuilder escaped = null;
    byte[] bytes = path.getBytes(StandardCharsets.UTF_8);
    for (int i = 0; i < bytes.length; i++) {
      int b = bytes[i] & 0xff;
      boolean escape =
          b <= ' '
              || b >= 0x7f
              || "\"#<>?[\\]^`{|}".indexOf(b) >= 0
              || (b == '%' && !isEscape(bytes, i));
      if (escape && escaped == null) {
        escaped = new StringBuilder(new String(bytes, 0, i, StandardCharsets.UTF_8));
      }
      if (escaped != null) {
        if (escape) {
          escaped.append('%');
          escaped.append(Character.toUpperCase(Character.forDigit(b >> 4, 16)));
          escaped.append(Character.toUpperCase(Character.forDigit(b & 15, 16)));
        } else {
          escaped.append((char) b);
        }
      }
    }
    return escaped == null ? path : escaped.toString();
  }

  private static boolean isEscape(byte[] bytes, int at) {
    return at + 2 < bytes.length
        && Character.digit(bytes[at + 1], 16) >= 0
        && Character.digit(bytes[at + 2], 16) >= 0;
  }
}
