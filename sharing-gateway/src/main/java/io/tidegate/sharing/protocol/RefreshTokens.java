package io.tidegate.sharing.protocol;

import io.tidegate.delta.TableSnapshot;
import io.tidegate.delta.TimeTravel;
import io.tidegate.kit.errors.ApiException;
import io.tidegate.kit.errors.ErrorCode;
import io.tidegate.sharing.files.SealedText;
import io.tidegate.sharing.recipients.RecipientCaller;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import org.springframework.stereotype.Component;

/**
 * Refresh tokens: with one, a client that reads for longer than its URLs last gets new URLs for the
 * version that it began with, also of a table shared without history. They are sealed, so that none
 * can be made up for another version. A token belongs to the table that its log names ({@code
 * metaData.id}), not to the folder: what is written there later is another table.
 */
@Component
class RefreshTokens {
  private static final String PURPOSE = "refresh";
  private static final int PARTS = 6;
  private static final Duration LIFETIME = Duration.ofDays(7);

  private final SealedText seals;
  private final Clock clock = Clock.systemUTC();

  RefreshTokens(SealedText seals) {
    this.seals = seals;
  }

  /**
   * What a token is for.
   *
   * @param metadataId what the log called the table at that version
   */
  record Resumed(long version, String metadataId) {
    TimeTravel wanted() {
      return new TimeTravel.AtVersion(version);
    }

    /**
     * Refuses a table that took the place of the one that the token was issued for.
     *
     * @throws ApiException INVALID_ARGUMENT
     */
    void check(TableSnapshot snapshot) {
      if (!snapshot.metadata().id().equals(metadataId)) {
        throw invalid(
            "refreshToken is for a table that was replaced since: query the table without it");
      }
    }
  }

  String issue(RecipientCaller recipient, ReadableTable table, TableSnapshot snapshot) {
    return seals.seal(
        PURPOSE,
        scope(recipient, table)
            + " "
            + snapshot.version()
            + " "
            + clock.instant().plus(LIFETIME).getEpochSecond()
            + " "
            + snapshot.metadata().id());
  }

  /**
   * What a token was issued for.
   *
   * @throws ApiException INVALID_ARGUMENT if it is none, for another table, or too old
   */
  Resumed open(String token, RecipientCaller recipient, ReadableTable table) {
    // The table's own id comes last, for it may be any text.
    List<String> parts =
        seals.open(PURPOSE, token).map(text -> List.of(text.split(" ", PARTS))).orElse(List.of());
    if (parts.size() != PARTS
        || !String.join(" ", parts.subList(0, 3)).equals(scope(recipient, table))) {
      throw invalid("refreshToken is not one that this table's queries gave");
    }
    if (Long.parseLong(parts.get(4)) <= clock.instant().getEpochSecond()) {
      throw invalid("refreshToken has expired: query the table without it");
    }
    return new Resumed(Long.parseLong(parts.get(3)), parts.get(5));
  }

  private static String scope(RecipientCaller recipient, ReadableTable table) {
    return recipient.id() + " " + table.shareId() + " " + table.tableId();
  }

  private static ApiException invalid(String message) {
    return new ApiException(ErrorCode.INVALID_ARGUMENT, message);
  }
}
