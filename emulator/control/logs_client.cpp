#include "emulator/control/logs_client.h"

#include <iostream>
#include <string>

#include "emulator/aws/url.h"
#include "emulator/config/text.h"
#include "emulator/control/client.h"
#include "emulator/control/logs.h"

namespace emulator {

int run_logs(const LogsCommand& command) {
  const std::string path = "/_klambda/logs/" + percent_encode(command.function, Slashes::Encode);
  std::string query;
  for (;;) {
    HttpAnswer answer;
    try {
      answer = ask_running_klambda(command.host, command.port, {"GET", path + query, {}, {}});
    } catch (const Unreachable&) {
      if (query.empty()) throw;
      std::cerr << "klambda logs: klambda has ended\n";
      return 0;
    }
    if (answer.status != 200) {
      std::cerr << "klambda logs: " << error_message(answer.body) << '\n';
      return 2;
    }
    if (const auto missed = answer.header(kLogMissedHeader); !missed.empty() && !query.empty())
      std::cerr << "klambda logs: " << missed << " bytes came faster than they could be shown\n";
    std::cout << answer.body << std::flush;
    if (!std::cout) return 0;  // a pipe's reader has seen enough
    const bool at_end = answer.body.empty();
    if (at_end && !command.follow) return 0;
    query = "?after=" + answer.header(kLogNextHeader) + (command.follow ? "&follow=" : "");
  }
}

}  // namespace emulator
