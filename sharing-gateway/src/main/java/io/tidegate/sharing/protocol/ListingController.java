package io.tidegate.sharing.protocol;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.tags.Tag;
import io.tidegate.kit.errors.ApiException;
import io.tidegate.kit.errors.ErrorCode;
import io.tidegate.kit.web.PageSize;
import io.tidegate.kit.web.PageToken;
import io.tidegate.sharing.naming.Names;
import io.tidegate.sharing.protocol.RecipientView.NamedShare;
import io.tidegate.sharing.protocol.RecipientView.NamedTable;
import io.tidegate.sharing.recipients.RecipientCaller;
import java.util.Collections;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.security.core.annotation.AuthenticationPrincipal;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/**
 * What is shared with the recipient. Each answer is one line of ASCII, which is what clients that
 * read by line need; a page token is left out, never empty, on the last page.
 */
@RestController
@RequestMapping("/delta-sharing/shares")
@Tag(name = "Delta Sharing: lists", description = "What a recipient may read")
class ListingController {
  private static final int DEFAULT_PAGE = 500;
  private static final int LARGEST_PAGE = 1000;

  private final RecipientView view;

  ListingController(RecipientView view) {
    this.view = view;
  }

  @JsonInclude(JsonInclude.Include.NON_NULL)
  record Page<T>(List<T> items, @Nullable String nextPageToken) {}

  record ShareItem(String name, String id) {}

  record ShareAnswer(ShareItem share) {}

  record SchemaItem(String name, String share) {}

  record TableItem(String name, String schema, String share, String shareId, String id) {}

  @GetMapping
  @Operation(summary = "Lists the shares granted to the recipient")
  ResponseEntity<byte[]> shares(
      @AuthenticationPrincipal RecipientCaller recipient,
      @RequestParam(required = false) @Nullable Integer maxResults,
      @RequestParam(required = false) @Nullable String pageToken) {
    int size = size(maxResults);
    List<String> after = after(pageToken, 1);
    return page(
        view.shares(recipient, after.getFirst(), size + 1),
        size,
        pageToken,
        share -> new ShareItem(share.name(), share.id().toString()),
        share -> PageToken.encode(Names.key(share.name())),
        1);
  }

  @GetMapping("/{share}")
  @Operation(summary = "Shows a share")
  ResponseEntity<byte[]> share(
      @AuthenticationPrincipal RecipientCaller recipient, @PathVariable String share) {
    NamedShare found = view.share(recipient, share);
    return json(new ShareAnswer(new ShareItem(found.name(), found.id().toString())));
  }

  @GetMapping("/{share}/schemas")
  @Operation(summary = "Lists the schemas in a share")
  ResponseEntity<byte[]> schemas(
      @AuthenticationPrincipal RecipientCaller recipient,
      @PathVariable String share,
      @RequestParam(required = false) @Nullable Integer maxResults,
      @RequestParam(required = false) @Nullable String pageToken) {
    int size = size(maxResults);
    List<String> after = after(pageToken, 1);
    NamedShare found = view.share(recipient, share);
    return page(
        view.schemas(found, after.getFirst(), size + 1),
        size,
        pageToken,
        schema -> new SchemaItem(schema, found.name()),
        schema -> PageToken.encode(Names.key(schema)),
        1);
  }

  @GetMapping("/{share}/schemas/{schema}/tables")
  @Operation(summary = "Lists the tables in a schema of a share")
  ResponseEntity<byte[]> tables(
      @AuthenticationPrincipal RecipientCaller recipient,
      @PathVariable String share,
      @PathVariable String schema,
      @RequestParam(required = false) @Nullable Integer maxResults,
      @RequestParam(required = false) @Nullable String pageToken) {
    int size = size(maxResults);
    List<String> after = after(pageToken, 2);
    NamedShare found = view.share(recipient, share);
    List<NamedTable> page = view.tables(found, schema, after.get(0), after.get(1), size + 1);
    if (page.isEmpty() && !view.hasSchema(found, schema)) {
      throw new ApiException(
          ErrorCode.SCHEMA_NOT_FOUND, "Share " + found.name() + " has no schema " + schema);
    }
    return tables(page, found, size, pageToken);
  }

  @GetMapping("/{share}/all-tables")
  @Operation(summary = "Lists the tables in all schemas of a share")
  ResponseEntity<byte[]> allTables(
      @AuthenticationPrincipal RecipientCaller recipient,
      @PathVariable String share,
      @RequestParam(required = false) @Nullable Integer maxResults,
      @RequestParam(required = false) @Nullable String pageToken) {
    int size = size(maxResults);
    List<String> after = after(pageToken, 2);
    NamedShare found = view.share(recipient, share);
    return tables(
        view.tables(found, null, after.get(0), after.get(1), size + 1), found, size, pageToken);
  }

  private static ResponseEntity<byte[]> tables(
      List<NamedTable> page, NamedShare share, int size, @Nullable String pageToken) {
    return page(
        page,
        size,
        pageToken,
        table ->
            new TableItem(
                table.name(),
                table.schema(),
                share.name(),
                share.id().toString(),
                table.id().toString()),
        table -> PageToken.encode(table.schemaKey(), table.nameKey()),
        2);
  }

  private static int size(@Nullable Integer maxResults) {
    return PageSize.orZero("maxResults", maxResults, DEFAULT_PAGE, LARGEST_PAGE);
  }

  private static List<String> after(@Nullable String pageToken, int parts) {
    return pageToken == null || pageToken.isEmpty()
        ? Collections.nCopies(parts, "")
        : PageToken.decode("pageToken", pageToken, parts);
  }

  /**
   * @param found one more than the page holds, if there are so many
   */
  private static <T> ResponseEntity<byte[]> page(
      List<T> found,
      int size,
      @Nullable String pageToken,
      Function<T, Object> item,
      Function<T, String> token,
      int tokenParts) {
    String next = null;
    if (found.size() > size) {
      // An empty page is asked for with maxResults=0: the next page then begins where it would.
      next =
          size > 0
              ? token.apply(found.get(size - 1))
              : pageToken != null && !pageToken.isEmpty()
                  ? pageToken
                  : PageToken.encode(Collections.nCopies(tokenParts, "").toArray(String[]::new));
    }
    List<Object> items = found.stream().limit(size).map(item).toList();
    return json(new Page<>(items, next));
  }

  private static ResponseEntity<byte[]> json(Object body) {
    return ResponseEntity.ok()
        .contentType(MediaType.parseMediaType("application/json;charset=utf-8"))
        .body(ProtocolJson.MAPPER.writeValueAsBytes(body));
  }
}
