package io.tidegate.commits;

import static io.tidegate.commits.Texts.invalid;
import static io.tidegate.commits.Texts.required;

import io.tidegate.commits.DeltaApi.Iceberg;
import io.tidegate.commits.DeltaApi.UniformMetadata;
import io.tidegate.kit.errors.ApiException;
import io.tidegate.kit.errors.ErrorCode;
import java.net.URI;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Where a table's Iceberg metadata is, as its last writer said. */
record Uniform(String metadataLocation, long convertedDeltaVersion, long convertedDeltaTimestamp) {
  private static final String FORMATS = "delta.universalFormat.enabledFormats";

  /**
   * What a request says of a commit's Iceberg metadata.
   *
   * @param metadata the table after the commit
   * @param version what the commit becomes
   * @param known what is stored now
   * @throws ApiException INVALID_ARGUMENT if it is there or not other than the table's properties
   *     ask for, or wrong; UPDATE_REQUIREMENT_CONFLICT if it builds on another version than the
   *     stored one
   */
  static @Nullable Uniform checked(
      String field,
      @Nullable UniformMetadata given,
      TableMetadata metadata,
      URI location,
      long version,
      @Nullable Uniform known) {
    Iceberg iceberg = given == null ? null : given.iceberg();
    if (iceberg == null) {
      if (enabled(metadata)) {
        throw invalid(field + ".iceberg is required: the table has " + FORMATS + "=iceberg");
      }
      return null;
    }
    if (!enabled(metadata)) {
      throw invalid(
          field + " must be left out: after the commit the table has not " + FORMATS + "=iceberg");
    }
    String place = required(field + ".iceberg.metadata-location", iceberg.metadataLocation());
    if (!place.startsWith(location + "/")
        || Arrays.asList(place.split("/", -1)).contains("..")
        || place.contains("%")) {
      throw invalid(
          field + ".iceberg.metadata-location is outside the table: " + Texts.shown(place));
    }
    Long converted =
        required(field + ".iceberg.converted-delta-version", iceberg.convertedDeltaVersion());
    if (converted != version) {
      throw invalid(
          field
              + ".iceberg.converted-delta-version must be "
              + version
              + ", the version of the commit, but is "
              + converted);
    }
    Long base = iceberg.baseConvertedDeltaVersion();
    if (base != null && (known == null || known.convertedDeltaVersion() != base)) {
      throw new ApiException(
          ErrorCode.UPDATE_REQUIREMENT_CONFLICT,
          field
              + ".iceberg.base-converted-delta-version is "
              + base
              + ", but what is stored was converted from "
              + (known == null ? "no version" : "version " + known.convertedDeltaVersion()));
    }
    return new Uniform(
        place,
        converted,
        Texts.time(
            field + ".iceberg.converted-delta-timestamp", iceberg.convertedDeltaTimestamp()));
  }

  private static boolean enabled(TableMetadata metadata) {
    String formats = metadata.properties().get(FORMATS);
    return formats != null
        && Arrays.stream(formats.split(",")).anyMatch(format -> format.strip().equals("iceberg"));
  }
}
