package io.tidegate.catalog;

import io.tidegate.catalog.CatalogEvent.PrincipalCreated;
import io.tidegate.events.EventMetadata;
import io.tidegate.kit.TidegateProperties;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.InitializingBean;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/**
 * Creates the first administrator before the first request is served. The token is the content of
 * {@code tidegate.admin-token-file} if that exists, else it is made and written there.
 */
@Component
class Bootstrap implements InitializingBean {
  private static final Logger LOG = LoggerFactory.getLogger(Bootstrap.class);
  static final String ADMIN = "admin";
  private static final EventMetadata BY = new EventMetadata("system", "bootstrap");

  private final TidegateProperties properties;
  private final JdbcClient jdbc;
  private final EventWriter writer;
  private final Tokens tokens;

  Bootstrap(TidegateProperties properties, JdbcClient jdbc, EventWriter writer, Tokens tokens) {
    this.properties = properties;
    this.jdbc = jdbc;
    this.writer = writer;
    this.tokens = tokens;
  }

  @Override
  public void afterPropertiesSet() {
    Path file = properties.adminTokenFile();
    writer.change(() -> {
      // Replicas that start together create one administrator.
      AdminToken.lock(jdbc);
      if (jdbc.sql("SELECT NOT EXISTS (SELECT 1 FROM catalog.principals)")
          .query(Boolean.class)
          .single()) {
        create(file);
      }
    });
  }

  private void create(@Nullable Path file) {
    if (file == null) {
      LOG.warn("There is no administrator, for tidegate.admin-token-file is not set");
      return;
    }
    UUID id = UUID.randomUUID();
    writer.append("principal", id, new PrincipalCreated(id, ADMIN, "USER", true), ADMIN, BY);
    String token = token(file);
    tokens.store(token, id, ADMIN, "first token", null, BY);
    LOG.info("The administrator's token is in {}", file);
  }

  // The file is there before the transaction ends: a crash in between is mended by the next start.
  private static String token(Path file) {
    if (!Files.exists(file)) {
      String token = Tokens.random();
      AdminToken.write(file, token);
      return token;
    }
    String token = AdminToken.read(file);
    if (token.length() < 20) {
      throw new IllegalStateException(
          "The token in " + file + " is too short: it needs at least 20 characters");
    }
    return token;
  }
}
