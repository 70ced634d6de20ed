package io.tidegate.events;

import io.tidegate.events.EventTypes.EventType;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** New events, turned into one array per column for a single INSERT. */
final class EventColumns {

  /** What is known of a new event before the database has placed it in the feed. */
  record Draft(
      UUID id,
      StreamId stream,
      long version,
      String type,
      int schemaVersion,
      String json,
      @Nullable String securable) {}

  private final List<Draft> drafts = new ArrayList<>();

  Draft add(
      StreamId stream, long version, EventType type, String json, @Nullable String securable) {
    Draft draft =
        new Draft(
            UUID.randomUUID(), stream, version, type.name(), type.schemaVersion(), json, securable);
    drafts.add(draft);
    return draft;
  }

  /** The parameters of {@link EventSql#insertEvents()}. */
  Object[] arguments(String principal, String requestId) {
    int size = drafts.size();
    String[] ids = new String[size];
    String[] categories = new String[size];
    String[] streamIds = new String[size];
    Long[] versions = new Long[size];
    String[] types = new String[size];
    Integer[] schemaVersions = new Integer[size];
    String[] data = new String[size];
    @Nullable String[] securables = new @Nullable String[size];
    for (int i = 0; i < size; i++) {
      Draft draft = drafts.get(i);
      ids[i] = draft.id().toString();
      categories[i] = draft.stream().category();
      streamIds[i] = draft.stream().id();
      versions[i] = draft.version();
      types[i] = draft.type();
      schemaVersions[i] = draft.schemaVersion();
      data[i] = draft.json();
      securables[i] = draft.securable();
    }
    return new Object[] {
      principal,
      requestId,
      ids,
      categories,
      streamIds,
      versions,
      types,
      schemaVersions,
      data,
      securables
    };
  }
}
