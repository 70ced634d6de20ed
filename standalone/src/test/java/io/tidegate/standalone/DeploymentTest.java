package io.tidegate.standalone;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.Gson;
import io.kubernetes.client.openapi.JSON;
import io.kubernetes.client.openapi.models.V1Container;
import io.kubernetes.client.openapi.models.V1Deployment;
import io.kubernetes.client.openapi.models.V1EnvVar;
import io.kubernetes.client.openapi.models.V1HTTPIngressPath;
import io.kubernetes.client.openapi.models.V1Ingress;
import io.kubernetes.client.openapi.models.V1KeyToPath;
import io.kubernetes.client.openapi.models.V1Namespace;
import io.kubernetes.client.openapi.models.V1PersistentVolumeClaim;
import io.kubernetes.client.openapi.models.V1PodSpec;
import io.kubernetes.client.openapi.models.V1PodTemplateSpec;
import io.kubernetes.client.openapi.models.V1Service;
import io.kubernetes.client.openapi.models.V1StatefulSet;
import io.kubernetes.client.openapi.models.V1Volume;
import io.tidegate.kit.TidegateProperties;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.SystemEnvironmentPropertySource;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/**
 * The files that describe the separate form for containers agree with the code and with each other.
 * Nothing is run but the script that makes the secrets.
 */
class DeploymentTest {
  private static final Path PROJECT = Path.of("..").toAbsolutePath().normalize();
  private static final List<String> SERVICES =
      List.of("catalog-service", "commit-service", "sharing-gateway");
  private static final Set<String> PUBLIC_IMAGES = Set.of("postgres:18", "nginx:1.28");
  private static final Set<String> SPRING_SETTINGS =
      Set.of("SPRING_DATASOURCE_URL", "SPRING_DATASOURCE_USERNAME", "SPRING_CONFIG_IMPORT");
  private static final String PROPERTIES = "/run/secrets/properties/";
  private static final String NOBODY = "nobody";

  private static final Map<String, Class<?>> KINDS =
      Map.of(
          "Deployment", V1Deployment.class,
          "StatefulSet", V1StatefulSet.class,
          "Service", V1Service.class,
          "Ingress", V1Ingress.class,
          "Namespace", V1Namespace.class,
          "PersistentVolumeClaim", V1PersistentVolumeClaim.class);

  // ---- settings

  @Test
  void everySettingOfTheComposeFileExists() throws IOException {
    for (String name : SERVICES) {
      Map<String, Object> service = composeService(name);
      Map<String, String> environment = strings(map(service, "environment"));
      List<String> files = new ArrayList<>();
      for (Object secret : list(service, "secrets")) {
        if (secret instanceof Map<?, ?> placed) {
          String target = String.valueOf(placed.get("target"));
          assertThat(target).startsWith(PROPERTIES);
          files.add(target.substring(PROPERTIES.length()));
        } else {
          assertThat(secret).isEqualTo("admin_token");
        }
      }
      checkSettings(environment, files, map(compose(), "services").keySet());
      String adminToken = environment.get("TIDEGATE_ADMIN_TOKEN_FILE");
      assertThat(adminToken)
          .isEqualTo(name.equals("catalog-service") ? "/run/secrets/admin_token" : null);
    }
  }

  @Test
  void everySettingOfTheManifestsExists() throws IOException {
    Map<String, String> shared = sharedSettings();
    Set<String> hosts =
        objects(V1Service.class).stream()
            .map(service -> requireNonNull(requireNonNull(service.getMetadata()).getName()))
            .collect(Collectors.toSet());
    for (V1Deployment deployment : objects(V1Deployment.class)) {
      V1PodSpec pod = pod(requireNonNull(deployment.getSpec()).getTemplate());
      V1Container container = pod.getContainers().getFirst();
      assertThat(container.getEnvFrom())
          .allSatisfy(from ->
              assertThat(requireNonNull(from.getConfigMapRef()).getName()).isEqualTo("tidegate"));
      Map<String, String> environment = new LinkedHashMap<>(shared);
      for (V1EnvVar variable : requireNonNull(container.getEnv())) {
        environment.put(variable.getName(), requireNonNull(variable.getValue()));
      }
      List<String> files =
          secretItems(pod, "properties").stream().map(V1KeyToPath::getPath).toList();
      checkSettings(environment, files, hosts);
    }
  }

  @Test
  void aSettingThatDoesNotExistIsSeen() {
    assertThat(bind(Map.of("TIDEGATE_MANAGED_ROOTS", "/tables"), Map.of()))
        .isEqualTo(bind(Map.of(), Map.of()));
  }

  private static void checkSettings(
      Map<String, String> environment, List<String> files, Set<String> hosts) throws IOException {
    TidegateProperties nothing = bind(Map.of(), Map.of());
    environment.forEach((name, value) -> {
      if (name.startsWith("TIDEGATE_")) {
        assertThat(bind(Map.of(name, value), Map.of())).as(name).isNotEqualTo(nothing);
      } else {
        assertThat(SPRING_SETTINGS).contains(name);
      }
      Matcher address = Pattern.compile("//([^:/]+):(\\d+)").matcher(value);
      if (address.find()) {
        assertThat(hosts).as(name).contains(address.group(1));
        assertThat(address.group(2))
            .isEqualTo(address.group(1).equals("postgres") ? "5432" : "8080");
      }
    });
    assertThat(environment).containsKeys(SPRING_SETTINGS.toArray(String[]::new));
    assertThat(environment).containsEntry("SPRING_CONFIG_IMPORT", "configtree:" + PROPERTIES);
    assertThat(read("deploy/roles.sql"))
        .contains("CREATE ROLE " + environment.get("SPRING_DATASOURCE_USERNAME") + " ");
    assertThat(files)
        .containsExactlyInAnyOrder("spring.datasource.password", "tidegate.service-token");
    assertThat(bind(Map.of(), Map.of("tidegate.service-token", "x"))).isNotEqualTo(nothing);
  }

  /** As Spring Boot binds environment variables and the files of a configuration tree. */
  private static TidegateProperties bind(
      Map<String, Object> environment, Map<String, Object> tree) {
    return new Binder(
            ConfigurationPropertySources.from(
                List.of(
                    new SystemEnvironmentPropertySource("systemEnvironment", environment),
                    new MapPropertySource("tree", tree))))
        .bindOrCreate("tidegate", Bindable.of(TidegateProperties.class));
  }

  // ---- images

  @Test
  void everyImageIsBuiltHereOrPublic() throws IOException {
    Set<String> targets = new TreeSet<>();
    Matcher stage = Pattern.compile("(?m)^FROM \\S+ AS (\\S+)$").matcher(read("Dockerfile"));
    while (stage.find()) {
      targets.add(stage.group(1));
    }
    assertThat(targets).containsAll(SERVICES);
    Matcher base = Pattern.compile("(?m)^FROM (\\S+)").matcher(read("Dockerfile"));
    while (base.find()) {
      assertThat(base.group(1))
          .matches("eclipse-temurin:25-(jdk|jre)|" + String.join("|", targets));
    }
    map(compose(), "services")
        .forEach((name, service) -> {
          String image = String.valueOf(asMap(service).get("image"));
          if (!PUBLIC_IMAGES.contains(image)) {
            String target = String.valueOf(map(asMap(service), "build").get("target"));
            assertThat(targets).contains(target);
            assertThat(image).startsWith("tidegate/" + target + ":");
          }
        });
    Set<String> tagged =
        list(yaml("k8s/base/kustomization.yaml").getFirst(), "images").stream()
            .map(image -> String.valueOf(asMap(image).get("name")))
            .collect(Collectors.toSet());
    for (V1PodTemplateSpec template : templates()) {
      for (V1Container container : pod(template).getContainers()) {
        String image = requireNonNull(container.getImage());
        if (!PUBLIC_IMAGES.contains(image)) {
          assertThat(tagged).contains(image);
          assertThat(targets).contains(image.substring("tidegate/".length()));
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"catalog-service", "commit-service", "sharing-gateway"})
  void theDockerfileStartsTheJarThatTheBuildMakes(String service) throws IOException {
    assertThat(read("Dockerfile"))
        .contains("COPY --from=build /source/" + service + "/target/app /app")
        .contains("\"/app/" + service + ".jar\"");
    assertThat(read(service + "/pom.xml")).contains("<finalName>" + service + "</finalName>");
  }

  // ---- secrets

  @Test
  void everySecretIsDeclaredAndMade(@TempDir Path folder) throws Exception {
    Process script =
        new ProcessBuilder(
                "sh", PROJECT.resolve("deploy/make-secrets.sh").toString(), folder.toString())
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    assertThat(script.waitFor(20, TimeUnit.SECONDS)).isTrue();
    assertThat(script.exitValue()).isZero();
    Set<String> made = new TreeSet<>();
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.toList()) {
        assertThat(Files.size(file)).isGreaterThanOrEqualTo(64);
        made.add(file.getFileName().toString());
      }
    }

    Map<String, Object> declared = map(compose(), "secrets");
    declared.forEach((name, secret) ->
        assertThat(asMap(secret)).containsEntry("file", "./deploy/secrets/" + name));
    assertThat(made).isEqualTo(new TreeSet<>(declared.keySet()));
    for (Object service : map(compose(), "services").values()) {
      for (Object secret : list(asMap(service), "secrets")) {
        Object name = secret instanceof Map<?, ?> placed ? placed.get("source") : secret;
        assertThat(declared).containsKey(String.valueOf(name));
      }
    }

    Map<String, String> keys = new HashMap<>();
    for (Object generator :
        list(yaml("k8s/overlays/single-node/kustomization.yaml").getFirst(), "secretGenerator")) {
      assertThat(asMap(generator)).containsEntry("name", "tidegate");
      for (Object file : list(asMap(generator), "files")) {
        String[] parts = String.valueOf(file).split("=secrets/", 2);
        keys.put(parts[0], parts[1]);
      }
    }
    assertThat(made).containsAll(keys.values());
    for (V1PodTemplateSpec template : templates()) {
      for (V1Volume volume : requireNonNull(pod(template).getVolumes())) {
        if (volume.getSecret() != null) {
          assertThat(volume.getSecret().getSecretName()).isEqualTo("tidegate");
          assertThat(keys.keySet())
              .containsAll(
                  requireNonNull(volume.getSecret().getItems()).stream()
                      .map(V1KeyToPath::getKey)
                      .toList());
        }
      }
    }
  }

  // ---- routes

  @ParameterizedTest
  @CsvSource({
    "/api/2.1/unity-catalog/catalogs, catalog-service",
    "/api/2.1/unity-catalog/schemas/a.b, catalog-service",
    "/api/2.1/unity-catalog/tables/a.b.c, catalog-service",
    "/api/2.1/unity-catalog/permissions/table/a.b.c, catalog-service",
    "/api/2.1/unity-catalog/deltas, catalog-service",
    "/api/2.1/unity-catalog/sharesome, catalog-service",
    "/api/1.0/events, catalog-service",
    "/api/1.0/principals, catalog-service",
    "/api/1.0/commitsome, catalog-service",
    "/api/1.0/sharings, catalog-service",
    "/api/2.0/preview/scim/v2/Me, catalog-service",
    "/api/2.0/unity-catalog/temporary-table-credentials, catalog-service",
    "/api/1.0/unity-control/scim2/Me, catalog-service",
    "/.well-known/databricks-config, catalog-service",
    "/docs, catalog-service",
    "/docs/index.html, catalog-service",
    "/swagger-ui/index.html, catalog-service",
    "/openapi/catalog, catalog-service",
    "/api/2.1/unity-catalog/delta/v1/config, commit-service",
    "/api/2.1/unity-catalog/delta/v1/catalogs/a/schemas/b/tables/c, commit-service",
    "/api/1.0/commits, commit-service",
    "/api/1.0/commits/events, commit-service",
    "/openapi/commits, commit-service",
    "/api/2.1/unity-catalog/shares, sharing-gateway",
    "/api/2.1/unity-catalog/shares/s/permissions, sharing-gateway",
    "/api/2.1/unity-catalog/recipients/r/rotate-token, sharing-gateway",
    "/api/2.1/unity-catalog/public/data_sharing_activation/x, sharing-gateway",
    "/api/1.0/sharing/events, sharing-gateway",
    "/delta-sharing/shares, sharing-gateway",
    "/openapi/sharing, sharing-gateway",
    "/delta-sharings, nobody",
    "/docsome, nobody",
    "/service, nobody",
    "/service/catalog/tables, nobody",
    "/service/commits/tables, nobody",
    "/actuator, nobody",
    "/actuator/prometheus, nobody",
    "/actuator/health/readiness, nobody",
    "/, nobody",
  })
  void bothEntriesSendAPathToItsOneOwner(String path, String owner) throws IOException {
    assertThat(ingressOwner(path)).as("k8s/base/ingress.yaml").isEqualTo(owner);
    assertThat(entryOwner(path)).as("deploy/entry.conf.template").isEqualTo(owner);
  }

  private static String ingressOwner(String path) throws IOException {
    String owner = NOBODY;
    int longest = -1;
    V1Ingress ingress = objects(V1Ingress.class).getFirst();
    for (V1HTTPIngressPath route :
        requireNonNull(
                requireNonNull(requireNonNull(ingress.getSpec()).getRules()).getFirst().getHttp())
            .getPaths()) {
      assertThat(route.getPathType()).isEqualTo("Prefix");
      String prefix = requireNonNull(route.getPath());
      if ((path.equals(prefix) || path.startsWith(prefix + "/")) && prefix.length() > longest) {
        longest = prefix.length();
        owner = requireNonNull(route.getBackend().getService()).getName();
      }
    }
    return owner;
  }

  /** By nginx's rules: an exact location, else the first expression, else the longest prefix. */
  private static String entryOwner(String path) throws IOException {
    String template = read("deploy/entry.conf.template");
    Matcher location =
        Pattern.compile("location (?:(=|~) )?([^@\\s]\\S*) \\{\\n(.*?)\\n    }", Pattern.DOTALL)
            .matcher(template);
    String exact = null;
    String expression = null;
    String prefix = null;
    int longest = -1;
    while (location.find()) {
      String pattern = location.group(2);
      String body = location.group(3);
      if ("=".equals(location.group(1))) {
        exact = pattern.equals(path) ? body : exact;
      } else if ("~".equals(location.group(1))) {
        expression =
            expression == null && Pattern.compile(pattern).matcher(path).find() ? body : expression;
      } else if (path.startsWith(pattern) && pattern.length() > longest) {
        longest = pattern.length();
        prefix = body;
      }
    }
    String body = exact != null ? exact : expression != null ? expression : requireNonNull(prefix);
    Matcher pass = Pattern.compile("proxy_pass http://\\$(\\w+)").matcher(body);
    if (!pass.find()) {
      assertThat(body).contains("return 404 ");
      return NOBODY;
    }
    Matcher upstream =
        Pattern.compile("set \\$" + pass.group(1) + " \\$\\{(\\w+)};").matcher(template);
    assertThat(upstream.find()).isTrue();
    String address =
        requireNonNull(strings(map(composeService("entry"), "environment")).get(upstream.group(1)));
    assertThat(address).endsWith(":8080");
    return address.substring(0, address.length() - ":8080".length());
  }

  @Test
  void everyVariableOfTheEntryIsGiven() throws IOException {
    Set<String> used = new TreeSet<>();
    Matcher variable = Pattern.compile("\\$\\{(\\w+)}").matcher(read("deploy/entry.conf.template"));
    while (variable.find()) {
      used.add(variable.group(1));
    }
    assertThat(map(composeService("entry"), "environment").keySet()).isEqualTo(used);
  }

  // ---- how the services run

  /**
   * What is not for the network, or would make an image out of somebody's secrets, stays outside.
   */
  @Test
  void noSecretGetsIntoAnImageOrTheRepository() throws IOException {
    List<String> ignoredByDocker = read(".dockerignore").lines().toList();
    List<String> ignoredByGit = read(".gitignore").lines().toList();
    for (String folder : List.of("deploy/secrets", "k8s/overlays/*/secrets")) {
      assertThat(ignoredByDocker).contains(folder);
      assertThat(ignoredByGit).contains("/" + folder + "/");
    }
    map(compose(), "services")
        .forEach((name, service) -> {
          List<Object> ports = list(asMap(service), "ports");
          assertThat(ports).as(name).hasSize(name.equals("entry") ? 1 : 0);
          assertThat(ports).allSatisfy(port -> assertThat((String) port).startsWith("127.0.0.1:"));
        });
  }

  @Test
  void servicesOfTheComposeFileAreWatchedAndConfined() throws IOException {
    assertThat(read("Dockerfile"))
        .contains("\nUSER 10001\n")
        .contains("COPY deploy/healthcheck.sh /usr/local/bin/healthcheck");
    assertThat(PROJECT.resolve("deploy/healthcheck.sh")).isExecutable();
    for (String name : SERVICES) {
      Map<String, Object> service = composeService(name);
      assertThat(list(map(service, "healthcheck"), "test"))
          .isEqualTo(List.of("CMD", "healthcheck"));
      assertThat(service).containsEntry("read_only", true).doesNotContainKey("user");
      assertThat(list(service, "cap_drop")).isEqualTo(List.of("ALL"));
      // Docker mounts a tmpfs without exec, but native libraries are unpacked there and loaded.
      assertThat(list(service, "tmpfs")).isEqualTo(List.of("/tmp:exec"));
      assertThat(map(map(map(service, "deploy"), "resources"), "limits"))
          .containsKeys("cpus", "memory");
    }
    for (Object service : map(compose(), "services").values()) {
      assertThat(map(compose(), "networks").keySet())
          .containsAll(list(asMap(service), "networks").stream().map(String::valueOf).toList());
      for (Object volume : list(asMap(service), "volumes")) {
        String source = String.valueOf(volume).split(":", 2)[0];
        if (source.startsWith("./")) {
          assertThat(PROJECT.resolve(source)).exists();
        } else {
          assertThat(map(compose(), "volumes")).containsKey(source);
        }
      }
    }
  }

  @Test
  void servicesOfTheManifestsAreWatchedAndConfined() throws IOException {
    List<V1Deployment> deployments = objects(V1Deployment.class);
    assertThat(deployments)
        .extracting(deployment -> requireNonNull(deployment.getMetadata()).getName())
        .containsExactlyInAnyOrderElementsOf(SERVICES);
    List<String> claims =
        objects(V1PersistentVolumeClaim.class).stream()
            .map(claim -> requireNonNull(requireNonNull(claim.getMetadata()).getName()))
            .toList();
    for (V1Deployment deployment : deployments) {
      V1PodSpec pod = pod(requireNonNull(deployment.getSpec()).getTemplate());
      assertThat(requireNonNull(pod.getSecurityContext()).getRunAsNonRoot()).isTrue();
      for (V1Container container : pod.getContainers()) {
        assertThat(container.getStartupProbe()).isNotNull();
        assertThat(
                requireNonNull(requireNonNull(container.getLivenessProbe()).getHttpGet()).getPath())
            .isEqualTo("/actuator/health/liveness");
        assertThat(
                requireNonNull(requireNonNull(container.getReadinessProbe()).getHttpGet())
                    .getPath())
            .isEqualTo("/actuator/health/readiness");
        assertThat(requireNonNull(container.getResources()).getLimits()).containsKey("memory");
        assertThat(requireNonNull(container.getSecurityContext()).getReadOnlyRootFilesystem())
            .isTrue();
        assertThat(container.getSecurityContext().getAllowPrivilegeEscalation()).isFalse();
        Set<String> volumes =
            requireNonNull(pod.getVolumes()).stream()
                .map(V1Volume::getName)
                .collect(Collectors.toSet());
        assertThat(requireNonNull(container.getVolumeMounts()))
            .allSatisfy(mount -> assertThat(volumes).contains(mount.getName()));
      }
      for (V1Volume volume : requireNonNull(pod.getVolumes())) {
        if (volume.getPersistentVolumeClaim() != null) {
          assertThat(claims).contains(volume.getPersistentVolumeClaim().getClaimName());
        }
      }
    }
  }

  @Test
  void everyManifestIsPartOfItsKustomization() throws IOException {
    for (String folder : List.of("k8s/base", "k8s/overlays/single-node")) {
      for (Object resource : list(yaml(folder + "/kustomization.yaml").getFirst(), "resources")) {
        assertThat(PROJECT.resolve(folder).resolve(String.valueOf(resource))).exists();
      }
      assertThat(list(yaml(folder + "/kustomization.yaml").getFirst(), "resources"))
          .containsAll(manifests(folder));
    }
  }

  @Test
  void aFieldThatKubernetesDoesNotKnowIsSeen() {
    assertThatThrownBy(
            () -> JSON.deserialize("{\"kind\":\"Service\",\"sepc\":{}}", V1Service.class))
        .hasMessageContaining("sepc");
  }

  // ---- reading

  private static <T> List<T> objects(Class<T> type) throws IOException {
    List<T> found = new ArrayList<>();
    for (String folder : List.of("k8s/base", "k8s/overlays/single-node")) {
      for (String file : manifests(folder)) {
        for (Map<String, Object> document : yaml(folder + "/" + file)) {
          Class<?> kind = KINDS.get(String.valueOf(document.get("kind")));
          assertThat(kind).as("kind of an object in " + file).isNotNull();
          Object object = JSON.deserialize(new Gson().toJson(document), kind);
          if (type.isInstance(object)) {
            found.add(type.cast(object));
          }
        }
      }
    }
    assertThat(found).isNotEmpty();
    return found;
  }

  private static List<String> manifests(String folder) throws IOException {
    try (Stream<Path> files = Files.list(PROJECT.resolve(folder))) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.endsWith(".yaml") && !name.equals("kustomization.yaml"))
          .sorted()
          .toList();
    }
  }

  private static List<V1PodTemplateSpec> templates() throws IOException {
    return Stream.concat(
            objects(V1Deployment.class).stream()
                .map(deployment -> requireNonNull(deployment.getSpec()).getTemplate()),
            objects(V1StatefulSet.class).stream()
                .map(set -> requireNonNull(set.getSpec()).getTemplate()))
        .toList();
  }

  private static V1PodSpec pod(V1PodTemplateSpec template) {
    return requireNonNull(template.getSpec());
  }

  private static List<V1KeyToPath> secretItems(V1PodSpec pod, String volumeName) {
    return requireNonNull(pod.getVolumes()).stream()
        .filter(volume -> volume.getName().equals(volumeName))
        .flatMap(volume -> requireNonNull(requireNonNull(volume.getSecret()).getItems()).stream())
        .toList();
  }

  private static Map<String, String> sharedSettings() throws IOException {
    Map<String, String> settings = new LinkedHashMap<>();
    for (Object map : list(yaml("k8s/base/kustomization.yaml").getFirst(), "configMapGenerator")) {
      assertThat(asMap(map)).containsEntry("name", "tidegate");
      for (Object literal : list(asMap(map), "literals")) {
        String[] parts = String.valueOf(literal).split("=", 2);
        settings.put(parts[0], parts[1]);
      }
    }
    return settings;
  }

  private static Map<String, Object> compose() throws IOException {
    return yaml("docker-compose.yml").getFirst();
  }

  private static Map<String, Object> composeService(String name) throws IOException {
    return map(map(compose(), "services"), name);
  }

  private static List<Map<String, Object>> yaml(String file) throws IOException {
    List<Map<String, Object>> documents = new ArrayList<>();
    for (Object document : new Yaml(new SafeConstructor(new LoaderOptions())).loadAll(read(file))) {
      documents.add(asMap(document));
    }
    return documents;
  }

  private static Map<String, Object> map(Map<String, Object> parent, String key) {
    return asMap(requireNonNull(parent.get(key), key));
  }

  private static List<Object> list(Map<String, Object> parent, String key) {
    return parent.get(key) instanceof List<?> list ? new ArrayList<>(list) : List.of();
  }

  private static Map<String, Object> asMap(Object value) {
    Map<String, Object> map = new LinkedHashMap<>();
    ((Map<?, ?>) value).forEach((key, member) -> map.put(String.valueOf(key), member));
    return map;
  }

  private static Map<String, String> strings(Map<String, Object> map) {
    Map<String, String> strings = new LinkedHashMap<>();
    map.forEach((key, value) -> strings.put(key, String.valueOf(value)));
    return strings;
  }

  private static String read(String file) throws IOException {
    return Files.readString(PROJECT.resolve(file));
  }
}
