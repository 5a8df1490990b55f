#include "emulator/control/invoke_streaming.h"

#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "emulator/control/caller_stream.h"
#include "emulator/control/event_stream.h"
#include "emulator/control/invocation.h"
#include "emulator/package/base64.h"

namespace emulator {
namespace {

using runtime_api::HttpResponse;
using runtime_api::StreamEnd;

constexpr std::string_view kTypes[] = {"RequestResponse", "DryRun"};

class EventStream final : public CallerStream {
 public:
  EventStream(runtime_api::HttpExchange& exchange, const Invocation& invocation)
      : CallerStream(exchange),
        log_tail_(invocation.log_tail),
        version_(invocation.target.version->version) {
    head_.content_type = kEventStreamType;
    add_ids(head_, invocation.request.request_id, invocation.request.trace_id);
  }

 private:
  void on_begin(std::string_view /*content_type*/) override {
    head_.headers.emplace_back("X-Amz-Executed-Version", version_);
    exchange_.begin_stream(head_);
    has_begun_ = true;
  }
  void on_write(std::string_view piece) override {
    const EventFrame frame = frame_event("PayloadChunk", "application/octet-stream", piece);
    exchange_.stream(std::array<std::string_view, 3>{frame.before, piece, frame.after});
  }
  void on_end(Outcome outcome) override;

  const bool log_tail_;
  const std::string version_;
  HttpResponse head_;
  bool has_begun_ = false;
};

// What a handler has streamed stays; an error is told at the end. That an error's payload is
// ErrorDetails, and no chunk, is an inference.
void EventStream::on_end(Outcome outcome) {
  if (!outcome.ran()) {
    if (has_begun_) return exchange_.end_stream({}, StreamEnd::Broken);
    HttpResponse response = refusal(outcome);
    response.headers.insert(response.headers.end(), head_.headers.begin(), head_.headers.end());
    return exchange_.respond(std::move(response));
  }
  if (!has_begun_) on_begin({});
  Json complete = Json::object();
  if (outcome.kind == Outcome::Kind::FunctionError) {
    complete["ErrorCode"] = "Unhandled";
    complete["ErrorDetails"] = std::move(outcome.payload);
  }
  if (log_tail_) complete["LogResult"] = base64_encode(outcome.log_tail);
  std::string event;
  append_event(event, "InvokeComplete", "application/json",
               complete.dump(-1, ' ', false, Json::error_handler_t::replace));
  exchange_.end_stream(event, StreamEnd::Complete);
}

}  // namespace

void add_invoke_streaming(Router& router, Dispatcher& dispatcher) {
  router.add("POST", "/2021-11-15/functions/{FunctionName}/response-streaming-invocations",
             "InvokeWithResponseStream",
             [&dispatcher](ApiRequest& request) {
               Invocation invocation = read_invocation(request, dispatcher, kTypes);
               if (invocation.type == InvocationType::DryRun) return dry_run_answer();
               auto stream = std::make_shared<EventStream>(request.exchange, invocation);
               return run(invocation.target, std::move(invocation.request), dispatcher,
                          request.exchange, std::move(stream));
             },
             {kInvokePayloadBytesMax});
}

}  // namespace emulator
