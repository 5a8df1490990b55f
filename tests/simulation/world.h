// One run: pollers of one mapping on a fake Kafka, a fake function and a fake destination, all in
// one thread, moved on step by step; the model looks on. Steps that make no sense now (an answer
// where nothing waits) do nothing, so that any part of a run is a run.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "emulator/esm/faults.h"
#include "emulator/esm/poller.h"
#include "tests/simulation/broker.h"
#include "tests/simulation/model.h"
#include "tests/simulation/plan.h"
#include "tests/support/fake_clock.h"

namespace emulator::simulation {

inline constexpr int kMembers = 2;

// A lie between the poller and what is around it, for the test of the model: each looks like a bug
// that a poller could have.
enum class Plant {
  None,
  SendBackwards,  // the event's records come in the wrong order
  SkipRecord,     // the event has lost its first record
  SendTwice,      // a batch is sent again while it is under way
  SendProcessed,  // a record comes again after it was processed
  SendTooMany,    // a batch above the limit
  GiveUpEarly,    // a document for a record that may be tried again
  MissFault,      // the fault script is asked once less
  CommitTooFar,   // one record more than was disposed of
  CommitBack,     // the group has less than before
  NeverCommit,    // no commit is ever taken
  LoseLast,       // a partition's last record never reaches the poller
  KeepRecord,     // a record lives on when its source closes
  CountTwice,     // a counter counts twice
};

// What the poller is told for a reply. Bit i of the mask: the event's record i failed.
Outcome outcome_of(const Invocation& invocation, const std::string& request_id, Reply reply,
                   std::uint64_t mask);

class World : private Invoker, private RecordSink {
 public:
  // The plan outlives the world; its steps are the caller's to run.
  explicit World(const Plan& plan, Plant plant = Plant::None);
  ~World() override;

  void run(const Step& step);
  // All trouble ends: everything is answered well until all is done, then the members leave and the
  // books are checked.
  void settle();
  const std::optional<Violation>& violation() const { return model_.violation(); }

  // ---- looks, for whoever chooses the next step ----
  std::size_t invocations() const { return flights_.size(); }
  std::size_t sends() const { return sends_.size(); }
  bool has_member(int number) const {
    return seats_.at(static_cast<std::size_t>(number)).poller != nullptr;
  }
  bool is_staying(int number) const {
    return has_member(number) && !seats_.at(static_cast<std::size_t>(number)).leaves;
  }
  std::optional<std::int32_t> free_partition() const;

 private:
  class Observer;  // between a poller and its source

  struct Seat {
    std::unique_ptr<Poller> poller;
    std::size_t index = 0;  // the poller's; a new one for each
    MemberId member = 0;    // of its present source
    bool leaves = false;
    bool stuck = false;  // it got an answer that only a restart mends
  };
  struct Flight {
    Invocation invocation;
    std::size_t poller = 0;
    std::string request_id;
    Invoker::Done done;
  };
  struct Answer {
    Invocation invocation;
    Reply reply;
    std::uint64_t mask;
  };
  struct Send {
    std::size_t poller = 0;
    std::vector<FailureMessage> messages;
    std::vector<RecordRefs> records;  // of each message
    RecordSink::Done done;
  };
  struct SendEnd {
    RecordRefs delivered;
    RecordRefs undelivered;
  };
  struct Unheard {  // what a poller will hear at its next turn
    std::vector<Answer> answers;
    std::vector<SendEnd> send_ends;
  };

  // world.cpp
  Seat& seat(std::int64_t number) { return seats_.at(static_cast<std::size_t>(number) % kMembers); }
  std::int32_t partition(std::int64_t number) const;
  void start(Seat& seat);
  void turn(Seat& seat);
  void request_finish(Seat& seat);
  void end_poller(Seat& seat);
  template <class Act>
  bool act(Seat& seat, Act act);
  void answer(std::size_t number, Reply reply, std::uint64_t mask);
  void deliver(std::size_t number, std::size_t messages);
  void look();
  void settle_a_bit(int round);
  bool is_settled() const;

  // surroundings.cpp: what the pollers call
  std::unique_ptr<RecordSource> make_source();
  void hear_answers();
  void invoke(InvocationRequest request, Invoker::Done done) override;
  int max_concurrency() const override { return plan_.settings.max_concurrency; }
  std::optional<SinkProblem> check() override { return std::nullopt; }
  void send(std::vector<FailureMessage> messages, RecordSink::Done done) override;
  std::string describe() const override { return "a simulated destination"; }
  void stop() override {}
  RecordRefs records_of(const FailureMessage& message);
  InvokeFault fault_of(const RecordRefs& records);
  void expect_throttles(std::uint64_t chances);
  void plant_into(Invocation& invocation, std::vector<const Invocation*>& others);

  const Plan& plan_;
  const Plant plant_;
  test::FakeClock clock_;
  const MappingConfig config_;
  const std::string bootstrap_servers_ = "127.0.0.1:9092";
  const EventFormat format_;
  const DeliveryRules rules_;
  const std::optional<DestinationName> destination_;
  const MakeDecoder make_decoder_;  // none: records are what they are
  std::optional<OnFailure> on_failure_;
  FaultScript faults_;
  FaultScript same_faults_;  // asked by us: what the poller must have been told
  std::uint64_t asked_ = 0;  // chances that same_faults_ has seen
  Progress progress_;
  BatchLog batches_;
  Broker broker_;
  Model model_;

  std::size_t latest_poller_ = 0;
  MemberId latest_member_ = 0;
  std::vector<Flight> flights_;
  std::vector<Send> sends_;
  std::map<std::string, RecordRefs> returned_;  // of documents that were not delivered, by text
  std::map<std::size_t, Unheard> unheard_;      // by poller
  Seat* acting_ = nullptr;                      // whose call we are in
  RecordRefs processed_;                        // for Plant::SendProcessed
  std::vector<Record> kept_;                    // for Plant::KeepRecord
  std::array<Seat, kMembers> seats_;            // last: pollers use the above
};

}  // namespace emulator::simulation
