package io.tidegate.kit.web;

import io.tidegate.kit.errors.ApiException;
import io.tidegate.kit.errors.ErrorCode;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.core.ResolvableType;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpInputMessage;
import org.springframework.http.HttpRequest;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.InvalidMediaTypeException;
import org.springframework.http.MediaType;
import org.springframework.http.client.ClientHttpResponse;
import org.springframework.http.client.JdkClientHttpRequestFactory;
import org.springframework.http.converter.HttpMessageNotReadableException;
import org.springframework.http.converter.json.JacksonJsonHttpMessageConverter;
import org.springframework.web.client.RestClient;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Speaks to another Tidegate service: with the service token, the current request's id, and little
 * patience. Whatever goes wrong is an {@link ApiException}: what the other service answered, or
 * UNAVAILABLE naming the service. Nothing is asked twice: that is for callers who know that they
 * may.
 */
public final class ServiceClient implements AutoCloseable {
  private static final Duration CONNECT = Duration.ofSeconds(1);
  private static final Duration READ = Duration.ofSeconds(5);
  private static final int MAX_ANSWER = 64 << 20;

  private final String service;
  private final Duration patience;
  private final HttpClient http;
  private final RestClient.Builder template;
  private final RestClient rest;
  private final JsonMapper json;

  /**
   * @param service what errors call it, for instance {@code catalog service}
   * @param baseUrl without a slash at its end
   * @param serviceToken the token that the services share; null: none is sent
   */
  public ServiceClient(
      String service, URI baseUrl, @Nullable String serviceToken, JsonMapper json) {
    this(service, baseUrl, serviceToken, json, READ);
  }

  /**
   * @param patience how long an answer may take
   */
  ServiceClient(
      String service,
      URI baseUrl,
      @Nullable String serviceToken,
      JsonMapper json,
      Duration patience) {
    this.service = service;
    this.patience = patience;
    this.json = json;
    this.http =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .followRedirects(HttpClient.Redirect.NEVER)
            .connectTimeout(CONNECT)
            .build();
    this.template =
        RestClient.builder()
            .baseUrl(baseUrl.toString())
            .configureMessageConverters(converters ->
                converters.registerDefaults().withJsonConverter(new AnswerConverter(json)))
            .defaultHeaders(headers -> {
              if (serviceToken != null) {
                headers.setBearerAuth(serviceToken);
              }
            })
            .requestInterceptor((request, body, execution) -> {
              request.getHeaders().set(RequestId.HEADER, RequestId.current());
              try {
                return read(execution.execute(request, body));
              } catch (IOException e) {
                throw unavailable("does not answer", e);
              }
            })
            .defaultStatusHandler(status -> status.isError(), this::refuse);
    this.rest = waiting(Duration.ZERO);
  }

  /** The service's name, as errors call it. */
  public String service() {
    return service;
  }

  /** A client whose requests are paths below the base URL. */
  public RestClient rest() {
    return rest;
  }

  /** A client for a request that the service may take longer to answer, by the time given. */
  public RestClient waiting(Duration longer) {
    JdkClientHttpRequestFactory factory = new JdkClientHttpRequestFactory(http);
    factory.setReadTimeout(patience.plus(longer));
    return template.clone().requestFactory(factory).build();
  }

  // To its end, so that an answer that breaks off, hangs or never ends is noticed here.
  private ClientHttpResponse read(ClientHttpResponse response) throws IOException {
    try (response) {
      byte[] body = response.getBody().readNBytes(MAX_ANSWER + 1);
      if (body.length > MAX_ANSWER) {
        throw unavailable("answered with too much", null);
      }
      HttpStatusCode status = response.getStatusCode();
      if (!status.is2xxSuccessful() && !status.isError()) {
        throw unavailable("answered with status " + status.value(), null);
      }
      MediaType type = response.getHeaders().getContentType();
      boolean json = type != null && type.getSubtype().endsWith("json");
      if (status.is2xxSuccessful() && body.length > 0 && !json) {
        throw unavailable("answered with something else than JSON", null);
      }
      return new Answer(status, response.getStatusText(), response.getHeaders(), body);
    } catch (InvalidMediaTypeException e) {
      throw unavailable("answered with something else than JSON", e);
    }
  }

  /** An answer that has been read. */
  private record Answer(HttpStatusCode status, String text, HttpHeaders headers, byte[] body)
      implements ClientHttpResponse {
    @Override
    public HttpStatusCode getStatusCode() {
      return status;
    }

    @Override
    public String getStatusText() {
      return text;
    }

    @Override
    public HttpHeaders getHeaders() {
      return headers;
    }

    @Override
    public InputStream getBody() {
      return new ByteArrayInputStream(body);
    }

    @Override
    public void close() {
      // Its connection was given back when it had been read.
    }
  }

  /** Reads answers; what cannot be read is the fault of whoever answered, not of our caller. */
  private final class AnswerConverter extends JacksonJsonHttpMessageConverter {
    AnswerConverter(JsonMapper json) {
      super(json);
    }

    @Override
    public Object read(
        ResolvableType type, HttpInputMessage answer, @Nullable Map<String, Object> hints)
        throws IOException {
      try {
        return super.read(type, answer, hints);
      } catch (HttpMessageNotReadableException e) {
        throw unavailable("answered with JSON of another shape", e);
      }
    }
  }

  private void refuse(HttpRequest request, ClientHttpResponse response) throws IOException {
    JsonNode body;
    try {
      body = json.readTree(response.getBody());
    } catch (JacksonException e) {
      // Not the answer of a Tidegate service; its status alone counts.
      body = json.createObjectNode();
    }
    ErrorCode code = ErrorCode.ofUnityName(body.path("error_code").asString(""));
    if (code == null || !concernsCaller(code)) {
      throw unavailable("answered with status " + response.getStatusCode().value(), null);
    }
    throw new ApiException(code, body.path("message").asString(""));
  }

  /** Whether an error is about what our caller asked for, not about how this service asked. */
  private static boolean concernsCaller(ErrorCode code) {
    return switch (code) {
      case INVALID_ARGUMENT,
          UNSUPPORTED_TABLE,
          PERMISSION_DENIED,
          CATALOG_NOT_FOUND,
          SCHEMA_NOT_FOUND,
          TABLE_NOT_FOUND,
          SHARE_NOT_FOUND,
          RECIPIENT_NOT_FOUND,
          PRINCIPAL_NOT_FOUND,
          ALREADY_EXISTS,
          CATALOG_EXISTS,
          SCHEMA_EXISTS,
          TABLE_EXISTS,
          NOT_EMPTY,
          COMMIT_VERSION_CONFLICT,
          UPDATE_REQUIREMENT_CONFLICT,
          TOO_LARGE ->
          true;
      case BAD_REQUEST,
          UNAUTHENTICATED,
          NOT_FOUND,
          METHOD_NOT_ALLOWED,
          NOT_ACCEPTABLE,
          GONE,
          UNSUPPORTED_MEDIA_TYPE,
          RANGE_NOT_SATISFIABLE,
          INTERNAL,
          COMMIT_STATE_UNKNOWN,
          NOT_IMPLEMENTED,
          UNAVAILABLE ->
          false;
    };
  }

  private ApiException unavailable(String what, @Nullable Throwable cause) {
    ApiException failure =
        new ApiException(ErrorCode.UNAVAILABLE, "The " + service + " " + what + ": try again");
    if (cause != null) {
      failure.initCause(cause);
    }
    return failure;
  }

  /** Ends its connections, also those that wait for an answer. */
  @Override
  public void close() {
    http.shutdownNow();
  }
}
