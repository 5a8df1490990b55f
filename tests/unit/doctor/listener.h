// A socket of this machine that listens, and a TLS server behind one.
#pragma once

#include <netinet/in.h>
#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <csignal>
#include <stdexcept>
#include <string>
#include <thread>

#include "emulator/function/platform.h"
#include "tests/support/pem_texts.h"

namespace emulator::test {

class Listener {
 public:
  enum class State { Listening, Closed };
  explicit Listener(State state = State::Listening)
      : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* place = reinterpret_cast<sockaddr*>(&address);
    if (::bind(socket_.get(), place, size) != 0 ||
        ::getsockname(socket_.get(), place, &size) != 0 ||
        (state == State::Listening && ::listen(socket_.get(), 16) != 0))
      throw std::runtime_error("no port");
    port_ = ntohs(address.sin_port);
  }
  // Bound and not listening, the port is nobody else's and refuses.
  std::string port() const { return std::to_string(port_); }
  std::string place() const { return "127.0.0.1:" + port(); }
  int fd() const { return socket_.get(); }
  void close() { ::shutdown(socket_.get(), SHUT_RDWR); }

 private:
  platform::Fd socket_;
  int port_ = 0;
};

// Shakes hands with one client, then ends.
class TlsServer {
 public:
  explicit TlsServer(const PemPair& pair) : thread_([this, &pair] { serve(pair); }) {}
  ~TlsServer() {
    listener_.close();
    thread_.join();
  }
  const Listener& listener() const { return listener_; }

 private:
  static BIO* bio_of(const std::string& text) {
    return BIO_new_mem_buf(text.data(), static_cast<int>(text.size()));
  }

  void serve(const PemPair& pair) {
    std::signal(SIGPIPE, SIG_IGN);
    const std::string certificate = pair.certificate();
    const std::string key = pair.key();
    BIO* const certificate_bio = bio_of(certificate);
    BIO* const key_bio = bio_of(key);
    X509* const shown = PEM_read_bio_X509(certificate_bio, nullptr, nullptr, nullptr);
    EVP_PKEY* const secret = PEM_read_bio_PrivateKey(key_bio, nullptr, nullptr, nullptr);
    SSL_CTX* const context = SSL_CTX_new(TLS_server_method());
    // Nothing is sent behind the handshake, when the client may be gone already.
    SSL_CTX_set_num_tickets(context, 0);
    SSL_CTX_use_certificate(context, shown);
    SSL_CTX_use_PrivateKey(context, secret);
    const platform::Fd client(::accept(listener_.fd(), nullptr, nullptr));
    SSL* const ssl = SSL_new(context);
    SSL_set_fd(ssl, client.get());
    SSL_accept(ssl);
    SSL_free(ssl);
    SSL_CTX_free(context);
    EVP_PKEY_free(secret);
    X509_free(shown);
    BIO_free(key_bio);
    BIO_free(certificate_bio);
  }

  Listener listener_;
  std::thread thread_;  // last: it uses the above
};

}  // namespace emulator::test
