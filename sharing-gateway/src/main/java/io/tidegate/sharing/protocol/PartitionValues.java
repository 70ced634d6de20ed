package io.tidegate.sharing.protocol;

import io.tidegate.delta.DeltaType;
import io.tidegate.delta.TableSchema;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.format.SignStyle;
import java.time.temporal.ChronoField;
import java.time.temporal.TemporalAccessor;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Partition values in the form of the sharing protocol (PROTOCOL.md, "Partition Value
 * Serialization"). A log may hold a timestamp in several forms, with an offset and without; here
 * there is one, {@code 2026-01-31 12:00:00}, in UTC and with six digits of a fraction where there
 * is one. A time without an offset is taken as UTC. What is no time stays as it is.
 */
final class PartitionValues {
  private static final DateTimeFormatter IN_A_LOG =
      new DateTimeFormatterBuilder()
          .appendValue(ChronoField.YEAR, 4, 10, SignStyle.EXCEEDS_PAD)
          .appendPattern("-M-d['T'H:m[:s]]")
          .optionalStart()
          .appendFraction(ChronoField.NANO_OF_SECOND, 1, 9, true)
          .optionalEnd()
          .optionalStart()
          .appendOffset("+HH:mm:ss", "Z")
          .optionalEnd()
          .toFormatter(Locale.ROOT);
  private static final DateTimeFormatter SHOWN =
      DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss", Locale.ROOT);
  private static final DateTimeFormatter SHOWN_WITH_FRACTION =
      DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss.SSSSSS", Locale.ROOT);

  private enum Form {
    DATE,
    TIMESTAMP
  }

  /** The columns that are dates and timestamps, by their names in partition values. */
  private final Map<String, Form> forms = new HashMap<>();

  PartitionValues(TableSchema schema) {
    for (TableSchema.Column column : schema.columns()) {
      if (column.partitionIndex() != null
          && column.type() instanceof DeltaType.Primitive(String type)) {
        switch (type) {
          case "date" -> forms.put(column.physicalName(), Form.DATE);
          case "timestamp", "timestamp_ntz" -> forms.put(column.physicalName(), Form.TIMESTAMP);
          default -> {
            // Its text is the same in a log.
          }
        }
      }
    }
  }

  Map<String, @Nullable String> shown(Map<String, @Nullable String> logged) {
    if (forms.isEmpty()) {
      return logged;
    }
    Map<String, @Nullable String> shown = new LinkedHashMap<>(logged);
    shown.replaceAll((column, value) -> shown(forms.get(column), value));
    return Collections.unmodifiableMap(shown);
  }

  private static @Nullable String shown(@Nullable Form form, @Nullable String value) {
    if (form == null || value == null) {
      return value;
    }
    LocalDateTime time = time(value);
    if (time == null) {
      return value;
    }
    return switch (form) {
      case DATE -> time.toLocalDate().toString();
      case TIMESTAMP -> (time.getNano() == 0 ? SHOWN : SHOWN_WITH_FRACTION).format(time);
    };
  }

  private static @Nullable LocalDateTime time(String value) {
    TemporalAccessor parsed;
    try {
      parsed =
          IN_A_LOG.parseBest(
              value.strip().replace(' ', 'T'),
              OffsetDateTime::from,
              LocalDateTime::from,
              LocalDate::from);
    } catch (DateTimeException e) {
      return null;
    }
    return switch (parsed) {
      case OffsetDateTime time -> time.withOffsetSameInstant(ZoneOffset.UTC).toLocalDateTime();
      case LocalDateTime time -> time;
      case LocalDate date -> date.atStartOfDay();
      default -> null;
    };
  }
}
