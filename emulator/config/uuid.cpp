#include "emulator/config/uuid.h"

#include <boost/uuid/name_generator_sha1.hpp>
#include <boost/uuid/random_generator.hpp>
#include <boost/uuid/uuid.hpp>
#include <boost/uuid/uuid_io.hpp>

namespace emulator {
namespace {

// 8b2d0f5e-6c1a-4f37-9d52-3f0c6a51e7b4: made once; another one would give every mapping a new
// consumer group.
constexpr boost::uuids::uuid kNamespace{{0x8b, 0x2d, 0x0f, 0x5e, 0x6c, 0x1a, 0x4f, 0x37, 0x9d, 0x52,
                                         0x3f, 0x0c, 0x6a, 0x51, 0xe7, 0xb4}};

}  // namespace

std::string random_uuid() {
  // Asks the system each time (under a microsecond): no state to seed in each new thread, none that
  // a fork would copy.
  thread_local boost::uuids::random_generator_pure generator;
  return boost::uuids::to_string(generator());
}

std::string name_uuid(std::string_view name) {
  const boost::uuids::name_generator_sha1 generator(kNamespace);
  return boost::uuids::to_string(generator(name.data(), name.size()));
}

}  // namespace emulator
