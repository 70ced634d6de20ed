package io.tidegate.kit;

import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * The settings that more than one service reads, under {@code tidegate.}.
 *
 * @param publicUrl the address by which clients reach this installation; null: as the request says
 *     (its Host header, or {@code X-Forwarded-*} of the proxy before it)
 * @param serviceToken the bearer token that the services show each other; null: no service may call
 * @param adminTokenFile where the first administrator's token is, or is to be written
 * @param managedRoot the URI or the folder below which managed tables are created
 * @param localRoots the folders under which tables may be registered, except in the managed root
 * @param catalogUrl where the catalog service is, if it is another process
 * @param commitUrl where the commit service is, if it is another process
 * @param maxBody how large a request's body may be where nothing else is said
 */
@ConfigurationProperties("tidegate")
public record TidegateProperties(
    @Nullable URI publicUrl,
    @Nullable String serviceToken,
    @Nullable Path adminTokenFile,
    @Nullable String managedRoot,
    @DefaultValue List<Path> localRoots,
    @Nullable URI catalogUrl,
    @Nullable URI commitUrl,
    @DefaultValue("1MB") DataSize maxBody) {
  public TidegateProperties {
    localRoots = List.copyOf(localRoots);
    serviceToken = serviceToken == null || serviceToken.isBlank() ? null : serviceToken.strip();
  }

  /** Without the token: properties are shown in logs and reports of failures. */
  @Override
  public String toString() {
    return "TidegateProperties[publicUrl="
        + publicUrl
        + ", managedRoot="
        + managedRoot
        + ", localRoots="
        + localRoots
        + ", catalogUrl="
        + catalogUrl
        + ", commitUrl="
        + commitUrl
        + ", maxBody="
        + maxBody
        + "]";
  }
}
