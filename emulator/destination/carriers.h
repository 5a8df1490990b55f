// The kinds of destinations; each lives in a file of its own name.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "emulator/aws/endpoint.h"
#include "emulator/destination/carrier.h"
#include "emulator/esm/failure_record.h"
#include "emulator/kafka/security.h"

namespace emulator {

std::unique_ptr<Carrier> make_sqs_carrier(const DestinationName& queue, AwsEndpoint endpoint);
std::unique_ptr<Carrier> make_sns_carrier(const DestinationName& topic, AwsEndpoint endpoint);
// A bucket's ARN names no region: the one to sign for.
std::unique_ptr<Carrier> make_s3_carrier(const DestinationName& bucket, AwsEndpoint endpoint,
                                         const std::string& region);
// How the brokers are entered, asked at each connection. Throws SourceProblemError.
using MakeKafkaSecurity = std::function<KafkaSecurity()>;
std::unique_ptr<Carrier> make_kafka_carrier(const std::string& topic,
                                            const std::string& bootstrap_servers,
                                            MakeKafkaSecurity security);
// In place of an SQS, SNS or S3 destination: a file a message in this directory, which is made.
// `why`: for describe(), "AWS_ENDPOINT_URL_SQS is not set".
std::unique_ptr<Carrier> make_files_carrier(const std::filesystem::path& directory,
                                            std::string why);

}  // namespace emulator
