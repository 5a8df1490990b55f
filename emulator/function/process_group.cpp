#include "emulator/function/process_group.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <system_error>

namespace emulator {
namespace {

namespace fs = std::filesystem;

// man 5 proc, statm: size, resident, …, in pages.
long resident_kb(pid_t process) {
  static const long page_kb = ::sysconf(_SC_PAGESIZE) / 1024;
  std::istringstream words(proc_text(process, "statm"));
  long size = 0;
  long resident = 0;
  words >> size >> resident;
  return resident * page_kb;
}

}  // namespace

std::string proc_text(pid_t process, const std::string& name) {
  std::ifstream file("/proc/" + std::to_string(process) + "/" + name, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return std::move(text).str();
}

bool has_children(pid_t process) {
  return !proc_text(process, "task/" + std::to_string(process) + "/children").empty();
}

pid_t group_in_stat(std::string_view stat) {
  const auto name_end = stat.rfind(')');
  if (name_end == stat.npos) return 0;
  std::istringstream words{std::string(stat.substr(name_end + 1))};
  std::string state;
  pid_t parent = 0;
  pid_t group = 0;
  words >> state >> parent >> group;
  return group;
}

int group_memory_kb(pid_t group) {
  long total = 0;
  std::error_code error;
  for (fs::directory_iterator each("/proc", error), end; !error && each != end;
       each.increment(error)) {
    const std::string name = each->path().filename();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    const pid_t process = static_cast<pid_t>(std::stol(name));
    if (group_in_stat(proc_text(process, "stat")) == group) total += resident_kb(process);
  }
  return static_cast<int>(total);
}

}  // namespace emulator
