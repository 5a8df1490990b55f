// What a template says of a destination beside its ARN: SAM's Type, out of which SAM makes the
// permission. Used by the readers of mappings, of EventInvokeConfig and of DeadLetterQueue, while
// one template is read.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "emulator/config/section.h"

namespace emulator::sam {

// Throws ConfigError when Type is given and is none of `types`, or another than `real`, which
// `target`, the value of `property`, is; empty: nobody knows.
void check_destination_type(const Section& section, std::span<const std::string_view> types,
                            std::string_view property, const std::string& target,
                            std::string_view real);

// "SQS, SNS or S3"
std::string one_of(std::span<const std::string_view> words);

}  // namespace emulator::sam
