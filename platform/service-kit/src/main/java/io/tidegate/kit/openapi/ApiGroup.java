package io.tidegate.kit.openapi;

import org.springdoc.core.models.GroupedOpenApi;

/** One service's part of the API documents: {@code /openapi/<name>}. */
public final class ApiGroup {
  private ApiGroup() {}

  /**
   * The documents of the controllers of a service, to be declared as a bean.
   *
   * @param name {@code catalog}, {@code commits} or {@code sharing}
   * @param title for readers
   * @param description what the API is for, in a few sentences
   * @param packages where its controllers are
   */
  public static GroupedOpenApi of(
      String name, String title, String description, String... packages) {
    return GroupedOpenApi.builder()
        .group(name)
        .displayName(title)
        .packagesToScan(packages)
        .addOpenApiCustomizer(api -> {
          api.getInfo().setTitle(title);
          api.getInfo().setDescription(description);
        })
        .build();
  }
}
