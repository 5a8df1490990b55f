#include "emulator/secrets/pem.h"

#include "tests/support/catch.h"
#include "tests/support/pem_texts.h"

using namespace emulator;
using emulator::test::PemPair;

namespace {

std::string shown(const std::optional<std::string>& problem) {
  return problem.value_or("fine");
}

}  // namespace

TEST_CASE("pem: a chain is one or several certificates, each whole") {
  const PemPair own("own");
  const PemPair root("root");
  CHECK(shown(check_certificates(own.certificate())) == "fine");
  CHECK(shown(check_certificates(own.certificate() + root.certificate())) == "fine");
  CHECK(shown(check_certificates("subject=own\n" + own.certificate() + "\n")) == "fine");
  for (const std::string& none : {std::string(), std::string("x"), own.key()})
    CHECK(shown(check_certificates(none)).starts_with("is no PEM certificate: paste"));
  std::string broken = root.certificate();
  broken.replace(broken.size() / 2, 8, "********");
  CHECK(shown(check_certificates(broken)).starts_with("is no PEM certificate"));
  CHECK(shown(check_certificates(own.certificate() + broken))
            .starts_with("has a certificate that cannot be read behind the first 1: "));
  // As it looks when it went through a form with one line.
  std::string in_one_line = own.certificate();
  for (auto& c : in_one_line) {
    if (c == '\n') c = ' ';
  }
  CHECK(shown(check_certificates(in_one_line)).find("with its line breaks") != std::string::npos);
}

TEST_CASE("pem: a key is opened by its password and belongs to the first certificate") {
  const PemPair own("own");
  const PemPair root("root");
  const auto chain = own.certificate() + root.certificate();
  const auto encrypted = own.encrypted_key("open sesame");
  CHECK(shown(check_private_key(own.key(), "", chain)) == "fine");
  CHECK(shown(check_private_key(own.key(), "unneeded", chain)) == "fine");
  CHECK(shown(check_private_key(encrypted, "open sesame", chain)) == "fine");
  CHECK(shown(check_private_key(encrypted, "", chain)) ==
        "is encrypted: add its password as privateKeyPassword");
  const auto wrong = shown(check_private_key(encrypted, "planted-wrong-password", chain));
  CHECK(wrong == "cannot be opened: correct privateKeyPassword, or paste the key again");
  CHECK(
      shown(check_private_key(own.certificate(), "", chain)).starts_with("is no PEM private key"));
  CHECK(shown(check_private_key(root.key(), "", chain)).starts_with("does not belong to"));
  CHECK(shown(check_private_key(own.key(), "", root.certificate() + own.certificate()))
            .starts_with("does not belong to"));
}
