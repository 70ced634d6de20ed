package io.tidegate.sharing.files;

import java.security.SecureRandom;
import java.util.function.Supplier;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.util.function.SingletonSupplier;

/**
 * The key that file URLs are signed with: random, made by the first replica that needs it, kept in
 * the gateway's database and nowhere else, and the same for all replicas and after a restart.
 */
@Component
class SigningKey {
  private static final int BYTES = 32;

  private final JdbcClient jdbc;
  private final Supplier<byte[]> key = SingletonSupplier.of(this::load);

  SigningKey(JdbcClient jdbc) {
    this.jdbc = jdbc;
  }

  byte[] bytes() {
    return key.get();
  }

  private byte[] load() {
    byte[] random = new byte[BYTES];
    new SecureRandom().nextBytes(random);
    jdbc.sql("INSERT INTO sharing.signing_key (key) VALUES (:key) ON CONFLICT DO NOTHING")
        .param("key", random)
        .update();
    return jdbc.sql("SELECT key FROM sharing.signing_key").query(byte[].class).single();
  }
}
