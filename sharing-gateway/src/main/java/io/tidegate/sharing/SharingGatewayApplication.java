package io.tidegate.sharing;

import org.springframework.boot.SpringApplication;

/** Runs the sharing gateway as a process of its own. */
public final class SharingGatewayApplication {
  private SharingGatewayApplication() {}

  public static void main(String[] arguments) {
    SpringApplication.run(SharingGatewayConfiguration.class, arguments);
  }
}
