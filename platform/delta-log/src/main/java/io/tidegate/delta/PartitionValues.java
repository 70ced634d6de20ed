package io.tidegate.delta;

import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Partition values as a log writes them (Delta protocol, "Partition Value Serialization"). */
final class PartitionValues {
  private static final Pattern DATE = Pattern.compile("([+-]?\\d{1,7})-(\\d{1,2})-(\\d{1,2})");
  private static final Set<String> NOT_FINITE =
      Set.of("nan", "inf", "+inf", "-inf", "infinity", "+infinity", "-infinity");

  /** Longer than any number of a type. */
  private static final int MAX_NUMBER = 400;

  private PartitionValues() {}

  /** Whether a type can be that of a partition column. */
  static boolean possible(DeltaType type) {
    return switch (type) {
      case DeltaType.Primitive(String name) -> !name.equals("variant");
      case DeltaType.Decimal decimal -> true;
      case DeltaType.Struct struct -> false;
      case DeltaType.Array array -> false;
      case DeltaType.Dictionary dictionary -> false;
    };
  }

  /** Whether a text that is not empty is a value of a type. */
  static boolean valid(DeltaType type, String text) {
    try {
      return switch (type) {
        case DeltaType.Primitive(String name) ->
            switch (name) {
              case "byte" -> whole(text, Byte.MIN_VALUE, Byte.MAX_VALUE);
              case "short" -> whole(text, Short.MIN_VALUE, Short.MAX_VALUE);
              case "integer" -> whole(text, Integer.MIN_VALUE, Integer.MAX_VALUE);
              case "long" -> whole(text, Long.MIN_VALUE, Long.MAX_VALUE);
              case "float", "double" ->
                  NOT_FINITE.contains(text.toLowerCase(Locale.ROOT)) || number(text);
              case "boolean" -> text.equalsIgnoreCase("true") || text.equalsIgnoreCase("false");
              case "date" -> date(text);
              case "timestamp", "timestamp_ntz" -> time(text);
              default -> true;
            };
        case DeltaType.Decimal decimal -> number(text);
        case DeltaType.Struct struct -> true;
        case DeltaType.Array array -> true;
        case DeltaType.Dictionary dictionary -> true;
      };
    } catch (NumberFormatException | DateTimeException e) {
      return false;
    }
  }

  private static boolean whole(String text, long least, long greatest) {
    long number = Long.parseLong(text.strip());
    return number >= least && number <= greatest;
  }

  private static boolean number(String text) {
    // Java's own reader of doubles takes a type's letter at the end.
    return text.length() <= MAX_NUMBER && new BigDecimal(text.strip()).precision() > 0;
  }

  private static boolean date(String text) {
    Matcher date = DATE.matcher(text.strip());
    return date.matches()
        && LocalDate.of(
                Integer.parseInt(date.group(1)),
                Integer.parseInt(date.group(2)),
                Integer.parseInt(date.group(3)))
            != null;
  }

  private static boolean time(String text) {
    String iso = text.strip().replace(' ', 'T');
    try {
      return LocalDateTime.parse(iso) != null;
    } catch (DateTimeException e) {
      return OffsetDateTime.parse(iso) != null;
    }
  }
}
