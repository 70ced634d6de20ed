package io.tidegate.commits;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * The settings of this service, under {@code tidegate.commits.}.
 *
 * @param droppedFilesKept how long the files of a dropped managed table are kept
 * @param stagingLifetime how long a client has to make a table of a staging table
 * @param stagedFilesKept how long a staged commit is kept once the log has its version
 * @param clockSkew how far a client's clock may be ahead of the server's: a commit whose in-commit
 *     timestamp is later is refused, for no commit could follow before that time
 */
@ConfigurationProperties("tidegate.commits")
record CommitSettings(
    @DefaultValue("7d") Duration droppedFilesKept,
    @DefaultValue("1d") Duration stagingLifetime,
    @DefaultValue("7d") Duration stagedFilesKept,
    @DefaultValue("10m") Duration clockSkew) {}
