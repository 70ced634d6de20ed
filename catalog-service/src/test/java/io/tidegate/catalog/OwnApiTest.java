package io.tidegate.catalog;

import static io.tidegate.catalog.CatalogServer.json;
import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.testing.HttpTester.Answer;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.method.HandlerMethod;
import org.springframework.web.servlet.mvc.method.RequestMappingInfo;
import org.springframework.web.servlet.mvc.method.annotation.RequestMappingHandlerMapping;
import tools.jackson.databind.JsonNode;

/** Our own API drops nothing that it was asked for without a word. */
class OwnApiTest {
  private static final String OWN = "/api/1.0/";

  private final CatalogServer server = CatalogServer.running();
  private final JsonNode document = json(server.anonymous.get("/openapi/catalog"));

  @Test
  void everyEndpointRefusesParametersAndFieldsThatItDoesNotKnow() {
    Set<String> seen = new TreeSet<>();
    server
        .context
        .getBean("requestMappingHandlerMapping", RequestMappingHandlerMapping.class)
        .getHandlerMethods()
        .forEach((info, handler) -> {
          for (String pattern : info.getPatternValues()) {
            if (pattern.startsWith(OWN)) {
              info.getMethodsCondition()
                  .getMethods()
                  .forEach(method -> {
                    seen.add(method + " " + pattern);
                    check(method.name(), pattern, info, handler);
                  });
            }
          }
        });
    assertThat(seen)
        .contains("GET /api/1.0/events", "POST /api/1.0/tokens", "PATCH /api/1.0/teams/{name}");
  }

  private void check(
      String method, String pattern, RequestMappingInfo info, HandlerMethod handler) {
    String path = pattern.replaceAll("\\{[^}]*}", "nobody");
    boolean body = false;
    for (var parameter : handler.getMethodParameters()) {
      body |= parameter.hasParameterAnnotation(RequestBody.class);
    }
    Answer answer = send(method, info, path + "?zz_unknown=1", body ? "{}" : null);
    assertThat(answer.status()).as(method + " " + path + answer.body()).isEqualTo(400);
    String message = json(answer).path("message").asString();
    assertThat(message).startsWith("Query parameter zz_unknown is not known here; ");
    JsonNode operation = document.path("paths").path(pattern).path(method.toLowerCase());
    assertThat(operation.isMissingNode()).as(method + " " + pattern).isFalse();
    Set<String> documented = new TreeSet<>();
    for (JsonNode parameter : operation.path("parameters")) {
      if (parameter.path("in").asString().equals("query")) {
        documented.add(parameter.path("name").asString());
      }
    }
    assertThat(message)
        .endsWith(
            documented.isEmpty() ? "there is none" : "known: " + String.join(", ", documented));
    if (body) {
      Answer refused = send(method, info, path, "{\"zz_unknown\": 1}");
      assertThat(refused.status()).isEqualTo(400);
      assertThat(json(refused).path("message").asString())
          .startsWith("Field zz_unknown is not known here; known: ");
    }
  }

  private Answer send(
      String method,
      RequestMappingInfo info,
      String path,
      @org.jspecify.annotations.Nullable String body) {
    return info.getProducesCondition().isEmpty()
        ? server.admin.send(method, path, body)
        : server
            .admin
            .with(
                "Accept",
                info.getProducesCondition().getProducibleMediaTypes().iterator().next().toString())
            .send(method, path, body);
  }

  @Test
  void aTokenWhoseLifetimeIsMisspeltIsNotMade() {
    int before = json(server.admin.get(OWN + "tokens?max_results=1000")).path("tokens").size();
    Answer answer =
        server.admin.post(OWN + "tokens", "{\"principal\": \"admin\", \"lifetime\": 3600}");
    assertThat(answer.status()).isEqualTo(400);
    assertThat(json(answer).path("message").asString())
        .startsWith(
            "Field lifetime is not known here; known: comment, lifetime_seconds, principal");
    assertThat(json(server.admin.get(OWN + "tokens?max_results=1000")).path("tokens").size())
        .isEqualTo(before);
  }
}
