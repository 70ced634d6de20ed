package io.tidegate.events;

import static io.tidegate.events.StoreFixture.account;
import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.events.StoreFixture.Deposited;
import io.tidegate.events.StoreFixture.Withdrawn;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.lifecycle.AfterContainer;

class FeedFilterTest {
  private static final StoreFixture fixture = StoreFixture.create();
  private static final List<RecordedEvent> all = appendSomeHistory();

  private static List<RecordedEvent> appendSomeHistory() {
    Random random = new Random(4);
    for (int transaction = 0; transaction < 60; transaction++) {
      List<NewEvent> events = new ArrayList<>();
      for (int i = 0; i <= random.nextInt(4); i++) {
        int account = random.nextInt(4);
        String securable = account == 0 ? null : "s" + account;
        events.add(
            new NewEvent(
                random.nextBoolean()
                    ? new Deposited("a", random.nextLong())
                    : new Withdrawn("a", random.nextLong(), "because"),
                securable));
      }
      fixture.append(
          new StreamAppend(account("s" + random.nextInt(9)), ExpectedVersion.any(), events));
    }
    return fixture.feed(FeedFilter.ALL, 1000);
  }

  @AfterContainer
  static void stop() {
    fixture.close();
  }

  @Property(tries = 60, seed = "11")
  void aFilterKeepsWhatItNamesInFeedOrderWhateverThePageSize(
      @ForAll Set<KnownType> types,
      @ForAll @Size(max = 3) Set<@IntRange(min = 1, max = 5) Integer> securables,
      @ForAll @IntRange(min = 1, max = 30) int pageSize) {
    FeedFilter filter =
        new FeedFilter(
            Set.copyOf(types.stream().map(Enum::name).toList()),
            Set.copyOf(securables.stream().map(number -> "s" + number).toList()));

    assertThat(fixture.feed(filter, pageSize))
        .isEqualTo(
            all.stream()
                .filter(event -> filter.types().isEmpty() || filter.types().contains(event.type()))
                .filter(event ->
                    filter.securables().isEmpty()
                        || (event.securable() != null
                            && filter.securables().contains(event.securable())))
                .toList());
  }

  enum KnownType {
    Deposited,
    Withdrawn,
    Closed
  }

  @Property(tries = 200, seed = "12")
  void aCursorStandsForItsPlaceAndForNoOtherFeed(
      @ForAll @IntRange(min = 0) int epoch,
      @ForAll @LongRange(min = 1) long txid,
      @ForAll @LongRange(min = 0) long position) {
    FeedPlace place = new FeedPlace(epoch, txid, position);
    FeedCursor cursor = place.cursor("ledger");

    assertThat(FeedPlace.of(cursor, "ledger")).isEqualTo(place);
    assertThat(cursor.value()).matches("[A-Za-z0-9_-]+");
    try {
      FeedPlace.of(cursor, "catalog");
    } catch (IllegalArgumentException e) {
      return;
    }
    throw new AssertionError("Another feed took the cursor");
  }

  @Property(tries = 200, seed = "13")
  void aDamagedCursorIsRefused(
      @ForAll @LongRange(min = 1) long txid, @ForAll @IntRange(min = 0, max = 32) int damaged) {
    String value = new FeedPlace(0, txid, 1).cursor("ledger").value();
    char other = value.charAt(damaged) == 'A' ? 'B' : 'A';
    String spoilt = value.substring(0, damaged) + other + value.substring(damaged + 1);
    try {
      FeedPlace.of(new FeedCursor(spoilt), "ledger");
    } catch (IllegalArgumentException e) {
      return;
    }
    throw new AssertionError("A damaged cursor was taken: " + spoilt);
  }

  @Example
  void theHistoryIsWorthFiltering() {
    assertThat(all).hasSizeGreaterThan(100);
    assertThat(all).extracting(RecordedEvent::type).contains("Deposited", "Withdrawn");
  }
}
