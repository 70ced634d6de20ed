package io.tidegate.kit.web;

import io.tidegate.kit.errors.ApiException;
import io.tidegate.kit.errors.ErrorCode;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.lang.reflect.Constructor;
import java.lang.reflect.Method;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.springdoc.core.annotations.ParameterObject;
import org.springframework.core.DefaultParameterNameDiscoverer;
import org.springframework.core.MethodParameter;
import org.springframework.core.ParameterNameDiscoverer;
import org.springframework.http.converter.json.JacksonJsonHttpMessageConverter;
import org.springframework.web.bind.annotation.BindParam;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.context.request.RequestAttributes;
import org.springframework.web.context.request.RequestContextHolder;
import org.springframework.web.method.HandlerMethod;
import org.springframework.web.servlet.HandlerInterceptor;
import org.springframework.web.servlet.HandlerMapping;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JavaType;
import tools.jackson.databind.ObjectReader;
import tools.jackson.databind.json.JsonMapper;

/**
 * Our own API refuses query parameters and fields that it does not know, and says which it knows: a
 * misspelt one would otherwise be dropped without a word. The APIs of others ignore them, for their
 * clients may know of newer ones.
 */
final class OwnApi implements HandlerInterceptor {
  private static final String PREFIX = "/api/1.0/";
  private static final ParameterNameDiscoverer NAMES = new DefaultParameterNameDiscoverer();

  private final Map<Method, SortedSet<String>> known = new ConcurrentHashMap<>();

  /** {@code pattern} is that of the handler, so that no spelling of the path leads past this. */
  private static boolean covers(@Nullable Object pattern) {
    return pattern instanceof String text && text.startsWith(PREFIX);
  }

  @Override
  public boolean preHandle(
      HttpServletRequest request, HttpServletResponse response, Object handler) {
    if (request.getQueryString() != null
        && handler instanceof HandlerMethod method
        && covers(request.getAttribute(HandlerMapping.BEST_MATCHING_PATTERN_ATTRIBUTE))) {
      SortedSet<String> names = known.computeIfAbsent(method.getMethod(), m -> parameters(method));
      for (String sent : request.getParameterMap().keySet()) {
        if (!names.contains(sent)) {
          throw new ApiException(
              ErrorCode.INVALID_ARGUMENT,
              "Query parameter "
                  + sent
                  + " is not known here; "
                  + (names.isEmpty() ? "there is none" : "known: " + String.join(", ", names)));
        }
      }
    }
    return true;
  }

  private static SortedSet<String> parameters(HandlerMethod method) {
    SortedSet<String> names = new TreeSet<>();
    for (MethodParameter parameter : method.getMethodParameters()) {
      parameter.initParameterNameDiscovery(NAMES);
      RequestParam single = parameter.getParameterAnnotation(RequestParam.class);
      if (single != null) {
        String name = single.name().isEmpty() ? parameter.getParameterName() : single.name();
        if (name != null) {
          names.add(name);
        }
      } else if (parameter.hasParameterAnnotation(ParameterObject.class)) {
        names.addAll(components(parameter.getParameterType()));
      }
    }
    return names;
  }

  private static SortedSet<String> components(Class<?> type) {
    RecordComponent[] components = type.getRecordComponents();
    try {
      Constructor<?> constructor =
          type.getDeclaredConstructor(
              Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new));
      SortedSet<String> names = new TreeSet<>();
      for (int i = 0; i < components.length; i++) {
        BindParam named = constructor.getParameters()[i].getAnnotation(BindParam.class);
        names.add(named == null ? components[i].getName() : named.value());
      }
      return names;
    } catch (NoSuchMethodException e) {
      throw new IllegalStateException(type + " is no record of query parameters", e);
    }
  }

  /** Reads bodies; those for our own API without a field that it does not know. */
  static final class Bodies extends JacksonJsonHttpMessageConverter {
    Bodies(JsonMapper json) {
      super(json);
    }

    @Override
    protected ObjectReader customizeReader(ObjectReader reader, JavaType type) {
      RequestAttributes request = RequestContextHolder.getRequestAttributes();
      boolean own =
          request != null
              && covers(
                  request.getAttribute(
                      HandlerMapping.BEST_MATCHING_PATTERN_ATTRIBUTE,
                      RequestAttributes.SCOPE_REQUEST));
      return own ? reader.with(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES) : reader;
    }
  }
}
