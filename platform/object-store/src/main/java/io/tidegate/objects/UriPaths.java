package io.tidegate.objects;

import java.nio.charset.StandardCharsets;

/** The paths of URIs. */
public final class UriPaths {
  private static final String LEGAL = "-._~!$&'()*+,;=:@/";

  private UriPaths() {}

  /**
   * A path with everything escaped that the path of a URI cannot hold. Unlike {@link
   * java.net.URI#toASCIIString}, it leaves texts in the Unicode form that they have: two forms of
   * one name are two files.
   */
  public static String encode(String path) {
    StringBuilder encoded = new StringBuilder(path.length() + 16);
    for (byte each : path.getBytes(StandardCharsets.UTF_8)) {
      char c = (char) (each & 0xff);
      boolean legal =
          (c >= 'a' && c <= 'z')
              || (c >= 'A' && c <= 'Z')
              || (c >= '0' && c <= '9')
              || LEGAL.indexOf(c) >= 0;
      if (legal) {
        encoded.append(c);
      } else {
        encoded.append('%');
        encoded.append(Character.toUpperCase(Character.forDigit(c >> 4, 16)));
        encoded.append(Character.toUpperCase(Character.forDigit(c & 15, 16)));
      }
    }
    return encoded.toString();
  }
}
