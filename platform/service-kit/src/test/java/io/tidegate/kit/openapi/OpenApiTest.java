package io.tidegate.kit.openapi;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.kit.testapp.KitTest;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class OpenApiTest extends KitTest {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  @Test
  void describesAServiceInTheNamesThatItSpeaks() {
    JsonNode api = JSON.readTree(anonymous().get("/openapi/test").body());
    assertThat(api.at("/info/title").asString()).isEqualTo("Test");
    assertThat(api.at("/components/securitySchemes/bearer/scheme").asString()).isEqualTo("bearer");

    JsonNode schemas = api.at("/components/schemas");
    assertThat(schemas.at("/Thing/properties").propertyNames()).contains("thing_name", "parts");
    assertThat(schemas.at("/DeltaThing/properties").propertyNames())
        .containsExactlyInAnyOrder("thing-name", "part-count");
    assertThat(schemas.at("/FeedEvent/properties").propertyNames())
        .contains("request_id", "recorded_at", "data");
    assertThat(schemas.propertyNames()).doesNotContain("Caller", "JsonNode");

    JsonNode feed = api.path("paths").path("/api/1.0/test/events").path("get");
    assertThat(feed.path("parameters").findValuesAsString("name"))
        .contains("after", "types", "securables", "max_results", "wait_ms")
        .doesNotContain("caller", "maxResults");
  }

  @Test
  void showsErrorsInTheShapeOfEachApi() {
    JsonNode paths = JSON.readTree(anonymous().get("/openapi/test").body()).path("paths");
    String schema = "/get/responses/4XX/content/application~1json/schema/properties";
    assertThat(paths.path("/api/2.1/unity-catalog/test").at(schema).propertyNames())
        .contains("error_code", "message", "details");
    assertThat(paths.path("/api/2.1/unity-catalog/delta/v1/test").at(schema).propertyNames())
        .containsExactly("error");
    assertThat(paths.path("/delta-sharing/test").at(schema).propertyNames())
        .contains("errorCode", "message");
  }

  @Test
  void hasNoOtherDocuments() {
    assertThat(anonymous().get("/openapi/anything").status()).isEqualTo(404);
    assertThat(anonymous().get("/openapi/test/more").status()).isEqualTo(404);
  }

  @Test
  void hasAPageToTryItOut() {
    assertThat(anonymous().get("/docs").status()).isEqualTo(302);
    assertThat(anonymous().get("/swagger-ui/index.html").body()).contains("Swagger UI");
  }
}
