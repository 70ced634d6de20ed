package io.tidegate.standalone;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noFields;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaMethod;
import com.tngtech.archunit.core.domain.JavaPackage;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import jakarta.servlet.http.HttpServletResponse;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.PatchMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.ResponseStatus;

/** The arrows between the modules are those of the table in docs/architecture.md. */
class ArchitectureTest {
  private static final String ROOT = "io.tidegate.";

  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages("io.tidegate");

  private static final Set<String> PLATFORM = Set.of("objects", "delta", "events", "kit", "ports");

  /**
   * The package below io.tidegate of every module, and those of the modules that it may use,
   * directly or through another.
   */
  private static final Map<String, Set<String>> ARROWS =
      Map.ofEntries(
          Map.entry("objects", Set.of()),
          Map.entry("delta", Set.of("objects")),
          Map.entry("events", Set.of()),
          Map.entry("kit", Set.of("events")),
          Map.entry("ports", Set.of("kit", "events", "delta", "objects")),
          Map.entry("testing", Set.of("objects")),
          Map.entry("catalog", PLATFORM),
          Map.entry("commits", PLATFORM),
          Map.entry("sharing", PLATFORM),
          Map.entry(
              "standalone",
              Set.of(
                  "objects", "delta", "events", "kit", "ports", "catalog", "commits", "sharing")));

  private static final Set<String> MODULES = new TreeSet<>(ARROWS.keySet());

  /** A new module is drawn in the table, or this fails; nor may one vanish from the class path. */
  @Test
  void everyModuleOnTheClassPathHasItsArrows() {
    assertThat(CLASSES.stream().map(ArchitectureTest::module).collect(Collectors.toSet()))
        .isEqualTo(ARROWS.keySet());
  }

  @ParameterizedTest
  @FieldSource("MODULES")
  void aModuleUsesNoOtherThanItsArrowsSay(String module) {
    Set<String> forbidden = new TreeSet<>(ARROWS.keySet());
    forbidden.remove(module);
    forbidden.removeAll(ARROWS.getOrDefault(module, Set.of()));
    if (module.equals("standalone")) {
      assertThat(forbidden).containsExactly("testing");
    }
    noClasses()
        .that()
        .resideInAPackage(ROOT + module + "..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            forbidden.stream().map(other -> ROOT + other + "..").toArray(String[]::new))
        .check(CLASSES);
  }

  @Test
  void everyPackageSaysThatNothingIsNullUnlessMarked() {
    Set<String> unmarked =
        CLASSES.stream()
            .map(JavaClass::getPackage)
            .filter(javaPackage ->
                javaPackage
                    .tryGetPackageInfo()
                    .filter(info -> info.isAnnotatedWith(NullMarked.class))
                    .isEmpty())
            .map(JavaPackage::getName)
            .collect(Collectors.toCollection(TreeSet::new));
    assertThat(unmarked).isEmpty();
  }

  @Test
  void nothingIsInjectedIntoFields() {
    noFields()
        .should()
        .beAnnotatedWith("org.springframework.beans.factory.annotation.Autowired")
        .orShould()
        .beAnnotatedWith("org.springframework.beans.factory.annotation.Value")
        .orShould()
        .beAnnotatedWith("jakarta.inject.Inject")
        .orShould()
        .beAnnotatedWith("jakarta.annotation.Resource")
        .check(CLASSES);
  }

  /** Clients read every 200 as JSON; who has nothing to tell answers {} or 204. */
  @Test
  void noChangeIsAnsweredByA200WithoutABody() {
    Set<String> silent =
        CLASSES.stream()
            // The sharing protocol has no changes.
            .filter(type -> !type.getPackageName().equals(ROOT + "sharing.protocol"))
            .flatMap(type -> type.getMethods().stream())
            .filter(method ->
                Stream.of(
                        DeleteMapping.class,
                        PostMapping.class,
                        PatchMapping.class,
                        PutMapping.class)
                    .anyMatch(method::isAnnotatedWith))
            .filter(method -> method.getRawReturnType().isEquivalentTo(void.class))
            .filter(method -> !method.isAnnotatedWith(ResponseStatus.class))
            // Those write their answers by themselves.
            .filter(method ->
                method.getRawParameterTypes().stream()
                    .noneMatch(type -> type.isEquivalentTo(HttpServletResponse.class)))
            .map(JavaMethod::getFullName)
            .collect(Collectors.toCollection(TreeSet::new));
    assertThat(silent).isEmpty();
  }

  private static String module(JavaClass javaClass) {
    String below = javaClass.getPackageName().substring(ROOT.length());
    int dot = below.indexOf('.');
    return dot < 0 ? below : below.substring(0, dot);
  }
}
