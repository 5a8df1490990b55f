// Java: the official client (aws-lambda-java-runtime-interface-client) of the function's own
// dependencies, else installed once into klambda's cache with Maven. It takes the handler as its
// argument ("pkg.Class::method") and needs everything on one class path.
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

#include "emulator/config/digest.h"
#include "emulator/config/text.h"
#include "emulator/function/jar_file.h"
#include "emulator/function/process.h"
#include "emulator/function/program_file.h"
#include "emulator/function/runtime_files.h"
#include "emulator/function/runtime_tools.h"

namespace emulator {
namespace {

namespace fs = std::filesystem;

constexpr const char* kGroup = "com.amazonaws";
constexpr const char* kClient = "aws-lambda-java-runtime-interface-client";
constexpr const char* kClientVersion = "2.9.0";
constexpr const char* kClientClass = "com.amazonaws.services.lambda.runtime.api.client.AWSLambda";
constexpr const char* kCopyDependencies =
    "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies";
constexpr const char* kNativeLibraryProperty =
    "com.amazonaws.services.lambda.runtime.api.client.runtimeapi.NativeClient.JNI";
constexpr std::size_t kNativeLibraryBytesMax = 64 << 20;
// Of MemorySize; the rest is the JVM's own. Inference: what functions on AWS report of themselves.
constexpr int kHeapPercent = 85;

// Entries of a class path: directories of classes, jars, and "folder/*" for all jars of a folder.
using ClassPath = std::vector<std::string>;

bool is_folder(const fs::path& path) {
  std::error_code error;
  return fs::is_directory(path, error);
}

bool is_there(const fs::path& path) {
  std::error_code error;
  return fs::exists(path, error);
}

std::vector<fs::path> jars_in(const fs::path& folder) {
  std::vector<fs::path> jars;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    if (entry.path().extension() == ".jar") jars.push_back(entry.path());
  }
  std::sort(jars.begin(), jars.end());
  return jars;
}

// Those of a build's output that hold what runs: not what the shade plugin started from, nor
// sources, documentation and tests.
bool is_program_jar(const fs::path& jar) {
  const auto name = jar.stem().string();
  if (name.starts_with("original-")) return false;
  constexpr std::array<std::string_view, 4> kOthers{"-sources", "-javadoc", "-tests", "-plain"};
  return std::none_of(kOthers.begin(), kOthers.end(),
                      [&](std::string_view other) { return name.ends_with(other); });
}

void add_directory(const fs::path& folder, ClassPath& path) {
  if (is_folder(folder)) path.push_back(folder.string());
}

void add_all_jars(const fs::path& folder, ClassPath& path) {
  if (!jars_in(folder).empty()) path.push_back((folder / "*").string());
}

void add_program_jars(const fs::path& folder, ClassPath& path) {
  for (const auto& jar : jars_in(folder)) {
    if (is_program_jar(jar)) path.push_back(jar.string());
  }
}

// Compiled classes come before the jars made of them: an edit shows after `mvn compile` already.
void add_maven_output(const fs::path& target, ClassPath& path) {
  add_directory(target / "classes", path);
  add_all_jars(target / "dependency", path);
  add_all_jars(target / "lib", path);
  add_program_jars(target, path);
}

void add_gradle_output(const fs::path& build, ClassPath& path) {
  for (const char* language : {"java", "kotlin", "scala", "groovy"})
    add_directory(build / "classes" / language / "main", path);
  add_directory(build / "resources" / "main", path);
  add_all_jars(build / "dependencies", path);
  add_all_jars(build / "lib", path);
  add_program_jars(build / "libs", path);
}

bool is_gradle_project(const fs::path& code) {
  return is_there(code / "build.gradle") || is_there(code / "build.gradle.kts");
}

// docs java-package.html: classes and lib/ of a zip or of an unpacked jar; and what lies in a
// project that is not packaged.
ClassPath class_path_of(const FunctionConfig& function) {
  ClassPath path;
  const auto& code = function.code_dir;
  if (is_there(code / "pom.xml")) add_maven_output(code / "target", path);
  if (is_gradle_project(code)) add_gradle_output(code / "build", path);
  if (is_folder(code / "classes")) {
    add_maven_output(code, path);  // CodeUri is the output itself
  } else {
    path.push_back(code.string());
    add_all_jars(code / "lib", path);
    add_program_jars(code, path);
  }
  if (!function.opt_dir.empty()) add_all_jars(function.opt_dir / "java" / "lib", path);
  return path;
}

// The jar of the class path that has the entry.
std::optional<fs::path> find_jar_with(const ClassPath& path, const std::string& name) {
  for (const auto& entry : path) {
    std::vector<fs::path> jars{entry};
    if (entry.ends_with("/*")) jars = jars_in(fs::path(entry).parent_path());
    for (const auto& jar : jars) {
      if (!is_folder(jar) && jar_has(jar, name)) return jar;
    }
  }
  return std::nullopt;
}

bool has_class(const ClassPath& path, std::string class_name) {
  std::replace(class_name.begin(), class_name.end(), '.', '/');
  class_name += ".class";
  const bool in_folder = std::any_of(path.begin(), path.end(), [&](const std::string& entry) {
    return is_there(fs::path(entry) / class_name);
  });
  return in_folder || find_jar_with(path, class_name);
}

void check_handler(const FunctionConfig& function, const ClassPath& path) {
  const auto& handler = function.handler;
  const auto name = handler.substr(0, handler.find("::"));
  if (name.empty()) {
    fail_function(function,
                  "Handler is missing: name it as package.Class::method, as in app.Orders::handle");
  }
  if (has_class(path, name)) return;
  const auto& code = function.code_dir;
  std::string cure = "correct Handler or CodeUri";
  if (is_there(code / "pom.xml") && !is_folder(code / "target" / "classes"))
    cure = "build the project with mvn package dependency:copy-dependencies in " + code.string();
  else if (is_gradle_project(code) && !is_folder(code / "build" / "classes"))
    cure = "build the project with gradle build in " + code.string();
  fail_function(function, "Handler '" + handler + "' names class " + name +
                              ", which is in none of " + join(path, ", ") + ": " + cure);
}

struct Jvm {
  fs::path program;
  std::string version;  // "17", "8"; empty: it does not say
};

// "17" of "17.0.15", "8" of "1.8.0_402"
std::string major_version(std::string_view version) {
  if (version.starts_with("1.")) version.remove_prefix(2);
  return std::string(version.substr(0, version.find_first_not_of("0123456789")));
}

// The text between the first two quotes that follow `name`.
std::string quoted_after(const std::string& text, std::string_view name) {
  const auto at = text.find(name);
  if (at == std::string::npos) return {};
  const auto first = text.find('"', at);
  const auto last = first == std::string::npos ? first : text.find('"', first + 1);
  return last == std::string::npos ? std::string() : text.substr(first + 1, last - first - 1);
}

Jvm find_jvm(const FunctionConfig& function, const LaunchPlan& plan, const fs::path& cache) {
  Jvm jvm;
  const char* home = std::getenv("JAVA_HOME");
  if (home != nullptr && is_executable_file(fs::path(home) / "bin" / "java")) {
    jvm.program = fs::absolute(fs::path(home) / "bin" / "java");
  } else if (const auto found = find_on_path("java")) {
    jvm.program = *found;
  } else {
    fail_function(function, "runtime " + function.runtime +
                                " needs 'java', which is neither in JAVA_HOME nor on PATH (" +
                                search_path() + "): install a JRE");
  }
  std::error_code error;
  const auto real = fs::canonical(jvm.program, error);
  std::ifstream release(real.parent_path().parent_path() / "release");
  const std::string text{std::istreambuf_iterator<char>(release), {}};
  auto version = quoted_after(text, "JAVA_VERSION=");
  if (version.empty())
    version = quoted_after(tool_answer(plan, jvm.program, {"-version"}, cache), "version");
  jvm.version = major_version(version);
  return jvm;
}

// Maven asks for the client and what it depends on by a project of its own.
void run_maven(const FunctionConfig& function, const fs::path& maven, const fs::path& target) {
  const auto project = target / "pom.xml";
  write_file_atomically(
      project, std::string("<project xmlns=\"http://maven.apache.org/POM/4.0.0\">"
                           "<modelVersion>4.0.0</modelVersion><groupId>klambda</groupId>"
                           "<artifactId>client</artifactId><version>1</version>"
                           "<packaging>pom</packaging><dependencies><dependency><groupId>") +
                   kGroup + "</groupId><artifactId>" + kClient + "</artifactId><version>" +
                   kClientVersion + "</version></dependency></dependencies></project>\n");
  LaunchPlan plan;
  plan.executable = maven;
  plan.arguments = {"-q",
                    "-B",
                    "-f",
                    project.string(),
                    kCopyDependencies,
                    "-DincludeScope=runtime",
                    "-DoutputDirectory=" + target.string()};
  plan.working_directory = target;
  plan.environment = own_environment();
  const auto result = run_installer(function, "Lambda's Java client", plan);
  std::error_code error;
  const auto jar = std::string(kClient) + "-" + kClientVersion + ".jar";
  if (result.succeeded() && is_there(target / jar)) return;
  fail_function(function, std::string("cannot install ") + kClient + " " + kClientVersion + " (" +
                              error_line(result.output, "[ERROR]") +
                              "): put it into the function's own dependencies, or mend Maven");
}

// The folder with the client's jars.
fs::path client_folder(const FunctionConfig& function, Downloads downloads, const fs::path& cache) {
  const std::string version = std::string(kClient) + "-" + kClientVersion;
  const auto name = "java-" + version;
  const auto marker = version + ".jar";
  const auto folder = cache / name;
  if (downloads == Downloads::Later || is_there(folder / marker)) return folder;
  const std::string cure = std::string("put ") + kGroup + ":" + kClient + ":" + kClientVersion +
                           " into the function's own dependencies";
  if (downloads == Downloads::Forbidden) {
    fail_function(function, std::string("the function's jars have no ") + kClient +
                                " and --offline forbids to install it: " + cure +
                                ", or start once without --offline");
  }
  const auto maven = find_on_path("mvn");
  if (!maven) {
    fail_function(function, std::string("the function's jars have no ") + kClient +
                                ", and mvn to install it is not on PATH (" + search_path() +
                                "): " + cure + ", or install Maven");
  }
  return install_once(function, cache, name, marker,
                      [&](const fs::path& target) { run_maven(function, *maven, target); });
}

// Every JVM would write the client's native library to the same file in /tmp, which on AWS is its
// own, and crash while another one writes it. So it is unpacked once, and the client told where;
// empty: the client has none for this system.
std::string native_library(const ClassPath& path, const fs::path& cache) {
#ifdef __GLIBC__
  const std::string machine = machine_architecture() == "arm64" ? "aarch_64" : "x86_64";
  const std::string entry = "jni/libaws-lambda-jni.linux-" + machine + ".so";
  const auto jar = find_jar_with(path, entry);
  const auto bytes = jar ? read_jar_entry(*jar, entry, kNativeLibraryBytesMax) : std::nullopt;
  if (!bytes) return {};
  const auto library = cache / "java-native" / hex(sha256(*bytes)) / "libaws-lambda-jni.so";
  if (is_there(library) || write_file_atomically(library, *bytes)) return library.string();
#else
  static_cast<void>(path);
  static_cast<void>(cache);
#endif
  return {};
}

// AWS's own (docs java-customization.html) where JAVA_TOOL_OPTIONS, which would come too late, does
// not say otherwise.
std::vector<std::string> jvm_options(const FunctionConfig& function, const LaunchPlan& plan) {
  const auto* given = find_variable(plan, "JAVA_TOOL_OPTIONS");
  const std::string theirs = given != nullptr ? *given : std::string();
  const auto says = [&](std::string_view word) { return theirs.find(word) != std::string::npos; };
  std::vector<std::string> options;
  if (!says("Tiered"))
    options.insert(options.end(), {"-XX:+TieredCompilation", "-XX:TieredStopAtLevel=1"});
  if (!says("GC")) options.emplace_back("-XX:+UseSerialGC");
  if (!says("-Xmx") && !says("MaxHeap") && !says("MaxRAM")) {
    const auto kilobytes = std::int64_t{function.memory_mb} * 1024 * kHeapPercent / 100;
    options.push_back("-Xmx" + std::to_string(kilobytes) + "k");
  }
  return options;
}

}  // namespace

void plan_java(const FunctionConfig& function, PlanRules rules, LaunchPlan& plan) {
  auto path = class_path_of(function);
  check_handler(function, path);
  const auto cache = runtimes_cache(function);
  const auto jvm = find_jvm(function, plan, cache);
  // "17" of java17 and java17.al2023
  const auto wanted =
      major_version(std::string_view(function.runtime).substr(std::string_view("java").size()));
  check_version(function, rules.strictness, {"Java", jvm.version, wanted, jvm.program});
  if (!has_class(path, kClientClass))
    path.push_back((client_folder(function, rules.downloads, cache) / "*").string());
  plan.executable = jvm.program;
  plan.arguments = jvm_options(function, plan);
  if (const auto library = native_library(path, cache); !library.empty())
    plan.arguments.push_back(std::string("-D") + kNativeLibraryProperty + "=" + library);
  plan.arguments.insert(plan.arguments.end(),
                        {"-cp", join(path, ":"), kClientClass, function.handler});
}

}  // namespace emulator
