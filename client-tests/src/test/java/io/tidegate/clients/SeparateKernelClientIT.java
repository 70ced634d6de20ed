package io.tidegate.clients;

import org.junit.jupiter.api.condition.DisabledIfEnvironmentVariable;

/** Kernel against the three services as three processes behind one entry. */
@DisabledIfEnvironmentVariable(named = "TIDEGATE_NGINX", matches = "missing")
class SeparateKernelClientIT extends KernelClientContract {
  SeparateKernelClientIT() {
    super(RunningTidegate.Form.SEPARATE);
  }
}
