// Why a broker's certificate is not believed, in words for people. Pure; any thread.
#pragma once

#include <string>

namespace emulator {

// `fault`: OpenSSL's X509_V_ERR_…; 0: it is not known. "its certificate has expired; renew it"
std::string certificate_text(int fault);

}  // namespace emulator
