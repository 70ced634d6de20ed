package io.tidegate.kit.errors;

import io.tidegate.kit.client.ClientFamily;
import io.tidegate.kit.web.RequestId;
import jakarta.servlet.RequestDispatcher;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;
import org.apache.catalina.Container;
import org.apache.catalina.Host;
import org.apache.catalina.Valve;
import org.apache.catalina.connector.Request;
import org.apache.catalina.connector.Response;
import org.apache.catalina.core.StandardHost;
import org.apache.catalina.valves.ErrorReportValve;
import org.apache.coyote.ActionCode;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.tomcat.servlet.TomcatServletWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.boot.webmvc.error.ErrorController;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.annotation.Order;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.RequestMapping;

/** The errors that the container answers with, in our shapes instead of its own. */
@Configuration(proxyBeanMethods = false)
class ContainerErrors {
  /** A request attribute: the answer had begun when it failed, and must not look complete. */
  static final String CUT = ContainerErrors.class.getName() + ".cut";

  /** Comes after Spring Boot's own customizer, whose valve it replaces. */
  @Bean
  @Order(Integer.MAX_VALUE)
  WebServerFactoryCustomizer<TomcatServletWebServerFactory> jsonErrorValve() {
    return factory -> factory.addContextCustomizers(context -> replaceValve(context.getParent()));
  }

  private static void replaceValve(@Nullable Container parent) {
    if (!(parent instanceof Host host)) {
      throw new IllegalStateException("A Tomcat context has a host");
    }
    for (Valve valve : host.getPipeline().getValves()) {
      if (valve instanceof ErrorReportValve) {
        host.getPipeline().removeValve(valve);
      }
    }
    host.getPipeline().addValve(new JsonErrorValve());
    if (host instanceof StandardHost standard) {
      standard.setErrorReportValveClass(JsonErrorValve.class.getName());
    }
  }

  /** Requests that Tomcat refuses before any filter sees them: bad lines, headers and paths. */
  static final class JsonErrorValve extends ErrorReportValve {
    private static final String NOT_HTTP =
        "The request line or a header is not valid HTTP, is too long, or the path holds an encoded"
            + " NUL, or is not UTF-8";

    /** No name holds one, so nothing can be there; clients try other ways only after a 404. */
    private static final Pattern ENCODED_SLASH =
        Pattern.compile("%(2f|5c)", Pattern.CASE_INSENSITIVE);

    @Override
    public void invoke(Request request, Response response) throws IOException, ServletException {
      super.invoke(request, response);
      if (request.getAttribute(CUT) != null) {
        response.getCoyoteResponse().action(ActionCode.CLOSE_NOW, null);
      }
    }

    @Override
    protected void report(Request request, Response response, @Nullable Throwable failure) {
      int status = response.getStatus();
      if (status < 400 || response.getContentWritten() > 0 || !response.setErrorReported()) {
        return;
      }
      ApiException error = error(status, request.getRequestURI());
      if (error.code() == ErrorCode.NOT_FOUND) {
        response.setStatus(HttpServletResponse.SC_NOT_FOUND);
      }
      try {
        if (response.getHeader(RequestId.HEADER) == null) {
          response.setHeader(RequestId.HEADER, RequestId.current());
        }
        if (error.code() == ErrorCode.UNAVAILABLE) {
          response.setHeader(HttpHeaders.RETRY_AFTER, "1");
        }
        response.setContentType(MediaType.APPLICATION_JSON_VALUE);
        PrintWriter writer = response.getReporter();
        if (writer != null) {
          writer.write(
              new String(
                  ErrorWriter.body(request.getRequestURI(), error, ClientFamily.of(request)),
                  StandardCharsets.UTF_8));
          response.finishResponse();
        }
      } catch (IOException | IllegalStateException e) {
        container.getLogger().debug("The client did not wait for its error", e);
      }
    }
  }

  /** The error for a status that Tomcat chose by itself. */
  private static ApiException error(int status, @Nullable String path) {
    if (status != HttpServletResponse.SC_BAD_REQUEST) {
      return Failures.ofStatus(status, null);
    }
    return path != null && JsonErrorValve.ENCODED_SLASH.matcher(path).find()
        ? new ApiException(
            ErrorCode.NOT_FOUND, "No such path: a name cannot hold a slash or a backslash")
        : Failures.ofStatus(status, JsonErrorValve.NOT_HTTP);
  }

  /** What was answered with {@code sendError}. */
  @Controller
  static final class JsonErrorController implements ErrorController {
    private final ErrorWriter errors;

    JsonErrorController(ErrorWriter errors) {
      this.errors = errors;
    }

    @RequestMapping("${spring.web.error.path:/error}")
    void error(HttpServletRequest request, HttpServletResponse response) throws IOException {
      Object status = request.getAttribute(RequestDispatcher.ERROR_STATUS_CODE);
      Object exception = request.getAttribute(RequestDispatcher.ERROR_EXCEPTION);
      if (exception instanceof IOException) {
        // Tomcat's own note that reading the request failed; whatever else fails is answered
        // before.
        errors.send(
            request,
            response,
            new ApiException(
                ErrorCode.BAD_REQUEST, "The request's body could not be read to its end"));
      } else if (exception instanceof Throwable failure) {
        errors.write(request, response, failure);
      } else if (status instanceof Integer known) {
        Object reason = request.getAttribute(RequestDispatcher.ERROR_MESSAGE);
        errors.send(
            request,
            response,
            Failures.ofStatus(known, reason instanceof String text ? text : null));
      } else {
        errors.send(
            request,
            response,
            new ApiException(ErrorCode.NOT_FOUND, "No such path: " + request.getRequestURI()));
      }
    }
  }
}
