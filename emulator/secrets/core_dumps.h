// No core file of a process that holds secrets. Any thread.
#pragma once

namespace emulator {

// From now on, of this process; those that it starts are not concerned. Where the system has no
// such switch, nothing happens.
void forbid_core_dumps();

}  // namespace emulator
