#include "emulator/aws/http_call.h"

#include <httplib.h>

#include <memory>

namespace emulator {
namespace {

std::unique_ptr<httplib::ClientImpl> connect_to(const Url& url, const std::string& ca_file) {
  if (url.scheme == Url::Scheme::Http)
    return std::make_unique<httplib::ClientImpl>(url.host, url.port);
  auto client = std::make_unique<httplib::SSLClient>(url.host, url.port);
  client->enable_server_certificate_verification(true);
  if (!ca_file.empty()) client->set_ca_cert_path(ca_file);
  return client;
}

std::string reason_for(httplib::Error error) {
  switch (error) {
    case httplib::Error::Connection:
      return "connection refused, or the host is not known";
    case httplib::Error::ConnectionTimeout:
      return "no connection in time";
    case httplib::Error::SSLConnection:
      return "no TLS connection; is it an http:// address?";
    case httplib::Error::SSLLoadingCerts:
      return "the file of authorities cannot be read; AWS_CA_BUNDLE names it";
    case httplib::Error::SSLServerVerification:
      return "its certificate is not trusted; name its authority's PEM file in AWS_CA_BUNDLE";
    case httplib::Error::Read:
      return "no HTTP answer in time, or the connection was closed";
    default:
      return "the connection failed (" + httplib::to_string(error) + ")";
  }
}

}  // namespace

std::variant<HttpAnswer, NoAnswer> call(const Url& url, HttpCall request,
                                        const std::string& ca_file, std::stop_token stop,
                                        const HttpLimits& limits) {
  const auto client = connect_to(url, ca_file);
  client->set_tcp_nodelay(true);
  client->set_keep_alive(false);
  client->set_follow_location(false);  // a signature is for one address
  client->set_connection_timeout(limits.connect);
  client->set_read_timeout(limits.answer);
  client->set_write_timeout(limits.answer);

  HttpAnswer answer;
  httplib::Request sent;
  sent.method = std::move(request.method);
  sent.path = url.base_path + request.path;
  sent.body = std::move(request.body);
  sent.headers = {{"Host", url.host_header()}, {"Accept-Encoding", "identity"}};
  for (auto& [name, value] : request.headers)
    sent.headers.emplace(std::move(name), std::move(value));
  sent.content_receiver = [&](const char* data, std::size_t size, auto&&...) {
    if (answer.body.size() + size > limits.answer_bytes) return false;
    answer.body.append(data, size);
    return true;
  };
  const std::stop_callback end_early(stop, [&] { client->stop(); });
  if (stop.stop_requested()) return NoAnswer{"klambda stops"};
  const auto result = client->send(sent);
  if (stop.stop_requested() && !result) return NoAnswer{"klambda stops"};
  if (!result && result.error() == httplib::Error::Canceled)
    return NoAnswer{"its answer is larger than " + std::to_string(limits.answer_bytes) + " bytes"};
  if (!result) return NoAnswer{reason_for(result.error())};
  answer.status = result->status;
  return answer;
}

}  // namespace emulator
