package io.tidegate.kit.web;

import io.tidegate.kit.errors.ApiException;
import io.tidegate.kit.errors.ErrorCode;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import jakarta.servlet.http.HttpServletResponse;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.util.unit.DataSize;
import org.springframework.web.filter.OncePerRequestFilter;

/** Refuses bodies that are too large: by their announced length at once, else while they come. */
final class BodyLimitFilter extends OncePerRequestFilter {
  /** A commit's description, and a table's schema, may be large. */
  private static final long LARGE = DataSize.ofMegabytes(16).toBytes();

  private static final List<String> LARGE_PREFIXES =
      List.of("/api/2.1/unity-catalog/delta/", "/service/");

  private final long standard;

  BodyLimitFilter(DataSize standard) {
    this.standard = standard.toBytes();
  }

  @Override
  protected void doFilterInternal(
      HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws ServletException, IOException {
    long limit =
        LARGE_PREFIXES.stream().anyMatch(request.getRequestURI()::startsWith)
            ? Math.max(LARGE, standard)
            : standard;
    if (request.getContentLengthLong() > limit) {
      throw tooLarge(limit);
    }
    chain.doFilter(new Limited(request, limit), response);
  }

  private static ApiException tooLarge(long limit) {
    return new ApiException(
        ErrorCode.TOO_LARGE, "The request's body is larger than " + limit + " bytes");
  }

  private static ApiException cutShort(IOException cause) {
    ApiException failure =
        new ApiException(ErrorCode.BAD_REQUEST, "The request's body could not be read to its end");
    failure.initCause(cause);
    return failure;
  }

  private static final class Limited extends HttpServletRequestWrapper {
    private final long limit;
    private @Nullable ServletInputStream stream;

    Limited(HttpServletRequest request, long limit) {
      super(request);
      this.limit = limit;
    }

    @Override
    public ServletInputStream getInputStream() throws IOException {
      if (stream == null) {
        stream = new LimitedStream(super.getInputStream(), limit);
      }
      return stream;
    }

    @Override
    public BufferedReader getReader() throws IOException {
      String encoding = getCharacterEncoding();
      Charset charset = encoding == null ? StandardCharsets.UTF_8 : Charset.forName(encoding);
      return new BufferedReader(new InputStreamReader(getInputStream(), charset));
    }
  }

  private static final class LimitedStream extends ServletInputStream {
    private final ServletInputStream source;
    private final long limit;
    private long count;

    LimitedStream(ServletInputStream source, long limit) {
      this.source = source;
      this.limit = limit;
    }

    @Override
    public int read() {
      int read;
      try {
        read = source.read();
      } catch (IOException e) {
        throw cutShort(e);
      }
      if (read >= 0) {
        counted(1);
      }
      return read;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) {
      int read;
      try {
        read = source.read(buffer, offset, length);
      } catch (IOException e) {
        throw cutShort(e);
      }
      if (read > 0) {
        counted(read);
      }
      return read;
    }

    private void counted(int read) {
      count += read;
      if (count > limit) {
        throw tooLarge(limit);
      }
    }

    @Override
    public boolean isFinished() {
      return source.isFinished();
    }

    @Override
    public boolean isReady() {
      return source.isReady();
    }

    @Override
    public void setReadListener(ReadListener listener) {
      source.setReadListener(listener);
    }
  }
}
