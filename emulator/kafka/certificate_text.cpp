#include "emulator/kafka/certificate_text.h"

#include <openssl/x509_vfy.h>

namespace emulator {

std::string certificate_text(int fault) {
  switch (fault) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return "its certificate has expired; renew it";
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return "its certificate is not valid yet; check the clocks, or renew it";
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return "its certificate is for another host name; name the broker as its certificate does, "
             "in the bootstrap servers and in advertised.listeners";
    case X509_V_OK:
      return "its certificate cannot be verified; name the authority that signed it with "
             "SERVER_ROOT_CA_CERTIFICATE in SourceAccessConfigurations, or with --kafka-ca FILE";
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_CERT_SIGNATURE_FAILURE:
      return "its certificate is signed by nobody whom klambda believes; name the authority with "
             "SERVER_ROOT_CA_CERTIFICATE in SourceAccessConfigurations, or with --kafka-ca FILE";
    default:
      return std::string(X509_verify_cert_error_string(fault)) + "; renew its certificate";
  }
}

}  // namespace emulator
