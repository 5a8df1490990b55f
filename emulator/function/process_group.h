// What /proc tells of a process and of its group: the memory of a group is the sum over its
// processes. Linux only; elsewhere nothing and 0. Any thread.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>

namespace emulator {

// /proc/<pid>/<name>; empty: there is no such file.
std::string proc_text(pid_t process, const std::string& name);

// Resident kilobytes of all processes of the group at this moment. Looks at every process of the
// machine: a millisecond or so.
int group_memory_kb(pid_t group);

// Whether the process's first thread has started others that live.
bool has_children(pid_t process);

// "1 (a name) S 0 17 …" of /proc/<pid>/stat: the group, 17; 0 when it is no such line.
pid_t group_in_stat(std::string_view stat);

}  // namespace emulator
