package io.tidegate.sharing.files;

import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.security.SecurityRequirements;
import io.swagger.v3.oas.annotations.tags.Tag;
import io.tidegate.kit.errors.ApiException;
import io.tidegate.kit.errors.ErrorCode;
import io.tidegate.objects.ObjectInfo;
import io.tidegate.objects.ObjectStore;
import io.tidegate.objects.OutsideRootException;
import io.tidegate.sharing.files.FileUrls.Grant;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.NoSuchFileException;
import java.time.Clock;
import java.util.Optional;
import java.util.UUID;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** Serves the data files of local tables by signed URL, whole or in parts. */
@RestController
@Tag(name = "Files", description = "Data files, by the signed URLs that queries answer with")
class FileController {
  private final FileUrls urls;
  private final TableStorage storage;
  private final JdbcClient jdbc;
  private final Clock clock = Clock.systemUTC();

  FileController(FileUrls urls, TableStorage storage, JdbcClient jdbc) {
    this.urls = urls;
    this.storage = storage;
    this.jdbc = jdbc;
  }

  @GetMapping(FileUrls.PATH + "/{share}/{table}/{name}")
  @SecurityRequirements
  @Operation(
      summary = "Serves a data file",
      description =
          "The signature is the credential. One range is served as 206; HEAD and conditional"
              + " requests work. 403 if the URL was changed, has expired, or was made for a token"
              + " or a grant that is no more.")
  void serve(
      @PathVariable UUID share,
      @PathVariable UUID table,
      @PathVariable String name,
      @RequestParam String path,
      @RequestParam UUID token,
      @RequestParam long expires,
      @RequestParam(FileUrls.SIGNATURE) String signature,
      HttpServletRequest request,
      HttpServletResponse response)
      throws IOException {
    Grant grant =
        FileUrls.decodePath(path)
            .map(decoded -> new Grant(share, table, token, decoded, expires))
            .filter(signed -> urls.isSigned(signed, signature))
            .filter(signed -> name.equals(FileUrls.friendlyName(signed.path())))
            .orElseThrow(() ->
                new ApiException(
                    ErrorCode.PERMISSION_DENIED,
                    "The URL's signature does not fit it: use the URL as the query gave it"));
    if (grant.expires() <= clock.instant().getEpochSecond()) {
      throw new ApiException(
          ErrorCode.PERMISSION_DENIED, "The URL has expired: query the table again");
    }
    URI folder =
        location(grant)
            .map(FileUrls::folder)
            .orElseThrow(() ->
                new ApiException(
                    ErrorCode.PERMISSION_DENIED,
                    "The token that the URL was made for may not read the table any more"));
    send(folder, URI.create(folder + grant.path()), request, response);
  }

  // Whether the grant behind the URL still holds is asked anew for each request.
  private Optional<URI> location(Grant grant) {
    return jdbc.sql(
            """
            SELECT ct.location
            FROM sharing.recipient_tokens t
            JOIN sharing.recipients r USING (recipient_id)
            JOIN sharing.share_grants g USING (recipient_id)
            JOIN sharing.shared_tables st USING (share_id)
            JOIN sharing.catalog_tables ct USING (table_id)
            WHERE t.token_id = :token AND share_id = :share AND table_id = :table
              AND NOT ct.dropped
              AND (t.expires_at IS NULL OR t.expires_at > now())
              AND (r.expires_at IS NULL OR r.expires_at > now())
            """)
        .param("token", grant.tokenId())
        .param("share", grant.shareId())
        .param("table", grant.tableId())
        .query(String.class)
        .optional()
        .map(URI::create);
  }

  private void send(URI folder, URI file, HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    ObjectStore store;
    ObjectInfo info;
    try {
      store = storage.store().within(folder);
      info = store.head(file).orElseThrow(FileController::gone);
    } catch (OutsideRootException e) {
      throw new ApiException(
          ErrorCode.PERMISSION_DENIED, "The file is outside the folders that may be served");
    }
    // The time alone may be too coarse to tell two versions of a file apart.
    String etag =
        "\"" + Long.toHexString(info.size()) + "-" + info.modifiedAt().toEpochMilli() + "\"";
    response.setHeader(HttpHeaders.ACCEPT_RANGES, "bytes");
    response.setHeader(HttpHeaders.ETAG, etag);
    response.setDateHeader(HttpHeaders.LAST_MODIFIED, info.modifiedAt().toEpochMilli());
    response.setHeader(HttpHeaders.CACHE_CONTROL, "private, no-transform");
    if (etag.equals(request.getHeader(HttpHeaders.IF_NONE_MATCH))) {
      response.setStatus(HttpServletResponse.SC_NOT_MODIFIED);
      return;
    }
    Optional<ByteRange> range =
        mayUseRange(request, etag, info)
            ? ByteRange.parse(request.getHeader(HttpHeaders.RANGE), info.size())
            : Optional.empty();
    long offset = 0;
    long length = info.size();
    if (range.isPresent()) {
      offset = range.get().first();
      length = range.get().length();
      if (length == 0) {
        response.setHeader(HttpHeaders.CONTENT_RANGE, "bytes */" + info.size());
        throw new ApiException(
            ErrorCode.RANGE_NOT_SATISFIABLE,
            "Range: the file has " + info.size() + " bytes, and none of them is in the range");
      }
      response.setStatus(HttpServletResponse.SC_PARTIAL_CONTENT);
      response.setHeader(
          HttpHeaders.CONTENT_RANGE,
          "bytes " + offset + "-" + (offset + length - 1) + "/" + info.size());
    }
    response.setContentType(MediaType.APPLICATION_OCTET_STREAM_VALUE);
    response.setContentLengthLong(length);
    if (request.getMethod().equals("HEAD") || length == 0) {
      return;
    }
    try (InputStream content = store.open(file, offset, length)) {
      content.transferTo(response.getOutputStream());
    } catch (NoSuchFileException | FileNotFoundException e) {
      throw gone();
    }
  }

  // With If-Range, the part is wanted only of the file that the client knows already.
  private static boolean mayUseRange(HttpServletRequest request, String etag, ObjectInfo info) {
    String condition = request.getHeader(HttpHeaders.IF_RANGE);
    if (condition == null || condition.equals(etag)) {
      return true;
    }
    if (condition.startsWith("\"") || condition.startsWith("W/")) {
      return false;
    }
    try {
      return request.getDateHeader(HttpHeaders.IF_RANGE) / 1000
          == info.modifiedAt().getEpochSecond();
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  private static ApiException gone() {
    return new ApiException(
        ErrorCode.NOT_FOUND,
        "The file is not there any more: query the table again; if that names it again, the provider"
            + " of the table must restore it");
  }
}
