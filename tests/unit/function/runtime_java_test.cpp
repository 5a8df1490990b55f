// Java's launch plan: where classes and jars are found, whose client starts them, which JVM.
#include <string>
#include <vector>

#include "emulator/function/program_file.h"
#include "tests/support/catch.h"
#include "tests/support/text_of.h"
#include "tests/support/zips.h"
#include "tests/unit/function/machine.h"

using namespace function_test;

namespace {

constexpr const char* kClientEntry =
    "com/amazonaws/services/lambda/runtime/api/client/AWSLambda.class";

std::string jar_of(const std::vector<std::string>& entries) {
  std::vector<emulator::test::ZipEntry> zip;
  for (const auto& entry : entries) zip.push_back({entry, "x"});
  return emulator::test::make_zip(zip);
}

class JavaMachine : public Machine {
 public:
  JavaMachine() { program("bin/java", "#!/bin/sh\necho 'openjdk version \"17.0.1\" 2025'\n"); }

  FunctionConfig orders(const std::string& runtime = "java17") const {
    return function(runtime, "app.Orders::handle");
  }
  // A Maven that copies the client's jar, or does `otherwise`.
  void maven(const std::string& otherwise = "") const {
    program("bin/mvn", "#!/bin/sh\n" + otherwise +
                           "\nfor a in \"$@\"; do case $a in -DoutputDirectory=*) "
                           "echo x > \"${a#*=}/aws-lambda-java-runtime-interface-client-2.9.0.jar\""
                           ";; esac; done\n");
  }
};

std::string class_path(const LaunchPlan& plan) {
  for (std::size_t index = 0; index + 1 < plan.arguments.size(); ++index) {
    if (plan.arguments[index] == "-cp") return plan.arguments[index + 1];
  }
  return {};
}

LaunchPlan plan_of(const FunctionConfig& function) {
  return emulator::plan_launch(function, Downloads::Forbidden);
}

}  // namespace

TEST_CASE("Java: classes and lib of a zip, with the client among the function's own jars") {
  JavaMachine machine;
  machine.write("project/src/app/Orders.class");
  machine.write("project/src/lib/client.jar", jar_of({kClientEntry}));
  const auto plan = plan_of(machine.orders());
  CHECK(plan.executable == machine.bin() / "java");
  CHECK(class_path(plan) == machine.code().string() + ":" + machine.code().string() + "/lib/*");
  REQUIRE(plan.arguments.size() > 2);
  CHECK(plan.arguments.back() == "app.Orders::handle");
  CHECK(plan.arguments[plan.arguments.size() - 2] ==
        "com.amazonaws.services.lambda.runtime.api.client.AWSLambda");
}

TEST_CASE("Java: a Maven project runs from its target folder, classes before jars") {
  JavaMachine machine;
  machine.write("project/src/pom.xml");
  CHECK(contains(error_of(machine.orders()),
                 "build the project with mvn package dependency:copy-dependencies"));
  const auto target = (machine.code() / "target").string();
  machine.write("project/src/target/classes/app/Orders.class");
  machine.write("project/src/target/dependency/client.jar", jar_of({kClientEntry}));
  machine.write("project/src/target/app-1.jar", jar_of({"app/Orders.class"}));
  machine.write("project/src/target/original-app-1.jar", jar_of({"app/Orders.class"}));
  machine.write("project/src/target/app-1-sources.jar", jar_of({"app/Orders.java"}));
  CHECK(class_path(plan_of(machine.orders())) == target + "/classes:" + target +
                                                     "/dependency/*:" + target +
                                                     "/app-1.jar:" + machine.code().string());
  // The output itself as CodeUri.
  auto function = machine.orders();
  function.code_dir = target;
  CHECK(class_path(plan_of(function)) ==
        target + "/classes:" + target + "/dependency/*:" + target + "/app-1.jar");
}

TEST_CASE("Java: a Gradle project, and a jar with everything in it") {
  JavaMachine machine;
  machine.write("project/src/build.gradle.kts");
  CHECK(contains(error_of(machine.orders()), "build the project with gradle build"));
  machine.write("project/src/build/classes/kotlin/main/app/Orders.class");
  machine.write("project/src/build/libs/app-all.jar", jar_of({kClientEntry, "app/Orders.class"}));
  const auto build = (machine.code() / "build").string();
  CHECK(class_path(plan_of(machine.orders())) ==
        build + "/classes/kotlin/main:" + build + "/libs/app-all.jar:" + machine.code().string());
}

TEST_CASE("Java: a class that is nowhere") {
  JavaMachine machine;
  machine.write("project/src/lib/some.jar", jar_of({"app/Order.class"}));
  CHECK(error_of(machine.orders()) ==
        kWhere + "Handler 'app.Orders::handle' names class app.Orders, which is in none of " +
            machine.code().string() + ", " + machine.code().string() +
            "/lib/*: correct Handler or CodeUri");
  CHECK(contains(error_of(machine.function("java17", "")), "Handler is missing"));
}

TEST_CASE("Java: the client's native library is unpacked once, for all JVMs") {
  JavaMachine machine;
  machine.write("project/src/app/Orders.class");
  const auto entry = std::string("jni/libaws-lambda-jni.linux-") +
                     (emulator::machine_architecture() == "arm64" ? "aarch_64" : "x86_64") + ".so";
  machine.write("project/src/lib/client.jar", jar_of({kClientEntry, entry}));
  const auto library = [&] {
    for (const auto& argument : plan_of(machine.orders()).arguments) {
      if (contains(argument, "NativeClient.JNI=")) return argument.substr(argument.find('=') + 1);
    }
    return std::string();
  };
  const auto file = library();
  CHECK(contains(file, machine.cache().string() + "/java-native/"));
  CHECK(text_of(file) == "x");
  CHECK(library() == file);
}

TEST_CASE("Java: the client is installed once with Maven") {
  JavaMachine machine;
  machine.write("project/src/app/Orders.class");
  const auto function = machine.orders();
  CHECK(contains(error_of(function, Downloads::Forbidden), "--offline forbids to install it"));
  CHECK(contains(error_of(function), "mvn to install it is not on PATH"));
  machine.maven("echo '[ERROR] no network'; exit 1");
  CHECK(contains(error_of(function), "2.9.0 ([ERROR] no network)"));
  machine.maven();
  const auto folder =
      (machine.cache() / "java-aws-lambda-java-runtime-interface-client-2.9.0").string();
  const auto plan = emulator::plan_launch(function, Downloads::Allowed);
  CHECK(class_path(plan) == machine.code().string() + ":" + folder + "/*");
  CHECK(class_path(plan_of(function)) == class_path(plan));
}

TEST_CASE("Java: which JVM, and its version") {
  JavaMachine machine;
  machine.write("project/src/app/Orders.class");
  machine.write("project/src/lib/client.jar", jar_of({kClientEntry}));
  CHECK(error_of(machine.orders("java21"), Downloads::Forbidden, Strictness::Strict) ==
        kWhere + "runtime java21 needs Java 21, found is Java 17 (" +
            (machine.bin() / "java").string() + "): install Java 21, or leave out --strict");
  CHECK(error_of(machine.orders("java21")) == "no error");
  CHECK(error_of(machine.orders("java17.al2023"), Downloads::Forbidden, Strictness::Strict) ==
        "no error");
  const auto other = machine.program("jdk/bin/java", "#!/bin/sh\nexit 1\n");
  machine.write("jdk/release", "IMPLEMENTOR=\"x\"\nJAVA_VERSION=\"1.8.0_402\"\n");
  ::setenv("JAVA_HOME", other.parent_path().parent_path().c_str(), 1);
  CHECK(plan_of(machine.orders()).executable == other);
  CHECK(error_of(machine.orders("java8.al2"), Downloads::Forbidden, Strictness::Strict) ==
        "no error");
}

TEST_CASE("Java: AWS's options for the JVM, unless JAVA_TOOL_OPTIONS says otherwise") {
  JavaMachine machine;
  machine.write("project/src/app/Orders.class");
  machine.write("project/src/lib/client.jar", jar_of({kClientEntry}));
  auto function = machine.orders();
  function.memory_mb = 512;
  const auto options = [&] {
    const auto plan = plan_of(function);
    std::string text;
    for (const auto& argument : plan.arguments) {
      if (argument == "-cp") break;
      text += argument + " ";
    }
    return text;
  };
  CHECK(options() ==
        "-XX:+TieredCompilation -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xmx445644k ");
  function.environment["JAVA_TOOL_OPTIONS"] = "-Xmx64m -XX:+UseG1GC -XX:-TieredCompilation";
  CHECK(options().empty());
}

TEST_CASE("layers: Java's jars stand behind the function's own") {
  JavaMachine machine;
  machine.write("project/src/app/Orders.class");
  auto function = machine.orders();
  function.opt_dir = machine.write("opt/java/lib/client.jar", jar_of({kClientEntry}))
                         .parent_path()
                         .parent_path()
                         .parent_path();
  CHECK(class_path(plan_of(function)) ==
        machine.code().string() + ":" + function.opt_dir.string() + "/java/lib/*");
}
