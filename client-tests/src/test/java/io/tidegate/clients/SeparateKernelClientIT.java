package io.tidegate.clients;

/** Kernel against the three services as three processes behind one entry. */
class SeparateKernelClientIT extends KernelClientContract {
  SeparateKernelClientIT() {
    super(RunningTidegate.Form.SEPARATE);
  }
}
