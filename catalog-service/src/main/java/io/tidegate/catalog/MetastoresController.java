package io.tidegate.catalog;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.tags.Tag;
import io.tidegate.kit.errors.ErrorCode;
import io.tidegate.kit.security.Caller;
import java.util.List;
import java.util.UUID;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RestController;

/** The installation itself, which the Unity Catalog REST API calls a metastore. There is one. */
@RestController
@Tag(name = "Metastore", description = "What this installation is")
class MetastoresController {
  private static final String UNITY = "/api/2.1/unity-catalog";

  /** What Databricks' workspaces are called; there is only this one. */
  private static final long WORKSPACE = 0;

  record MetastoreInfo(
      @JsonProperty("metastore_id") UUID metastoreId,
      String name,
      @JsonProperty("global_metastore_id") String globalMetastoreId) {
    static final MetastoreInfo HERE =
        new MetastoreInfo(Metastore.ID, Metastore.NAME, "local:" + Metastore.ID);
  }

  record MetastoreList(List<MetastoreInfo> metastores) {}

  record MetastoreAssignment(
      @JsonProperty("metastore_id") UUID metastoreId,
      @JsonProperty("workspace_id") long workspaceId) {}

  /**
   * What the Databricks SDKs ask a host for before anything else. There is no single sign-on: a
   * token is all that a client needs.
   */
  record HostConfig(
      @JsonProperty("oidc_endpoint") String oidcEndpoint,
      @JsonProperty("host_type") String hostType) {}

  @GetMapping(UNITY + "/metastore_summary")
  @Operation(summary = "Names this installation")
  MetastoreInfo summary(Caller caller) {
    return MetastoreInfo.HERE;
  }

  @GetMapping(UNITY + "/metastores")
  @Operation(summary = "Lists the one metastore that there is")
  MetastoreList list(Caller caller) {
    return new MetastoreList(List.of(MetastoreInfo.HERE));
  }

  @GetMapping(UNITY + "/metastores/{id}")
  @Operation(summary = "Shows the metastore, by its id")
  MetastoreInfo get(Caller caller, @PathVariable String id) {
    if (!id.equals(Metastore.ID.toString())) {
      throw Access.missing(ErrorCode.NOT_FOUND, "Metastore", id);
    }
    return MetastoreInfo.HERE;
  }

  @GetMapping(UNITY + "/current-metastore-assignment")
  @Operation(summary = "Tells which metastore a client works with")
  MetastoreAssignment current(Caller caller) {
    return new MetastoreAssignment(Metastore.ID, WORKSPACE);
  }

  @GetMapping("/.well-known/databricks-config")
  @Operation(
      summary = "What the Databricks SDKs ask a host for first; open to anybody",
      description = "There is no single sign-on here: clients show a bearer token.")
  HostConfig hostConfig() {
    return new HostConfig("", "workspace");
  }
}
