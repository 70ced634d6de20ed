package io.tidegate.sharing.files;

import io.tidegate.kit.TidegateProperties;
import io.tidegate.objects.LocalObjectStore;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Opens the folders that the settings name. */
@Configuration(proxyBeanMethods = false)
class TableStorageConfiguration {

  @Bean
  TableStorage sharedTableStorage(TidegateProperties properties) {
    List<Path> roots = new ArrayList<>(properties.localRoots());
    String managed = properties.managedRoot();
    if (managed != null) {
      roots.add(managed.startsWith("file:") ? Path.of(URI.create(managed)) : Path.of(managed));
    }
    return new TableStorage(new LocalObjectStore(roots));
  }
}
