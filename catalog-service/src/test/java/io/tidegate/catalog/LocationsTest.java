package io.tidegate.catalog;

import static io.tidegate.catalog.CatalogServer.UC;
import static io.tidegate.catalog.CatalogServer.json;
import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.testing.HttpTester;
import io.tidegate.testing.HttpTester.Answer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Where a table may be registered from, and how a place is spelled. */
class LocationsTest {
  private final CatalogServer server = CatalogServer.running();
  private final HttpTester admin = server.admin;
  private final Path lake = server.lake;

  @BeforeEach
  void aSchema() {
    server.schema("loc", "l");
  }

  private Answer register(String name, String location) {
    return admin.post(UC + "/tables", server.table("loc", "l", name, location));
  }

  private void refused(String location) {
    refused(location, "");
  }

  private void refused(String location, String saying) {
    Answer answer = register("refused", location);
    assertThat(answer.status()).as(location + ": " + answer.body()).isEqualTo(400);
    assertThat(json(answer).path("message").asString())
        .as(location)
        .contains("storage_location", saying);
  }

  @Test
  void whatIsNoPlaceUnderTheRootsIsRefused() throws Exception {
    Path table = server.deltaTable("loc-inside");
    String outside = server.outside.toString();
    Files.createDirectories(server.outside.resolve("t"));
    Files.createSymbolicLink(lake.resolve("loc-out"), server.outside);
    for (String location :
        List.of(
            outside,
            "file:" + outside,
            "file://" + outside + "/",
            lake + "/loc-out",
            "file:" + lake + "/loc-out/t",
            "file://" + lake + "/loc-out/",
            "/",
            "file:///",
            String.valueOf(lake.getParent()),
            lake + "x")) {
      refused(location, "outside the folders");
    }
    for (String up : List.of("..", "%2e%2e", "%2E.", ".", "%2e")) {
      refused("file://" + lake + "/" + up + "/" + lake.getFileName() + "/loc-inside", "'..'");
    }
    refused(lake + "/../" + lake.getFileName() + "/loc-inside", "'..'");
    for (String location :
        List.of(
            "file://localhost" + table,
            "file://host" + table,
            "file:loc-inside",
            "file://" + table + "?a=b",
            "file://" + table + "#a",
            "http://127.0.0.1/x",
            "s3://bucket/key",
            "dbfs:/x",
            "loc-inside",
            "file:",
            "file://",
            "file:///a%00b",
            "file:///a%0ab")) {
      refused(location);
    }
    refused("file:///%zz", "not a URI");
    refused("x".repeat(5000));
    refused("", "required");
  }

  @Test
  void whatIsNoTableIsRefusedByWhatItIs() throws Exception {
    refused(lake.resolve("loc-nowhere").toString(), "no Delta table");
    Path broken = server.deltaTable("loc-broken");
    server.commit(broken, 1, "{\"add\":");
    server.commit(broken, 0, "not JSON");
    refused(broken.toString(), "JSON");
    Path gap = server.deltaTable("loc-gap");
    server.commit(gap, 2, "{\"commitInfo\":{}}");
    refused(gap.toString(), "version 1");
    Path future = server.deltaTable("loc-future");
    server.commit(future, 1, "{\"protocol\":{\"minReaderVersion\":4,\"minWriterVersion\":7}}");
    refused(future.toString(), "reader version 4");
    Path managed = server.deltaTable("loc-catalog-managed");
    server.commit(
        managed,
        1,
        "{\"protocol\":{\"minReaderVersion\":3,\"minWriterVersion\":7,\"readerFeatures\":"
            + "[\"catalogManaged\"],\"writerFeatures\":[\"catalogManaged\"]}}");
    refused(managed.toString(), "managed by a catalog");
    Path file = Files.writeString(lake.resolve("loc-file"), "x");
    refused(file.toString());
  }

  @Test
  void onePlaceIsOneTableHoweverItIsSpelled() throws Exception {
    Path table = server.deltaTable("loc-one");
    assertThat(register("one", table.toString()).status()).isEqualTo(200);
    Files.createSymbolicLink(lake.resolve("loc-alias"), table);
    Files.createDirectories(table.resolve("inner"));
    String encoded = "%" + Integer.toHexString('l').toUpperCase(Locale.ROOT) + "oc-one";
    for (String location :
        List.of(
            table.toString(),
            table + "/",
            table + "//",
            "file:" + table,
            "file://" + table + "/",
            "FILE:" + table,
            "file:///" + table,
            "file:" + lake + "/" + encoded,
            "file://" + lake + "/" + encoded,
            lake + "/loc-alias",
            "file:" + lake + "/loc-alias",
            "file:" + lake + "/loc-alias/")) {
      Answer again = register("again", location);
      assertThat(again.status()).as(location + ": " + again.body()).isEqualTo(409);
      assertThat(json(again).path("message").asString()).contains("loc.l.one");
    }
  }

  @Test
  void tablesNeverOverlap() throws Exception {
    Path outer = server.deltaTable("loc-outer");
    server.deltaTable("loc-outer/inner");
    server.deltaTable("loc-outer-beside");
    assertThat(register("inner", outer + "/inner").status()).isEqualTo(200);
    assertThat(register("outer", outer.toString()).status()).isEqualTo(409);
    assertThat(register("beside", outer + "-beside").status()).isEqualTo(200);
    assertThat(admin.delete(UC + "/tables/loc.l.inner").status()).isEqualTo(200);
    assertThat(register("outer", outer.toString()).status()).isEqualTo(200);
    assertThat(register("inner", outer + "/inner").status()).isEqualTo(409);
  }

  @Test
  void theFolderOfManagedTablesIsNoPlaceForOthers() throws Exception {
    Path managed = server.deltaTable("managed/0b0e2d0c-0000-4000-8000-000000000000");
    Files.createSymbolicLink(lake.resolve("loc-to-managed"), lake.resolve("managed"));
    for (String location :
        List.of(
            managed.toString(),
            "file:" + managed,
            lake.resolve("managed").toString(),
            lake.toString(),
            lake + "/loc-to-managed/" + managed.getFileName(),
            "file://" + lake + "/%6danaged/" + managed.getFileName())) {
      refused(location, "managed tables");
    }
  }

  @Test
  void spacesAndOtherLettersAreSpelledAsAUri() {
    Path table = server.deltaTable("loc ümläut %41 +");
    for (String location : List.of(table.toString(), table.toUri().toString())) {
      Answer made = register("letters", location);
      assertThat(made.status()).as(made.body()).isEqualTo(200);
      String shown = json(made).path("storage_location").asString();
      assertThat(Path.of(java.net.URI.create(shown))).isEqualTo(table);
      assertThat(shown).startsWith("file:///").doesNotContain(" ").doesNotEndWith("/");
      assertThat(admin.delete(UC + "/tables/loc.l.letters").status()).isEqualTo(200);
    }
  }
}
