#include "runtime_api/response_stream.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "runtime_api/socket.h"

namespace runtime_api {
namespace {

// The line before a chunk's data.
class ChunkHead {
 public:
  explicit ChunkHead(std::size_t bytes) {
    end_ = std::to_chars(text_.data(), text_.data() + text_.size() - 2, bytes, 16).ptr;
    *end_++ = '\r';
    *end_++ = '\n';
  }
  std::string_view text() const {
    return {text_.data(), static_cast<std::size_t>(end_ - text_.data())};
  }

 private:
  std::array<char, 24> text_;
  char* end_;
};

constexpr std::string_view kLineEnd = "\r\n";
constexpr std::string_view kLastChunk = "0\r\n\r\n";

}  // namespace

void ResponseStream::reset() {
  const std::lock_guard lock(mutex_);
  if (std::exchange(interrupted_, false) && wakeup_) wakeup_->clear();
  peer_gone_ = false;
  unsent_.clear();
}

void ResponseStream::begin(const HttpResponse& head, const ResponseForm& form,
                           BodyFrame::Kind frame) {
  has_body_ = !form.head_only && may_have_body(head.status);
  frame_ = may_have_body(head.status) ? frame : BodyFrame::Kind::Length;
  keeps_alive_ = form.keep_alive == KeepAlive::Yes && frame_ != BodyFrame::Kind::UntilClose;
  write_head(head, {frame_}, keeps_alive_ ? KeepAlive::Yes : KeepAlive::No, unsent_);
}

int ResponseStream::stop_fd() {
  const std::lock_guard lock(mutex_);
  if (!wakeup_) wakeup_.emplace();
  return wakeup_->fd();
}

bool ResponseStream::interrupted() {
  const std::lock_guard lock(mutex_);
  return interrupted_;
}

bool ResponseStream::write(std::span<const std::string_view> parts) {
  const int stop_fd = this->stop_fd();
  if (peer_gone_ || interrupted()) return false;
  std::size_t bytes = 0;
  for (const auto part : parts) bytes += part.size();
  const ChunkHead head(bytes);
  std::array<std::string_view, kPartsMax + 3> pieces;
  std::size_t count = 0;
  pieces[count++] = unsent_;
  if (has_body_ && bytes > 0) {
    const bool chunked = frame_ == BodyFrame::Kind::Chunked;
    if (chunked) pieces[count++] = head.text();
    for (const auto part : parts) pieces[count++] = part;
    if (chunked) pieces[count++] = kLineEnd;
  }
  std::array<iovec, pieces.size()> vectors;
  for (std::size_t i = 0; i < count; ++i) {
    // sendmsg(2) reads only; iovec has no const form.
    vectors[i] = {const_cast<char*>(pieces[i].data()), pieces[i].size()};
  }
  std::size_t sent = 0;
  const SendEnd end = send_until(socket_, vectors.data(), count, stop_fd, sent);
  std::string rest;
  if (end == SendEnd::Stopped) {  // the chunk stays whole: end() says what is left of it
    for (std::size_t i = 0; i < count; ++i) {
      const std::size_t skipped = std::min(sent, pieces[i].size());
      sent -= skipped;
      rest.append(pieces[i].substr(skipped));
    }
  }
  peer_gone_ = end == SendEnd::PeerGone;
  unsent_ = std::move(rest);
  return end == SendEnd::All;
}

void ResponseStream::interrupt() {
  const std::lock_guard lock(mutex_);
  interrupted_ = true;
  if (!wakeup_) wakeup_.emplace();
  wakeup_->signal();
}

void ResponseStream::append_chunk(std::string_view data) {
  const bool chunked = frame_ == BodyFrame::Kind::Chunked;
  if (chunked) unsent_.append(ChunkHead(data.size()).text());
  unsent_.append(data);
  if (chunked) unsent_.append(kLineEnd);
}

ResponseStream::Rest ResponseStream::end(std::string_view more, StreamEnd end) {
  if (peer_gone_) return {{}, true};
  if (has_body_ && !more.empty()) append_chunk(more);
  const bool complete = end == StreamEnd::Complete;
  if (has_body_ && complete && frame_ == BodyFrame::Kind::Chunked) unsent_.append(kLastChunk);
  return {std::move(unsent_), !complete || !keeps_alive_};
}

}  // namespace runtime_api
