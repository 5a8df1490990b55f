#include "runtime_api/stream_relay.h"

#include <algorithm>
#include <cctype>
#include <cstddef>

namespace runtime_api {
namespace {

// Both lines of Rust's error begin like this, in any case.
constexpr std::string_view kErrorBegin = "lambda-runtime-function-error-";
constexpr std::uint64_t kErrorBytesMin = 2 * kErrorBegin.size();
constexpr std::uint64_t kErrorBytesMax = 256u * 1024;

bool may_be_error(std::string_view beginning) {
  const std::size_t size = std::min(beginning.size(), kErrorBegin.size());
  return std::equal(
      beginning.begin(), beginning.begin() + static_cast<std::ptrdiff_t>(size), kErrorBegin.begin(),
      [](unsigned char a, char b) { return static_cast<char>(std::tolower(a)) == b; });
}

}  // namespace

void StreamRelay::begin_chunk(std::uint64_t bytes) {
  if (holds_) pass(held_);
  held_.clear();
  holds_ = false;
  at_chunk_start_ =
      last_ == LastChunk::MayBeError && bytes >= kErrorBytesMin && bytes <= kErrorBytesMax;
}

void StreamRelay::take(std::string_view piece) {
  if (at_chunk_start_) {
    at_chunk_start_ = false;
    holds_ = may_be_error(piece);
  }
  holds_ ? static_cast<void>(held_.append(piece)) : pass(piece);
}

void StreamRelay::pass(std::string_view piece) {
  if (!begun_) sink_.begin(content_type_);
  begun_ = true;
  bytes_ += piece.size();
  sink_.write(piece);
}

void StreamRelay::finish() {
  if (!held_.empty()) pass(held_);
  held_.clear();
  if (!begun_) sink_.begin(content_type_);
  begun_ = true;
}

}  // namespace runtime_api
