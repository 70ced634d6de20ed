package io.tidegate.kit.health;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.kit.feed.FeedSubscriber;
import io.tidegate.kit.testapp.KitTest;
import io.tidegate.kit.web.ServiceClient;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.beans.factory.support.StaticListableBeanFactory;
import org.springframework.boot.health.contributor.Health;
import tools.jackson.databind.json.JsonMapper;

class DependenciesHealthIndicatorTest extends KitTest {
  @Autowired private JsonMapper json;

  private Health health(int... ports) {
    StaticListableBeanFactory beans = new StaticListableBeanFactory();
    for (int port : ports) {
      URI url = URI.create("http://127.0.0.1:" + port);
      beans.addBean("p" + port, new ServiceClient("service at " + port, url, null, json));
    }
    return new DependenciesHealthIndicator(
            beans.getBeanProvider(ServiceClient.class), beans.getBeanProvider(FeedSubscriber.class))
        .health();
  }

  @Test
  void saysWhichServiceDoesNotAnswer() {
    assertThat(health(port()).getStatus().getCode()).isEqualTo("UP");
    Health degraded = health(port(), 1);
    assertThat(degraded.getStatus().getCode()).isEqualTo("DEGRADED");
    assertThat(degraded.getDetails())
        .containsEntry("service at " + port(), "UP")
        .containsEntry("service at 1", "DOWN");
  }

  @Test
  void waitsForNoneThatHangs() throws IOException {
    try (ServerSocket one = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        ServerSocket other = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      long began = System.nanoTime();
      Health degraded = health(port(), one.getLocalPort(), other.getLocalPort());
      // One request's patience is five seconds.
      assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(4));
      assertThat(degraded.getDetails())
          .containsEntry("service at " + port(), "UP")
          .containsEntry("service at " + one.getLocalPort(), "DOWN")
          .containsEntry("service at " + other.getLocalPort(), "DOWN");
    }
  }
}
