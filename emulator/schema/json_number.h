// Floating-point numbers as JSON: as few digits as read back to the same number, with ".0" where
// they look like an integer; what JSON has no number for as "NaN", "Infinity", "-Infinity".
#pragma once

#include "emulator/esm/json_writer.h"

namespace emulator {

void write_json_number(JsonWriter& writer, float number);
void write_json_number(JsonWriter& writer, double number);

}  // namespace emulator
