package io.tidegate.kit.health;

import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.InitializingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.stereotype.Component;

/**
 * Ends this process when the one that started it is gone, however it went: its end of the standard
 * input is closed then. Only where {@code tidegate.exit-with-parent} is set, by a launcher that
 * keeps that pipe open.
 */
@Component
@ConditionalOnBooleanProperty("tidegate.exit-with-parent")
class ParentWatch implements InitializingBean {
  private static final Logger LOG = LoggerFactory.getLogger(ParentWatch.class);

  @Override
  public void afterPropertiesSet() {
    Thread.ofPlatform().daemon().name("parent-watch").start(ParentWatch::watch);
  }

  private static void watch() {
    try {
      while (System.in.read() >= 0) {
        // What the parent writes means nothing; that it can write is what counts.
      }
    } catch (IOException e) {
      LOG.debug("The standard input cannot be read", e);
    }
    LOG.info("The process that started this one is gone");
    System.exit(0);
  }
}
