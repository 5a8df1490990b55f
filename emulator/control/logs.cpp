#include "emulator/control/logs.h"

#include <utility>

#include "emulator/catalog/functions.h"
#include "emulator/config/text.h"
#include "emulator/control/names.h"

namespace emulator {
namespace {

using runtime_api::HttpExchange;
using runtime_api::HttpResponse;
using runtime_api::Peer;
using runtime_api::WaitResult;

HttpResponse to_response(RecentLog::Piece piece) {
  HttpResponse response;
  response.content_type = "text/plain; charset=utf-8";
  response.headers.emplace_back(kLogNextHeader, std::to_string(piece.next));
  if (piece.missed > 0)
    response.headers.emplace_back(kLogMissedHeader, std::to_string(piece.missed));
  response.body = std::move(piece.text);
  return response;
}

class WaitingReader final : public RecentLog::Follower {
 public:
  explicit WaitingReader(HttpExchange& exchange) : exchange_(exchange) {}
  void take(RecentLog::Piece piece) override { exchange_.respond(to_response(std::move(piece))); }

 private:
  HttpExchange& exchange_;
};

HttpResponse follow(RecentLog& log, std::uint64_t position, HttpExchange& exchange) {
  WaitingReader reader(exchange);
  log.follow(reader, position);
  std::optional<std::chrono::milliseconds> limit = kFollowMax;
  for (;;) {
    switch (exchange.wait(Peer::Watched, limit)) {
      case WaitResult::Answered:
        return {};
      case WaitResult::TimedOut:
      case WaitResult::PeerGone:
      case WaitResult::Stopping:
        if (log.leave(reader)) return to_response({{}, position, 0});
        limit = std::nullopt;  // it has just been answered
        break;
    }
  }
}

std::uint64_t position_in(const ApiRequest& request) {
  const auto text = request.query("after");
  if (!text) return 0;
  const auto position = parse_integer(*text);
  if (!position || *position < 0) {
    throw invalid_parameter_value("after is '" + *text + "': it must be what " +
                                  std::string(kLogNextHeader) + " said");
  }
  return static_cast<std::uint64_t>(*position);
}

HttpResponse logs(ApiRequest& request, const LogSource& source) {
  const auto name = named_function(request).name;
  const auto log = source(name);
  if (log == nullptr) throw function_not_found(name);
  const auto position = position_in(request);
  return request.query("follow") ? follow(*log, position, request.exchange)
                                 : to_response(log->read(position));
}

}  // namespace

void add_logs(Router& router, LogSource source) {
  router.add("GET", "/_klambda/logs/{FunctionName}", "Logs",
             [source = std::move(source)](ApiRequest& request) { return logs(request, source); });
}

}  // namespace emulator
