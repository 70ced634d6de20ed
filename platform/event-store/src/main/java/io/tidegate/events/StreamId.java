package io.tidegate.events;

/**
 * Names one stream of events.
 *
 * @param category what kind of thing the stream is about, for instance {@code table-commits}
 * @param id which one, for instance the table's UUID
 */
public record StreamId(String category, String id) {
  public StreamId {
    if (category.isBlank() || category.contains("/") || id.isBlank()) {
      throw new IllegalArgumentException(
          "A stream needs a category without '/' and an id: " + category + ", " + id);
    }
  }

  @Override
  public String toString() {
    return category + "/" + id;
  }
}
