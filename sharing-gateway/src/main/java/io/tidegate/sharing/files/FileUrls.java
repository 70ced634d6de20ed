package io.tidegate.sharing.files;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import javax.crypto.Mac;
import org.springframework.stereotype.Component;

/**
 * URLs of data files that the gateway serves itself. A URL is good for one file of one table in one
 * share, for the bearer token that asked for it, until it expires; an HMAC-SHA256 holds all of that
 * together. It says where the file is below the table's folder only.
 *
 * <p>The signature's parameter is called as that of S3, because clients know by the parameter's
 * name that a URL needs no other credentials.
 */
@Component
public class FileUrls {
  static final String PATH = "/delta-sharing/files";
  static final String SIGNATURE = "X-Amz-Signature";
  private static final int LONGEST_NAME = 100;

  private final SealedText seals;

  FileUrls(SealedText seals) {
    this.seals = seals;
  }

  /**
   * What a URL is good for.
   *
   * @param path of the file below the table's folder, URI-encoded
   * @param expires when the URL stops working, in seconds since the epoch
   */
  record Grant(UUID shareId, UUID tableId, UUID tokenId, String path, long expires) {}

  /**
   * Makes the URLs of one answer; not for several threads.
   *
   * @param baseUrl the installation's address, without a slash at its end
   * @param location the table's folder
   * @param expiresAt when they stop working
   */
  public Signer signer(
      String baseUrl, UUID shareId, UUID tableId, UUID tokenId, URI location, Instant expiresAt) {
    return new Signer(
        seals.mac(),
        baseUrl + PATH + "/" + shareId + "/" + tableId + "/",
        shareId,
        tableId,
        tokenId,
        folder(location),
        expiresAt.getEpochSecond());
  }

  /** Makes the URLs of one answer. */
  public static final class Signer {
    private final Mac mac;
    private final String prefix;
    private final UUID shareId;
    private final UUID tableId;
    private final UUID tokenId;
    private final URI folder;
    private final long expires;

    private Signer(
        Mac mac,
        String prefix,
        UUID shareId,
        UUID tableId,
        UUID tokenId,
        URI folder,
        long expires) {
      this.mac = mac;
      this.prefix = prefix;
      this.shareId = shareId;
      this.tableId = tableId;
      this.tokenId = tokenId;
      this.folder = folder;
      this.expires = expires;
    }

    /**
     * The URL of a file.
     *
     * @throws IllegalArgumentException if the file is not below the table's folder
     */
    public String url(URI file) {
      String path = below(folder, file);
      Grant grant = new Grant(shareId, tableId, tokenId, path, expires);
      return prefix
          + friendlyName(path)
          + "?path="
          + Base64.getUrlEncoder()
              .withoutPadding()
              .encodeToString(path.getBytes(StandardCharsets.UTF_8))
          + "&token="
          + tokenId
          + "&expires="
          + expires
          + "&"
          + SIGNATURE
          + "="
          + HexFormat.of().formatHex(sign(mac, grant));
    }

    /** When the URLs stop working, in milliseconds since the epoch. */
    public long expirationTimestamp() {
      return expires * 1000;
    }
  }

  /** Whether a signature is that of a grant; compared in constant time. */
  boolean isSigned(Grant grant, String signature) {
    byte[] sent;
    try {
      sent = HexFormat.of().parseHex(signature);
    } catch (IllegalArgumentException e) {
      return false;
    }
    return MessageDigest.isEqual(sign(seals.mac(), grant), sent);
  }

  /** The decoded path of a URL's parameter, empty if it is not one. */
  static Optional<String> decodePath(String parameter) {
    try {
      return Optional.of(
          new String(Base64.getUrlDecoder().decode(parameter), StandardCharsets.UTF_8));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /** The name at the end of a URL: for people and for programs that look for an extension. */
  static String friendlyName(String path) {
    String name = path.substring(path.lastIndexOf('/') + 1).replaceAll("[^A-Za-z0-9._-]", "_");
    return name.length() <= LONGEST_NAME ? name : name.substring(name.length() - LONGEST_NAME);
  }

  static URI folder(URI location) {
    String text = location.toString();
    return text.endsWith("/") ? location : URI.create(text + "/");
  }

  private static String below(URI folder, URI file) {
    // file:/x and file:///x are the same place, so the paths are compared.
    String parent = folder.getRawPath();
    String path = file.getRawPath();
    if (parent == null
        || path == null
        || !Objects.equals(folder.getScheme(), file.getScheme())
        || !path.startsWith(parent)) {
      throw new IllegalArgumentException("Not below the table's folder: " + file);
    }
    return path.substring(parent.length());
  }

  private static byte[] sign(Mac mac, Grant grant) {
    // No part before the path can hold a line break, so no two grants give the same text.
    String text =
        "file\0"
            + grant.shareId()
            + "\n"
            + grant.tableId()
            + "\n"
            + grant.tokenId()
            + "\n"
            + grant.expires()
            + "\n"
            + grant.path();
    return mac.doFinal(text.getBytes(StandardCharsets.UTF_8));
  }
}
