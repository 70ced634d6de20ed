package io.tidegate.kit.openapi;

import com.fasterxml.jackson.databind.AnnotationIntrospector;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.introspect.AnnotatedClass;
import com.fasterxml.jackson.databind.introspect.NopAnnotationIntrospector;
import io.swagger.v3.core.jackson.ModelResolver;
import io.swagger.v3.oas.models.Components;
import io.swagger.v3.oas.models.OpenAPI;
import io.swagger.v3.oas.models.info.Info;
import io.swagger.v3.oas.models.media.ArraySchema;
import io.swagger.v3.oas.models.media.Content;
import io.swagger.v3.oas.models.media.IntegerSchema;
import io.swagger.v3.oas.models.media.MediaType;
import io.swagger.v3.oas.models.media.ObjectSchema;
import io.swagger.v3.oas.models.media.Schema;
import io.swagger.v3.oas.models.media.StringSchema;
import io.swagger.v3.oas.models.responses.ApiResponse;
import io.swagger.v3.oas.models.security.SecurityRequirement;
import io.swagger.v3.oas.models.security.SecurityScheme;
import io.tidegate.kit.security.Caller;
import org.jspecify.annotations.Nullable;
import org.springdoc.core.customizers.GlobalOpenApiCustomizer;
import org.springdoc.core.providers.ObjectMapperProvider;
import org.springdoc.core.utils.SpringDocUtils;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.annotation.JsonNaming;

/** What the API documents of all services have in common. They are made when first asked for. */
@Configuration(proxyBeanMethods = false)
@ConditionalOnProperty(name = "springdoc.api-docs.enabled", matchIfMissing = true)
class OpenApiConfiguration {
  private static final String BEARER = "bearer";

  static {
    SpringDocUtils.getConfig()
        .addRequestWrapperToIgnore(Caller.class)
        .replaceWithClass(JsonNode.class, Object.class);
  }

  @Bean
  OpenAPI tidegateApi() {
    return new OpenAPI()
        .info(new Info().title("Tidegate").version("0.1.0"))
        .components(
            new Components()
                .addSecuritySchemes(
                    BEARER,
                    new SecurityScheme()
                        .type(SecurityScheme.Type.HTTP)
                        .scheme("bearer")
                        .description("A token of a principal, or of a recipient for sharing")))
        .addSecurityItem(new SecurityRequirement().addList(BEARER));
  }

  /** Names properties as the APIs do; the document's own mapper is of an older Jackson. */
  @Bean
  ModelResolver modelResolver(ObjectMapperProvider provider) {
    ObjectMapper mapper =
        provider.jsonMapper().copy().setPropertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE);
    mapper.setAnnotationIntrospector(
        AnnotationIntrospector.pair(
            new NamingOfNewJackson(), mapper.getSerializationConfig().getAnnotationIntrospector()));
    return new ModelResolver(mapper);
  }

  private static final class NamingOfNewJackson extends NopAnnotationIntrospector {
    private static final long serialVersionUID = 1L;

    @Override
    public @Nullable Object findNamingStrategy(AnnotatedClass type) {
      JsonNaming naming = type.getRawType().getAnnotation(JsonNaming.class);
      if (naming == null) {
        return null;
      }
      return switch (naming.value().getSimpleName()) {
        case "KebabCaseStrategy" -> PropertyNamingStrategies.KebabCaseStrategy.class;
        case "LowerCamelCaseStrategy" -> PropertyNamingStrategies.LowerCamelCaseStrategy.class;
        default -> null;
      };
    }
  }

  /** Every operation can fail, in the shape of its API. */
  @Bean
  GlobalOpenApiCustomizer errorResponses() {
    return api -> {
      if (api.getPaths() == null) {
        return;
      }
      api.getPaths()
          .forEach((path, item) -> {
            Schema<?> shape = errorShape(path);
            item.readOperations()
                .forEach(operation -> {
                  operation
                      .getResponses()
                      .addApiResponse("4XX", error("The request is wrong", shape));
                  operation
                      .getResponses()
                      .addApiResponse(
                          "503", error("Try again after the time in Retry-After", shape));
                });
          });
    };
  }

  private static ApiResponse error(String description, Schema<?> shape) {
    return new ApiResponse()
        .description(description)
        .content(new Content().addMediaType("application/json", new MediaType().schema(shape)));
  }

  private static Schema<?> errorShape(String path) {
    if (path.startsWith("/api/2.1/unity-catalog/delta/")) {
      return new ObjectSchema()
          .addProperty(
              "error",
              new ObjectSchema()
                  .addProperty("message", new StringSchema())
                  .addProperty("type", new StringSchema())
                  .addProperty("code", new IntegerSchema()));
    }
    if (path.startsWith("/delta-sharing/")) {
      return new ObjectSchema()
          .addProperty("errorCode", new StringSchema())
          .addProperty("message", new StringSchema());
    }
    return new ObjectSchema()
        .addProperty("error_code", new StringSchema())
        .addProperty("message", new StringSchema())
        .addProperty("details", new ArraySchema().items(new ObjectSchema()));
  }
}
