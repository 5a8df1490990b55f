#include "emulator/secrets/typed_secrets.h"

#include <functional>

#include "tests/support/catch.h"
#include "tests/support/pem_texts.h"

using namespace emulator;
using emulator::test::PemPair;

namespace {

Secret secret(std::map<std::string, std::string> members) {
  return {"login", "--secrets s.yaml", std::move(members)};
}

// "unusable: line" or "bad pem: line"
std::string refusal(const std::function<void()>& read) {
  try {
    read();
  } catch (const SecretError& error) {
    const bool pem = error.kind() == SecretError::Kind::BadPem;
    return (pem ? "bad pem: " : "unusable: ") + std::string(error.what());
  }
  return "accepted";
}

}  // namespace

TEST_CASE("typed secrets: a login has a user's name and a password") {
  const auto login = read_login(secret({{"username", "alice"}, {"password", "p"}, {"x", "y"}}));
  CHECK(login.username == "alice");
  CHECK(login.password == "p");
  CHECK(refusal([] {
          read_login(secret({{"username", "alice"}, {"Password", "planted"}}));
        }) ==
        "unusable: secret login (--secrets s.yaml) has no member password: add it, as a text");
  CHECK(refusal([] {
          read_login(secret({{"username", ""}, {"password", "planted"}}));
        }) ==
        "unusable: secret login (--secrets s.yaml) has no member username: add it, as a text");
}

TEST_CASE("typed secrets: a client certificate comes with its key") {
  const PemPair own("own");
  const auto plain = read_client_certificate(
      secret({{"certificate", own.certificate()}, {"privateKey", own.key()}}));
  CHECK(plain.private_key == own.key());
  CHECK(plain.private_key_password.empty());
  const auto encrypted = read_client_certificate(secret({{"certificate", own.certificate()},
                                                         {"privateKey", own.encrypted_key("open")},
                                                         {"privateKeyPassword", "open"}}));
  CHECK(encrypted.private_key_password == "open");
  CHECK(refusal([&] {
          read_client_certificate(secret({{"certificate", own.certificate()},
                                          {"privateKey", own.encrypted_key("open")},
                                          {"privateKeyPassword", "planted"}}));
        }) ==
        "bad pem: secret login (--secrets s.yaml): its member privateKey cannot be opened: correct "
        "privateKeyPassword, or paste the key again");
  CHECK(
      refusal([&] {
        read_client_certificate(secret({{"certificate", "planted"}, {"privateKey", own.key()}}));
      })
          .starts_with("bad pem: secret login (--secrets s.yaml): its member certificate is no PEM "
                       "certificate: "));
  CHECK(refusal([&] {
          read_client_certificate(secret({{"certificate", own.certificate()}}));
        }) ==
        "unusable: secret login (--secrets s.yaml) has no member privateKey: add it, as a text");
}

TEST_CASE("typed secrets: an authority is one or several certificates") {
  const PemPair root("root");
  CHECK(read_root_certificates(secret({{"certificate", root.certificate()}})) ==
        root.certificate());
  CHECK(refusal([&] {
          read_root_certificates(secret({{"certificate", root.key()}}));
        }).starts_with("bad pem: secret login (--secrets s.yaml): its member certificate"));
}
