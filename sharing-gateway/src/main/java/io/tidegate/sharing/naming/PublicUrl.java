package io.tidegate.sharing.naming;

import io.tidegate.kit.TidegateProperties;
import jakarta.servlet.http.HttpServletRequest;
import org.springframework.stereotype.Component;
import org.springframework.web.servlet.support.ServletUriComponentsBuilder;

/** The address by which clients reach this installation. */
@Component
public class PublicUrl {
  private final TidegateProperties properties;

  PublicUrl(TidegateProperties properties) {
    this.properties = properties;
  }

  /** Without a slash at its end: as configured, else as the request says. */
  public String of(HttpServletRequest request) {
    String url =
        properties.publicUrl() != null
            ? properties.publicUrl().toString()
            : ServletUriComponentsBuilder.fromContextPath(request).toUriString();
    return url.endsWith("/") ? url.substring(0, url.length() - 1) : url;
  }
}
