package io.tidegate.delta;

import static org.assertj.core.api.Assertions.assertThat;

import io.delta.kernel.internal.tablefeatures.TableFeature;
import io.delta.kernel.internal.tablefeatures.TableFeatures;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class ReaderFeaturesTest {
  @Test
  void areThoseOfKernel() {
    assertThat(ReaderFeatures.supported())
        .isEqualTo(
            TableFeatures.TABLE_FEATURES.stream()
                .filter(TableFeature::isReaderWriterFeature)
                .filter(TableFeature::hasKernelReadSupport)
                .map(TableFeature::featureName)
                .collect(Collectors.toSet()));
  }
}
