// The data plane of a mapping: one consumer of its group, from the broker to the function and back
// to the commit. poller.cpp shows the whole path of a record in one function; every decision in it
// is a pure class of its own.
//
// Threads: run() is the poller's thread and owns everything here but the inbox, which others reach
// it through. Lifetime: run() returns when a requested finish is done; then it may be destroyed,
// whether or not invocations that were abandoned still answer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "emulator/config/model.h"
#include "emulator/esm/batch_log.h"
#include "emulator/esm/batcher.h"
#include "emulator/esm/clock.h"
#include "emulator/esm/delivery.h"
#include "emulator/esm/faults.h"
#include "emulator/esm/filter.h"
#include "emulator/esm/inbox.h"
#include "emulator/esm/kafka_event.h"
#include "emulator/esm/ledger.h"
#include "emulator/esm/progress.h"
#include "emulator/esm/record_decoder.h"
#include "emulator/esm/record_sink.h"
#include "emulator/esm/system_log.h"
#include "emulator/function/invoker.h"
#include "emulator/kafka/record_source.h"

namespace emulator {

// Where a mapping's discarded records go, and of which function their documents tell.
struct OnFailure {
  RecordSink& sink;
  DestinationName destination;
  std::string function_arn;
};

class Poller {
 public:
  // References must outlive the poller; several pollers of a mapping share them.
  struct Parts {
    std::size_t index = 0;  // among the mapping's pollers
    const MappingConfig& config;
    const EventFormat& format;
    const std::string& bootstrap_servers;
    const DeliveryRules& rules;
    const Filter& filter;  // copied, for each poller needs a working memory of its own
    Invoker& invoker;
    std::function<std::unique_ptr<RecordSource>()> make_source;  // called on the poller's thread
    const MakeDecoder& make_decoder;                             // empty: nothing is decoded
    const OnFailure* on_failure = nullptr;                       // null: discarded records are lost
    FaultScript& faults;
    const Clock& clock;
    Progress& progress;
    BatchLog& batches;
  };
  explicit Poller(Parts parts);

  // open(), then turns with rests between them until it is finished, then leave(); an exception of
  // the source, and a problem that ends it (esm/problem_table.h), make it start again with a new
  // one.
  void run();

  // The steps of run(), for tests that are their own scheduler. open() and turn() throw
  // SourceProblemError, with the problem told, where there is no source or no use in it any more.
  void open();
  void turn();
  bool is_finished() const;
  void leave();
  // After an exception of one of them: then open() starts it again.
  void forget_source();

  // Any thread, idempotent; before run() too.
  void request_finish() { inbox_->request_finish(); }
  void request_abandon() { inbox_->request_abandon(); }
  void wake() { inbox_->notify(); }  // the clock was moved

 private:
  // An assigned partition.
  struct Lane {
    Epoch epoch = 0;
    std::vector<Record> taken;    // in no batch yet: the latest one had no room for them
    std::vector<Record> encoded;  // behind them: the first one waits for its schema
  };
  // A batch on its way, in the parts that are left of it. The first one is at the function or the
  // destination, or waits for its time; its partitions are held until nothing of them is left.
  struct Work {
    enum class Stage { Waiting, AtFunction, AtDestination };
    Stage stage = Stage::Waiting;
    std::deque<Part> parts;
    std::map<std::int32_t, std::int64_t> ends;  // of each partition: its last offset + 1
    std::string request_id;
    TimePoint started{};
    InvokeFault fault = InvokeFault::None;
  };
  struct Success {  // logged once it is known whether its offsets were committed
    std::string what;
    std::string request_id;
  };

  // poller.cpp
  void take_records(TimePoint now);
  void take_from(std::int32_t partition, Lane& lane, TimePoint now);
  bool refill(std::int32_t partition, Lane& lane, std::size_t wanted);
  bool read(std::int32_t partition, std::vector<Record>& records, std::size_t wanted);
  void filter(std::int32_t partition, std::vector<Record>& records);
  bool invoke_if_ready(TimePoint now);
  void commit(TimePoint now);
  void report_progress(TimePoint now);
  void rest();
  bool takes_no_more() const { return inbox_->finish_requested() || stopped_by_; }
  bool nothing_under_way() const;
  int in_flight() const;
  bool has_place() const;
  std::size_t held_bytes() const;  // of the events of all batches on their way

  // poller_work.cpp
  void begin(Part part);
  void send_due(TimePoint now);
  void send(std::uint64_t id, Work& work, TimePoint now);
  void invoke(std::uint64_t id, Work& work);
  void discard(std::uint64_t id, Work& work);
  void discard_oversize(Record record, Epoch epoch, TimePoint now);
  void conclude(Completion completion, TimePoint now);
  void on_answer(Work& work, Part sent, Outcome outcome, TimePoint now);
  void on_answer(Work& work, Part sent, Undelivered undelivered, TimePoint now);
  Outcome strike(Work& work, Outcome outcome);
  void settle(Work& work, const Batch& disposed);
  bool owns_any(const Batch& batch) const;
  void forget_lost_slices(const Work& work, Batch& batch);
  void forget_lost_parts();
  void give_up_waiting_records();

  // poller_decode.cpp
  bool decode(Lane& lane);
  void discard_undecodable(Lane& lane, std::vector<Record>::iterator& record, TimePoint now);
  void look_at_registry();

  // poller_source.cpp
  void note(const SourceEvent& event);
  void on_event(const PartitionAssigned& event);
  void on_event(const PartitionRevoked& event);
  void on_event(const NoPartitions& event);
  void on_event(const SourceProblem& event);
  void on_event(const SourceRecovered& event);
  void report(const SourceProblem& problem);
  void end_doubt(TimePoint now);
  void give_up_source(TimePoint now);
  void forget_partition(std::int32_t partition);
  void rejoin();
  void pause_for(std::chrono::milliseconds pause);

  // poller_log.cpp
  bool writes_system_log(SystemLogEvent event) const;
  void write_system_log(std::string_view line) const;
  SystemLogOrigin origin() const;
  void tell_partitions() const;
  void tell_offsets(TimePoint now);
  void tell_error(std::string_view message, std::string_view code) const;
  void tell_given_up(const Batch& batch) const;
  void tell_oversize(const Record& record) const;
  void tell_undecodable(const Batch& batch) const;
  void tell_dropped(const Batch& batch, const Discard& discard, std::string_view why) const;
  void tell_delivered(const Batch& batch, const Discard& discard) const;
  void tell_fault(const Work& work, std::string_view what) const;
  void tell_success(const Work& work, const Decision& decision);
  void tell_committed(std::string_view committed);
  void tell_failure(const Work& work, std::string_view what, const Outcome& outcome,
                    const Decision& decision, TimePoint now);

  // poller_status.cpp
  std::optional<std::vector<PartitionStatus>> look_at_partitions(TimePoint now);
  PartitionOffsets offsets_of(std::int32_t partition) const;
  std::optional<PartitionStatus::Holder> holder_of(std::int32_t partition, TimePoint now) const;
  std::optional<std::chrono::nanoseconds> real_wait(const Part& part, TimePoint now) const;
  void note_decision(BatchLog::Ticket ticket, const Outcome& outcome, Decision& decision,
                     TimePoint now);

  const Parts parts_;
  const std::string name_;  // for log lines
  const std::shared_ptr<Inbox> inbox_ = std::make_shared<Inbox>();

  // Owned by the poller's thread.
  std::unique_ptr<RecordSource> source_;
  std::unique_ptr<RecordDecoder> decoder_;  // null: nothing is decoded
  std::uint64_t registry_failures_ = 0;     // that were told
  Filter filter_;
  std::map<std::int32_t, Lane> lanes_;
  bool source_has_problem_ = false;
  std::optional<SourceProblem> stopped_by_;  // what the source is given up for,
  TimePoint given_up_at_latest_{};           // even if batches of it are still under way
  bool doubted_ = false;  // what the source before was given up for may not be over
  TimePoint believed_at_ = TimePoint::max();  // doubted, but without a partition that would tell
  bool has_no_partitions_ = false;    // the group said so; no lanes alone may mean "not yet"
  std::int32_t first_partition_ = 0;  // where the next look for records starts
  std::size_t taken_this_turn_ = 0;
  Batcher batcher_;
  Ledger ledger_;
  std::map<std::uint64_t, Work> works_;    // by age
  std::unordered_set<std::int32_t> held_;  // partitions of works
  std::uint64_t latest_work_id_ = 0;
  bool rejoins_ = false;  // a fault wants it
  std::vector<Success> successes_;
  TimePoint commit_not_before_{};
  TimePoint look_at_partitions_{};
  Progress::Lag lag_;
  std::uint64_t latest_look_ = 0;  // Progress::ask() that the latest one answered
  std::uint64_t assignments_ = 0;  // how often the group has given or taken partitions
  bool tells_partitions_ = false;
  TimePoint tell_offsets_at_{};
};

}  // namespace emulator
