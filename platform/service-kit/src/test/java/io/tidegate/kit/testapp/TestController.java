package io.tidegate.kit.testapp;

import com.zaxxer.hikari.HikariDataSource;
import io.tidegate.events.ExpectedVersion;
import io.tidegate.events.StreamId;
import io.tidegate.events.WrongVersionException;
import io.tidegate.kit.errors.ApiException;
import io.tidegate.kit.errors.ErrorCode;
import io.tidegate.kit.security.Caller;
import io.tidegate.kit.web.RequestId;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.support.TransactionTemplate;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.servlet.mvc.method.annotation.StreamingResponseBody;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.annotation.JsonNaming;

@RestController
final class TestController {
  static final String DELTA = "/api/2.1/unity-catalog/delta/v1/test";
  static final String SHARING = "/delta-sharing/test";
  static final String UNITY = "/api/2.1/unity-catalog/test";
  static final String OWN = "/api/1.0/test";

  private final JdbcTemplate jdbc;
  private final TransactionTemplate transactions;
  private final TransactionTemplate apart;
  private final JdbcTemplate gone;

  TestController(JdbcTemplate jdbc, PlatformTransactionManager transactions) {
    this.jdbc = jdbc;
    this.transactions = new TransactionTemplate(transactions);
    this.apart = new TransactionTemplate(transactions);
    this.apart.setPropagationBehavior(TransactionDefinition.PROPAGATION_REQUIRES_NEW);
    this.gone = new JdbcTemplate(goneDatabase());
  }

  /** A pool whose database is not there. */
  private static HikariDataSource goneDatabase() {
    HikariDataSource pool = new HikariDataSource();
    pool.setJdbcUrl("jdbc:postgresql://127.0.0.1:1/gone");
    pool.setConnectionTimeout(300);
    pool.setInitializationFailTimeout(-1);
    return pool;
  }

  enum Color {
    RED,
    GREEN
  }

  record Part(@Nullable String partName, @Nullable Integer partSize) {}

  record Thing(
      @Nullable String thingName,
      @Nullable Integer count,
      @Nullable Long size,
      @Nullable Boolean active,
      @Nullable Double ratio,
      @Nullable UUID thingId,
      @Nullable Color color,
      @Nullable List<Part> parts,
      @Nullable Map<String, String> properties) {
    Thing {
      if ("bad".equals(thingName)) {
        throw new IllegalArgumentException("bad is reserved");
      }
    }
  }

  @JsonNaming(PropertyNamingStrategies.KebabCaseStrategy.class)
  record DeltaThing(@Nullable String thingName, @Nullable Integer partCount) {}

  @PostMapping({UNITY, OWN, SHARING})
  Thing echo(@RequestBody Thing thing) {
    return thing;
  }

  @PostMapping(DELTA)
  DeltaThing delta(@RequestBody DeltaThing thing) {
    return thing;
  }

  @GetMapping({UNITY, OWN, SHARING, DELTA})
  Map<String, Object> query(
      @RequestParam(required = false) @Nullable Integer count,
      @RequestParam(required = false) @Nullable Color color,
      @RequestParam(name = "needed") String needed) {
    return Map.of("needed", needed);
  }

  @GetMapping({UNITY + "/things/{id}", OWN + "/things/{id}", DELTA + "/things/{id}"})
  Map<String, Object> path(@PathVariable UUID id) {
    return Map.of("id", id);
  }

  @GetMapping({UNITY + "/names/{name}", SHARING + "/names/{name}"})
  Map<String, Object> name(@PathVariable String name) {
    return Map.of("name", name);
  }

  @GetMapping({UNITY + "/fail/{how}", DELTA + "/fail/{how}", SHARING + "/fail/{how}"})
  String fail(@PathVariable String how) throws IOException {
    switch (how) {
      case "conflict" ->
          throw new ApiException(
              ErrorCode.COMMIT_VERSION_CONFLICT, "Version 3 is taken", Map.of("winner", 3));
      case "database" -> gone.queryForObject("SELECT 1", Integer.class);
      case "cut" ->
          transactions.executeWithoutResult(
              status -> cut(jdbc.queryForObject("SELECT pg_backend_pid()", Integer.class)));
      case "cut-before-commit" ->
          transactions.executeWithoutResult(status -> {
            Integer own = jdbc.queryForObject("SELECT pg_backend_pid()", Integer.class);
            apart.executeWithoutResult(other -> cut(own));
          });
      case "text" -> jdbc.queryForObject("SELECT ?::text", String.class, "a\u0000");
      case "collision" ->
          throw new WrongVersionException(
              new StreamId("things", "a"), ExpectedVersion.noStream(), OptionalLong.of(3));
      case "duplicate" ->
          jdbc.update("INSERT INTO kit_test.things VALUES ('twice', 1), ('twice', 2)");
      case "checked" -> throw new IOException("/secret/path of the server");
      default -> throw new IllegalStateException("secret detail of the server");
    }
    return "";
  }

  private void cut(@Nullable Integer process) {
    jdbc.queryForObject("SELECT pg_terminate_backend(?, 5000)", Boolean.class, process);
  }

  @GetMapping(OWN + "/me")
  Map<String, Object> me(Caller caller) {
    return Map.of(
        "name", caller.name(), "service", caller.service(), "request", RequestId.current());
  }

  @GetMapping(OWN + "/open/{name}")
  Map<String, Object> open(@PathVariable String name) {
    return Map.of("name", name);
  }

  @GetMapping({OWN + "/closed", "/service/test"})
  Map<String, Object> closed() {
    return Map.of("two", jdbc.queryForObject("SELECT 2", Integer.class));
  }

  @GetMapping(SHARING + "/stream")
  ResponseEntity<StreamingResponseBody> stream(
      @RequestParam int lines, @RequestParam(defaultValue = "false") boolean fail) {
    return ResponseEntity.ok()
        .contentType(MediaType.APPLICATION_NDJSON)
        .body(out -> {
          for (int line = 0; line < lines; line++) {
            out.write(
                ("{\"line\":" + line + ",\"request\":\"" + RequestId.current() + "\"}\n")
                    .getBytes(StandardCharsets.UTF_8));
          }
          out.flush();
          if (fail) {
            throw new IllegalStateException("secret detail of the server");
          }
        });
  }

  @GetMapping(SHARING + "/stream-fails-at-once")
  StreamingResponseBody streamFails() {
    return out -> {
      throw new ApiException(ErrorCode.TABLE_NOT_FOUND, "No such table");
    };
  }
}
