// What one run of the simulation is made of, as values and as text: a topic, a mapping's settings,
// a fault script, and the steps that happen one after the other. The text is what a failing seed
// prints and what a replay reads; README.md tells what each line means. Pure.
#pragma once

#include <cstdint>
#include <istream>
#include <string>
#include <vector>

namespace emulator::simulation {

enum class Destination { None, Kafka, Sqs, S3 };

struct Settings {
  int partitions = 1;
  int batch_size = 3;
  int window_ms = 0;
  int retry_limit = -1;   // -1: none
  int record_age_s = -1;  // -1: none
  bool bisects = false;
  bool partial_responses = false;
  bool strict = false;
  bool filters = false;
  int max_concurrency = 10;
  Destination destination = Destination::None;
  std::uint64_t fault_seed = 0;
};

struct LogRecord {
  std::int32_t partition = 0;
  std::int64_t offset = 0;
  std::int64_t age_ms = 0;  // at the start of the run
  bool passes = true;       // the filter
  bool oversize = false;    // fits no event; passes, as its value is no JSON
};

enum class Reply {  // of the function
  Ok,
  Error,
  Throttled,
  ServiceError,
  Cancelled,
  Items,           // reports the records of a mask, as AWS wants it
  ItemsFlat,       // the same in the form of some client libraries
  ItemsUnknown,    // reports a record that the event did not have
  ItemsMalformed,  // reports something that is no identifier
};

struct Step {
  enum class Kind {
    Start,    // a: member
    Turn,     // a: member
    Tick,     // a: milliseconds
    Produce,  // a: records that appear in the log
    Answer,   // a: which invocation, b: a Reply, c: mask
    Deliver,  // a: which send, b: messages that get through
    Give,     // a: partition, b: member
    Revoke,   // a: partition
    Bounce,   // a: partition, which its owner loses and gets back at once
    Steal,    // a: partition, b: member; its owner learns of it later
    Refuse,   // a: commits that the brokers refuse
    Break,    // a: member, b: where its source fails
    Finish,   // a: member
    Abandon,  // a: member
    Crash     // a: member
  };
  Kind kind = Kind::Turn;
  std::int64_t a = 0;
  std::int64_t b = 0;
  std::uint64_t c = 0;
};
inline constexpr int kBreakPlaces = 4;   // of Step::Kind::Break: serve, take, commit, and
inline constexpr int kRefusedPlace = 3;  // a problem for which a source is given up

struct Plan {
  Settings settings;
  std::vector<LogRecord> records;  // in the order in which they appear
  std::vector<std::string> faults;
  std::vector<Step> steps;
};

std::string to_text(const Plan& plan);
// Throws std::invalid_argument with the line that is not understood.
Plan read_plan(std::istream& text);

}  // namespace emulator::simulation
