package io.tidegate.kit.testapp;

import io.tidegate.testing.HttpTester;
import io.tidegate.testing.TestDatabase;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;

/** A test against the tiny service, over real connections. */
@SpringBootTest(
    classes = TestApplication.class,
    webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT,
    properties = "tidegate.service-token=" + TestApplication.SERVICE_TOKEN)
public abstract class KitTest {
  private static final TestDatabase DATABASE = TestDatabase.create();

  @Value("${local.server.port}")
  private int port;

  @DynamicPropertySource
  static void database(DynamicPropertyRegistry registry) {
    registry.add("spring.datasource.url", DATABASE::jdbcUrl);
    registry.add("spring.datasource.username", DATABASE::username);
    registry.add("spring.datasource.password", DATABASE::password);
  }

  protected HttpTester anonymous() {
    return new HttpTester(port);
  }

  protected HttpTester admin() {
    return anonymous().token(TestApplication.ADMIN_TOKEN);
  }

  protected HttpTester user() {
    return anonymous().token(TestApplication.USER_TOKEN);
  }

  protected HttpTester service() {
    return anonymous().token(TestApplication.SERVICE_TOKEN);
  }

  protected HttpTester recipient() {
    return anonymous().token(TestApplication.RECIPIENT_TOKEN);
  }

  protected int port() {
    return port;
  }
}
