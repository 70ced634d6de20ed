package io.tidegate.kit;

import java.io.IOException;
import java.io.UncheckedIOException;
import org.springframework.boot.EnvironmentPostProcessor;
import org.springframework.boot.SpringApplication;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.io.ClassPathResource;
import org.springframework.core.io.support.ResourcePropertySource;

/** The settings that all services share, below every other source of settings. */
final class Defaults implements EnvironmentPostProcessor {
  private static final String NAME = "tidegate-defaults";

  @Override
  public void postProcessEnvironment(
      ConfigurableEnvironment environment, SpringApplication application) {
    try {
      environment
          .getPropertySources()
          .addLast(
              new ResourcePropertySource(
                  NAME, new ClassPathResource("defaults.properties", Defaults.class)));
    } catch (IOException e) {
      throw new UncheckedIOException("The kit's own settings cannot be read", e);
    }
  }
}
