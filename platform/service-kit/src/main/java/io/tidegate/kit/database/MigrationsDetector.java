package io.tidegate.kit.database;

import io.tidegate.events.EventStore;
import io.tidegate.kit.feed.FeedSubscriber;
import java.util.Set;
import org.springframework.boot.sql.init.dependency.AbstractBeansOfTypeDatabaseInitializerDetector;
import org.springframework.boot.sql.init.dependency.AbstractBeansOfTypeDependsOnDatabaseInitializationDetector;

/** Tells Spring Boot that {@link Migrations} come before whatever needs the database's tables. */
final class MigrationsDetector extends AbstractBeansOfTypeDatabaseInitializerDetector {

  @Override
  protected Set<Class<?>> getDatabaseInitializerBeanTypes() {
    return Set.of(Migrations.class);
  }

  /** Ours among those that need the tables; Spring Boot knows of the JDBC templates. */
  static final class Dependents extends AbstractBeansOfTypeDependsOnDatabaseInitializationDetector {
    @Override
    protected Set<Class<?>> getDependsOnDatabaseInitializationBeanTypes() {
      return Set.of(EventStore.class, FeedSubscriber.class);
    }
  }
}
