package io.tidegate.kit.web;

import io.tidegate.kit.errors.ApiException;
import io.tidegate.kit.errors.ErrorCode;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpRequest;
import org.springframework.http.HttpStatus;
import org.springframework.http.client.ClientHttpResponse;
import org.springframework.http.client.JdkClientHttpRequestFactory;
import org.springframework.http.converter.json.JacksonJsonHttpMessageConverter;
import org.springframework.web.client.RestClient;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Speaks to another Tidegate service: with the service token, the current request's id, and little
 * patience. Whatever goes wrong is an {@link ApiException}: what the other service answered, or
 * UNAVAILABLE naming the service.
 */
public final class ServiceClient implements AutoCloseable {
  private static final Duration CONNECT = Duration.ofSeconds(1);
  private static final Duration READ = Duration.ofSeconds(5);
  private static final int MAX_ERROR_BODY = 1 << 20;

  private final String service;
  private final URI baseUrl;
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
    this.service = service;
    this.baseUrl = baseUrl;
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
                converters
                    .registerDefaults()
                    .withJsonConverter(new JacksonJsonHttpMessageConverter(json)))
            .defaultHeaders(headers -> {
              if (serviceToken != null) {
                headers.setBearerAuth(serviceToken);
              }
            })
            .requestInterceptor((request, body, execution) -> {
              request.getHeaders().set(RequestId.HEADER, RequestId.current());
              try {
                return execution.execute(request, body);
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

  public URI baseUrl() {
    return baseUrl;
  }

  /** A client whose requests are paths below the base URL. */
  public RestClient rest() {
    return rest;
  }

  /** A client for a request that the service may take longer to answer, by the time given. */
  public RestClient waiting(Duration longer) {
    JdkClientHttpRequestFactory factory = new JdkClientHttpRequestFactory(http);
    factory.setReadTimeout(READ.plus(longer));
    return template.clone().requestFactory(factory).build();
  }

  private void refuse(HttpRequest request, ClientHttpResponse response) throws IOException {
    int status = response.getStatusCode().value();
    JsonNode body;
    try {
      body = json.readTree(response.getBody().readNBytes(MAX_ERROR_BODY));
    } catch (IOException | JacksonException e) {
      // Not the answer of a Tidegate service; its status alone counts.
      body = json.createObjectNode();
    }
    ErrorCode code = ErrorCode.ofUnityName(body.path("error_code").asString(""));
    if (code == null || status == HttpStatus.UNAUTHORIZED.value() || code == ErrorCode.INTERNAL) {
      throw unavailable("answered with status " + status, null);
    }
    throw new ApiException(code, body.path("message").asString(""));
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
