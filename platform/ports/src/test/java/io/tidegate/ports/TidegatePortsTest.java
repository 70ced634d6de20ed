package io.tidegate.ports;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.delta.CatalogCommits;
import io.tidegate.kit.TidegateProperties;
import io.tidegate.kit.feed.EventFeed;
import io.tidegate.kit.feed.HttpEventFeed;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import tools.jackson.databind.json.JsonMapper;

class TidegatePortsTest {
  @EnableConfigurationProperties(TidegateProperties.class)
  static class Settings {}

  private final ApplicationContextRunner runner =
      new ApplicationContextRunner()
          .withBean(JsonMapper.class, () -> JsonMapper.builder().build())
          .withUserConfiguration(Settings.class)
          .withConfiguration(AutoConfigurations.of(TidegatePorts.class));

  @Test
  void speaksHttpToServicesWhoseAddressIsSet() {
    runner
        .withPropertyValues(
            "tidegate.catalog-url=http://127.0.0.1:1", "tidegate.commit-url=http://127.0.0.1:2")
        .run(context -> {
          assertThat(context.getBean(CatalogDirectory.class))
              .isInstanceOf(HttpCatalogDirectory.class);
          assertThat(context.getBean(CommitDirectory.class))
              .isInstanceOf(HttpCommitDirectory.class);
          assertThat(context.getBean("catalogFeed", EventFeed.class))
              .isInstanceOf(HttpEventFeed.class);
          assertThat(context.getBean("commitFeed", EventFeed.class))
              .isInstanceOf(HttpEventFeed.class);
          assertThat(context).doesNotHaveBean(CatalogServiceController.class);
          assertThat(context).doesNotHaveBean(CommitServiceController.class);
        });
  }

  @Test
  void servesWhatIsHere() {
    CommitDirectory here = new NoCommits();
    runner
        .withBean(FakeCatalog.class)
        .withBean(CommitDirectory.class, () -> here)
        .run(context -> {
          assertThat(context).hasSingleBean(CatalogDirectory.class);
          assertThat(context).hasSingleBean(CatalogServiceController.class);
          assertThat(context).hasSingleBean(CommitServiceController.class);
          assertThat(context.getBean(CommitDirectory.class)).isSameAs(here);
          assertThat(context).doesNotHaveBean("catalogFeed");
        });
  }

  @Test
  void aServiceThatHasOneOfThemServesThatOne() {
    runner
        .withPropertyValues("tidegate.catalog-url=http://127.0.0.1:1")
        .withBean(CommitDirectory.class, NoCommits::new)
        .run(context -> {
          assertThat(context.getBean(CatalogDirectory.class))
              .isInstanceOf(HttpCatalogDirectory.class);
          assertThat(context).doesNotHaveBean(CatalogServiceController.class);
          assertThat(context).hasSingleBean(CommitServiceController.class);
        });
  }

  private static final class NoCommits implements CommitDirectory {
    @Override
    public Optional<CatalogCommits> commits(UUID tableId) {
      return Optional.empty();
    }

    @Override
    public Optional<ManagedDescription> description(UUID tableId) {
      return Optional.empty();
    }
  }
}
