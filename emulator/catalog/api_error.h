// An error as the Lambda API words it, thrown by whatever an operation calls and turned into an
// HTTP response once a request (control/router). One function an exception class: it knows status
// and the spelling of the message's member (botocore's model and recordings; docs: API_Invoke.html,
// "Errors"). Pure; any thread.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

namespace emulator {

struct ApiError : std::runtime_error {
  enum class Fault { User, Service, Unsaid };  // member "Type": "User", "Service", none
  enum class Member { Message, message };      // how the message's member is spelt

  ApiError(unsigned http_status, std::string_view name, Fault whose, Member spelling,
           std::string_view text)
      : std::runtime_error(std::string(text)),
        status(http_status),
        type(name),
        fault(whose),
        member(spelling) {}

  unsigned status;
  std::string type;  // "ResourceNotFoundException"
  Fault fault;
  Member member;
  std::string reason;  // TooManyRequestsException: "ReservedFunctionConcurrentInvocation…"
};

ApiError resource_not_found(std::string_view message);       // 404
ApiError resource_conflict(std::string_view message);        // 409
ApiError resource_in_use(std::string_view message);          // 400
ApiError precondition_failed(std::string_view message);      // 412
ApiError invalid_parameter_value(std::string_view message);  // 400
ApiError policy_length_exceeded(std::string_view message);   // 400
ApiError invalid_request_content(std::string_view message);  // 400
ApiError validation_error(std::string_view message);         // 400, no Type
ApiError serialization_error(std::string_view message);  // 400, no Type: not JSON, or a wrong type
ApiError request_entity_too_large(std::string_view message);                    // 413, no Type
ApiError unsupported_media_type(std::string_view message);                      // 415
ApiError too_many_requests(std::string_view message, std::string_view reason);  // 429
ApiError service_error(std::string_view message);                               // 500
ApiError service_unavailable(std::string_view message);                         // 503
ApiError access_denied(std::string_view message);                               // 403, no Type
// Its type and message come from who judged the signature (aws/sigv4_verify).
ApiError signature_refused(std::string_view type, std::string_view message);  // 403, no Type
ApiError method_not_allowed();                                                // 405, not AWS's
// 404 for a path that no Lambda API has.
ApiError unknown_path(std::string_view path);
// 400 for an operation of the Lambda API that klambda does not do.
ApiError not_supported(std::string_view operation);

// "1 validation error detected: Value 'x' at 'functionName' failed to satisfy constraint: …" of one
// or several "Value 'x' at … : …" parts.
class Violations {
 public:
  // `value` as it is shown, without quotes; `constraint`: "Member must not be null".
  void add(std::string_view value, std::string_view member, std::string_view constraint);
  void add_null(std::string_view member);  // "Value null at 'role' …: Member must not be null"
  // "Value at 'environment.variables' …", where the value may be a secret.
  void add_hidden(std::string_view member, std::string_view constraint);
  bool empty() const { return count_ == 0; }
  void throw_if_any() const;  // validation_error

 private:
  void append(std::string_view value, std::string_view member, std::string_view constraint);

  int count_ = 0;
  std::string text_;
};

}  // namespace emulator
