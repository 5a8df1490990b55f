// Passes the body of a runtime's response on to the sink of its invocation, piece by piece. A chunk
// that may be Rust's way to report an error (runtime_api/answer_text.h) is held back until it is
// known whether it was the last.
//
// Lifetime: one upload's, on its connection's thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "runtime_api/http_server.h"
#include "runtime_api/response_sink.h"

namespace runtime_api {

class StreamRelay final : public BodyReader {
 public:
  enum class LastChunk { MayBeError, IsData };

  // `content_type`: the runtime's; outlives the relay.
  StreamRelay(ResponseSink& sink, std::string_view content_type, LastChunk last)
      : sink_(sink), content_type_(content_type), last_(last) {}

  void begin_chunk(std::uint64_t bytes) override;
  void take(std::string_view piece) override;

  // What the body ends in and has not been passed on.
  const std::string& held() const { return held_; }
  // At the end of a response without an error: passes that on, too.
  void finish();
  std::uint64_t bytes() const { return bytes_; }  // passed on

 private:
  void pass(std::string_view piece);

  ResponseSink& sink_;
  const std::string_view content_type_;
  const LastChunk last_;
  bool begun_ = false;
  bool holds_ = false;
  bool at_chunk_start_ = false;  // of one that is long enough
  std::string held_;
  std::uint64_t bytes_ = 0;
};

}  // namespace runtime_api
