// Documents as files, for who has no stand-in for AWS. A reader never sees half of one: it is
// written beside and then renamed.
#include <fstream>
#include <system_error>
#include <utility>

#include "emulator/config/utc.h"
#include "emulator/config/uuid.h"
#include "emulator/destination/carriers.h"

namespace emulator {
namespace {

// Sorts by time.
std::string new_file_name() {
  return utc_text(epoch_ms_now(), "%Y-%m-%dT%H.%M.%S-") + random_uuid() + ".json";
}

class FilesCarrier : public OneByOneCarrier {
 public:
  FilesCarrier(const std::filesystem::path& directory, std::string why)
      : directory_(std::filesystem::absolute(directory)), why_(std::move(why)) {}

  std::optional<SinkProblem> check(const std::stop_token& /*stop*/) override {
    const auto probe = directory_ / (".check-" + random_uuid());
    if (auto problem = write(probe, {})) return problem;
    std::error_code ignored;
    std::filesystem::remove(probe, ignored);
    return std::nullopt;
  }

  std::string describe() const override {
    return "files in " + directory_.string() + " (" + why_ + ")";
  }

 private:
  std::optional<SinkProblem> deliver_one(const FailureMessage& message,
                                         const std::stop_token& /*stop*/) override {
    const auto file =
        directory_ / (message.object_key.empty() ? new_file_name() : message.object_key);
    const auto unfinished = file.parent_path() / ("." + file.filename().string() + ".unfinished");
    if (auto problem = write(unfinished, message.body)) return problem;
    std::error_code error;
    std::filesystem::rename(unfinished, file, error);
    if (error) return problem_of(file, error.message());
    return std::nullopt;
  }

  static std::optional<SinkProblem> write(const std::filesystem::path& path,
                                          const std::string& text) {
    std::error_code error;
    std::filesystem::create_directories(path.parent_path(), error);
    if (error) return problem_of(path.parent_path(), error.message());
    std::ofstream file(path, std::ios::binary);
    file << text;
    file.close();
    if (file) return std::nullopt;
    std::filesystem::remove(path, error);
    return problem_of(path.parent_path(), "a file cannot be written there");
  }

  static SinkProblem problem_of(const std::filesystem::path& path, const std::string& why) {
    return {SinkProblem::Kind::Unusable,
            "failed records cannot be written to " + path.string() + ": " + why +
                "; make it a directory that may be written, with space left"};
  }

  const std::filesystem::path directory_;
  const std::string why_;
};

}  // namespace

std::unique_ptr<Carrier> make_files_carrier(const std::filesystem::path& directory,
                                            std::string why) {
  return std::make_unique<FilesCarrier>(directory, std::move(why));
}

}  // namespace emulator
