// Python: the official client (awslambdaric), with the project's own interpreter. On AWS the
// client belongs to the runtime, so projects do not have it: it is installed once into klambda's
// cache and put behind the user's own modules. The client takes the handler as its argument and
// looks for it in the working directory.
#include <cstdlib>
#include <fstream>
#include <functional>
#include <iterator>
#include <sstream>
#include <system_error>
#include <utility>
#include <vector>

#include "emulator/config/text.h"
#include "emulator/function/process.h"
#include "emulator/function/runtime_files.h"
#include "emulator/function/runtime_tools.h"

namespace emulator {
namespace {

namespace fs = std::filesystem;

constexpr const char* kClient = "awslambdaric";
constexpr const char* kClientVersion = "4.2.2";
constexpr int kParentsSearched =
    3;  // a project's virtual environment stands beside or above the code directory
constexpr std::chrono::seconds kProbeLimit{30};

// First line, to tell it from what a site module may print; then version, executable, whether the
// client is there without looking at the working directory, and the folders where that was looked
// for.
constexpr const char* kProbe = R"(
import sys, importlib.util
sys.path = [p for p in sys.path if p]
print("klambda-probe")
print("%d.%d" % sys.version_info[:2])
print(sys.executable)
print(int(importlib.util.find_spec("awslambdaric") is not None))
print("\n".join(sys.path))
)";

struct Interpreter {
  std::string version;  // "3.11"
  fs::path executable;
  bool has_client = false;
};

// Arguments: requirements.txt, then folders where packages may be beside the interpreter's own.
// Prints the names that are not installed; what needs more than a look at names (options, markers,
// addresses) is left out.
constexpr const char* kMissingPackages = R"(
import sys, re, importlib.metadata
sys.path = sys.argv[2:] + [p for p in sys.path if p]
print("klambda-probe")
for line in open(sys.argv[1], encoding="utf-8", errors="replace"):
    line = line.split(" #")[0].strip()
    match = re.match(r"([A-Za-z0-9][A-Za-z0-9._-]*)\s*(\[[^\]]*\])?\s*([=<>!~][^;@]*)?$", line)
    if not match: continue
    try: importlib.metadata.distribution(match.group(1))
    except importlib.metadata.PackageNotFoundError: print(match.group(1))
)";

void check_handler(const FunctionConfig& function, const LaunchPlan& plan) {
  const auto handler = split_handler(function, Dot::Last);
  std::string file = handler.file;
  for (auto& character : file) character = character == '.' ? '/' : character;
  std::string folders = function.code_dir.string();
  if (const auto* more = find_variable(plan, "PYTHONPATH")) folders += ":" + *more;
  std::istringstream list(folders);
  for (std::string folder; std::getline(list, folder, ':');) {
    const auto base = function.code_dir / folder / file;
    std::error_code error;
    if (fs::is_directory(base, error)) return;
    for (const auto& entry : fs::directory_iterator(base.parent_path(), error)) {
      // app.py, app.pyc, app.cpython-311-x86_64-linux-gnu.so
      if (!entry.path().filename().string().starts_with(base.filename().string() + ".")) continue;
      const auto extension = entry.path().extension();
      if (extension == ".py" || extension == ".pyc" || extension == ".so") return;
    }
  }
  fail_function(function, "Handler '" + function.handler + "' names " +
                              (function.code_dir / (file + ".py")).string() +
                              ", which does not exist: correct Handler or CodeUri");
}

// docs packaging-layers.html; behind the function's own modules, as on AWS.
void add_layers(const FunctionConfig& function, LaunchPlan& plan) {
  if (function.opt_dir.empty()) return;
  const auto folder = function.opt_dir / "python";
  append_folder(plan, "PYTHONPATH", folder / "lib" / function.runtime / "site-packages");
  append_folder(plan, "PYTHONPATH", folder);
}

// In the order of trying. A virtual environment is meant, whatever else there is.
std::vector<fs::path> find_interpreters(const FunctionConfig& function) {
  auto folder = function.code_dir;
  for (int level = 0; level <= kParentsSearched; ++level) {
    for (const char* name : {".venv", "venv"}) {
      auto python = folder / name / "bin" / "python";
      if (is_executable_file(python)) return {python};
    }
    if (!folder.has_relative_path()) break;
    folder = folder.parent_path();
  }
  if (const char* active = std::getenv("VIRTUAL_ENV")) {
    const auto python = fs::path(active) / "bin" / "python";
    if (python.is_absolute() && is_executable_file(python)) return {python};
  }
  auto found = find_all_on_path(function.runtime);
  for (auto& python : find_all_on_path("python3")) found.push_back(std::move(python));
  if (!found.empty()) return found;
  fail_function(function, "runtime " + function.runtime + " needs " + function.runtime +
                              " or python3 on PATH (" + search_path() +
                              ") or a .venv beside the code: install python3");
}

std::optional<Interpreter> parse_probe(std::istream& lines,
                                       const std::function<bool(const std::string&)>& on_folder) {
  Interpreter interpreter;
  std::string line;
  while (std::getline(lines, line) && line != "klambda-probe") {
  }
  std::string executable;
  std::string has_client;
  if (!std::getline(lines, interpreter.version) || !std::getline(lines, executable) ||
      !std::getline(lines, has_client)) {
    return std::nullopt;
  }
  interpreter.executable = executable;
  interpreter.has_client = has_client == "1";
  while (std::getline(lines, line)) {
    if (!on_folder(line)) return std::nullopt;
  }
  return interpreter;
}

// nullopt: it does not run, and `record` says why. A version manager's stand-in for a version that
// is not chosen ends so.
std::optional<Interpreter> run_probe(const LaunchPlan& plan, const fs::path& python,
                                     std::string& record) {
  LaunchPlan probe = plan;
  probe.executable = python;
  probe.arguments = {"-c", kProbe};
  const auto result = run_tool(probe, kProbeLimit);
  std::istringstream lines(result.output);
  std::string folders;
  auto interpreter = parse_probe(lines, [&](const std::string& folder) {
    folders += std::to_string(modified(folder)) + " " + folder + "\n";
    return true;
  });
  if (!interpreter || !is_executable_file(interpreter->executable)) {
    record = result.output.substr(0, result.output.find('\n'));
    return std::nullopt;
  }
  record = "klambda-probe\n" + interpreter->version + "\n" + interpreter->executable.string() +
           "\n" + (interpreter->has_client ? "1\n" : "0\n") + folders;
  return interpreter;
}

// Starting Python costs 20 to 100 ms, so its answers are kept until the interpreter or one of its
// module folders changes.
std::optional<Interpreter> probe(const FunctionConfig& function, const LaunchPlan& plan,
                                 const fs::path& python, const fs::path& cache,
                                 std::string& problem) {
  std::error_code error;
  const auto real = fs::canonical(python, error);
  const auto* python_path = find_variable(plan, "PYTHONPATH");
  const std::string key = python.string() + "|" + real.string() + "|" +
                          std::to_string(modified(real)) + "|" + function.code_dir.string() + "|" +
                          (python_path != nullptr ? *python_path : "");
  std::ostringstream name;
  name << std::hex << std::hash<std::string>{}(key);
  const auto file_name = cache / "probes" / name.str();
  if (is_script(real)) return run_probe(plan, python, problem);

  std::ifstream file(file_name);
  std::string stored_key;
  if (std::getline(file, stored_key) && stored_key == key) {
    const auto kept = parse_probe(file, [](const std::string& line) {
      const auto space = line.find(' ');
      return space != std::string::npos &&
             std::to_string(modified(line.substr(space + 1))) == line.substr(0, space);
    });
    if (kept) return kept;
  }
  std::string record;
  auto interpreter = run_probe(plan, python, record);
  if (interpreter) {
    write_file_atomically(file_name, key + "\n" + record);  // without it the next start asks again
  } else {
    problem = std::move(record);
  }
  return interpreter;
}

Interpreter choose_interpreter(const FunctionConfig& function, const LaunchPlan& plan,
                               const fs::path& cache) {
  std::string problems;
  for (const auto& python : find_interpreters(function)) {
    std::string problem;
    if (auto interpreter = probe(function, plan, python, cache, problem))
      return *std::move(interpreter);
    problems.append(problems.empty() ? "" : "; ")
        .append(python.string())
        .append(": ")
        .append(problem);
  }
  fail_function(function,
                "no interpreter for " + function.runtime + " runs (" + problems +
                    "): mend it, or make a virtual environment with python3 -m venv .venv");
}

// pip's last word on it.
std::string pip_problem(const std::string& output) {
  std::istringstream lines(output);
  std::string problem;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("ERROR") || problem.empty()) problem = line;
  }
  return problem;
}

void run_pip(const FunctionConfig& function, const fs::path& python, const fs::path& target) {
  const auto requirement = std::string(kClient) + "==" + kClientVersion;
  LaunchPlan pip;
  pip.executable = python;
  pip.arguments = {"-m", "pip",      "install",       "--no-input", "--disable-pip-version-check",
                   "-q", "--target", target.string(), requirement};
  pip.working_directory = target.parent_path();
  pip.environment = own_environment();
  const auto result = run_installer(function, "Lambda's Python client", pip);
  if (result.succeeded()) return;
  if (result.output.find("No module named pip") != std::string::npos) {
    fail_function(
        function,
        python.string() + " has no pip to install " + requirement +
            " with: install python3-pip, or use a virtual environment (python3 -m venv .venv)");
  }
  fail_function(function, "cannot install " + requirement + " (" + pip_problem(result.output) +
                              "): run " + command_line(pip) + " to see why");
}

// The folder that holds the client for this version of Python, installed there when it is not yet.
fs::path client_folder(const FunctionConfig& function, Downloads downloads,
                       const Interpreter& interpreter, const fs::path& cache) {
  const auto name = "python" + interpreter.version + "-" + kClient + "-" + kClientVersion;
  const auto folder = cache / name;
  std::error_code error;
  if (downloads == Downloads::Later || fs::is_directory(folder / kClient, error)) return folder;
  if (downloads == Downloads::Forbidden) {
    fail_function(function, interpreter.executable.string() + " has no module " + kClient +
                                " and --offline forbids to install it: run " +
                                interpreter.executable.string() + " -m pip install --target " +
                                folder.string() + " " + kClient + "==" + kClientVersion);
  }
  return install_once(function, cache, name, kClient, [&](const fs::path& target) {
    run_pip(function, interpreter.executable, target);
  });
}

// On AWS `sam build` installs them; here the interpreter has them, or the code directory.
void check_requirements(const FunctionConfig& function, const LaunchPlan& plan,
                        const fs::path& python) {
  const auto requirements = function.code_dir / "requirements.txt";
  std::ifstream file(requirements);
  std::string text{std::istreambuf_iterator<char>(file), {}};
  if (text.find_first_not_of(" \t\r\n") == std::string::npos) return;
  LaunchPlan probe = plan;
  probe.executable = python;
  probe.arguments = {"-c", kMissingPackages, requirements.string(), function.code_dir.string()};
  std::istringstream lines(run_tool(probe, kProbeLimit).output);
  std::string line;
  while (std::getline(lines, line) && line != "klambda-probe") {
  }
  std::vector<std::string> missing;
  while (std::getline(lines, line)) missing.push_back(line);
  if (missing.empty()) return;
  warn_function(function, requirements.string() + " names packages that " + python.string() +
                              " does not have: " + join(missing, ", ") +
                              ": install them with python3 -m venv .venv && "
                              ".venv/bin/pip install -r requirements.txt in " +
                              function.code_dir.string());
}

}  // namespace

void plan_python(const FunctionConfig& function, PlanRules rules, LaunchPlan& plan) {
  add_layers(function, plan);
  check_handler(function, plan);
  const auto cache = runtimes_cache(function);
  const auto interpreter = choose_interpreter(function, plan, cache);
  const auto wanted = function.runtime.substr(std::string_view("python").size());
  // "python3" asks for no version in particular.
  const bool names_version = wanted.find('.') != std::string::npos;
  check_version(
      function, rules.strictness,
      {"Python", interpreter.version, names_version ? wanted : "", interpreter.executable});
  check_requirements(function, plan, interpreter.executable);
  std::error_code error;
  if (!interpreter.has_client && !fs::is_directory(function.code_dir / kClient, error)) {
    append_folder(plan, "PYTHONPATH", client_folder(function, rules.downloads, interpreter, cache));
  }
  // Output that waits in a buffer would appear behind END.
  if (find_variable(plan, "PYTHONUNBUFFERED") == nullptr)
    set_variable(plan, "PYTHONUNBUFFERED", "1");
  plan.executable = interpreter.executable;
  plan.arguments = {"-m", kClient, function.handler};
}

}  // namespace emulator
