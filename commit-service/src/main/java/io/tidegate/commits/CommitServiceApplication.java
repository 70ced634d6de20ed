package io.tidegate.commits;

import org.springframework.boot.SpringApplication;

/** Runs the commit service as a process of its own. */
public final class CommitServiceApplication {
  private CommitServiceApplication() {}

  public static void main(String[] arguments) {
    SpringApplication.run(CommitServiceConfiguration.class, arguments);
  }
}
