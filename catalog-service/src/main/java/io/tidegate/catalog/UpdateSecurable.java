package io.tidegate.catalog;

import com.fasterxml.jackson.annotation.JsonAnySetter;
import com.fasterxml.jackson.annotation.JsonProperty;
import io.swagger.v3.oas.annotations.media.Schema;
import io.tidegate.catalog.Rows.About;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a PATCH of a catalog, a schema or a table asks for. What is left out or null stays as it is;
 * an empty comment and an empty map of properties are values like any other.
 */
record UpdateSecurable(
    @JsonProperty("new_name") @Nullable String newName,
    @Nullable String comment,
    @Schema(description = "Takes the place of all properties that there are")
        @Nullable Map<String, @Nullable String> properties,
    @Schema(description = "A principal or a team") @Nullable String owner,
    @JsonAnySetter @Schema(hidden = true) @Nullable Map<String, @Nullable Object> rest) {

  String nameAfter(String now) {
    return newName == null ? now : Names.required("new_name", newName);
  }

  @Nullable String commentAfter(About now) {
    return comment == null ? now.comment() : comment;
  }

  Map<String, String> propertiesAfter(About now) {
    return properties == null ? now.properties() : Properties.checked(properties);
  }

  /** The owner, who stays one until the change is over. */
  Grantees.Grantee ownerAfter(About now, Grantees grantees) {
    return owner == null
        ? new Grantees.Grantee(now.ownerId(), now.owner())
        : grantees.held("owner", owner);
  }
}
