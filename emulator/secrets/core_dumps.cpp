#include "emulator/secrets/core_dumps.h"

#ifdef __linux__
#include <sys/prctl.h>
#endif

namespace emulator {

void forbid_core_dumps() {
#ifdef __linux__
  // A limit of 0 would be inherited by handlers, and does not stop a core that goes to a pipe.
  ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#endif
}

}  // namespace emulator
