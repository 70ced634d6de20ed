package io.tidegate.sharing.protocol;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.tags.Tag;
import io.tidegate.kit.errors.ApiException;
import io.tidegate.kit.errors.ErrorCode;
import io.tidegate.kit.web.PageSize;
import io.tidegate.sharing.files.SealedText;
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
  private final SealedText seals;

  ListingController(RecipientView view, SealedText seals) {
    this.view = view;
    this.seals = seals;
  }

  @JsonInclude(JsonInclude.Include.NON_NULL)
  record Page<T>(List<T> items, @Nullable String nextPageToken) {}

  /**
   * @param comment what the provider says of it; more than the protocol has, which lets it be
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record ShareItem(String name, String id, @Nullable String comment) {}

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
    String list = "shares of " + recipient.id();
    List<String> after = after(list, pageToken, 1);
    return page(
        view.shares(recipient, after.getFirst(), size + 1),
        size,
        list,
        after,
        share -> new ShareItem(share.name(), share.id().toString(), share.comment()),
        share -> List.of(Names.key(share.name())));
  }

  @GetMapping("/{share}")
  @Operation(summary = "Shows a share")
  ResponseEntity<byte[]> share(
      @AuthenticationPrincipal RecipientCaller recipient, @PathVariable String share) {
    NamedShare found = view.share(recipient, share);
    return json(
        new ShareAnswer(new ShareItem(found.name(), found.id().toString(), found.comment())));
  }

  @GetMapping("/{share}/schemas")
  @Operation(summary = "Lists the schemas in a share")
  ResponseEntity<byte[]> schemas(
      @AuthenticationPrincipal RecipientCaller recipient,
      @PathVariable String share,
      @RequestParam(required = false) @Nullable Integer maxResults,
      @RequestParam(required = false) @Nullable String pageToken) {
    int size = size(maxResults);
    NamedShare found = view.share(recipient, share);
    String list = "schemas of " + recipient.id() + " in " + found.id();
    List<String> after = after(list, pageToken, 1);
    return page(
        view.schemas(found, after.getFirst(), size + 1),
        size,
        list,
        after,
        schema -> new SchemaItem(schema, found.name()),
        schema -> List.of(Names.key(schema)));
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
    NamedShare found = view.share(recipient, share);
    String list = "tables of " + recipient.id() + " in " + found.id() + "." + Names.key(schema);
    List<String> after = after(list, pageToken, 2);
    List<NamedTable> page = view.tables(found, schema, after.get(0), after.get(1), size + 1);
    if (page.isEmpty() && !view.hasSchema(found, schema)) {
      throw new ApiException(
          ErrorCode.SCHEMA_NOT_FOUND, "Share " + found.name() + " has no schema " + schema);
    }
    return tables(page, found, size, list, after);
  }

  @GetMapping("/{share}/all-tables")
  @Operation(summary = "Lists the tables in all schemas of a share")
  ResponseEntity<byte[]> allTables(
      @AuthenticationPrincipal RecipientCaller recipient,
      @PathVariable String share,
      @RequestParam(required = false) @Nullable Integer maxResults,
      @RequestParam(required = false) @Nullable String pageToken) {
    int size = size(maxResults);
    NamedShare found = view.share(recipient, share);
    String list = "tables of " + recipient.id() + " in " + found.id();
    List<String> after = after(list, pageToken, 2);
    List<NamedTable> page = view.tables(found, null, after.get(0), after.get(1), size + 1);
    return tables(page, found, size, list, after);
  }

  private ResponseEntity<byte[]> tables(
      List<NamedTable> page, NamedShare share, int size, String list, List<String> after) {
    return page(
        page,
        size,
        list,
        after,
        table ->
            new TableItem(
                table.name(),
                table.schema(),
                share.name(),
                share.id().toString(),
                table.id().toString()),
        table -> List.of(table.schemaKey(), table.nameKey()));
  }

  private static int size(@Nullable Integer maxResults) {
    return PageSize.orZero("maxResults", maxResults, DEFAULT_PAGE, LARGEST_PAGE);
  }

  /**
   * The keys of the last entry on the page before; empty texts for the first page.
   *
   * @param list names the list, and whose it is: another's page token is none of this one
   */
  private List<String> after(String list, @Nullable String pageToken, int keys) {
    if (pageToken == null || pageToken.isEmpty()) {
      return Collections.nCopies(keys, "");
    }
    return seals
        .open(list, pageToken)
        // Names hold no line break.
        .map(text -> List.of(text.split("\n", -1)))
        .orElseThrow(() ->
            new ApiException(
                ErrorCode.INVALID_ARGUMENT,
                "pageToken is not a page token of this list: leave it out"));
  }

  /**
   * @param found one more than the page holds, if there are so many
   */
  private <T> ResponseEntity<byte[]> page(
      List<T> found,
      int size,
      String list,
      List<String> after,
      Function<T, Object> item,
      Function<T, List<String>> keys) {
    String next = null;
    if (found.size() > size) {
      // An empty page is asked for with maxResults=0: the next page then begins where it would.
      List<String> last = size > 0 ? keys.apply(found.get(size - 1)) : after;
      next = seals.seal(list, String.join("\n", last));
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
