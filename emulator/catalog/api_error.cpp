#include "emulator/catalog/api_error.h"

namespace emulator {
namespace {

using enum ApiError::Fault;
using Spelling = ApiError::Member;

}  // namespace

ApiError resource_not_found(std::string_view message) {
  return {404, "ResourceNotFoundException", User, Spelling::Message, message};
}
ApiError resource_conflict(std::string_view message) {
  return {409, "ResourceConflictException", User, Spelling::message, message};
}
ApiError resource_in_use(std::string_view message) {
  return {400, "ResourceInUseException", User, Spelling::Message, message};
}
ApiError precondition_failed(std::string_view message) {
  return {412, "PreconditionFailedException", User, Spelling::message, message};
}
ApiError invalid_parameter_value(std::string_view message) {
  return {400, "InvalidParameterValueException", User, Spelling::message, message};
}
ApiError policy_length_exceeded(std::string_view message) {
  return {400, "PolicyLengthExceededException", User, Spelling::message, message};
}
ApiError invalid_request_content(std::string_view message) {
  return {400, "InvalidRequestContentException", User, Spelling::message, message};
}
ApiError validation_error(std::string_view message) {
  return {400, "ValidationException", Unsaid, Spelling::message, message};
}
ApiError serialization_error(std::string_view message) {
  return {400, "SerializationException", Unsaid, Spelling::message, message};
}
ApiError request_entity_too_large(std::string_view message) {
  return {413, "RequestEntityTooLargeException", Unsaid, Spelling::Message, message};
}
ApiError unsupported_media_type(std::string_view message) {
  return {415, "UnsupportedMediaTypeException", User, Spelling::message, message};
}
ApiError too_many_requests(std::string_view message, std::string_view reason) {
  ApiError error(429, "TooManyRequestsException", User, Spelling::message, message);
  error.reason = reason;
  return error;
}
ApiError service_error(std::string_view message) {
  return {500, "ServiceException", Service, Spelling::Message, message};
}
ApiError service_unavailable(std::string_view message) {
  return {503, "ServiceUnavailable", Service, Spelling::message, message};
}
ApiError access_denied(std::string_view message) {
  return {403, "AccessDeniedException", Unsaid, Spelling::message, message};
}
ApiError signature_refused(std::string_view type, std::string_view message) {
  return {403, type, Unsaid, Spelling::message, message};
}
ApiError method_not_allowed() {
  return {405, "MethodNotAllowedException", User, Spelling::message, "Method not allowed"};
}
ApiError unknown_path(std::string_view path) {
  return {404, "UnknownOperationException", User, Spelling::message,
          "klambda has no operation at " + std::string(path)};
}
ApiError not_supported(std::string_view operation) {
  return {400, "InvalidParameterValueException", User, Spelling::message,
          "klambda does not do " + std::string(operation) +
              ": of the Lambda API it has what README.md lists"};
}

void Violations::append(std::string_view value, std::string_view member,
                        std::string_view constraint) {
  if (count_++ > 0) text_ += "; ";
  text_.append("Value ").append(value).append("at '").append(member);
  text_.append("' failed to satisfy constraint: ").append(constraint);
}

void Violations::add(std::string_view value, std::string_view member, std::string_view constraint) {
  append("'" + std::string(value) + "' ", member, constraint);
}

void Violations::add_null(std::string_view member) {
  append("null ", member, "Member must not be null");
}

void Violations::add_hidden(std::string_view member, std::string_view constraint) {
  append("", member, constraint);
}

void Violations::throw_if_any() const {
  if (count_ == 0) return;
  throw validation_error(
      std::to_string(count_) +
      (count_ == 1 ? " validation error detected: " : " validation errors detected: ") + text_);
}

}  // namespace emulator
