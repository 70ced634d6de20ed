package io.tidegate.ports;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.tidegate.kit.errors.ApiException;
import io.tidegate.kit.errors.ErrorCode;
import io.tidegate.kit.security.Caller;
import io.tidegate.kit.security.Privilege;
import io.tidegate.kit.web.ServiceClient;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.Base64;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.web.util.UriBuilder;

/**
 * The catalog in another process. Whose a token is gets remembered for a moment, so that a burst of
 * requests asks once; what a caller may do is asked every time, so that a grant counts at once.
 */
final class HttpCatalogDirectory implements CatalogDirectory {
  /** A revoked token must be refused everywhere within a second. */
  private static final Duration REMEMBERED = Duration.ofMillis(500);

  private static final int MAX_REMEMBERED = 10_000;

  private final ServiceClient client;
  private final Cache<String, Caller> callers =
      Caffeine.newBuilder().expireAfterWrite(REMEMBERED).maximumSize(MAX_REMEMBERED).build();

  HttpCatalogDirectory(ServiceClient client) {
    this.client = client;
  }

  @Override
  public Optional<Caller> authenticate(String token) {
    String key = hash(token);
    Caller remembered = callers.getIfPresent(key);
    if (remembered != null) {
      return Optional.of(remembered);
    }
    Optional<Caller> caller =
        Optional.ofNullable(
            client
                .rest()
                .get()
                .uri(CatalogServiceController.PATH + "/caller")
                .header(CatalogServiceController.TOKEN_HEADER, token)
                .retrieve()
                .body(Caller.class));
    caller.ifPresent(found -> callers.put(key, found));
    return caller;
  }

  @Override
  public Caller principal(UUID principalId) {
    return present(
        client
            .rest()
            .get()
            .uri(CatalogServiceController.PATH + "/principals/{id}", principalId)
            .retrieve()
            .body(Caller.class));
  }

  @Override
  public Owner owner(String name) {
    return present(
        client
            .rest()
            .get()
            .uri(uri ->
                uri.path(CatalogServiceController.PATH + "/owner")
                    .queryParam("name", "{name}")
                    .build(name))
            .retrieve()
            .body(Owner.class));
  }

  @Override
  public SchemaAccess schema(Caller caller, String catalog, String schema) {
    return present(
        client
            .rest()
            .get()
            .uri(uri -> named(uri, "/schema").build(catalog, schema))
            .headers(acting(caller))
            .retrieve()
            .body(SchemaAccess.class));
  }

  @Override
  public TableAccess table(Caller caller, String catalog, String schema, String table) {
    return present(
        client
            .rest()
            .get()
            .uri(tableUri("/table", catalog, schema, table))
            .headers(acting(caller))
            .retrieve()
            .body(TableAccess.class));
  }

  @Override
  public TableAccess table(Caller caller, UUID tableId) {
    return present(
        client
            .rest()
            .get()
            .uri(CatalogServiceController.PATH + "/tables/{id}", tableId)
            .headers(acting(caller))
            .retrieve()
            .body(TableAccess.class));
  }

  @Override
  public Set<Privilege> metastorePrivileges(Caller caller) {
    return present(
            client
                .rest()
                .get()
                .uri(CatalogServiceController.PATH + "/metastore-privileges")
                .headers(acting(caller))
                .retrieve()
                .body(CatalogServiceController.Privileges.class))
        .privileges();
  }

  @Override
  public TableAccess register(Caller caller, NewTable table) {
    return present(
        client
            .rest()
            .put()
            .uri(CatalogServiceController.PATH + "/tables/{id}", table.id())
            .headers(acting(caller))
            .body(table)
            .retrieve()
            .body(TableAccess.class));
  }

  @Override
  public void drop(Caller caller, String catalog, String schema, String table) {
    client
        .rest()
        .delete()
        .uri(tableUri("/table", catalog, schema, table))
        .headers(acting(caller))
        .retrieve()
        .toBodilessEntity();
  }

  @Override
  public TableAccess rename(
      Caller caller, String catalog, String schema, String table, String newName) {
    return present(
        client
            .rest()
            .post()
            .uri(tableUri("/table/rename", catalog, schema, table))
            .headers(acting(caller))
            .body(new CatalogServiceController.Rename(newName))
            .retrieve()
            .body(TableAccess.class));
  }

  @Override
  public TableAccess comment(
      Caller caller, String catalog, String schema, String table, String comment) {
    return present(
        client
            .rest()
            .post()
            .uri(tableUri("/table/comment", catalog, schema, table))
            .headers(acting(caller))
            .body(new CatalogServiceController.Comment(comment))
            .retrieve()
            .body(TableAccess.class));
  }

  // Names go into the query, where every character can be encoded.
  private static Function<UriBuilder, URI> tableUri(
      String path, String catalog, String schema, String table) {
    return uri -> named(uri, path).queryParam("table", "{table}").build(catalog, schema, table);
  }

  private static UriBuilder named(UriBuilder uri, String path) {
    return uri.path(CatalogServiceController.PATH + path)
        .queryParam("catalog", "{catalog}")
        .queryParam("schema", "{schema}");
  }

  private static Consumer<HttpHeaders> acting(Caller caller) {
    return headers -> {
      if (!caller.service()) {
        headers.set(CatalogServiceController.PRINCIPAL_HEADER, caller.principalId().toString());
      }
    };
  }

  private <T> T present(@Nullable T answer) {
    if (answer == null) {
      throw new ApiException(
          ErrorCode.UNAVAILABLE, "The " + client.service() + " answered with nothing: try again");
    }
    return answer;
  }

  private static String hash(String token) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(token.getBytes(StandardCharsets.UTF_8));
      return Base64.getEncoder().encodeToString(digest);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java has SHA-256", e);
    }
  }
}
