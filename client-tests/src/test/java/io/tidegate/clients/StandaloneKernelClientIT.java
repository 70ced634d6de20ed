package io.tidegate.clients;

/** Kernel against the three services in one JVM. */
class StandaloneKernelClientIT extends KernelClientContract {
  StandaloneKernelClientIT() {
    super(RunningTidegate.Form.STANDALONE);
  }
}
