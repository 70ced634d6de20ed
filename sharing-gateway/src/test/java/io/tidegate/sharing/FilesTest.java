package io.tidegate.sharing;

import static io.tidegate.sharing.Sharing.RECIPIENTS;
import static io.tidegate.sharing.Sharing.SHARES;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidegate.ports.TableAccess;
import io.tidegate.ports.TableAccess.Type;
import io.tidegate.sharing.Gateway.Answer;
import io.tidegate.sharing.Sharing.Holder;
import io.tidegate.sharing.files.FileUrls;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** Data files by signed URL. */
class FilesTest {
  private static final String CONTENT = "file number 0";

  private final Gateway gateway = Gateway.start();
  private final Tables tables = new Tables(gateway);
  private final Sharing sharing = new Sharing(gateway);
  private final String share = sharing.share();
  private final TableAccess table = tables.small(Type.EXTERNAL);
  private final Holder recipient;
  private final String url;

  FilesTest() {
    sharing.add(share, table);
    recipient = sharing.recipientOf(share);
    url = urls(recipient).getFirst();
  }

  private List<String> urls(Holder reader) {
    return gateway
        .as(reader.token(), "POST", Sharing.path(share, table) + "/query", "{}")
        .lines()
        .stream()
        .skip(2)
        .map(line -> line.get("file").get("url").asString())
        .sorted()
        .toList();
  }

  private Answer get(String address, String... headers) {
    return gateway.send("GET", address, null, headers);
  }

  @Test
  void aFileIsServedWhole() {
    Answer answer = get(url);
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.text()).isEqualTo(CONTENT);
    assertThat(answer.header("content-length")).isEqualTo("13");
    assertThat(answer.header("accept-ranges")).isEqualTo("bytes");
    assertThat(URI.create(url).getPath()).endsWith("/part-0.parquet");
    // A token that a client sends along is not looked at.
    assertThat(get(url, "Authorization", "Bearer nonsense").status()).isEqualTo(200);
  }

  @Test
  void headTellsTheSize() {
    Answer answer = gateway.send("HEAD", url, null);
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.header("content-length")).isEqualTo("13");
    assertThat(answer.header("accept-ranges")).isEqualTo("bytes");
    assertThat(answer.bytes()).isEmpty();
    Answer part = gateway.send("HEAD", url, null, "Range", "bytes=0-0");
    assertThat(part.status()).isEqualTo(206);
    assertThat(part.header("content-length")).isEqualTo("1");
  }

  @ParameterizedTest
  @CsvSource({
    "bytes=0-3,      0, 4",
    "bytes=5-5,      5, 6",
    "bytes=5-,       5, 13",
    "bytes=-4,       9, 13",
    "bytes=-100,     0, 13",
    "bytes=10-99999, 10, 13",
    "bytes=0-12,     0, 13",
  })
  void aRangeIsServedAsAPart(String range, int from, int to) {
    Answer answer = get(url, "Range", range);
    assertThat(answer.status()).isEqualTo(206);
    assertThat(answer.text()).isEqualTo(CONTENT.substring(from, to));
    assertThat(answer.header("content-range")).isEqualTo("bytes %d-%d/13".formatted(from, to - 1));
    assertThat(answer.header("content-length")).isEqualTo(Integer.toString(to - from));
  }

  @ParameterizedTest
  @CsvSource({"bytes=13-", "bytes=13-20", "bytes=-0"})
  void aRangeBehindTheEndIsRefused(String range) {
    Answer answer = get(url, "Range", range);
    assertThat(answer.status()).isEqualTo(416);
    assertThat(answer.header("content-range")).isEqualTo("bytes */13");
    assertThat(answer.json().get("errorCode").asString()).isEqualTo("RANGE_NOT_SATISFIABLE");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {"bytes=5-2", "lines=0-1", "bytes=x", "bytes=0-1,4-5"})
  void aRangeThatIsNoneIsLeftAside(String range) {
    Answer answer = get(url, "Range", range);
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.text()).isEqualTo(CONTENT);
  }

  @Test
  void conditionsHold() {
    Answer whole = get(url);
    String etag = whole.header("etag");
    String modified = whole.header("last-modified");
    assertThat(get(url, "Range", "bytes=0-0", "If-Range", etag).status()).isEqualTo(206);
    assertThat(get(url, "Range", "bytes=0-0", "If-Range", modified).status()).isEqualTo(206);
    assertThat(get(url, "Range", "bytes=0-0", "If-Range", "\"other\"").status()).isEqualTo(200);
    assertThat(get(url, "Range", "bytes=0-0", "If-Range", "W/" + etag).status()).isEqualTo(200);
    assertThat(get(url, "Range", "bytes=0-0", "If-Range", "Mon, 01 Jan 2001 00:00:00 GMT").status())
        .isEqualTo(200);
    assertThat(get(url, "If-None-Match", etag).status()).isEqualTo(304);
  }

  @Test
  void noPartOfAUrlCanBeChanged() {
    String other = urls(recipient).get(1);
    assertThat(parameter(other, "path")).isNotEqualTo(parameter(url, "path"));
    Map<String, String> changes =
        Map.of(
            parameter(url, "path"),
            parameter(other, "path"),
            parameter(url, "expires"),
            Long.toString(Long.parseLong(parameter(url, "expires")) + 1),
            parameter(url, "token"),
            UUID.randomUUID().toString(),
            parameter(url, "X-Amz-Signature"),
            parameter(other, "X-Amz-Signature"),
            "part-0.parquet",
            "part-9.parquet",
            table.id().toString(),
            UUID.randomUUID().toString(),
            url.split("/")[5],
            UUID.randomUUID().toString());
    changes.forEach((was, is) -> {
      String changed = url.replace(was, is);
      assertThat(changed).isNotEqualTo(url);
      Answer answer = get(changed);
      assertThat(answer.status()).as(changed).isEqualTo(403);
      assertThat(answer.json().get("errorCode").asString()).isEqualTo("PERMISSION_DENIED");
    });
    for (String path :
        List.of(
            "../" + table.name() + "/p=a/part-0.parquet",
            "_delta_log/00000000000000000000.json",
            "/etc/passwd")) {
      assertThat(get(url.replace(parameter(url, "path"), encoded(path))).status()).isEqualTo(403);
    }
    for (String parameter : List.of("path", "token", "expires", "X-Amz-Signature")) {
      Answer without = get(url.replaceAll(parameter + "=[^&]*", ""));
      assertThat(without.status()).isEqualTo(400);
      assertThat(without.json().get("message").asString()).contains(parameter);
      assertThat(get(url.replaceAll(parameter + "=[^&]*", parameter + "=%00%C3")).status())
          .isBetween(400, 403);
    }
    assertThat(get(url.replace(parameter(url, "X-Amz-Signature"), "")).status()).isEqualTo(403);
  }

  private static String encoded(String path) {
    return Base64.getUrlEncoder()
        .withoutPadding()
        .encodeToString(path.getBytes(StandardCharsets.UTF_8));
  }

  private static String parameter(String address, String name) {
    for (String parameter : URI.create(address).getQuery().split("&")) {
      if (parameter.startsWith(name + "=")) {
        return parameter.substring(name.length() + 1);
      }
    }
    throw new AssertionError("No " + name + " in " + address);
  }

  private FileUrls.Signer signer(Instant expires) {
    return gateway
        .context
        .getBean(FileUrls.class)
        .signer(
            gateway.url,
            UUID.fromString(url.split("/")[5]),
            table.id(),
            UUID.fromString(parameter(url, "token")),
            table.location(),
            expires);
  }

  @Test
  void aUrlExpires() {
    URI file = URI.create(table.location() + "p=a/part-0.parquet");
    assertThat(get(signer(Instant.now().plusSeconds(60)).url(file)).status()).isEqualTo(200);
    Answer expired = get(signer(Instant.now().minusSeconds(1)).url(file));
    assertThat(expired.status()).isEqualTo(403);
    assertThat(expired.json().get("message").asString()).contains("expired");
  }

  @Test
  void aFileOutsideTheTableIsNeitherSignedNorServed() throws Exception {
    FileUrls.Signer signer = signer(Instant.now().plusSeconds(60));
    assertThatThrownBy(() -> signer.url(URI.create("file:///etc/passwd")))
        .isInstanceOf(IllegalArgumentException.class);
    // Even with a good signature, the way out is closed.
    Path secret = gateway.tables.resolve(Tables.unique("secret"));
    Files.writeString(secret, "not yours");
    for (String way :
        List.of(
            "../" + secret.getFileName(),
            "%2e%2e/" + secret.getFileName(),
            "p=a/..%2f..%2f" + secret.getFileName())) {
      Answer answer = get(signer.url(URI.create(table.location() + way)));
      assertThat(answer.status()).as(way).isBetween(400, 404);
      assertThat(answer.text()).doesNotContain("not yours");
    }
    Path link = Path.of(table.location()).resolve("link.parquet");
    Files.createSymbolicLink(link, secret);
    assertThat(get(signer.url(link.toUri())).status()).isEqualTo(403);
    assertThat(get(signer.url(URI.create(table.location() + "none.parquet"))).status())
        .isEqualTo(404);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "LOCATIONp=a/part-0.parquet",
        "file:///elsewhere/x.parquet",
        "/elsewhere/x.parquet",
        "http://127.0.0.1:1/x.parquet",
        "s3://bucket/x.parquet",
        "x:///",
        "x://",
        "file://",
        "../x.parquet",
        "p=a/%2e%2e/%2e%2e/x.parquet"
      })
  void aTableWithAFileOutsideItsFolderIsRefusedBeforeTheAnswerBegins(String template) {
    String path = template.replace("LOCATION", table.location().toString());
    TableAccess clone = table(folder -> List.of(Tables.add(path, "a", 1, 0, 0, 1)));
    Answer refused = query(clone);
    assertThat(refused.status()).isEqualTo(400);
    assertThat(refused.json().get("errorCode").asString()).isEqualTo("UNSUPPORTED_TABLE_FORMAT");
    assertThat(refused.json().get("message").asString()).contains("outside its own folder");
    assertThat(refused.text()).doesNotContain("elsewhere").doesNotContain("bucket");
    // Once the file is removed, the table is a table like any other.
    Tables.commit(
        Path.of(clone.location()),
        1,
        "{\"remove\":{\"path\":\"" + path + "\",\"dataChange\":true}}");
    assertThat(query(clone).status()).isEqualTo(200);
  }

  @Test
  void aFileInsideMayBeNamedByItsWholePath() {
    TableAccess whole =
        table(folder -> {
          Tables.write(folder.resolve("p=a/x.parquet"), CONTENT);
          return List.of(
              Tables.add(folder.resolve("p=a/x.parquet").toUri().toString(), "a", 13, 0, 0, 1));
        });
    String fileUrl = query(whole).lines().get(2).get("file").get("url").asString();
    assertThat(get(fileUrl).text()).isEqualTo(CONTENT);
    assertThat(fileUrl).doesNotContain(gateway.tables.toString());
  }

  /** A table that is shared with the recipient, after what fills it is given its folder. */
  private TableAccess table(Function<Path, List<String>> files) {
    String name = Tables.unique("files");
    Path folder = gateway.tables.resolve(name);
    List<String> lines = new ArrayList<>(List.of(Tables.PLAIN_PROTOCOL, Tables.METADATA));
    lines.addAll(files.apply(folder));
    Tables.commit(folder, 0, lines.toArray(String[]::new));
    TableAccess made = gateway.catalog.add("main", "sales", name, folder.toUri(), Type.EXTERNAL);
    sharing.add(share, made);
    return made;
  }

  private Answer query(TableAccess queried) {
    return gateway.as(recipient.token(), "POST", Sharing.path(share, queried) + "/query", "{}");
  }

  @Test
  void aUrlDiesWithTheGrantTheTokenAndTheRecipient() {
    Holder second = sharing.recipientOf(share);
    String theirs = urls(second).getFirst();
    assertThat(get(theirs).status()).isEqualTo(200);
    gateway.admin(
        "PATCH",
        SHARES + "/" + share + "/permissions",
        Map.of(
            "changes", List.of(Map.of("principal", second.name(), "remove", List.of("SELECT")))));
    Answer revoked = get(theirs);
    assertThat(revoked.status()).isEqualTo(403);
    assertThat(revoked.json().get("errorCode").asString()).isEqualTo("PERMISSION_DENIED");

    sharing.grant(share, second);
    assertThat(get(theirs).status()).isEqualTo(200);
    gateway.admin(
        "POST",
        RECIPIENTS + "/" + second.name() + "/rotate-token",
        Map.of("existing_token_expire_in_seconds", 0));
    assertThat(get(theirs).status()).isEqualTo(403);

    Holder third = sharing.recipientOf(share);
    String mine = urls(third).getFirst();
    gateway.admin("DELETE", RECIPIENTS + "/" + third.name(), null);
    assertThat(get(mine).status()).isEqualTo(403);

    assertThat(get(url).status()).isEqualTo(200);
    sharing.update(share, "REMOVE", Map.of("name", table.fullName()));
    assertThat(get(url).status()).isEqualTo(403);
  }

  @Test
  void namesThatUrlsCannotHoldAreServed() {
    String name = Tables.unique("names");
    Path folder = gateway.tables.resolve(name);
    List<String> paths =
        List.of("p=a b/x+y.parquet", "p=50%/x.parquet", "p=ä/ü.parquet", "p=c:d/x.parquet");
    List<String> lines = new ArrayList<>(List.of(Tables.PLAIN_PROTOCOL, Tables.METADATA));
    for (String path : paths) {
      Tables.write(folder.resolve(path), path);
      String encoded = folder.toUri().relativize(folder.resolve(path).toUri()).getRawPath();
      lines.add(Tables.add(encoded, "x", path.getBytes(StandardCharsets.UTF_8).length, 0, 1, 1));
    }
    Tables.commit(folder, 0, lines.toArray(String[]::new));
    TableAccess odd = gateway.catalog.add("main", "sales", name, folder.toUri(), Type.EXTERNAL);
    sharing.add(share, odd);
    List<JsonNode> answer =
        gateway.as(recipient.token(), "POST", Sharing.path(share, odd) + "/query", "{}").lines();
    assertThat(
            answer.stream().skip(2).map(line -> get(line.get("file").get("url").asString()).text()))
        .containsExactlyInAnyOrderElementsOf(paths);
  }
}
