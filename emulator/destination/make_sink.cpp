#include "emulator/destination/make_sink.h"

#include <utility>

#include "emulator/destination/carriers.h"
#include "emulator/destination/queued_sink.h"

namespace emulator {
namespace {

AwsService service_of(DestinationKind kind) {
  switch (kind) {
    case DestinationKind::Sns:
      return AwsService::Sns;
    case DestinationKind::S3:
      return AwsService::S3;
    default:
      return AwsService::Sqs;
  }
}

std::unique_ptr<Carrier> make_aws_carrier(const DestinationName& destination,
                                          const SinkSettings& settings) {
  const auto service = service_of(destination.kind);
  auto endpoint = find_endpoint(service, settings.environment);
  if (!endpoint)
    return make_files_carrier(settings.files_directory / signing_name(service) / destination.name,
                              variable_name(service) + " is not set");
  if (destination.kind == DestinationKind::Sns)
    return make_sns_carrier(destination, std::move(*endpoint));
  if (destination.kind == DestinationKind::S3)
    return make_s3_carrier(destination, std::move(*endpoint), settings.region);
  return make_sqs_carrier(destination, std::move(*endpoint));
}

}  // namespace

std::unique_ptr<RecordSink> make_sink(const DestinationName& destination,
                                      const SinkSettings& settings) {
  return std::make_unique<QueuedSink>(destination.kind == DestinationKind::Kafka
                                          ? make_kafka_carrier(destination.name,
                                                               settings.bootstrap_servers,
                                                               settings.kafka_security)
                                          : make_aws_carrier(destination, settings));
}

}  // namespace emulator
