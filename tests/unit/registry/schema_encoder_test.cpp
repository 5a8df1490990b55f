#include "emulator/registry/schema_encoder.h"

#include <string>
#include <vector>

#include "emulator/config/model.h"
#include "tests/support/catch.h"
#include "tests/support/temporary_directory.h"

namespace emulator {
namespace {

using Unknown = EncoderRequest::Unknown;
using Texts = std::vector<std::string>;

constexpr const char* kInteger = R"("int")";

// Has one schema, whatever it is asked for, and keeps what that was.
class Publisher : public SchemaPublisher {
 public:
  Published find(const std::string& subject, const std::string& version, std::stop_token) override {
    return answer("find " + subject + " " + version);
  }
  Published look_up(const std::string& subject, const SchemaDefinition&, std::stop_token) override {
    return answer("look up " + subject);
  }
  Published add(const std::string& subject, const SchemaDefinition&, std::stop_token) override {
    return answer("add " + subject);
  }
  std::string where() const override { return "here"; }

  Published next = PublishedSchema{"7", {SchemaFormat::Avro, kInteger, {}}};
  Texts asked;

 private:
  Published answer(std::string question) {
    asked.push_back(std::move(question));
    return next;
  }
};

struct Rig {
  TemporaryDirectory directory;
  Publisher publisher;
  EncoderRequest request;

  Rig() {
    request.flag = "--schema";
    request.subject = "orders-value";
  }
  std::string encode(const std::string& schema, SchemaPublisher* from) {
    request.schema = schema;
    auto made = make_schema_encoder(request, from);
    return std::get<std::unique_ptr<SchemaEncoder>>(made)->encode("21");
  }
  std::string mistake(const std::string& schema, SchemaPublisher* from) {
    try {
      encode(schema, from);
    } catch (const ConfigError& error) {
      return error.what();
    }
    return "none";
  }
};

const std::string kRecord("\0\0\0\0\7\x2a", 6);

TEST_CASE_METHOD(Rig, "schema encoder: a subject's version stands behind the last colon") {
  for (const char* schema :
       {"orders-value", "orders-value:3", "orders-value:latest", ":.ctx:orders"})
    CHECK(encode(schema, &publisher) == kRecord);
  CHECK(publisher.asked == Texts{"find orders-value ", "find orders-value 3", "find orders-value ",
                                 "find :.ctx:orders "});
}

TEST_CASE_METHOD(Rig, "schema encoder: a file is looked up, or added when that is asked for") {
  const auto file = directory.write("order.avsc", kInteger).string();
  CHECK(encode(file, &publisher) == kRecord);
  request.unknown = Unknown::IsAdded;
  CHECK(encode(file, &publisher) == kRecord);
  CHECK(publisher.asked == Texts{"look up orders-value", "add orders-value"});
}

TEST_CASE_METHOD(Rig, "schema encoder: without a registry the file's name has the id") {
  CHECK(encode(directory.write("order.7.avsc", kInteger).string(), nullptr) == kRecord);
  const auto file = directory.write("order.avsc", kInteger).string();
  CHECK(mistake(file, nullptr).starts_with("--schema " + file + ": which id has this schema? "));
  CHECK(mistake("orders-value", nullptr)
            .starts_with("--schema orders-value: a subject needs its registry: "));
}

TEST_CASE_METHOD(Rig, "schema encoder: what is missing, is no schema, or may pass") {
  publisher.next = MissingSchema{"subject orders-value is not here"};
  CHECK(mistake("orders-value", &publisher) ==
        "--schema orders-value: subject orders-value is not here");
  const auto file = directory.write("order.avsc", kInteger).string();
  CHECK(mistake(file, &publisher) ==
        "--schema " + file + ": subject orders-value is not here; --register adds it");
  publisher.next = PublishedSchema{"7", {SchemaFormat::Avro, "{", {}}};
  CHECK(mistake("orders-value", &publisher).starts_with("--schema orders-value: "));
  publisher.next = SourceProblem{SourceProblem::Kind::RegistryUnreachable, "it is down"};
  auto failed = make_schema_encoder(request, &publisher);
  CHECK(std::get<SourceProblem>(failed).text == "it is down");
}

}  // namespace
}  // namespace emulator
