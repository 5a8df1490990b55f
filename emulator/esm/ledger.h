// Which offsets may be committed: an account of the records of each assigned partition, from taken
// to disposed of.
//
// It rests on two promises of the poller: records of a partition are taken in offset order, and
// batches of a partition end in the order of their offsets, because no two of them are ever under
// way. So a count of the records that are not disposed of yet and two offsets tell all. Pure; one
// poller thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

#include "emulator/esm/batch.h"
#include "emulator/kafka/record_source.h"

namespace emulator {

class Ledger {
 public:
  // Opens the partition's account. The epoch is this assignment's: results that carry another one
  // are ignored, so a late outcome of an earlier assignment commits nothing (at-least-once: the new
  // owner reads those records again).
  Epoch assign(std::int32_t partition, std::int64_t start_offset);
  void revoke(std::int32_t partition);
  void clear();

  bool owns(std::int32_t partition, Epoch epoch) const;

  // `count` more records, the last of them at `last_offset`, are in our hands.
  void taken(std::int32_t partition, std::size_t count, std::int64_t last_offset);
  // One of the taken records will go into no batch. Its offset is passed together with the records
  // around it.
  void dropped(std::int32_t partition);
  // The oldest `count` records that went into batches, up to and with `last_offset`, are disposed
  // of.
  void processed(std::int32_t partition, Epoch epoch, std::size_t count, std::int64_t last_offset);

  // Next offsets that are above what is committed: last processed + 1
  // (docs.aws.amazon.com/lambda/latest/dg/esm-logging.html: processedOffset 5003, committedOffset
  // 5004).
  std::vector<CommitOffset> committable() const;
  void committed(const std::vector<CommitOffset>& offsets);

  // Nothing of the partition is in our hands, and all that was is committed.
  bool is_settled(std::int32_t partition) const;

 private:
  struct Account {
    Epoch epoch = 0;
    std::size_t outstanding = 0;      // taken and not disposed of
    std::int64_t next_to_take = 0;    // last taken + 1
    std::int64_t next_to_commit = 0;  // everything below is disposed of
    std::int64_t committed = 0;
  };
  std::map<std::int32_t, Account> accounts_;
  Epoch latest_epoch_ = 0;
};

}  // namespace emulator
