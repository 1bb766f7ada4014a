#pragma once

namespace cgan_jit::io {

/// From now on what asks the process to end is only remembered, so that the work can end in order: SIGINT,
/// SIGTERM, SIGHUP (unless it is ignored, as nohup has it), SIGXCPU, and SIGPIPE, for nobody reads the log
/// any more. A second signal of the same kind ends the process as usual; SIGPIPE never does.
void remember_interrupts();

/// The signal that came last, or 0. Exit codes for it are 128 + signal (130 for SIGINT, 143 for SIGTERM).
int interrupt_received();

}  // namespace cgan_jit::io
