package io.tidegate.sharing.files;

import java.nio.charset.StandardCharsets;
import java.security.InvalidKeyException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Base64;
import java.util.Optional;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.springframework.stereotype.Component;

/** Text that clients carry and cannot change: readable base64url with an HMAC-SHA256. */
@Component
public class SealedText {
  static final String ALGORITHM = "HmacSHA256";
  private static final int SEAL_BYTES = 32;

  private final SigningKey key;

  SealedText(SigningKey key) {
    this.key = key;
  }

  /**
   * Seals a text.
   *
   * @param purpose what was sealed for one purpose is not opened for another
   */
  public String seal(String purpose, String text) {
    byte[] content = text.getBytes(StandardCharsets.UTF_8);
    byte[] seal = seal(purpose, content);
    byte[] token = new byte[SEAL_BYTES + content.length];
    System.arraycopy(seal, 0, token, 0, SEAL_BYTES);
    System.arraycopy(content, 0, token, SEAL_BYTES, content.length);
    return Base64.getUrlEncoder().withoutPadding().encodeToString(token);
  }

  /** The text, empty if this installation did not seal it for the purpose. */
  public Optional<String> open(String purpose, String token) {
    byte[] bytes;
    try {
      bytes = Base64.getUrlDecoder().decode(token);
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
    if (bytes.length < SEAL_BYTES) {
      return Optional.empty();
    }
    byte[] content = Arrays.copyOfRange(bytes, SEAL_BYTES, bytes.length);
    byte[] seal = Arrays.copyOf(bytes, SEAL_BYTES);
    return MessageDigest.isEqual(seal, seal(purpose, content))
        ? Optional.of(new String(content, StandardCharsets.UTF_8))
        : Optional.empty();
  }

  private byte[] seal(String purpose, byte[] content) {
    Mac mac = mac();
    mac.update(purpose.getBytes(StandardCharsets.UTF_8));
    // No purpose holds this byte, so it ends there.
    mac.update((byte) 0);
    return mac.doFinal(content);
  }

  /** An HMAC with the installation's key. */
  Mac mac() {
    try {
      Mac mac = Mac.getInstance(ALGORITHM);
      mac.init(new SecretKeySpec(key.bytes(), ALGORITHM));
      return mac;
    } catch (NoSuchAlgorithmException | InvalidKeyException e) {
      throw new IllegalStateException("Every Java platform has " + ALGORITHM, e);
    }
  }
}
