package io.tidegate.sharing.protocol;

import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.tags.Tag;
import io.tidegate.delta.Action.AddFile;
import io.tidegate.delta.TableSnapshot;
import io.tidegate.delta.TimeTravel;
import io.tidegate.kit.errors.ApiException;
import io.tidegate.kit.errors.ErrorCode;
import io.tidegate.kit.web.RequestId;
import io.tidegate.sharing.events.SharingEvent.SharedTableQueried;
import io.tidegate.sharing.files.FileUrls;
import io.tidegate.sharing.files.FileUrls.Signer;
import io.tidegate.sharing.naming.PublicUrl;
import io.tidegate.sharing.recipients.RecipientCaller;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Clock;
import java.time.Instant;
import java.util.Iterator;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.security.core.annotation.AuthenticationPrincipal;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestMethod;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** Versions, metadata and files of shared tables. */
@RestController
@RequestMapping(TableController.TABLE)
@Tag(name = "Delta Sharing: tables", description = "What is in a shared table")
class TableController {
  static final String TABLE = "/delta-sharing/shares/{share}/schemas/{schema}/tables/{table}";
  private static final String VERSION_HEADER = "Delta-Table-Version";
  private static final String NDJSON = "application/x-ndjson;charset=utf-8";

  private final RecipientView view;
  private final TableReader reader;
  private final RefreshTokens refreshTokens;
  private final FileUrls urls;
  private final PublicUrl publicUrl;
  private final SharingLimits limits;
  private final ReadLog reads;
  private final Clock clock = Clock.systemUTC();

  TableController(
      RecipientView view,
      TableReader reader,
      RefreshTokens refreshTokens,
      FileUrls urls,
      PublicUrl publicUrl,
      SharingLimits limits,
      ReadLog reads) {
    this.view = view;
    this.reader = reader;
    this.refreshTokens = refreshTokens;
    this.urls = urls;
    this.publicUrl = publicUrl;
    this.limits = limits;
    this.reads = reads;
  }

  @GetMapping("/version")
  @Operation(
      summary = "Tells a table's latest version, in the header Delta-Table-Version",
      description =
          "With startingTimestamp the first version at or after it; that needs a table shared with"
              + " history.")
  void version(
      @AuthenticationPrincipal RecipientCaller recipient,
      @PathVariable String share,
      @PathVariable String schema,
      @PathVariable String table,
      @RequestParam(required = false) @Nullable String startingTimestamp,
      HttpServletResponse response) {
    ReadableTable readable = view.table(recipient, share, schema, table);
    long version;
    if (startingTimestamp == null) {
      version = reader.latestVersion(readable);
    } else {
      requireHistory(readable, "startingTimestamp");
      version =
          Math.max(
              readable.startVersion(),
              reader.versionAtOrAfter(
                  readable, Timestamps.parse("startingTimestamp", startingTimestamp)));
    }
    response.setHeader(VERSION_HEADER, Long.toString(version));
  }

  /** The older way to ask for the version. */
  @RequestMapping(method = RequestMethod.HEAD)
  @Operation(summary = "Tells a table's latest version, in the header Delta-Table-Version")
  void head(
      @AuthenticationPrincipal RecipientCaller recipient,
      @PathVariable String share,
      @PathVariable String schema,
      @PathVariable String table,
      HttpServletResponse response) {
    version(recipient, share, schema, table, null, response);
  }

  @GetMapping("/metadata")
  @Operation(
      summary = "Shows a table's protocol and metadata, as two lines of JSON",
      description = "version or timestamp need a table shared with history.")
  void metadata(
      @AuthenticationPrincipal RecipientCaller recipient,
      @PathVariable String share,
      @PathVariable String schema,
      @PathVariable String table,
      @RequestParam(required = false) @Nullable Long version,
      @RequestParam(required = false) @Nullable String timestamp,
      @RequestHeader(name = Capabilities.HEADER, required = false) @Nullable String capabilities,
      @RequestHeader(name = FileIdHash.HEADER, required = false) @Nullable String fileIdHash,
      HttpServletResponse response)
      throws IOException {
    Capabilities client = Capabilities.parse(capabilities);
    if (version != null && timestamp != null) {
      throw invalid("Only one of version and timestamp may be given");
    }
    if (version != null && version < 0) {
      throw invalid("version must not be negative");
    }
    Instant instant = timestamp == null ? null : Timestamps.parse("timestamp", timestamp);
    ReadableTable readable = view.table(recipient, share, schema, table);
    TableSnapshot snapshot = snapshot(readable, version, instant);
    Set<String> needed = needed(snapshot);
    // A client that asks with a format alone wants to learn what it needs, so nothing but the
    // format itself is refused.
    ResponseFormat format = format(readable, client, needed);
    FileIdHash.of(fileIdHash, format);
    begin(response, snapshot, format, false, fileIdHash);
    TableAnswer answer =
        new TableAnswer(
            response.getOutputStream(),
            snapshot,
            format,
            TableFeatures.unsaid(snapshot.protocol(), needed, client.readerFeatures()));
    answer.head();
    answer.flush();
  }

  @PostMapping("/query")
  @Operation(
      summary = "Lists the files of a table's version, a line of JSON each",
      description = "The lines are sent as they are made. Hints leave files out that cannot match.")
  void query(
      @AuthenticationPrincipal RecipientCaller recipient,
      @PathVariable String share,
      @PathVariable String schema,
      @PathVariable String table,
      @RequestBody(required = false) byte @Nullable [] body,
      @RequestHeader(name = Capabilities.HEADER, required = false) @Nullable String capabilities,
      @RequestHeader(name = FileIdHash.HEADER, required = false) @Nullable String fileIdHash,
      HttpServletRequest request,
      HttpServletResponse response)
      throws IOException {
    Capabilities client = Capabilities.parse(capabilities);
    QueryRequest query = QueryRequest.parse(body == null ? new byte[0] : body);
    ReadableTable readable = view.table(recipient, share, schema, table);
    if (query.startingVersion() != null) {
      throw new ApiException(
          ErrorCode.NOT_IMPLEMENTED,
          "startingVersion: reading the changes since a version is not supported");
    }
    TableSnapshot snapshot =
        query.refreshToken() == null
            ? snapshot(readable, query.version(), query.timestamp())
            : resumed(readable, refreshTokens.open(query.refreshToken(), recipient, readable));
    if (snapshot.leadsOutside()) {
      throw new ApiException(
          ErrorCode.UNSUPPORTED_TABLE,
          readable.sharedName()
              + " has data files outside its own folder, as a shallow clone has, which cannot be"
              + " shared");
    }
    Set<String> needed = needed(snapshot);
    ResponseFormat format = format(readable, client, needed);
    if (format == ResponseFormat.DELTA) {
      requireFeatures(readable, client, needed);
    }
    FileIdHash ids = FileIdHash.of(fileIdHash, format);
    if (query.asksForEarlier()) {
      reader.requireFiles(readable, snapshot, FileSelection.of(snapshot, query));
    }
    Signer signer =
        urls.signer(
            publicUrl.of(request),
            readable.shareId(),
            readable.tableId(),
            recipient.tokenId(),
            readable.location(),
            clock.instant().plus(limits.urlLifetime()));
    begin(response, snapshot, format, client.endStreamAction(), fileIdHash);
    TableAnswer answer =
        new TableAnswer(
            response.getOutputStream(),
            snapshot,
            format,
            TableFeatures.unsaid(snapshot.protocol(), needed, client.readerFeatures()));
    boolean completed = false;
    try {
      answer.head();
      write(answer, FileSelection.of(snapshot, query), signer, ids);
      if (client.endStreamAction() || query.includeRefreshToken()) {
        answer.end(
            query.includeRefreshToken() ? refreshTokens.issue(recipient, readable, snapshot) : null,
            answer.files() == 0 ? null : signer.expirationTimestamp());
      }
      answer.flush();
      completed = true;
    } finally {
      if (completed || response.isCommitted()) {
        record(recipient, readable, snapshot, format, answer, completed);
      }
    }
  }

  private static void write(
      TableAnswer answer, Iterator<AddFile> files, Signer signer, FileIdHash ids) {
    while (files.hasNext()) {
      answer.file(files.next(), signer, ids);
    }
  }

  @GetMapping("/changes")
  @Operation(summary = "Not supported: the change data feed")
  void changes(
      @AuthenticationPrincipal RecipientCaller recipient,
      @PathVariable String share,
      @PathVariable String schema,
      @PathVariable String table) {
    view.table(recipient, share, schema, table);
    throw new ApiException(
        ErrorCode.NOT_IMPLEMENTED, "Reading a table's change data feed is not supported");
  }

  @PostMapping("/queries/{queryId}")
  @Operation(summary = "Not supported: queries are answered at once, never later")
  void asynchronous(
      @AuthenticationPrincipal RecipientCaller recipient,
      @PathVariable String share,
      @PathVariable String schema,
      @PathVariable String table,
      @PathVariable String queryId) {
    view.table(recipient, share, schema, table);
    throw new ApiException(
        ErrorCode.NOT_IMPLEMENTED,
        "Asynchronous queries are not supported: queries are answered at once");
  }

  @PostMapping("/temporary-table-credentials")
  @Operation(summary = "Not supported: files are read by URL")
  void credentials(
      @AuthenticationPrincipal RecipientCaller recipient,
      @PathVariable String share,
      @PathVariable String schema,
      @PathVariable String table) {
    view.table(recipient, share, schema, table);
    throw new ApiException(
        ErrorCode.NOT_IMPLEMENTED, "Access to a table's folder is not supported: read by URL");
  }

  private TableSnapshot resumed(ReadableTable table, RefreshTokens.Resumed resumed) {
    TableSnapshot snapshot = reader.snapshot(table, resumed.wanted());
    resumed.check(snapshot);
    return snapshot;
  }

  private TableSnapshot snapshot(
      ReadableTable table, @Nullable Long version, @Nullable Instant timestamp) {
    if (version == null && timestamp == null) {
      return reader.snapshot(table, TimeTravel.latest());
    }
    requireHistory(table, version != null ? "version" : "timestamp");
    TableSnapshot snapshot =
        reader.snapshot(
            table,
            timestamp == null
                ? new TimeTravel.AtVersion(version == null ? 0 : version)
                : new TimeTravel.AtTimestamp(timestamp));
    if (snapshot.version() < table.startVersion()) {
      throw invalid(
          table.sharedName()
              + " is shared from version "
              + table.startVersion()
              + " on; version "
              + snapshot.version()
              + " is before that");
    }
    return snapshot;
  }

  private static void requireHistory(ReadableTable table, String field) {
    if (!table.history()) {
      throw invalid(
          field
              + ": "
              + table.sharedName()
              + " is shared without its history; only the latest"
              + " version can be read");
    }
  }

  private static Set<String> needed(TableSnapshot snapshot) {
    return TableFeatures.needed(
        snapshot.protocol(), snapshot.metadata(), snapshot.hasDeletionVectors());
  }

  private static ResponseFormat format(
      ReadableTable table, Capabilities client, Set<String> needed) {
    if (needed.isEmpty() && client.formats().contains(ResponseFormat.PARQUET)) {
      return ResponseFormat.PARQUET;
    }
    if (client.formats().contains(ResponseFormat.DELTA)) {
      return ResponseFormat.DELTA;
    }
    throw new ApiException(
        ErrorCode.UNSUPPORTED_TABLE,
        table.sharedName()
            + " uses "
            + String.join(", ", needed)
            + " and cannot be read in response format parquet: ask with the header "
            + ask(needed));
  }

  private static void requireFeatures(
      ReadableTable table, Capabilities client, Set<String> needed) {
    for (String feature : needed) {
      if (!client.readerFeatures().contains(feature.toLowerCase(Locale.ROOT))) {
        throw new ApiException(
            ErrorCode.UNSUPPORTED_TABLE,
            table.sharedName()
                + " uses "
                + feature
                + ", which the client does not say that it can read: ask with the header "
                + ask(needed));
      }
    }
  }

  private static String ask(Set<String> needed) {
    return Capabilities.HEADER
        + ": responseformat=delta;readerfeatures="
        + String.join(",", needed).toLowerCase(Locale.ROOT);
  }

  private static void begin(
      HttpServletResponse response,
      TableSnapshot snapshot,
      ResponseFormat format,
      boolean endStreamAction,
      @Nullable String fileIdHash) {
    response.setContentType(NDJSON);
    response.setHeader(VERSION_HEADER, Long.toString(snapshot.version()));
    response.setHeader(
        Capabilities.HEADER,
        "responseformat="
            + format.wireName()
            + (endStreamAction ? ";includeendstreamaction=true" : ""));
    if (fileIdHash != null) {
      response.setHeader(FileIdHash.HEADER, FileIdHash.of(fileIdHash, format).wireName());
    }
  }

  private void record(
      RecipientCaller recipient,
      ReadableTable table,
      TableSnapshot snapshot,
      ResponseFormat format,
      TableAnswer answer,
      boolean completed) {
    reads.add(
        new SharedTableQueried(
            recipient.id(),
            recipient.name(),
            recipient.tokenId(),
            table.share(),
            table.schema(),
            table.name(),
            table.tableId(),
            table.fullName(),
            snapshot.version(),
            format.wireName(),
            answer.files(),
            answer.bytes(),
            completed),
        RequestId.current());
  }

  private static ApiException invalid(String message) {
    return new ApiException(ErrorCode.INVALID_ARGUMENT, message);
  }
}
