package io.tidegate.kit.web;

import io.tidegate.kit.TidegateProperties;
import io.tidegate.kit.errors.ErrorWriter;
import jakarta.servlet.DispatcherType;
import java.util.EnumSet;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.MDC;
import org.springframework.boot.jackson.autoconfigure.JsonMapperBuilderCustomizer;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.Ordered;
import org.springframework.core.task.TaskDecorator;
import org.springframework.http.MediaType;
import org.springframework.http.converter.HttpMessageConverters;
import org.springframework.web.servlet.config.annotation.InterceptorRegistry;
import org.springframework.web.servlet.config.annotation.WebMvcConfigurer;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.MapperFeature;
import tools.jackson.databind.cfg.CoercionAction;
import tools.jackson.databind.cfg.CoercionInputShape;
import tools.jackson.databind.cfg.EnumFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.type.LogicalType;

@Configuration(proxyBeanMethods = false)
class WebConfiguration {
  /** Behind the security chain, whose filter has the order -100. */
  private static final int BEHIND_SECURITY = -50;

  /** Formats that are neither JSON nor taken as they are. */
  private static final Predicate<MediaType> OTHER =
      type ->
          Stream.of("yaml", "xml", "cbor", "smile", "protobuf", "form")
              .anyMatch(type.getSubtype()::contains);

  @Bean
  FilterRegistrationBean<EdgeFilter> edgeFilter(ErrorWriter errors) {
    FilterRegistrationBean<EdgeFilter> filter =
        new FilterRegistrationBean<>(new EdgeFilter(errors));
    filter.setOrder(Ordered.HIGHEST_PRECEDENCE);
    filter.setDispatcherTypes(EnumSet.allOf(DispatcherType.class));
    filter.setAsyncSupported(true);
    return filter;
  }

  @Bean
  FilterRegistrationBean<BodyLimitFilter> bodyLimitFilter(TidegateProperties properties) {
    FilterRegistrationBean<BodyLimitFilter> filter =
        new FilterRegistrationBean<>(new BodyLimitFilter(properties.maxBody()));
    filter.setOrder(BEHIND_SECURITY);
    filter.setAsyncSupported(true);
    return filter;
  }

  /**
   * What the APIs take for JSON: unknown fields are ignored (but see {@link OwnApi}), not a value
   * of a wrong type, nor a field that is given twice, of which two readers might take one each.
   */
  @Bean
  JsonMapperBuilderCustomizer strictTypes() {
    return builder ->
        builder
            .addModule(StorableText.module())
            .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .enable(EnumFeature.FAIL_ON_NUMBERS_FOR_ENUMS)
            .withCoercionConfigDefaults(
                config -> config.setCoercion(CoercionInputShape.EmptyString, CoercionAction.Fail))
            .withCoercionConfig(
                LogicalType.Textual,
                config ->
                    config
                        .setCoercion(CoercionInputShape.Boolean, CoercionAction.Fail)
                        .setCoercion(CoercionInputShape.Integer, CoercionAction.Fail)
                        .setCoercion(CoercionInputShape.Float, CoercionAction.Fail));
  }

  /**
   * Bodies are JSON, text or bytes, and nothing else. A library on the class path that reads
   * another format would bring a converter of its own, past all that is demanded of JSON.
   */
  @Bean
  WebMvcConfigurer jsonOnly(JsonMapper json) {
    return new WebMvcConfigurer() {
      @Override
      public void addInterceptors(InterceptorRegistry registry) {
        registry.addInterceptor(new OwnApi());
      }

      @Override
      public void configureMessageConverters(HttpMessageConverters.ServerBuilder builder) {
        builder.withJsonConverter(new OwnApi.Bodies(json));
        builder.configureMessageConvertersList(converters ->
            converters.removeIf(
                converter -> converter.getSupportedMediaTypes().stream().anyMatch(OTHER)));
      }
    };
  }

  /** What a request starts in other threads, such as a streamed answer, keeps its id. */
  @Bean
  TaskDecorator keepRequestId() {
    return work -> {
      Map<String, String> context = MDC.getCopyOfContextMap();
      return () -> {
        Map<String, String> before = MDC.getCopyOfContextMap();
        set(context);
        try {
          work.run();
        } finally {
          set(before);
        }
      };
    };
  }

  private static void set(@Nullable Map<String, String> context) {
    if (context == null) {
      MDC.clear();
    } else {
      MDC.setContextMap(context);
    }
  }
}
