// Reads a request's bytes into an HttpRequest: Boost.Beast's parser with our own storage. One a
// request, on its connection's thread; includes Beast, so only http_server.cpp includes it.
#pragma once

#include <algorithm>
#include <boost/beast/core/error.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <cstddef>
#include <cstdint>
#include <limits>

#include "runtime_api/http_request.h"
#include "runtime_api/http_server.h"

namespace runtime_api {

// Of a request that is too large; then the connection closes.
inline constexpr std::size_t kDrainLimitBytes = 256u * 1024 * 1024;
// Of a chunked body that outgrows one read.
inline constexpr std::size_t kFirstReserveBytes = 512 * 1024;

// Fills an HttpRequest. Beast's own message allocates for each header and refuses values above 64
// KB, but the X-Ray cause that Python and Node send with a deep stack trace may reach 1 MB.
class RequestParser final : public boost::beast::http::basic_parser<true> {
 public:
  using Text = boost::beast::string_view;
  using Error = boost::beast::error_code;

  RequestParser(HttpRequest& request, const HttpServer::Options& options)
      : request_(request), keep_bytes_(options.body_limit_bytes) {
    request.clear();
    header_limit(static_cast<std::uint32_t>(options.header_limit_bytes));
    // keep_bytes() counts, so that a body can be read to its end. (Beast 1.74 takes "no limit"
    // for a limit of zero.)
    body_limit(std::numeric_limits<std::uint64_t>::max());
  }

  // Of a chunked body: what is above it is counted and thrown away.
  void keep_bytes(std::size_t limit) { keep_bytes_ = limit; }
  std::size_t keep_bytes() const { return keep_bytes_; }
  // Gets a chunked body's pieces instead of the request.
  void read_into(BodyReader& reader) { reader_ = &reader; }

 private:
  void on_request_impl(boost::beast::http::verb, Text method, Text target, int version,
                       Error&) override {
    request_.http_minor = version % 10;
    request_.text.append(method.data(), method.size()).append(target.data(), target.size());
    request_.method_size = method.size();
    request_.target_size = target.size();
  }
  void on_response_impl(int, Text, int, Error&) override {}
  void on_field_impl(boost::beast::http::field, Text name, Text value, Error&) override {
    const std::size_t at = request_.text.size();
    request_.text.append(name.data(), name.size()).append(value.data(), value.size());
    request_.fields.push_back({at, name.size(), at + name.size(), value.size()});
  }
  void on_header_impl(Error&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>&, Error&) override {}
  std::size_t on_body_impl(Text piece, Error&) override { return piece.size(); }
  void on_chunk_header_impl(std::uint64_t size, Text, Error&) override {
    if (reader_ != nullptr && size > 0) reader_->begin_chunk(size);
  }
  std::size_t on_chunk_body_impl(std::uint64_t, Text piece, Error& error) override {
    request_.body_bytes += piece.size();
    if (request_.body_bytes > kDrainLimitBytes) error = boost::beast::http::error::body_limit;
    if (request_.body_bytes > keep_bytes_) return piece.size();
    if (reader_ != nullptr) {
      reader_->take({piece.data(), piece.size()});
      return piece.size();
    }
    std::string& body = request_.body;
    if (body.size() + piece.size() > body.capacity()) {
      body.reserve(std::max({kFirstReserveBytes, piece.size(), 2 * body.capacity()}));
    }
    body.append(piece.data(), piece.size());
    return piece.size();
  }
  void on_finish_impl(Error&) override {}

  HttpRequest& request_;
  std::size_t keep_bytes_;
  BodyReader* reader_ = nullptr;
};

}  // namespace runtime_api
