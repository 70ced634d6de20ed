package io.tidegate.sharing.protocol;

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
 * can be made up for another version.
 */
@Component
class RefreshTokens {
  private static final String PURPOSE = "refresh";
  private static final Duration LIFETIME = Duration.ofDays(7);

  private final SealedText seals;
  private final Clock clock = Clock.systemUTC();

  RefreshTokens(SealedText seals) {
    this.seals = seals;
  }

  String issue(RecipientCaller recipient, ReadableTable table, long version) {
    return seals.seal(
        PURPOSE,
        scope(recipient, table)
            + " "
            + version
            + " "
            + clock.instant().plus(LIFETIME).getEpochSecond());
  }

  /**
   * The version that a token is for.
   *
   * @throws ApiException INVALID_ARGUMENT if it is none, for another table, or too old
   */
  TimeTravel open(String token, RecipientCaller recipient, ReadableTable table) {
    List<String> parts =
        seals.open(PURPOSE, token).map(text -> List.of(text.split(" "))).orElse(List.of());
    if (parts.size() != 5
        || !String.join(" ", parts.subList(0, 3)).equals(scope(recipient, table))) {
      throw new ApiException(
          ErrorCode.INVALID_ARGUMENT, "refreshToken is not one that this table's queries gave");
    }
    if (Long.parseLong(parts.get(4)) <= clock.instant().getEpochSecond()) {
      throw new ApiException(
          ErrorCode.INVALID_ARGUMENT, "refreshToken has expired: query the table without it");
    }
    return new TimeTravel.AtVersion(Long.parseLong(parts.get(3)));
  }

  private static String scope(RecipientCaller recipient, ReadableTable table) {
    return recipient.id() + " " + table.shareId() + " " + table.tableId();
  }
}
