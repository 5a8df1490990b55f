#include "emulator/aws/http_call.h"

#include <httplib.h>

#include <memory>

#include "emulator/config/text.h"

namespace emulator {
namespace {

using Client = std::unique_ptr<httplib::ClientImpl>;

std::variant<Client, NoAnswer> connect_to(const Url& url, const HttpTls& tls) {
  if (url.scheme == Url::Scheme::Http)
    return std::make_unique<httplib::ClientImpl>(url.host, url.port);
  auto client = std::make_unique<httplib::SSLClient>(url.host, url.port);
  client->enable_server_certificate_verification(true);
  if (auto problem = apply(tls, client->ssl_context()))
    return NoAnswer{std::move(*problem), NoAnswer::Kind::NotTrusted};
  // With neither file nor directory cpp-httplib adds the system's authorities to those that were
  // given; this directory has none.
  if (!tls.ca_certificates.empty())
    client->set_ca_cert_path("", "/dev/null");
  else if (!tls.ca_file.empty())
    client->set_ca_cert_path(tls.ca_file);
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
      return "its certificate is not trusted, or is another host's";
    case httplib::Error::Read:
      return "no HTTP answer in time, or the connection was closed";
    default:
      return "the connection failed (" + httplib::to_string(error) + ")";
  }
}

NoAnswer no_answer(httplib::Error error) {
  // Later versions know more errors of TLS than 0.11 does.
  const bool tls = starts_with(httplib::to_string(error), "SSL");
  return {reason_for(error), tls ? NoAnswer::Kind::NotTrusted : NoAnswer::Kind::NotReached};
}

}  // namespace

std::pair<std::string, std::string> basic_login(const std::string& username,
                                                const std::string& password) {
  return httplib::make_basic_authentication_header(username, password);
}

std::string HttpAnswer::header(std::string_view name) const {
  for (const auto& [key, value] : headers)
    if (lower_case(key) == lower_case(name)) return value;
  return {};
}

std::variant<HttpAnswer, NoAnswer> call(const Url& url, HttpCall request, const HttpTls& tls,
                                        std::stop_token stop, const HttpLimits& limits) {
  auto connected = connect_to(url, tls);
  if (auto* none = std::get_if<NoAnswer>(&connected)) return std::move(*none);
  const Client& client = std::get<Client>(connected);
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
  if (!result) return no_answer(result.error());
  answer.status = result->status;
  answer.headers.assign(result->headers.begin(), result->headers.end());
  return answer;
}

}  // namespace emulator
